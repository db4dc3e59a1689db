import type { MessageId, PeerKey } from '../ids.ts';
import {
  reactionEmojisMax,
  reactionsOfAuthorMax,
  waitingChangesMax,
  waitingChangesOfAuthorMax,
} from '../limits.ts';
import { comparePositions, type ChangeSummary, type MessagePosition } from '../message.ts';
import type { ConversationContent, ConversationContentOf } from './content-kinds.ts';

/**
 * The effects of later contents on a message (PROTOCOL 10.31 to 10.37), in a room and between two users alike. `changeMessage` is the
 * whole of it: a store can keep a `MessageView` in its rows and call it for one message at a time. `Timeline` does it in memory.
 */

/** A message as all changes so far have left it. */
export interface MessageView {
  readonly id: MessageId;
  readonly author: PeerKey;
  readonly position: MessagePosition;
  readonly body: MessageBody;
  /** The position of the edit that `body` is from; null for the original words. */
  readonly editedAt: MessagePosition | null;
  /** The last `hide` or `unhide`; null without one. */
  readonly hiding: Mark | null;
  /** By emoji, then by author. */
  readonly reactions: ReadonlyMap<string, ReadonlyMap<PeerKey, Mark>>;
  /** Of a poll. A vote that was taken back has no choice. */
  readonly votes: ReadonlyMap<PeerKey, { readonly choice: number | null; readonly at: MessagePosition }>;
  readonly pollClosedAt: MessagePosition | null;
  /** Of an announcement: who has read it. */
  readonly acknowledgedBy: ReadonlySet<PeerKey>;
}

/** Whether something holds, since the position of the content that says so. */
interface Mark {
  readonly on: boolean;
  readonly at: MessagePosition;
}

export const postKinds = ['text', 'reply', 'announcement', 'poll', 'file'] as const;
export type PostKind = (typeof postKinds)[number];

/** Whether contents of this kind are messages. Those of the other known kinds change messages. */
export function isPostKind(kind: string): kind is PostKind {
  return (postKinds as readonly string[]).includes(kind);
}

export type MessageBody =
  | { readonly kind: 'post'; readonly content: ConversationContentOf<PostKind> }
  /** A kind of a later version, and what its author wrote for programs that do not know it. */
  | { readonly kind: 'unknown'; readonly fallback: string | null }
  /** By its author. No copy has the words any longer. */
  | { readonly kind: 'deleted' }
  /** The log has the message without its content. */
  | { readonly kind: 'erased' };

/** A message before any change. */
export function newMessage(
  { id, author, position }: Pick<MessageView, 'id' | 'author' | 'position'>,
  body: MessageBody,
): MessageView {
  return {
    id,
    author,
    position,
    body,
    editedAt: null,
    hiding: null,
    reactions: new Map(),
    votes: new Map(),
    pollClosedAt: null,
    acknowledgedBy: new Set(),
  };
}

/** The contents that change a message, one for each item of a batch. */
export type ChangeContent =
  | ConversationContentOf<'edit' | 'delete' | 'close-poll'>
  | { readonly kind: 'hide' | 'unhide' | 'acknowledge'; readonly of: MessageId }
  | { readonly kind: 'reaction'; readonly of: MessageId; readonly emoji: string; readonly on: boolean }
  | { readonly kind: 'vote'; readonly of: MessageId; readonly choice: number | null };

export interface MessageChange {
  readonly author: PeerKey;
  readonly position: MessagePosition;
  readonly content: ChangeContent;
}

/** Every content of a conversation, and those of rooms that change a message. The reducer of a room has checked the latter. */
export type TimelineContent = ConversationContent | ChangeContent;

/** Returns the message with the change. Returns the same object where the change has no effect. */
export function changeMessage(view: MessageView, change: MessageChange): MessageView {
  const { content, author } = change;
  switch (content.kind) {
    case 'edit':
      return author === view.author ? edited(view, content, change.position) : view;
    case 'delete':
      return author === view.author ? deleted(view) : view;
    case 'close-poll':
      return author === view.author ? closed(view, content.votes, change.position) : view;
    case 'hide':
    case 'unhide': {
      const hiding = newerMark(view.hiding, content.kind === 'hide', change.position);
      return hiding === view.hiding ? view : { ...view, hiding };
    }
    case 'reaction':
      return reacted(view, author, content, change.position);
    case 'vote':
      return voted(view, author, content.choice, change.position);
    case 'acknowledge':
      return acknowledged(view, author);
    default:
      return content satisfies never;
  }
}

/** Returns what a content does: it is a message, or it changes others. */
export function effectsOf(
  content: TimelineContent,
): { readonly post: ConversationContentOf<PostKind> } | { readonly changes: readonly ChangeContent[] } {
  switch (content.kind) {
    case 'text':
    case 'reply':
    case 'announcement':
    case 'poll':
    case 'file':
      return { post: content };
    case 'reaction':
    case 'vote':
    case 'acknowledge':
      return { changes: 'items' in content ? itemsOf(content) : [content] };
    default:
      return { changes: [content] };
  }
}

