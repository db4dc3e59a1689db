import { describe, expect, it } from 'vitest';
import type { EphemeralEvent } from '../../shared/bridge/events.ts';
import { directConversation, roomConversation, type ConversationId } from '../../shared/conversation.ts';
import type { PeerKey, RoomId } from '../../shared/ids.ts';
import type { NotifyLevel } from '../../shared/message.ts';
import { idOf } from '../../shared/model/samples.ts';
import { defaultSettings, type Settings } from '../../shared/settings.ts';
import type { ContactView } from '../client/client-event.ts';
import { EphemeralSubscription } from '../control/ephemeral-subscription.ts';
import type { Notification, NotificationNames } from './notification.ts';
import { Notifications } from './notifications.ts';

const [me, bob, carol] = ['a', 'b', 'c'].map((digit) => digit.repeat(64) as PeerKey) as [
  PeerKey,
  PeerKey,
  PeerKey,
];
const withBob = directConversation(bob);
const withCarol = directConversation(carol);
const room = '1a'.repeat(16) as RoomId;
const names = new Map([
  [bob, 'bob'],
  [carol, 'carol'],
]);

/** Notifications of a user with a clock and a desktop that the test sets. */
class Desk {
  nowMs = 0;
  settings: Settings = defaultSettings;
  levels = new Map<ConversationId, NotifyLevel>();
  contacts = new Map<PeerKey, Partial<ContactView>>();
  hasDesktop = true;
  readonly lines: string[] = [];
  readonly #timers: { atMs: number; callback: () => void }[] = [];
  #messages = 0;
  readonly notifications = new Notifications({
    chat: () => ({
      me,
      settings: () => this.settings,
      contact: (key) => {
        const nickname = names.get(key) ?? null;
        return { key, nickname, online: true, ...this.contacts.get(key) };
      },
      room: () => undefined,
      notifyOf: (conversation) => this.levels.get(conversation) ?? 'all',
      isAllowed: () => true,
    }),
    desktop: {
      isAvailable: () => this.hasDesktop,
      show: (notification, named) => this.lines.push(lineOf(notification, named)),
      withdraw: (conversation) => this.lines.push(`withdraw ${conversation.slice(0, 9)}`),
      close: () => undefined,
    },
    nowMs: () => this.nowMs,
    after: (delayMs, callback) => {
      const timer = { atMs: this.nowMs + delayMs, callback };
      this.#timers.push(timer);
      return () => {
        const index = this.#timers.indexOf(timer);
        if (index >= 0) this.#timers.splice(index, 1);
      };
    },
  });

  /** A browser tab that tells what it shows. */
  tab(conversation: ConversationId | null, canNotify: boolean): EphemeralSubscription {
    const tab = new EphemeralSubscription(
      () => undefined,
      (closed) => this.notifications.forget(closed),
    );
    this.notifications.attend(tab, { conversation, canNotify });
    return tab;
  }

  says(author: PeerKey, text: string, conversation = directConversation(author)): void {
    const major = ++this.#messages;
    const content = { kind: 'text', text } as const;
    const position = { major, minor: 0 };
    const message = { id: idOf(major), conversation, author, content, sentAtMs: 0, position };
    this.notifications.handle({ type: 'message', message, unread: 1, mentions: 0, backlog: false });
  }

