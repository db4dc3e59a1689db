import type { ConversationContent, ConversationContentOf } from './chat/content-kinds.ts';
import type { PostKind } from './chat/timeline.ts';
import type { ConversationId } from './conversation.ts';
import { sizeText } from './files/size-text.ts';
import type { MessageId, PeerKey } from './ids.ts';
import type { RoomContent } from './rooms/content.ts';

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
  /** The room has it. By the server's word, so many of the other members have it on disk, and so many have read it. */
  | { readonly state: 'in-room'; readonly delivered: number; readonly read: number; readonly of: number }
  | { readonly state: 'failed'; readonly code: FailureCode | RoomFailureCode };

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

/** Why a room refused a message, if the user can do something about it. Every other refusal of a room is `refused`. */
export const roomFailureCodes = [
  'silenced',
  'moderated',
  'archived',
  'room-closed',
  'not-a-member',
  'banned-from-room',
  'not-allowed',
] as const;
export type RoomFailureCode = (typeof roomFailureCodes)[number];

export function isRoomFailureCode(text: string): text is RoomFailureCode {
  return (roomFailureCodes as readonly string[]).includes(text);
}

/** What a message says. */
export type Content = PostContent | UnknownContent | DeletedContent | ErasedContent | NoticeContent;

/** What users write as messages of their own, without the text for programs that do not know the kind. */
export type PostContent = { [Kind in PostKind]: WithoutFallback<ConversationContentOf<Kind>> }[PostKind];
export type PostContentOf<Kind extends PostKind> = Extract<PostContent, { kind: Kind }>;
/** What a user types as a message. A file comes by other commands. */
export type TypedContent = Exclude<PostContent, { kind: 'file' }>;
type WithoutFallback<Each extends ConversationContent> = Omit<Each, 'fallback'>;

/** A kind of a later version. Its author wrote `fallback` for programs that do not know the kind. */
export interface UnknownContent {
  readonly kind: 'unknown';
  readonly fallback: string;
}
/** The author has deleted the message. No copy has its words. */
export interface DeletedContent {
  readonly kind: 'deleted';
}
/** This copy does not have the words: the log of the room came without them. */
export interface ErasedContent {
  readonly kind: 'erased';
}
/** An entry of a room that is no message: who came and left, the topic, the rights of members. */
export interface NoticeContent {
  readonly kind: 'notice';
  readonly entry: RoomNotice;
}
export type RoomNotice = Exclude<RoomContent, ConversationContent>;

/** Whether the content has words that its author can change, and mentions. */
export function hasWords(content: Content): content is PostContentOf<'text' | 'reply' | 'announcement'> {
  return content.kind === 'text' || content.kind === 'reply' || content.kind === 'announcement';
}

/** Returns the words of a message. What an author did in a room has none here: `contentText` knows them. */
export function postText(content: Content): string {
  switch (content.kind) {
    case 'text':
    case 'reply':
    case 'announcement':
      return content.text;
    case 'poll':
      return [content.question, ...content.choices.map((choice, index) => `${index + 1}. ${choice}`)].join(
        '\n',
      );
    case 'file':
      return fileText(content);
    case 'unknown':
      return content.fallback;
    case 'deleted':
      return 'This message was deleted.';
    case 'erased':
      return 'The text of this message is no longer kept.';
    case 'notice':
      return '';
    default:
      return content satisfies never;
  }
}

/** `File "plan.pdf" (1.2 MiB)`, and the author's words below. */
export function fileText({ name, size, packed, text }: PostContentOf<'file'>): string {
  const what = `${packed === true ? 'Folder' : 'File'} "${name}" (${sizeText(size)})`;
  return text === undefined ? what : `${what}\n${text}`;
}

/** What others see behind an emoji, in the order in which the keys reacted. */
export interface Reaction {
  readonly emoji: string;
  readonly keys: readonly PeerKey[];
}

/** What a change did to a message, without words. */
export type ChangeSummary = { readonly author: PeerKey } & (
  | { readonly kind: 'edit' | 'delete' | 'close-poll' | 'acknowledge' | 'hide' | 'unhide' }
  | { readonly kind: 'reaction'; readonly emoji: string; readonly on: boolean }
  | { readonly kind: 'vote'; readonly choice: number | null }
);

/** What the user does to messages of a conversation between two people. Each is sent like a message. */
export const changeKinds = ['edit', 'delete', 'reaction', 'vote', 'acknowledge', 'close-poll'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** When the user is notified of messages in a conversation. */
export const notifyLevels = ['all', 'mentions', 'none'] as const;
export type NotifyLevel = (typeof notifyLevels)[number];

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
  /** Only of the user's own messages. A deleted one has none. */
  readonly delivery?: Delivery;
  /** True: its author has given it other words. */
  readonly edited?: true;
  /** True: a moderator has hidden it for all. */
  readonly hidden?: true;
  /** By emoji, the one first that was there first. Absent without any. */
  readonly reactions?: readonly Reaction[];
  /** Of a poll: the voters for each choice. Absent without any. */
  readonly votes?: readonly (readonly PeerKey[])[];
  /** True: its author has closed the poll. */
  readonly closed?: true;
  /** Of an announcement: the keys that have acknowledged it. Absent without any. */
  readonly acknowledgedBy?: readonly PeerKey[];
  /** True: it mentions the user. Never of the user's own messages. */
  readonly mentionsMe?: true;
}

const stageOf: Record<Delivery['state'], number> = {
  saved: 0,
  sending: 0,
  waiting: 0,
  stored: 1,
  failed: 2,
  delivered: 3,
  'in-room': 3,
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
 * the server may no longer have a message that it had stored, or that was in a room. The figures of a room only rise.
 */
export function deliveryMayBecome(from: Delivery, to: Delivery): boolean {
  if (from.state === 'in-room' && to.state === 'in-room')
    return to.delivered >= from.delivered && to.read >= from.read;
  if (from.state === 'stored' && to.state === 'waiting' && reasonsAfterStored.has(to.reason)) return true;
  if (from.state === 'in-room' && stageOf[to.state] === 0) return true;
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
