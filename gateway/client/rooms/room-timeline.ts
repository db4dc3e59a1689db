import { isConversationKind } from '../../../shared/chat/content-kinds.ts';
import { effectsOf, type ChangeContent, type TimelineEntry } from '../../../shared/chat/timeline.ts';
import { roomConversation } from '../../../shared/conversation.ts';
import type { InstallationId, MessageId, PeerKey, RoomId } from '../../../shared/ids.ts';
import type { ChangeSummary, Content, MessagePosition, RoomNotice } from '../../../shared/message.ts';
import type { Moment } from '../../../shared/moment.ts';
import { decodeRoomContent, type RoomContent } from '../../../shared/rooms/content.ts';
import type { EntryHeader, LogEntry } from '../../../shared/rooms/entry.ts';
import { timelineEntryOf } from '../../../shared/rooms/room-timeline.ts';
import type { ClientStore, StoredMessage } from '../../store/client-store.ts';
import type { WaitingEntry } from '../../store/room-repository.ts';
import type { ServerClock } from '../connections/server-clock.ts';
import type { Eraser } from '../../turn/eraser.ts';
import type { Blocks } from '../contacts/blocks.ts';
import type { Conversations } from '../messages/conversations.ts';
import type { MessageViews } from '../messages/message-views.ts';

/** Own messages that no log has yet stand behind all others. */
export const waitingMajorMin = 2 ** 52;

/** Entries before the end of the log that are done again after it has lost others. */
const undoneEntriesMax = 5_000;

export interface RoomTimelineOptions {
  readonly store: ClientStore;
  readonly me: PeerKey;
  readonly blocks: Pick<Blocks, 'has'>;
  readonly clock: Pick<ServerClock, 'toLocalMs'>;
  readonly conversations: Conversations;
  readonly views: MessageViews;
  readonly eraser: Pick<Eraser, 'eraseSoon'>;
}

/** Shows the entries of rooms as messages, and what they change in messages. */
export class RoomTimeline {
  readonly #options: RoomTimelineOptions;

  constructor(options: RoomTimelineOptions) {
    this.#options = options;
  }