  passes(ms: number): void {
    this.nowMs += ms;
    for (const { atMs, callback } of [...this.#timers]) if (atMs <= this.nowMs) callback();
  }

  taken(): string[] {
    return this.lines.splice(0);
  }
}

function lineOf(
  { text, count, hasSound }: Notification,
  { conversation, author, isRoom }: NotificationNames,
) {
  return [conversation, isRoom ? author : '', count, text ?? '-', hasSound ? 'sound' : 'silent'].join('|');
}

function eventsOf(tab: EphemeralSubscription): EphemeralEvent[] {
  const events: EphemeralEvent[] = [];
  for (let event = tab.take(); event !== undefined; event = tab.take()) events.push(event);
  return events;
}

describe('a message that no tab shows', () => {
  it('notifies the desktop with the name, and without the text', () => {
    const desk = new Desk();
    desk.says(bob, 'the secret');
    expect(desk.taken()).toEqual(['bob||1|-|sound']);
  });

  it('notifies the desktop with the text where the user wants that', () => {
    const desk = new Desk();
    desk.settings = { ...defaultSettings, notificationText: true, notificationSound: false };
    desk.says(bob, 'line one\nline two\u202E \u0007');
    expect(desk.taken()).toEqual(['bob||1|line one line two\uFFFD ␇|silent']);
  });

  it('notifies of a room by its name and the name of the author', () => {
    const desk = new Desk();
    desk.says(bob, 'hello', roomConversation(room));
    expect(desk.taken()).toEqual(['A room|bob|1|-|sound']);
  });

  it('notifies of a name that can be taken for another one with a mark', () => {
    const desk = new Desk();
    desk.contacts.set(bob, { keyConflict: { type: 'not-pinned', pinned: carol, refused: false } });
    desk.contacts.set(carol, { looksLike: 'carоl' });
    desk.says(bob, 'hello');
    desk.says(carol, 'hello');
    expect(desk.taken()).toEqual(['bob (different key)||1|-|sound', 'carol (key cccccccc)||1|-|sound']);
  });

  it('notifies again after 5 s, with the number of messages', () => {
    const desk = new Desk();
    for (let count = 0; count < 3; count++) desk.says(bob, 'hello');
    desk.passes(4_000);
    expect(desk.taken()).toEqual(['bob||1|-|sound']);
    desk.passes(1_000);
    expect(desk.taken()).toEqual(['bob||3|-|sound']);
  });

  it('notifies nothing while the user wants no notifications, and those that are there are taken back', () => {
    const desk = new Desk();
    desk.says(bob, 'hello');
    desk.settings = { ...defaultSettings, notifications: false };
    desk.notifications.handle({ type: 'settings', settings: desk.settings });
    desk.says(carol, 'hello');
    expect(desk.taken()).toEqual(['bob||1|-|sound', 'withdraw direct:bb']);
  });

  it('notifies no longer of a person that the user blocks, also not of what waits', () => {
    const desk = new Desk();
    desk.says(bob, 'hello');
    desk.says(bob, 'hello again');
    const contacts = [{ key: bob, nickname: 'bob', online: true, blocked: true }];
    desk.notifications.handle({ type: 'contacts', contacts });
    desk.passes(5_000);
    expect(desk.taken()).toEqual(['bob||1|-|sound', 'withdraw direct:bb']);
  });

  it('notifies nothing in a muted conversation, and of the user’s own messages', () => {
    const desk = new Desk();
    desk.levels.set(withBob, 'none');
    desk.says(bob, 'hello');
    desk.says(me, 'hello', withCarol);
    expect(desk.taken()).toEqual([]);
  });
});

describe('with tabs', () => {
  it('a message in the conversation that the user is looking at notifies nothing', () => {
    const desk = new Desk();
    const tab = desk.tab(withBob, true);
    desk.says(bob, 'hello');
    expect(eventsOf(tab)).toEqual([]);
    expect(desk.taken()).toEqual([]);
  });

  it('a message elsewhere notifies in one tab that may, and not on the desktop', () => {
    const desk = new Desk();
    const [first, second, other] = [desk.tab(null, true), desk.tab(withCarol, true), desk.tab(null, false)];
    desk.says(bob, 'hello');
    expect([first, other].flatMap(eventsOf)).toEqual([]);
    expect(eventsOf(second)).toEqual([
      {
        type: 'notification',
        conversation: withBob,
        author: bob,
        count: 1,
        mentionsMe: false,
        text: null,
        hasSound: true,
      },
    ]);
    expect(desk.taken()).toEqual([]);
  });

  it('a message notifies the desktop where no tab may, and again when the tab that might is closed', () => {
    const desk = new Desk();
    desk.tab(null, false);
    const allowed = desk.tab(null, true);
    desk.says(bob, 'hello');
    expect(desk.taken()).toEqual([]);
    allowed.close();
    desk.says(carol, 'hello');
    expect(desk.taken()).toEqual(['carol||1|-|sound']);
  });

  it('a message on a machine without a desktop makes a sound in the tab that told last', () => {
    const desk = new Desk();
    desk.hasDesktop = false;
    const [first, second] = [desk.tab(null, false), desk.tab(withCarol, false)];
    desk.says(bob, 'hello');
    expect(eventsOf(first)).toEqual([]);
    expect(eventsOf(second)).toMatchObject([{ type: 'notification', conversation: withBob, hasSound: true }]);
  });

  it('the user who opens the conversation takes the notification back', () => {
    const desk = new Desk();
    desk.says(bob, 'hello');
    desk.says(carol, 'hello');
    desk.tab(withBob, true);
    desk.notifications.handle({ type: 'read', conversation: withCarol, unread: 0, mentions: 0 });
    expect(desk.taken().slice(2)).toEqual(['withdraw direct:bb', 'withdraw direct:cc']);
  });
});