/** Returns what a change does, without its words. */
export function summaryOf({ author, content }: Pick<MessageChange, 'author' | 'content'>): ChangeSummary {
  switch (content.kind) {
    case 'reaction':
      return { author, kind: content.kind, emoji: content.emoji, on: content.on };
    case 'vote':
      return { author, kind: content.kind, choice: content.choice };
    default:
      return { author, kind: content.kind };
  }
}

/** Whether the message is hidden for all by a moderator. */
export function isHidden({ hiding }: MessageView): boolean {
  return hiding?.on === true;
}

/** Returns the keys behind each emoji, without those that took it back. */
export function reactionsOf({ reactions }: MessageView): ReadonlyMap<string, readonly PeerKey[]> {
  const shown = new Map<string, readonly PeerKey[]>();
  for (const [emoji, marks] of reactions) {
    const keys = [...marks].filter(([, { on }]) => on).map(([key]) => key);
    if (keys.length > 0) shown.set(emoji, keys);
  }
  return shown;
}

/** Returns the voters for each choice of a poll; an empty list for another message. */
export function votesOf({ body, votes }: MessageView): readonly (readonly PeerKey[])[] {
  if (body.kind !== 'post' || body.content.kind !== 'poll') return [];
  return body.content.choices.map((_, choice) =>
    [...votes].filter(([, vote]) => vote.choice === choice).map(([key]) => key),
  );
}

function itemsOf(content: ConversationContentOf<'reaction' | 'vote' | 'acknowledge'>): ChangeContent[] {
  switch (content.kind) {
    case 'reaction':
      return content.items.map((item) => ({ kind: 'reaction', ...item }));
    case 'vote':
      return content.items.map((item) => ({ kind: 'vote', ...item }));
    case 'acknowledge':
      return content.items.map((of) => ({ kind: 'acknowledge', of }));
    default:
      return content satisfies never;
  }
}

/** The edit with the highest position holds. Positions of one installation follow its sequences. Polls and files stay as they are. */
function edited(
  view: MessageView,
  { text, mentions, mentionsRoom }: ConversationContentOf<'edit'>,
  at: MessagePosition,
): MessageView {
  const { body, editedAt } = view;
  if (body.kind !== 'post' || body.content.kind === 'poll' || body.content.kind === 'file') return view;
  if (editedAt !== null && comparePositions(editedAt, at) >= 0) return view;
  const content = { ...body.content, text };
  delete content.mentions;
  delete content.mentionsRoom;
  if (mentions !== undefined) content.mentions = mentions;
  if (mentionsRoom !== undefined) content.mentionsRoom = mentionsRoom;
  return { ...view, body: { kind: 'post', content }, editedAt: at };
}

/** For good: no later edit brings words back. What others added to it goes too. */
function deleted(view: MessageView): MessageView {
  if (view.body.kind === 'deleted') return view;
  return { ...newMessage(view, { kind: 'deleted' }), hiding: view.hiding };
}

/** Before every content. */
const start: MessagePosition = { major: 0, minor: 0 };

/** With `votes`, these are the result: each vote that comes from now on is behind the end of the poll. */
function closed(
  view: MessageView,
  votes: ConversationContentOf<'close-poll'>['votes'],
  at: MessagePosition,
): MessageView {
  if (!isPost(view, 'poll')) return view;
  if (view.pollClosedAt !== null && comparePositions(view.pollClosedAt, at) <= 0) return view;
  if (votes === undefined) return { ...view, pollClosedAt: at };
  const result = new Map(votes.map(({ voter, choice }) => [voter, { choice, at }]));
  return { ...view, pollClosedAt: start, votes: result };
}

function reacted(
  view: MessageView,
  author: PeerKey,
  { emoji, on }: { readonly emoji: string; readonly on: boolean },
  at: MessagePosition,
): MessageView {
  if (view.body.kind === 'deleted') return view;
  const marks = view.reactions.get(emoji);
  const before = marks?.get(author) ?? null;
  if (before === null && isFullOfReactions(view, emoji, author)) return view;
  const mark = newerMark(before, on, at);
  if (mark === before) return view;
  const reactions = new Map(view.reactions).set(emoji, new Map(marks).set(author, mark));
  return { ...view, reactions };
}

function isFullOfReactions({ reactions }: MessageView, emoji: string, author: PeerKey): boolean {
  if (!reactions.has(emoji) && reactions.size >= reactionEmojisMax) return true;
  let ofAuthor = 0;
  for (const marks of reactions.values()) if (marks.has(author)) ofAuthor++;
  return ofAuthor >= reactionsOfAuthorMax;
}

