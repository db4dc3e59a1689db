import type { PeerKey, RoomId } from '../../../shared/ids.ts';
import { roomFollowPointsMax, roomSentEntriesMax } from '../../../shared/limits.ts';
import {
  checkpointOf,
  compareCheckpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  roomFromCheckpoint,
  type Checkpoint,
} from '../../../shared/rooms/checkpoint.ts';
import { isConversationKind } from '../../../shared/chat/content-kinds.ts';
import {
  isSamePoint,
  logStart,
  pointOf,
  type LogEntry,
  type LogPoint,
  type Sha256,
  type SignedHead,
  type VerifySignature,
} from '../../../shared/rooms/entry.ts';
import { applyEntry, expectSequenceOf, passOver } from '../../../shared/rooms/reducer.ts';
import { emptyRoom, nextSequenceOf, type RoomState } from '../../../shared/rooms/room-state.ts';
import {
  isFork,
  isSignedHead,
  takeBatch,
  type Finding,
  type FindingKind,
  type LogBatch,
  type TakenEntry,
} from '../../../shared/rooms/verify-log.ts';
import type { RoomRepository, StoredEntry, StoredRoom } from '../../store/room-repository.ts';

/** The client keeps a state of its own after so many entries, to go back to and to start from. */
const entriesPerCheckpoint = 1_000;
/** Points of the newest entries that stay in memory: each entry names one as the newest that its author had. */
const recentPointsMax = 512;
/** Entries that the client looks through for those that the log of a restored server cannot have. */
const unknownEntriesMax = 2_000;
/** Entries that are read from the store at a time. */
const pageEntries = 500;

export interface RoomLogPorts {
  readonly sha256: Sha256;
  readonly verify: VerifySignature;
  /** Whether the words of this author are neither kept nor shown. */
  readonly isBlocked: (author: PeerKey) => boolean;
}

/** What a server sent: entries behind a point that it says both logs have. */
export interface SentBatch extends LogBatch {
  readonly from: LogPoint;
}

export type LogResult =
  | {
      readonly type: 'taken';
      readonly entries: readonly TakenEntry[];
      readonly findings: readonly Finding[];
      /** The newest entry that both logs have, where the server has others behind it: those of this log are lost. Null: none are. */
      readonly rewoundTo: number | null;
    }
  /** The log of the server ends here, and is a part of this one. */
  | { readonly type: 'behind'; readonly at: LogPoint }
  | { readonly type: 'refused'; readonly finding: Finding };

/** What came of a state that the server has signed. */
export type StartResult =
  /** The log begins again from it. `toSend`: own entries that the log of the server does not have; null where the server was not restored. */
  | {
      readonly type: 'started';
      readonly toSend: readonly StoredEntry[] | null;
      readonly rewoundTo: number | null;
    }
  | { readonly type: 'equal' | 'differs' | 'unchecked' };

/** The log of one room in the store, and the state to which it leads. */
export class RoomLog {
  readonly #rooms: RoomRepository;
  readonly #id: RoomId;
  readonly #server: PeerKey;
  readonly #room: RoomId;
  readonly #ports: RoomLogPorts;
  readonly #recent = new Map<number, LogPoint>();
  #state: RoomState | undefined;
  /** The log begins again behind it, from a state that the server has signed; 0: it is whole. */
  #beginsAt: number;

  constructor(rooms: RoomRepository, { id, server, room, cutAt }: StoredRoom, ports: RoomLogPorts) {
    this.#rooms = rooms;
    this.#id = id;
    this.#server = server;
    this.#room = room;
    this.#ports = ports;
    this.#beginsAt = cutAt;
  }