  /** Shows an entry that has an effect. Does nothing for one of a blocked author, but what it does to the room. */
  show(now: Moment, room: RoomId, entry: LogEntry, isBacklog: boolean): void {
    const { header, position } = entry;
    const isBlocked = this.#options.blocks.has(header.author);
    const notice = noticeOf(entry);
    if (notice !== undefined)
      this.#post(
        room,
        header,
        { major: position.seq, minor: 0 },
        { kind: 'notice', entry: notice },
        isBacklog,
      );
    const shown = timelineEntryOf(entry);
    if (shown === undefined || (isBlocked && notice === undefined)) return;
    this.#showContent(now, room, header, shown, isBacklog);
  }

  /** Shows an own message that no log has yet. */
  showWaiting(room: RoomId, installation: InstallationId, entry: WaitingEntry, content: Content): void {
    const { store, me, conversations, views } = this.#options;
    const conversation = roomConversation(room);
    const sequence = store.conversations.nextSequence(conversation);
    const message = store.messages.insert({
      id: entry.id,
      conversation,
      author: me,
      content,
      sentAtMs: entry.sentAtMs,
      clockOffsetMs: entry.clockOffsetMs,
      installation,
      sequence,
      recipients: [],
      position: { major: waitingMajorMin + sequence, minor: 0 },
    });
    if (message === undefined) return;
    conversations.begin(conversation);
    views.tellNew(message);
  }

  /** Applies a change of the user before the log has it. */
  changeAtOnce(now: Moment, room: RoomId, content: ChangeContent): void {
    const position = { major: Number.MAX_SAFE_INTEGER, minor: 0 };
    this.#change(now, room, this.#options.me, position, content);
  }

  /**
   * Undoes what entries behind `seq` did to messages: the log of the server has others in their places. What the log still has is done
   * again, so that all members see the same messages.
   */
  undoBehind(room: RoomId, seq: number): void {
    const { store } = this.#options;
    const conversation = roomConversation(room);
    const from = seq - undoneEntriesMax;
    const changed = new Set(store.messages.changedBehind(conversation, seq, from));
    if (changed.size === 0) return;
    for (const id of changed) {
      const isDeleted = store.messages.find(id)?.content.kind === 'deleted';
      store.messages.undoChanges(id, isDeleted ? undefined : this.#original(room, id));
    }
    for (const { entry, effect } of store.rooms.entriesFrom(room, Math.max(1, from), undoneEntriesMax + 1)) {
      if (entry.position.seq > seq) return;
      const shown = effect === 'taken' ? timelineEntryOf(entry) : undefined;
      if (shown === undefined || shown.content.kind === 'unknown' || shown.content.kind === 'erased')
        continue;
      const effects = effectsOf(shown.content);
      for (const content of 'changes' in effects ? effects.changes : []) {
        const author = this.#authorOf(room, shown.author, content);
        if (author !== undefined && changed.has(content.of))
          store.messages.change(conversation, { author, position: shown.position, content });
      }
    }
  }

  /** The content with which a message came; undefined where the log does not have it. */
  #original(room: RoomId, id: MessageId): Content | undefined {
    const stored = this.#options.store.rooms.find(room, id);
    const shown = stored === undefined ? undefined : timelineEntryOf(stored.entry);
    if (shown === undefined || shown.content.kind === 'unknown' || shown.content.kind === 'erased')
      return undefined;
    const effects = effectsOf(shown.content);
    return 'post' in effects ? effects.post : undefined;
  }

  #showContent(
    now: Moment,
    room: RoomId,
    header: EntryHeader,
    shown: TimelineEntry,
    isBacklog: boolean,
  ): void {
    const { content, position, author } = shown;
    if (content.kind === 'unknown')
      return this.#post(
        room,
        header,
        position,
        { kind: 'unknown', fallback: content.fallback ?? '' },
        isBacklog,
      );
    if (content.kind === 'erased') return this.#post(room, header, position, { kind: 'erased' }, isBacklog);
    const effects = effectsOf(content);
    if ('post' in effects) return this.#post(room, header, position, effects.post, isBacklog);
    for (const change of effects.changes) this.#change(now, room, author, position, change);
  }

  #post(
    room: RoomId,
    header: EntryHeader,
    position: MessagePosition,
    content: Content,
    isBacklog: boolean,
  ): void {
    const { store, me, clock, conversations, views } = this.#options;
    const { id, author, installation, sequence, sentAtMs, clockOffsetMs } = header;
    const conversation = roomConversation(room);
    const isOwn = author === me;
    const inserted = store.messages.insert({
      id,
      conversation,
      author,
      content,
      sentAtMs: isOwn ? sentAtMs : clock.toLocalMs(sentAtMs, clockOffsetMs),
      clockOffsetMs: isOwn ? (clockOffsetMs ?? null) : null,
      installation,
      sequence,
      recipients: [],
      position,
    });
    const message = inserted ?? this.#place(id, { author, conversation, position });
    if (message === undefined) return;
    if (inserted !== undefined && !isOwn && content.kind !== 'notice') conversations.handleArrived(message);
    else conversations.begin(conversation);
    views.tellNew(message, isBacklog);
  }

  /** The message was here already: an own one that was not in the log, or one that the log had lost. */
  #place(
    id: MessageId,
    { author, conversation, position }: Pick<StoredMessage, 'author' | 'conversation' | 'position'>,
  ): StoredMessage | undefined {
    const { messages } = this.#options.store;
    const known = messages.find(id);
    // An author may use the id of a message that it has sent elsewhere.
    if (known?.author !== author || known.conversation !== conversation) return undefined;
    messages.place(id, position);
    return { ...known, position };
  }

  /** `signer`: the key that has signed the change. */
  #change(
    now: Moment,
    room: RoomId,
    signer: PeerKey,
    position: MessagePosition,
    content: ChangeContent,
  ): void {
    const { store, views, eraser } = this.#options;
    const author = this.#authorOf(room, signer, content);
    if (author === undefined) return;
    const conversation = roomConversation(room);
    const target =
      content.kind === 'delete' || content.kind === 'edit' ? store.messages.find(content.of) : undefined;
    const isDeletion = content.kind === 'delete' && target?.author === author;
    // An edit that comes behind the deletion leaves its words in the log.
    const isOfDeleted = content.kind === 'edit' && target?.content.kind === 'deleted';
    if (isDeletion || isOfDeleted) {
      store.rooms.eraseContent(room, content.of);
      eraser.eraseSoon(now);
    }
    const message = store.messages.change(conversation, { author, position, content });
    if (message === undefined) return;
    views.tellChanged([{ message, change: summaryOf(author, content) }]);
  }

  /**
   * The author of a change, as the messages of this client name it. Messages of a person with another key stand under the new one, but only
   * the key in the log may change them. Undefined: the message is by another key.
   */
  #authorOf(room: RoomId, signer: PeerKey, { kind, of }: ChangeContent): PeerKey | undefined {
    if (kind !== 'edit' && kind !== 'delete' && kind !== 'close-poll') return signer;
    const { store } = this.#options;
    const logged = store.rooms.find(room, of)?.entry.header.author;
    if (logged === undefined) return signer;
    return logged === signer ? (store.messages.find(of)?.author ?? signer) : undefined;
  }
}

/** What a change did, without words. */
function summaryOf(author: PeerKey, content: ChangeContent): ChangeSummary {
  switch (content.kind) {
    case 'reaction':
      return { author, kind: 'reaction', emoji: content.emoji, on: content.on };
    case 'vote':
      return { author, kind: 'vote', choice: content.choice };
    default:
      return { author, kind: content.kind };
  }
}

/** What an entry of a kind that only rooms have says; undefined for the other kinds. */
function noticeOf({ header, content }: LogEntry): RoomNotice | undefined {
  const decoded = content === null ? undefined : decodeRoomContent(header.kind, content);
  return decoded?.type === 'content' && isNotice(decoded.content) ? decoded.content : undefined;
}

function isNotice(content: RoomContent): content is RoomNotice {
  return !isConversationKind(content.kind);
}
