import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { waitMsAfter } from '../../../shared/chat/codes.ts';
import type { MessageId, RoomId } from '../../../shared/ids.ts';
import { batchItemsMax, roomBatchBytesMax, roomBatchEntriesMax } from '../../../shared/limits.ts';
import { isRoomFailureCode, type Delivery } from '../../../shared/message.ts';
import {
  decodeRoomContent,
  encodeRoomContent,
  type RoomContent,
  type RoomContentOf,
} from '../../../shared/rooms/content.ts';
import { rightsOf } from '../../../shared/rooms/rights.ts';
import type { RoomRepository, WaitingEntry } from '../../store/room-repository.ts';
import { BackOff } from '../../turn/back-off.ts';

/** The server answers a batch within this time, or the client sends it again. */
const answerTimeoutMs = 10_000;
/** PROTOCOL 10.10: what the user does in this time goes into one entry. */
const batchIntervalMs = 1_000;

/** These pass when the client signs again, or waits: nothing is wrong with the entry. */
const passingCodes: ReadonlySet<string> = new Set([
  'wrong-sequence',
  'wrong-parent',
  'slow',
  'too-often',
  'server-disk-full',
]);

const batchKinds = ['reaction', 'vote', 'acknowledge'] as const;
type BatchKind = (typeof batchKinds)[number];

type Appended = ProtocolMessageOf<'room-appended'>;

/** The entries of the user that the log of one room does not have yet, and what the server has said about them. */
export class RoomOutbox {
  readonly #rooms: RoomRepository;
  readonly #room: RoomId;
  #entries: WaitingEntry[];
  /** On the server's disk, with their places. Their entries are still on the way here. */
  readonly #taken = new Map<MessageId, number>();
  #unanswered: { readonly ids: ReadonlySet<MessageId>; readonly deadlineMs: number } | null = null;
  /** The sequence that the server expects; null where it has not said it. */
  #next: number | null = null;
  /** A sequence by the log was wrong: only the server knows the right one, on this connection. */
  #isCorrected = false;
  /** Nothing is sent until then. */
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  /** No message is sent until then, because the room is slow. */
  #slowUntilMs = Number.NEGATIVE_INFINITY;
  #batchAfterMs = Number.NEGATIVE_INFINITY;
  /** When the first entry may leave that could not when it was looked at last. */
  #heldUntilMs: number | undefined;
  readonly #backOff = new BackOff(100, 30_000);

  constructor(rooms: RoomRepository, room: RoomId) {
    this.#rooms = rooms;
    this.#room = room;
    this.#entries = rooms.waiting(room);
  }

  /** Returns the sequence of the next entry. `inLog`: by the log as the client has it, which may lack what the server has just taken. */
  nextSequence(inLog: number): number {
    return this.#next === null || (!this.#isCorrected && this.#next < inLog) ? inLog : this.#next;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  find(id: MessageId): WaitingEntry | undefined {
    return this.#entries.find((entry) => entry.id === id);
  }

  hasKind(kind: string): boolean {
    return this.#entries.some((entry) => entry.kind === kind && entry.refusedWith === null);
  }

  /** Adds an entry, or replaces the one with its id. */
  put(entry: WaitingEntry): void {
    const index = this.#entries.findIndex(({ id }) => id === entry.id);
    if (index === -1) this.#entries.push(entry);
    else this.#entries[index] = entry;
    this.#rooms.putWaiting(this.#room, entry);
  }