  /** Read from the store when it is first asked for: a start must not read the logs of all rooms. */
  get state(): RoomState {
    return (this.#state ??= this.#load());
  }

  get head(): LogPoint {
    return this.state.head;
  }

  /** Points of this log, the newest first, with growing steps back to the start. */
  points(): LogPoint[] {
    const { seq } = this.head;
    const points = [this.head];
    for (let step = 1; step < seq - this.#beginsAt && points.length < roomFollowPointsMax - 2; step *= 2) {
      const point = this.pointAt(seq - step);
      if (point !== undefined) points.push(point);
    }
    const begin = this.#beginsAt > 0 && this.#beginsAt < seq ? this.pointAt(this.#beginsAt) : undefined;
    if (begin !== undefined) points.push(begin);
    return seq === 0 ? points : [...points, logStart];
  }

  /** The newest head with the server's signature. */
  signedHead(): SignedHead | undefined {
    const { head } = this;
    const [newest] = head.seq === 0 ? [] : this.#rooms.entriesFrom(this.#id, head.seq, 1);
    const signature = newest?.headSignature ?? null;
    return signature === null ? undefined : { point: head, signature };
  }

  pointAt(seq: number): LogPoint | undefined {
    if (seq === 0) return logStart;
    if (seq === this.head.seq) return this.head;
    return this.#storedPointAt(seq) ?? (seq === this.#beginsAt ? this.#startPoint(seq) : undefined);
  }

  /** Checks what the server sent, and takes it into the store and the state. */
  receive(sent: SentBatch): LogResult {
    const { state } = this;
    const { from, head } = sent;
    // The usual batch continues this log. Its head is checked with its entries, and not twice.
    if (isSamePoint(from, state.head)) return this.#take(sent, null);
    if (!isSignedHead(state, head, this.#ports.verify)) return refused('wrong-head');
    const own = from.seq > state.head.seq ? undefined : this.pointAt(from.seq);
    if (own === undefined) return refused('log-gap');
    if (isSamePoint(own, from)) return this.#receiveFromEarlier(sent);
    // The signed head proves that the server has a log with this point, if the entries lead to it.
    return this.#commonPart(sent).type === 'common' && isFork(own, from)
      ? refused('fork')
      : refused('log-gap');
  }

  /**
   * Starts from a state that the server has signed, where the log of the server begins behind the newest entry of this one, or where a
   * server that was restored goes on another way. `isRestored`: the server is in another life than the newest entry of this log.
   */
  startFrom(checkpoint: Checkpoint, isRestored: boolean): StartResult {
    const { point } = checkpoint;
    if (point.seq > this.head.seq) return this.#begin(checkpoint, isRestored);
    const own = this.pointAt(point.seq);
    if (own !== undefined && isSamePoint(own, point))
      return { type: compareCheckpoint(this.#stateAt(point.seq), checkpoint) };
    if (own !== undefined && isFork(own, point)) return { type: 'differs' };
    return isRestored ? this.#begin(checkpoint, true) : { type: 'unchecked' };
  }

  /** Returns entries behind `seq` for an offer: at most one message full. Undefined: nothing can be offered. */
  offer(seq: number): Offer | undefined {
    return offerOf(this.#rooms.entriesFrom(this.#id, seq + 1, roomSentEntriesMax));
  }

  /** The same of the lost entries behind the number `after`: another log has taken their place. */
  offerLost(after: number): Offer | undefined {
    return offerOf(this.#rooms.lost(this.#id, roomSentEntriesMax, after));
  }

  /**
   * The log goes on from this state. Behind a restored server's cut, only the next sequence of each author tells which entries its log does
   * not have: they are lost, and the user's own are sent again.
   */
  #begin(checkpoint: Checkpoint, isRestored: boolean): StartResult {
    const state = roomFromCheckpoint(this.#server, checkpoint);
    const { head } = this;
    let rewoundTo: number | null = null;
    let toSend: StoredEntry[] | null = null;
    const isUnknown = ({ entry: { header } }: StoredEntry): boolean =>
      header.sequence >= nextSequenceOf(state, header.author, header.installation);
    if (isRestored && head.seq > 0) {
      const newest = this.#rooms.entriesFrom(this.#id, head.seq - unknownEntriesMax + 1, unknownEntriesMax);
      const first = newest.find((stored) => isUnknown(stored))?.entry.position.seq ?? head.seq + 1;
      const last = Math.min(first, checkpoint.point.seq) - 1;
      toSend = newest.filter((stored) => isUnknown(stored));
      if (last < head.seq) {
        toSend.unshift(
          ...this.#rooms.lost(this.#id, unknownEntriesMax, 0).filter((stored) => isUnknown(stored)),
        );
        this.#rooms.loseAfter(this.#id, last);
        this.#recent.clear();
        this.#rooms.removeAllLost(this.#id);
        rewoundTo = last;
      }
    }
    // A lost entry that the server took, and has cut off since, never comes.
    if (rewoundTo === null) {
      const lost = this.#rooms.lost(this.#id, unknownEntriesMax, 0);
      this.#rooms.removeLost(lost.filter((stored) => !isUnknown(stored)));
    }
    this.#state = state;
    this.#beginsAt = checkpoint.point.seq;
    this.#keepCheckpoint();
    return { type: 'started', toSend, rewoundTo };
  }

  /** The point of the state from which the log begins again. The log has no entry at this place. */
  #startPoint(seq: number): LogPoint | undefined {
    const kept = this.#rooms.checkpointAt(this.#id, seq);
    return kept?.seq === seq ? decodeCheckpoint(kept.bytes)?.point : undefined;
  }

  #receiveFromEarlier(sent: SentBatch): LogResult {
    const { head } = sent;
    const common = this.#commonPart(sent);
    if (common.type === 'refused') return common;
    const { divergence, point } = common;
    if (divergence === null) {
      if (head.point.seq > this.head.seq) return this.#take(sent, null);
      return head.point.seq < this.head.seq
        ? { type: 'behind', at: head.point }
        : { type: 'taken', entries: [], findings: [], rewoundTo: null };
    }
    if (isFork(divergence.own, divergence.sent)) return refused('fork');
    this.#rewind(point.seq);
    return this.#take(
      { entries: sent.entries.filter(({ position }) => position.seq > point.seq), head },
      point.seq,
    );
  }

  /** Follows the chain from `from` to the head, and finds the newest point that both logs have. */
  #commonPart({ from, entries, head }: SentBatch):
    | {
        readonly type: 'common';
        readonly point: LogPoint;
        readonly divergence: { readonly own: LogPoint; readonly sent: LogPoint } | null;
      }
    | Extract<LogResult, { type: 'refused' }> {
    let [last, point] = [from, from];
    let divergence: { readonly own: LogPoint; readonly sent: LogPoint } | null = null;
    for (const entry of entries) {
      if (entry.position.seq !== last.seq + 1) return refused('log-gap', entry);
      last = pointOf(this.#server, last.hash, entry, this.#ports.sha256);
      const own: LogPoint | undefined = divergence === null ? this.pointAt(last.seq) : undefined;
      if (own === undefined) continue;
      if (isSamePoint(own, last)) point = last;
      else divergence = { own, sent: last };
    }
    return isSamePoint(last, head.point) ? { type: 'common', point, divergence } : refused('broken-chain');
  }

  #take(batch: LogBatch, rewoundTo: number | null): LogResult {
    const before = this.head.seq;
    const result = takeBatch(this.state, batch, {
      sha256: this.#ports.sha256,
      verify: this.#ports.verify,
      hasId: (id) => this.#rooms.hasId(this.#id, id),
      pointAt: (seq) => this.#storedPointAt(seq),
    });
    if (result.type === 'refused') return result;
    this.#remember(result.entries);
    const passedOver = new Set(
      result.findings.filter(({ kind }) => kind === 'against-the-rules').map(({ entry }) => entry?.seq),
    );
    for (const taken of result.entries) this.#keep(taken, passedOver.has(taken.point.seq), batch.head);
    if (Math.floor(this.head.seq / entriesPerCheckpoint) > Math.floor(before / entriesPerCheckpoint))
      this.#keepCheckpoint();
    return { type: 'taken', entries: result.entries, findings: result.findings, rewoundTo };
  }

  #storedPointAt(seq: number): LogPoint | undefined {
    return this.#recent.get(seq) ?? this.#rooms.pointAt(this.#id, seq);
  }

  #remember(entries: readonly TakenEntry[]): void {
    for (const { point } of entries) this.#recent.set(point.seq, point);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= recentPointsMax) return;
      this.#recent.delete(oldest);
    }
  }

  #keep({ entry, point, hasEffect }: TakenEntry, isPassedOver: boolean, head: SignedHead): void {
    const { kind, author } = entry.header;
    // An entry without effect is never shown, and no deletion would find it: a repeated entry has the id of another.
    const isUnwanted = isConversationKind(kind) && (!hasEffect || this.#ports.isBlocked(author));
    this.#rooms.putEntry(this.#id, {
      entry: isUnwanted ? { ...entry, content: null } : entry,
      hash: point.hash,
      effect: hasEffect ? 'taken' : isPassedOver ? 'passed-over' : 'none',
      headSignature: isSamePoint(point, head.point) ? head.signature : null,
    });
  }

  #keepCheckpoint(): void {
    const checkpoint = checkpointOf(this.state);
    if (checkpoint === undefined) return;
    const { hasLaterKinds, head } = this.state;
    const bytes = encodeCheckpoint(checkpoint);
    this.#rooms.putCheckpoint(this.#id, { seq: head.seq, bytes, hasLaterKinds });
  }

  /** Goes back to an entry that the log of the server has too. */
  #rewind(seq: number): void {
    this.#rooms.loseAfter(this.#id, seq);
    this.#recent.clear();
    this.#state = undefined;
  }

  #load(): RoomState {
    return this.#stateAt(Number.MAX_SAFE_INTEGER);
  }

  #stateAt(last: number): RoomState {
    const kept = this.#rooms.checkpointAt(this.#id, last);
    const checkpoint = kept === undefined ? undefined : decodeCheckpoint(kept.bytes);
    const state =
      checkpoint === undefined
        ? emptyRoom(this.#server, this.#room)
        : roomFromCheckpoint(this.#server, checkpoint);
    state.hasLaterKinds = kept?.hasLaterKinds ?? false;
    for (;;) {
      const page = this.#rooms.entriesFrom(this.#id, state.head.seq + 1, pageEntries);
      for (const stored of page) {
        if (stored.entry.position.seq > last) return state;
        replay(state, stored);
      }
      if (page.length < pageEntries) return state;
    }
  }
}

