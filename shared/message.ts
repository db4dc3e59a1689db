import type { ConversationId } from './conversation.ts';
import type { MessageId, PeerKey } from './ids.ts';

/** How far the delivery of a message has come. Its stage never goes back; saved, sending and waiting are one stage. */
export type Delivery =
  | { readonly state: 'saved' }
  | { readonly state: 'sending'; readonly attempt: number; readonly via: 'direct' | 'server' }
  | {
      readonly state: 'waiting';
      readonly nextAttemptAtMs: number | null;
      readonly reason: WaitingReason;
    }
  | { readonly state: 'stored' }
  | { readonly state: 'delivered'; readonly later: boolean }
  /** The recipient has read it, and lets others know. */
  | { readonly state: 'read' }
  | { readonly state: 'failed'; readonly code: FailureCode };

/** What has to pass before the next attempt can help. */
export const waitingReasons = [
  'no-connection',
  'mailbox-full',
  'sender-quota-full',
  'server-disk-full',
  /** The server does not know the recipient. One that has lost its table knows the recipient again later. */
  'unknown-recipient',
  /** The user has to decide which key is meant. */
  'key-changed',
  /** The user has blocked the recipient. */
  'blocked',
  /** The recipient takes no more until its user answers or allows the sender. */
  'not-accepted',
  /** The recipient could not open it: it was sealed to another key, or changed on its way. */
  'wrong-key',
  /** The server or the recipient gave another reason, and said when to try again. */
  'refused-for-now',
] as const;
export type WaitingReason = (typeof waitingReasons)[number];

export function isWaitingReason(text: string): text is WaitingReason {
  return (waitingReasons as readonly string[]).includes(text);
}

/** A permanent refusal: the message steps aside, blocks nothing, and offers Retry and Discard. */
export const failureCodes = ['unknown-recipient', 'message-too-long', 'message-expired', 'refused'] as const;
export type FailureCode = (typeof failureCodes)[number];

export function isFailureCode(text: string): text is FailureCode {
  return (failureCodes as readonly string[]).includes(text);
}

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

/** For these reasons a message that was on the server is there no longer. */
const reasonsAfterStored: ReadonlySet<WaitingReason> = new Set([
  'unknown-recipient',
  'wrong-key',
  'not-accepted',
  'refused-for-now',
]);

/**
 * Whether a dispatch may go from one state to the other: stages only rise, with two exceptions. A retry starts again, and
 * the server may no longer have a message that it had stored.
 */
export function deliveryMayBecome(from: Delivery, to: Delivery): boolean {
  if (from.state === 'stored' && to.state === 'waiting' && reasonsAfterStored.has(to.reason)) return true;
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

/**
 * Returns a typed text without the blank lines before its first line and without white space behind it. The first line keeps its
 * indentation, because code may begin with it.
 */
export function withoutBlankEdges(text: string): string {
  const blank = text.slice(0, text.length - text.trimStart().length);
  const lineStart = Math.max(blank.lastIndexOf('\n'), blank.lastIndexOf('\r')) + 1;
  return text.slice(lineStart).trimEnd();
}

/**
 * Bytes of a text in UTF-8, the unit of `messageTextBytesMax`. A lone surrogate counts as U+FFFD. They are counted without
 * being made: the composer counts a pasted text at each key, and to encode a million characters takes 26 ms.
 */
export function textBytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) bytes++;
    if (unit < 0x800) continue;
    bytes++;
    // The second unit of a pair is in the four bytes already.
    if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(at + 1))) at++;
  }
  return bytes;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