  /** Puts the items into a batch of this kind that has not left yet. Returns whether there was one with room for them. */
  merge(content: RoomContent): boolean {
    if (!isBatch(content)) return false;
    const waiting = this.#entries.find(
      ({ id, kind }) =>
        kind === content.kind && !this.#taken.has(id) && this.#unanswered?.ids.has(id) !== true,
    );
    const decoded = waiting === undefined ? undefined : decodeRoomContent(waiting.kind, waiting.content);
    if (waiting === undefined || decoded?.type !== 'content' || !isBatch(decoded.content)) return false;
    const merged = mergeItems(decoded.content, content);
    if (merged === undefined) return false;
    this.put({ ...waiting, content: encodeRoomContent(merged) });
    return true;
  }

  remove(id: MessageId): void {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    this.#taken.delete(id);
    this.#rooms.removeWaiting(this.#room, id);
  }

  /** The words of a message are erased. Its edits have nothing to change, and are not sent. */
  dropEditsOf(message: MessageId): void {
    this.#entries = this.#entries.filter(({ editOf }) => editOf !== message);
  }

  /** Whether a copy of the entry may be on the server, or on the way there. */
  mayBeSent(id: MessageId): boolean {
    return this.#taken.has(id) || this.#unanswered?.ids.has(id) === true;
  }

  /** Returns the entries that the server has taken at these places of its log. */
  takenUpTo(last: number): { readonly entry: WaitingEntry; readonly seq: number }[] {
    return this.#entries.flatMap((entry) => {
      const seq = this.#taken.get(entry.id);
      return seq === undefined || seq > last ? [] : [{ entry, seq }];
    });
  }

  /** Another connection to the server. What was not answered is sent again, with the same ids. */
  handleConnection(): void {
    this.#taken.clear();
    this.#unanswered = null;
    this.#next = null;
    this.#isCorrected = false;
  }

  /** The batch did not leave. It is sent again from then on. */
  handleUndelivered(againMs: number): void {
    this.#unanswered = null;
    this.#restsUntilMs = againMs;
  }

  get isUnanswered(): boolean {
    return this.#unanswered !== null;
  }

  /** A batch that was not answered in time is sent again. */
  handleTimeout(nowMs: number): void {
    if (this.#unanswered !== null && this.#unanswered.deadlineMs <= nowMs)
      this.handleUndelivered(nowMs + this.#backOff.next());
  }

  /** Returns the next batch; empty while one is unanswered, or nothing may leave. */
  next(nowMs: number): WaitingEntry[] {
    this.#heldUntilMs = undefined;
    if (this.#unanswered !== null) return [];
    if (nowMs < this.#restsUntilMs) {
      this.#heldUntilMs = this.#restsUntilMs;
      return [];
    }
    const batch: WaitingEntry[] = [];
    let [bytes, batchAfterMs] = [0, this.#batchAfterMs];
    for (const entry of this.#entries) {
      if (entry.refusedWith !== null || this.#taken.has(entry.id)) continue;
      const isBatched = isBatchKind(entry.kind);
      const afterMs = isBatched ? batchAfterMs : rightsOf(entry.kind).slowed ? this.#slowUntilMs : nowMs;
      if (afterMs > nowMs) {
        this.#heldUntilMs = Math.min(this.#heldUntilMs ?? afterMs, afterMs);
        continue;
      }
      if (isBatched) batchAfterMs = nowMs + batchIntervalMs;
      bytes += entry.content.length;
      if (batch.length === roomBatchEntriesMax || (bytes > roomBatchBytesMax && batch.length > 0)) break;
      batch.push(entry);
    }
    return batch;
  }

  /** The batch leaves. */
  handleSent(nowMs: number, batch: readonly WaitingEntry[]): void {
    this.#unanswered = { ids: new Set(batch.map(({ id }) => id)), deadlineMs: nowMs + answerTimeoutMs };
    if (batch.some(({ kind }) => isBatchKind(kind))) this.#batchAfterMs = nowMs + batchIntervalMs;
  }

  /** The server's answer to the batch. Returns the entry that it refused for good, if it refused one. */
  handleAppended(
    nowMs: number,
    { taken, refused, next }: Appended,
  ): { readonly entry: WaitingEntry; readonly code: string } | undefined {
    if (this.#unanswered === null) return undefined;
    this.#unanswered = null;
    this.#next = next;
    this.#isCorrected ||= refused?.code === 'wrong-sequence';
    for (const { id, seq } of taken) if (this.find(id) !== undefined) this.#taken.set(id, seq);
    if (refused === undefined) this.#backOff.reset();
    const entry = refused === undefined ? undefined : this.find(refused.id);
    if (refused === undefined || entry === undefined) return undefined;
    const waitMs = waitMsAfter(refused);
    if (refused.code === 'slow') this.#slowUntilMs = nowMs + (waitMs ?? this.#backOff.next());
    else if (passingCodes.has(refused.code) || waitMs !== undefined)
      this.#restsUntilMs = nowMs + (waitMs ?? this.#backOff.next());
    else return { entry, code: refused.code };
    return undefined;
  }

  /** Undefined: the entry does not wait here. `of`: the other members, as far as this client knows. */
  deliveryOf(id: MessageId, of: number): Delivery | undefined {
    const entry = this.find(id);
    if (entry === undefined) return undefined;
    const { refusedWith } = entry;
    if (refusedWith !== null)
      return { state: 'failed', code: isRoomFailureCode(refusedWith) ? refusedWith : 'refused' };
    if (this.#taken.has(id)) return { state: 'in-room', delivered: 0, read: 0, of };
    if (this.#unanswered?.ids.has(id) === true) return { state: 'sending', attempt: 1, via: 'server' };
    return { state: 'saved' };
  }

  /** When the next batch may leave, or is sent again. Undefined: nothing waits for a time. */
  get dueMs(): number | undefined {
    if (this.#unanswered !== null) return this.#unanswered.deadlineMs;
    return this.#heldUntilMs;
  }
}

function isBatchKind(kind: string): kind is BatchKind {
  return (batchKinds as readonly string[]).includes(kind);
}

function isBatch(content: RoomContent): content is RoomContentOf<BatchKind> {
  return isBatchKind(content.kind);
}

/** Returns the batch with the items of both; undefined where it is full. A later item about the same thing replaces the earlier one. */
function mergeItems(
  one: RoomContentOf<BatchKind>,
  other: RoomContentOf<BatchKind>,
): RoomContentOf<BatchKind> | undefined {
  if (one.kind === 'reaction' && other.kind === 'reaction')
    return fits({
      kind: 'reaction',
      items: newestItems([...one.items, ...other.items], (item) => `${item.of} ${item.emoji}`),
    });
  if (one.kind === 'vote' && other.kind === 'vote')
    return fits({ kind: 'vote', items: newestItems([...one.items, ...other.items], ({ of }) => of) });
  if (one.kind === 'acknowledge' && other.kind === 'acknowledge')
    return fits({ kind: 'acknowledge', items: newestItems([...one.items, ...other.items], (of) => of) });
  return undefined;
}

function newestItems<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

function fits<Content extends RoomContentOf<BatchKind>>(content: Content): Content | undefined {
  return content.items.length <= batchItemsMax ? content : undefined;
}