function voted(view: MessageView, author: PeerKey, choice: number | null, at: MessagePosition): MessageView {
  const { body, votes, pollClosedAt } = view;
  if (body.kind !== 'post' || body.content.kind !== 'poll') return view;
  if (choice !== null && choice >= body.content.choices.length) return view;
  if (pollClosedAt !== null && comparePositions(pollClosedAt, at) < 0) return view;
  const before = votes.get(author);
  if (before !== undefined && comparePositions(before.at, at) >= 0) return view;
  return { ...view, votes: new Map(votes).set(author, { choice, at }) };
}

function acknowledged(view: MessageView, author: PeerKey): MessageView {
  if (!isPost(view, 'announcement') || author === view.author || view.acknowledgedBy.has(author)) return view;
  return { ...view, acknowledgedBy: new Set(view.acknowledgedBy).add(author) };
}

function isPost({ body }: MessageView, kind: PostKind): boolean {
  return body.kind === 'post' && body.content.kind === kind;
}

function newerMark(before: Mark | null, on: boolean, at: MessagePosition): Mark {
  return before !== null && comparePositions(before.at, at) >= 0 ? before : { on, at };
}

/** A content with its place in the conversation. */
export interface TimelineEntry {
  readonly id: MessageId;
  readonly author: PeerKey;
  readonly position: MessagePosition;
  /** `erased`: the log has a message without its content. A change without its content has no effect, and is no entry here. */
  readonly content:
    | TimelineContent
    | { readonly kind: 'unknown'; readonly fallback: string | null }
    | { readonly kind: 'erased' };
}

/** The messages of one conversation, in memory. A change that comes before its message waits for it. */
export class Timeline {
  readonly #messages = new Map<MessageId, MessageView>();
  readonly #waiting = new WaitingChanges();

  /** Returns the messages that are new or changed. An id that was here before changes nothing. */
  add({ id, author, position, content }: TimelineEntry): readonly MessageView[] {
    if (content.kind === 'unknown' || content.kind === 'erased')
      return this.#addMessage(newMessage({ id, author, position }, content));
    const effects = effectsOf(content);
    if ('post' in effects)
      return this.#addMessage(newMessage({ id, author, position }, { kind: 'post', content: effects.post }));
    const changed = new Map<MessageId, MessageView>();
    for (const change of effects.changes) {
      const view = this.#change({ author, position, content: change });
      if (view !== undefined) changed.set(view.id, view);
    }
    return [...changed.values()];
  }

  get(id: MessageId): MessageView | undefined {
    return this.#messages.get(id);
  }

  /** All messages, in their order. */
  messages(): MessageView[] {
    return [...this.#messages.values()].toSorted((one, other) =>
      comparePositions(one.position, other.position),
    );
  }

  #addMessage(message: MessageView): readonly MessageView[] {
    if (this.#messages.has(message.id)) return [];
    let view = message;
    for (const change of this.#waiting.take(message.id)) view = changeMessage(view, change);
    this.#messages.set(message.id, view);
    return [view];
  }

  #change(change: MessageChange): MessageView | undefined {
    const view = this.#messages.get(change.content.of);
    if (view === undefined) {
      this.#waiting.add(change);
      return undefined;
    }
    const changed = changeMessage(view, change);
    if (changed === view) return undefined;
    this.#messages.set(view.id, changed);
    return changed;
  }
}

/** Changes that came before their messages. Each author has a share; past one, the oldest of this author is forgotten. */
export class WaitingChanges {
  /** The oldest is first. */
  readonly #changes = new Set<MessageChange>();
  readonly #counts = new Map<PeerKey, number>();

  add(change: MessageChange): void {
    const own = (this.#counts.get(change.author) ?? 0) + 1;
    if (own > waitingChangesOfAuthorMax) this.#forgetOldestOf(change.author);
    else if (this.#changes.size >= waitingChangesMax) this.#forgetOldestOf(this.#greatest());
    this.#changes.add(change);
    this.#counts.set(change.author, (this.#counts.get(change.author) ?? 0) + 1);
  }

  /** Returns the changes of a message, the first first, and forgets them. */
  take(id: MessageId): readonly MessageChange[] {
    const taken = [...this.#changes].filter(({ content }) => content.of === id);
    for (const change of taken) this.#forget(change);
    return taken;
  }

  #forgetOldestOf(author: PeerKey): void {
    for (const change of this.#changes) {
      if (change.author !== author) continue;
      this.#forget(change);
      return;
    }
  }

  #greatest(): PeerKey {
    const [first] = [...this.#counts].toSorted(([, one], [, other]) => other - one);
    if (first === undefined) throw new Error('no author has a change that waits');
    return first[0];
  }

  #forget(change: MessageChange): void {
    this.#changes.delete(change);
    const left = (this.#counts.get(change.author) ?? 0) - 1;
    if (left > 0) this.#counts.set(change.author, left);
    else this.#counts.delete(change.author);
  }
}
