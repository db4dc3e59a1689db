import { describe, expect, it } from 'vitest';
import { directConversation, type ConversationId } from '../../shared/conversation.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { BusCall, BusListeners } from './bus-connection.ts';
import { DesktopNotifications } from './desktop-notifications.ts';
import type { Notification, NotificationNames } from './notification.ts';

const bob = 'b'.repeat(64) as PeerKey;
const withBob = directConversation(bob);
const allCapabilities = ['actions', 'body', 'body-markup', 'sound'];

function notification(change: Partial<Notification> = {}): Notification {
  return {
    conversation: withBob,
    author: bob,
    count: 1,
    mentionsMe: false,
    text: null,
    hasSound: true,
    ...change,
  };
}

function named(change: Partial<NotificationNames> = {}): NotificationNames {
  return { conversation: 'bob', author: 'bob', isRoom: false, ...change };
}

/** A desktop with a bus that answers at once, or as the test says. */
class Desktop {
  nowMs = 0;
  capabilities: readonly string[] = allCapabilities;
  hasBus = true;
  hasService = true;
  opened = 0;
  readonly calls: BusCall[] = [];
  readonly clicked: ConversationId[] = [];
  listeners: BusListeners | undefined;
  #lastId = 40;
  readonly notifications = new DesktopNotifications({
    openBus: (listeners) => {
      this.opened++;
      this.listeners = listeners;
      const bus = { call: (call: BusCall) => this.#answer(call), close: () => listeners.onClosed() };
      return Promise.resolve(this.hasBus ? bus : undefined);
    },
    onOpen: (conversation) => this.clicked.push(conversation),
    nowMs: () => this.nowMs,
  });

  #answer(call: BusCall): Promise<readonly unknown[] | undefined> {
    this.calls.push(call);
    if (call.member === 'AddMatch') return Promise.resolve([]);
    if (!this.hasService) return Promise.resolve(undefined);
    if (call.member === 'GetCapabilities') return Promise.resolve([this.capabilities]);
    const replaced = call.body?.[1];
    return Promise.resolve(call.member === 'Notify' ? [replaced === 0 ? ++this.#lastId : replaced] : []);
  }

  signals(member: string, ...body: unknown[]): void {
    this.listeners?.onSignal({ interface: 'org.freedesktop.Notifications', member, body });
  }

  /** Waits until nothing is under way, and returns the bodies of the calls to this member. */
  async bodiesOf(member: string): Promise<readonly unknown[][]> {
    for (let step = 0; step < 50; step++) await Promise.resolve();
    return this.calls.filter((call) => call.member === member).map(({ body }) => [...(body ?? [])]);
  }
}

describe('a desktop notification', () => {
  it('has the name as its title, an action that opens it, and replaces the one before', async () => {
    const desktop = new Desktop();
    desktop.notifications.show(notification(), named());
    await desktop.bodiesOf('Notify');
    desktop.notifications.show(notification({ count: 2, hasSound: false }), named());
    expect(await desktop.bodiesOf('Notify')).toEqual([
      [
        'Chatagram',
        0,
        '',
        'bob',
        'New message',
        ['default', 'Open'],
        [
          ['category', ['s', 'im.received']],
          ['sound-name', ['s', 'message-new-instant']],
        ],
        -1,
      ],
      [
        'Chatagram',
        41,
        '',
        'bob',
        '2 new messages',
        ['default', 'Open'],
        [
          ['category', ['s', 'im.received']],
          ['suppress-sound', ['b', true]],
        ],
        -1,
      ],
    ]);
    expect(desktop.opened).toBe(1);
  });

  it.each([
    [notification({ text: '<b>&amp;</b>' }), named(), '&lt;b&gt;&amp;amp;&lt;/b&gt;'],
    [notification({ text: 'hello', count: 3 }), named(), 'hello (3 new)'],
    [notification({ text: 'hello' }), named({ conversation: '#lab', isRoom: true }), 'bob: hello'],
    [notification({}), named({ conversation: '#lab', isRoom: true }), 'New message from bob'],
    [
      notification({ count: 2 }),
      named({ conversation: '#lab', isRoom: true }),
      '2 new messages, the last from bob',
    ],
    [
      notification({ mentionsMe: true }),
      named({ conversation: '#lab', author: 'b<i>b', isRoom: true }),
      'b&lt;i&gt;b mentions you',
    ],
  ])('of %o says what it may, without markup', async (shown, names, body) => {
    const desktop = new Desktop();
    desktop.notifications.show(shown, names);
    const [call] = await desktop.bodiesOf('Notify');
    expect(call?.[4]).toBe(body);
  });

  it('has neither escapes nor actions where the desktop knows neither', async () => {
    const desktop = new Desktop();
    desktop.capabilities = ['body'];
    desktop.notifications.show(notification({ text: 'a & b' }), named());
    const [call] = await desktop.bodiesOf('Notify');
    expect(call?.slice(4, 6)).toEqual(['a & b', []]);
  });

  it('opens its conversation on a click, until the desktop closes it', async () => {
    const desktop = new Desktop();
    desktop.notifications.show(notification(), named());
    await desktop.bodiesOf('Notify');
    desktop.signals('ActionInvoked', 999, 'default');
    desktop.signals('ActionInvoked', 41, 'other');
    desktop.signals('ActionInvoked');
    expect(desktop.clicked).toEqual([]);
    desktop.signals('ActionInvoked', 41, 'default');
    desktop.signals('NotificationClosed', 41, 2);
    desktop.signals('ActionInvoked', 41, 'default');
    expect(desktop.clicked).toEqual([withBob]);
  });

  it('is closed when it is taken back, once', async () => {
    const desktop = new Desktop();
    desktop.notifications.show(notification(), named());
    await desktop.bodiesOf('Notify');
    desktop.notifications.withdraw(withBob);
    await desktop.bodiesOf('CloseNotification');
    desktop.notifications.withdraw(withBob);
    expect(await desktop.bodiesOf('CloseNotification')).toEqual([[41]]);
  });

  it('that waits for another one is not shown when it is taken back', async () => {
    const desktop = new Desktop();
    desktop.notifications.show(notification(), named());
    desktop.notifications.show(notification({ count: 2 }), named());
    desktop.notifications.withdraw(withBob);
    expect(await desktop.bodiesOf('Notify')).toHaveLength(1);
    expect(await desktop.bodiesOf('CloseNotification')).toEqual([[41]]);
  });
});

describe('a desktop', () => {
  it.each(['hasBus', 'hasService'] as const)(
    'where not %s is silent, and is asked again after a minute',
    async (lacks) => {
      const desktop = new Desktop();
      desktop[lacks] = false;
      desktop.notifications.show(notification(), named());
      expect(await desktop.bodiesOf('Notify')).toEqual([]);
      expect(desktop.notifications.isAvailable()).toBe(false);
      desktop.notifications.show(notification(), named());
      await desktop.bodiesOf('Notify');
      expect(desktop.opened).toBe(1);
      desktop.nowMs = 60_000;
      desktop[lacks] = true;
      desktop.notifications.show(notification(), named());
      expect(await desktop.bodiesOf('Notify')).toHaveLength(1);
    },
  );

  it('that ended and began again gets new notifications', async () => {
    const desktop = new Desktop();
    desktop.notifications.show(notification(), named());
    await desktop.bodiesOf('Notify');
    desktop.listeners?.onClosed();
    desktop.notifications.withdraw(withBob);
    desktop.notifications.show(notification(), named());
    expect((await desktop.bodiesOf('Notify')).map((body) => body[1])).toEqual([0, 0]);
    expect(await desktop.bodiesOf('CloseNotification')).toEqual([]);
    expect(desktop.opened).toBe(2);
  });
});
