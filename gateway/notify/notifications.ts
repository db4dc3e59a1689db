import type { ConversationId } from '../../shared/conversation.ts';
import { directConversation, peerOfDirect, roomOfConversation } from '../../shared/conversation.ts';
import type { PeerKey, RoomId } from '../../shared/ids.ts';
import type { NotifyLevel } from '../../shared/message.ts';
import type { Settings } from '../../shared/settings.ts';
import type { ClientEvent, ContactView, RoomView } from '../client/client-event.ts';
import type { EphemeralSubscription } from '../control/ephemeral-subscription.ts';
import { safeLine } from '../terminal/text/safe-text.ts';
import { NotificationRule, type NotificationAction, type Notice } from './notification-rule.ts';
import {
  shortText,
  type DesktopNotifier,
  type Notification,
  type NotificationNames,
} from './notification.ts';

/** Calls back once after `delayMs`, unless the returned function is called before. */
export type After = (delayMs: number, callback: () => void) => () => void;

/** The chat that the user is notified of. */
export interface NotifiedChat {
  readonly me: PeerKey;
  settings(): Settings;
  contact(key: PeerKey): ContactView | undefined;
  room(room: RoomId): RoomView | undefined;
  notifyOf(conversation: ConversationId): NotifyLevel;
  /** Whether the user wrote to this person or allowed them. */
  isAllowed(key: PeerKey): boolean;
}

/** What a frontend tells of itself. */
export interface Attention {
  /** The conversation that the user is looking at. */
  readonly conversation: ConversationId | null;
  /** Whether it may show notifications. */
  readonly canNotify: boolean;
}

export interface NotificationsOptions {
  /** Null: no chat is joined. */
  readonly chat: () => NotifiedChat | null;
  /** Undefined: there is no desktop to notify. */
  readonly desktop: DesktopNotifier | undefined;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  readonly after: After;
}

/**
 * Notifies the user of messages that no frontend shows. One place notifies of a message: a browser that may, or else the desktop. A
 * browser that may not only plays the sound.
 */
export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #rule = new NotificationRule();
  /** The one that told last comes last. */
  readonly #frontends = new Map<EphemeralSubscription, Attention>();
  #cancelTimer: () => void = () => undefined;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  attend(frontend: EphemeralSubscription, attention: Attention): void {
    this.#frontends.delete(frontend);
    this.#frontends.set(frontend, attention);
    if (attention.conversation !== null) this.#rule.handleSeen(attention.conversation);
    this.#proceed();
  }

  /** The frontend has gone. */
  forget(frontend: EphemeralSubscription): void {
    this.#frontends.delete(frontend);
  }

  handle(event: ClientEvent): void {
    switch (event.type) {
      case 'message':
        this.#handleMessage(event);
        break;
      case 'changed':
        if (event.message.content.kind === 'deleted' || event.message.hidden === true)
          this.#rule.handleGone(event.message);
        break;
      case 'contacts':
        for (const { key, blocked } of event.contacts)
          if (blocked === true) this.#rule.handleSeen(directConversation(key));
        break;
      case 'read':
        if (event.unread === 0) this.#rule.handleSeen(event.conversation);
        break;
      case 'notify':
        if (event.notify === 'none') this.#rule.handleSeen(event.conversation);
        break;
      case 'settings':
        if (!event.settings.notifications) this.#rule.handleReset();
        break;
      default:
        return;
    }
    this.#proceed();
  }

  /** Another chat, or none. */
  reset(): void {
    this.#rule.handleReset();
    this.#proceed();
  }

  close(): void {
    this.reset();
    this.#cancelTimer();
    this.#options.desktop?.close();
  }

  #handleMessage({ message, backlog }: Extract<ClientEvent, { type: 'message' }>): void {
    const chat = this.#options.chat();
    if (chat === null || !chat.settings().notifications) return;
    const { author, conversation } = message;
    for (const attention of this.#frontends.values()) if (attention.conversation === conversation) return;
    this.#rule.handleMessage(this.#options.nowMs(), {
      message,
      backlog,
      notify: chat.notifyOf(conversation),
      isOwn: author === chat.me,
      isBlocked: chat.contact(author)?.blocked === true,
      isKnown: roomOfConversation(conversation) !== undefined || chat.isAllowed(author),
    });
  }

  #proceed(): void {
    for (let action = this.#rule.pollAction(); action !== undefined; action = this.#rule.pollAction())
      this.#act(action);
    this.#cancelTimer();
    const dueAtMs = this.#rule.pollTimeout();
    if (dueAtMs === undefined) return;
    this.#cancelTimer = this.#options.after(Math.max(0, dueAtMs - this.#options.nowMs()), () => {
      this.#rule.handleTimeout(this.#options.nowMs());
      this.#proceed();
    });
  }

  #act(action: NotificationAction): void {
    // Browsers learn from the event `read`.
    if (action.type === 'withdraw') this.#options.desktop?.withdraw(action.conversation);
    else this.#show(action.notice);
  }

  #show({ conversation, author, text, count, mentionsMe }: Notice): void {
    const { chat: find, desktop } = this.#options;
    const chat = find();
    if (chat === null) return;
    const { notificationText, notificationSound: hasSound } = chat.settings();
    const shown = notificationText ? shortText(text) : null;
    const notification: Notification = { conversation, author, count, mentionsMe, text: shown, hasSound };
    const browser = this.#lastFrontend(({ canNotify }) => canNotify);
    if (browser === undefined && desktop?.isAvailable() === true)
      desktop.show(notification, namesOf(chat, notification));
    else (browser ?? this.#lastFrontend(() => true))?.put({ type: 'notification', ...notification });
  }

  #lastFrontend(fits: (attention: Attention) => boolean): EphemeralSubscription | undefined {
    return [...this.#frontends].findLast(([, attention]) => fits(attention))?.[0];
  }
}

function namesOf(chat: NotifiedChat, { conversation, author }: Notification): NotificationNames {
  const room = roomOfConversation(conversation);
  const person = nameOf(chat.contact(author), author);
  if (room !== undefined) {
    const name = chat.room(room)?.name;
    return {
      conversation: name === undefined ? 'A room' : safeLine(`#${name}`),
      author: person,
      isRoom: true,
    };
  }
  const peer = peerOfDirect(conversation) ?? author;
  return { conversation: nameOf(chat.contact(peer), peer), author: person, isRoom: false };
}

/** Marks a name that can be taken for that of another person. */
function nameOf(contact: ContactView | undefined, key: PeerKey): string {
  const nickname = contact?.nickname ?? null;
  if (nickname === null) return `New person (key ${key.slice(0, 8)})`;
  if (contact?.keyConflict?.type === 'not-pinned') return `${safeLine(nickname)} (different key)`;
  return contact?.looksLike === undefined
    ? safeLine(nickname)
    : `${safeLine(nickname)} (key ${key.slice(0, 8)})`;
}