/** Of an entry without its content, about. */
const entryBytesMin = 640;
/** Half of what a message of the transport takes, so that what the fields cost does not matter. */
const offerBytesMax = 256 * 1024;

/** Applies an entry that was checked when it came. */
function replay(state: RoomState, { entry, hash, effect }: StoredEntry): void {
  const { header } = entry;
  if (effect === 'none') return passOver(state, entry, hash, false);
  if (header.sequence > nextSequenceOf(state, header.author, header.installation))
    expectSequenceOf(state, entry);
  if (effect === 'passed-over') return passOver(state, entry, hash, true);
  const refusal = applyEntry(state, entry, hash);
  if (refusal !== undefined) throw new Error(`a log refuses its own entry: ${refusal.code}`);
}

function pointOfStored({ entry, hash }: StoredEntry): LogPoint {
  return { epoch: entry.position.epoch, seq: entry.position.seq, hash };
}

function refused(kind: FindingKind, entry?: LogEntry): Extract<LogResult, { type: 'refused' }> {
  if (entry === undefined) return { type: 'refused', finding: { kind, entry: null } };
  const { header, position } = entry;
  return {
    type: 'refused',
    finding: { kind, entry: { seq: position.seq, author: header.author, id: header.id } },
  };
}

interface Offer {
  readonly entries: readonly StoredEntry[];
  /** The server has signed it at the last entry. */
  readonly head: SignedHead;
}

function offerOf(candidates: readonly StoredEntry[]): Offer | undefined {
  let [bytes, length] = [0, 0];
  for (const [index, { entry, headSignature }] of candidates.entries()) {
    bytes += entryBytesMin + (entry.content?.length ?? 0);
    if (bytes > offerBytesMax && length > 0) break;
    if (headSignature !== null) length = index + 1;
  }
  const last = candidates[length - 1];
  if (last === undefined || last.headSignature === null) return undefined;
  return {
    entries: candidates.slice(0, length),
    head: { point: pointOfStored(last), signature: last.headSignature },
  };
}
