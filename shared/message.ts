import type { ConversationId } from './conversation.ts';
import type { MessageId, PeerKey } from './ids.ts';

/** How far the delivery of a message has come. Its stage never goes back; saved, sending and waiting are one stage. */
export type Delivery =
  | { readonly state: 'saved' }
  | { readonly state: 'sending'; readonly attempt: number; readonly via: 'direct' | 'server' }
  | {
      readonly state: 'waiting';
      readonly nextTryAtMs: number | null;
      readonly reason: WaitingReason;
    }
  | { readonly state: 'stored' }
  | { readonly state: 'delivered'; readonly later: boolean }
  /** The recipient has read it, and lets others know. */
  | { readonly state: 'read' }
  | { readonly state: 'failed'; readonly code: FailureCode };

/** What has to pass before the next attempt can help. `key-changed`: the user has to decide which key is meant. */
export type WaitingReason =
  | 'no-connection'
  | 'mailbox-full'
  | 'sender-quota-full'
  | 'server-disk-full'
  /** The recipient could not open it: it was sealed to another key, or changed on its way. */
  | 'wrong-key'
  /** The server or the recipient gave another reason, and said when to try again. */
  | 'refused-for-now'
  | 'key-changed';

export function isWaitingReason(text: string): text is WaitingReason {
  return Object.hasOwn(waitingReasons, text);
}

const waitingReasons: Record<WaitingReason, true> = {
  'no-connection': true,
  'mailbox-full': true,
  'sender-quota-full': true,
  'server-disk-full': true,
  'key-changed': true,
  'wrong-key': true,
  'refused-for-now': true,
};

/** A permanent refusal: the message steps aside, blocks nothing, and offers Retry and Discard. */
export type FailureCode = 'unknown-recipient' | 'message-too-long' | 'message-expired' | 'refused';

export function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(failureCodes, text);
}

const failureCodes: Record<FailureCode, true> = {
  'unknown-recipient': true,
  'message-too-long': true,
  'message-expired': true,
  refused: true,
};

/** What a message says. Other kinds will join. */
export type Content = TextContent | UnknownContent;
export interface TextContent {
  readonly kind: 'text';
  readonly text: string;
}
/** A kind of a later version. Its author wrote `fallback` for programs that do not know the kind. */
export interface UnknownContent {
  readonly kind: 'unknown';
  readonly fallback: string;
}

/** Returns the content as a text, for places that show nothing else. */
export function contentText(content: Content): string {
  return content.kind === 'text' ? content.text : content.fallback;
}

/** Where a message stands in its conversation: by `major`, then by `minor`. A message keeps its position. */
export interface MessagePosition {
  readonly major: number;
  readonly minor: number;
}

/** A message as everything above the protocol sees it. It is the user's own when `author` is the user's key. */
export interface ChatMessage {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  readonly author: PeerKey;
  readonly content: Content;
  /** The author's wall clock, milliseconds since 1970. Shown, never used for order. */
  readonly sentAtMs: number;
  readonly position: MessagePosition;
  /** Only of the user's own messages. */
  readonly delivery?: Delivery;
}

const stageOf: Record<Delivery['state'], number> = {
  saved: 0,
  sending: 0,
  waiting: 0,
  stored: 1,
  failed: 2,
  delivered: 3,
  read: 4,
};

/**
 * Whether a dispatch may go from one state to the other: stages only rise, with two exceptions. A retry starts again, and a
 * message that its recipient could not open is no longer on the server.
 */
export function deliveryMayBecome(from: Delivery, to: Delivery): boolean {
  const hasBounced = to.state === 'waiting' && (to.reason === 'wrong-key' || to.reason === 'refused-for-now');
  if (from.state === 'stored' && hasBounced) return true;
  return stageOf[to.state] >= stageOf[from.state];
}

/** Negative when `a` stands above `b` in the conversation. */
export function comparePositions(a: MessagePosition, b: MessagePosition): number {
  return a.major - b.major || a.minor - b.minor;
}

/** Orders messages of one conversation. */
export function compareMessages(a: Pick<ChatMessage, 'position'>, b: Pick<ChatMessage, 'position'>): number {
  return comparePositions(a.position, b.position);
}

/**
 * Returns the delivery of a message with these dispatches: that of the dispatch that is furthest behind. A message for no
 * recipient (a note of the user) is delivered.
 */
export function furthestBehind(deliveries: readonly Delivery[]): Delivery {
  const [first, ...others] = deliveries;
  if (first === undefined) return { state: 'delivered', later: false };
  return others.reduce(
    (behind, each) => (stageOf[each.state] < stageOf[behind.state] ? each : behind),
    first,
  );
}

/** Bytes of a text in UTF-8, the unit of `messageTextBytesMax`. */
export function textBytes(text: string): number {
  return encoder.encode(text).length;
}

const encoder = new TextEncoder();
