import type { ConversationId } from '../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { notifiedConversationsMax } from '../../shared/limits.ts';
import { contentText } from '../../shared/content-text.ts';
import type { ChatMessage, NotifyLevel } from '../../shared/message.ts';
import { KeyedTokenBucket } from '../turn/keyed-token-bucket.ts';

/** A conversation notifies at most once in this time. What arrives in between is in the next notification. */
const notificationIntervalMs = 5_000;

/** A message that has just arrived, and what decides whether it is worth a notification. */
export interface Arrival {
  readonly message: ChatMessage;
  /** It waited on the server, or is an older part of the log of a room. */
  readonly backlog: boolean;
  readonly notify: NotifyLevel;
  readonly isOwn: boolean;
  readonly isBlocked: boolean;
  /** The user wrote to its author or allowed them, or it is in a room. */
  readonly isKnown: boolean;
}

/** What the user is to be told of a conversation. `text` and `id` are of the newest message. */
export interface Notice {
  readonly conversation: ConversationId;
  readonly id: MessageId;
  readonly author: PeerKey;
  readonly text: string;
  /** How many messages have come since the user last looked. */
  readonly count: number;
  readonly mentionsMe: boolean;
}

export type NotificationAction =
  | { readonly type: 'show'; readonly notice: Notice }
  /** The user has seen the messages, or they are gone. */
  | { readonly type: 'withdraw'; readonly conversation: ConversationId };

interface Noticed {
  readonly notice: Notice;
  readonly isKnown: boolean;
  /** Null before its first notification. */
  readonly shownAtMs: number | null;
  /** When the notice is due; null: it was shown. */
  readonly dueAtMs: number | null;
}

/**
 * Decides which messages notify the user, and when: never own messages, a backlog, those of a
 * blocked person, and those below the level of the conversation. One notification for each conversation, which newer messages replace. Has no clock.
 */
export class NotificationRule {
  /** Those that the user has not seen since. The one with the oldest message comes first. */
  readonly #noticed = new Map<ConversationId, Noticed>();
  /** When those were shown that are taken back since. The shares bound them: few are shown in 5 s. */
  readonly #takenBackAtMs = new Map<ConversationId, number>();
  readonly #actions: NotificationAction[] = [];
  /** Keys that the user never wrote to have a share of their own: there can be any number of them. */
  readonly #shares = {
    known: new KeyedTokenBucket(12, notificationIntervalMs),
    unknown: new KeyedTokenBucket(3, 60_000),
  };

  handleMessage(nowMs: number, arrival: Arrival): void {
    const { message, isKnown } = arrival;
    const { id, conversation, author, content, mentionsMe = false } = message;
    const before = this.#noticed.get(conversation);
    // An event with the same id only tells that the message has another place.
    if (!isNews(arrival) || before?.notice.id === id) return;
    const shownAtMs = before?.shownAtMs ?? null;
    const freeAtMs = this.#freeAtMs(nowMs, conversation, shownAtMs);
    const count = (before?.notice.count ?? 0) + 1;
    this.#noticed.delete(conversation);
    this.#noticed.set(conversation, {
      notice: { conversation, id, author, text: contentText(content), count, mentionsMe },
      isKnown,
      shownAtMs,
      dueAtMs: before?.dueAtMs ?? freeAtMs,
    });
    this.#forgetBeyondMaximum();
    this.handleTimeout(nowMs);
  }

  /** The user has read the conversation, looks at it, or wants to hear no more of it. */
  handleSeen(conversation: ConversationId): void {
    const noticed = this.#noticed.get(conversation);
    if (noticed === undefined) return;
    this.#noticed.delete(conversation);
    if (noticed.shownAtMs === null) return;
    this.#takenBackAtMs.set(conversation, noticed.shownAtMs);
    this.#actions.push({ type: 'withdraw', conversation });
  }

  /** The words of a message are gone. A notification may have shown them. */
  handleGone({ conversation, id }: Pick<ChatMessage, 'conversation' | 'id'>): void {
    if (this.#noticed.get(conversation)?.notice.id === id) this.handleSeen(conversation);
  }

  /** The chat is another one, or the user wants no notifications. */
  handleReset(): void {
    for (const conversation of [...this.#noticed.keys()]) this.handleSeen(conversation);
  }

  handleTimeout(nowMs: number): void {
    for (const [conversation, noticed] of this.#noticed) {
      if (noticed.dueAtMs === null || noticed.dueAtMs > nowMs) continue;
      const laterMs = this.#shares[noticed.isKnown ? 'known' : 'unknown'].take(nowMs, '');
      if (laterMs === undefined) {
        this.#noticed.set(conversation, { ...noticed, shownAtMs: nowMs, dueAtMs: null });
        this.#actions.push({ type: 'show', notice: noticed.notice });
      } else this.#noticed.set(conversation, { ...noticed, dueAtMs: laterMs });
    }
  }

  /** When `handleTimeout` is next due; undefined: nothing waits. */
  pollTimeout(): number | undefined {
    const due = [...this.#noticed.values()].map(({ dueAtMs }) => dueAtMs).filter((atMs) => atMs !== null);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  pollAction(): NotificationAction | undefined {
    return this.#actions.shift();
  }

  /** A message that is read or deleted at once must not let the next one ring at once. */
  #freeAtMs(nowMs: number, conversation: ConversationId, shownAtMs: number | null): number {
    for (const [each, atMs] of this.#takenBackAtMs)
      if (nowMs - atMs >= notificationIntervalMs) this.#takenBackAtMs.delete(each);
    const lastAtMs = shownAtMs ?? this.#takenBackAtMs.get(conversation);
    return lastAtMs === undefined ? nowMs : Math.max(nowMs, lastAtMs + notificationIntervalMs);
  }

  /** Unknown people lose first, then the conversations that are quiet for longest. */
  #forgetBeyondMaximum(): void {
    if (this.#noticed.size <= notifiedConversationsMax) return;
    const unknown = [...this.#noticed].find(([, { isKnown }]) => !isKnown);
    for (const [conversation] of unknown === undefined ? this.#noticed : [unknown])
      return this.handleSeen(conversation);
  }
}

function isNews({ message, backlog, notify, isOwn, isBlocked }: Arrival): boolean {
  if (isOwn || isBlocked || backlog || message.hidden === true) return false;
  if (notify === 'none' || (notify === 'mentions' && message.mentionsMe !== true)) return false;
  const { kind } = message.content;
  return kind !== 'notice' && kind !== 'deleted' && kind !== 'erased';
}
