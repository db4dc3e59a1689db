import type { Offer, PieceRange } from '../../../shared/chat/file-kinds.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { FileRefusalCode } from '../../../shared/files/refusals.ts';
import { hashPartsOf, partPieces, pieceCountOf, type HashPart } from '../../../shared/files/tree.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import {
  fileLanesMax,
  filePiecesSentMax,
  fileRequestsMax,
  openFileRefusalsMax,
} from '../../../shared/limits.ts';
import type { FileDiskFailure, FileSource } from '../../turn/file-disk.ts';
import type { EndpointEvent } from '../../transport/events.ts';
import type { CoreContext } from '../context.ts';

export interface ServingOptions {
  readonly context: Pick<CoreContext, 'send' | 'runJob'>;
  /** What a peer may have of an offer now. It is asked before each piece. */
  readonly mayHave: (peer: PeerKey, at: Offer) => Permission;
  /** The bytes of an own file are others than when it was offered, or gone. */
  readonly handleChanged: (of: MessageId) => void;
}

export type Permission =
  | { readonly type: 'yes'; readonly source: FileSource }
  | { readonly type: 'no'; readonly code: FileRefusalCode };

/** A request of a peer that has not been answered whole. */
interface Wanted {
  readonly request: number;
  readonly at: Offer;
  readonly part: HashPart | null;
  /** The pieces that are not being read yet. */
  ranges: PieceRange[];
  isOver: boolean;
}

/** A piece or a part that is being read, or waits for those before it. */
interface Reading {
  readonly wanted: Wanted;
  messages: readonly ProtocolMessage[] | null;
}

/** What one peer has asked for. */
interface Lane {
  lastRequest: number;
  readonly queue: Wanted[];
  /** In the order in which they are sent. */
  readonly readings: Reading[];
  /** Messages that the peer's endpoint has not acknowledged. */
  underWay: number;
  /** The transport has refused a message. It says when there is room. */
  isFull: boolean;
}

/** Messages of a whole piece: the hashes and the leaves. */
const messagesOfPiece = 17;

/**
 * Answers the requests of peers for own files. All peers that load take turns, piece by piece, and what is read or under way is bounded,
 * for each of them and for all.
 */
export class Serving {
  readonly #options: ServingOptions;
  /** The one that was served last is last. */
  readonly #lanes = new Map<PeerKey, Lane>();
  readonly #openRefusals = new Map<PeerKey, number>();

  constructor(options: ServingOptions) {
    this.#options = options;
  }

  handleGet(peer: PeerKey, { request, at, hashes, pieces }: ProtocolMessageOf<'file-get'>): void {
    const lane = this.#lanes.get(peer);
    // The numbers of requests rise.
    if (lane !== undefined && request <= lane.lastRequest) return;
    const permission = this.#options.mayHave(peer, at);
    if (permission.type === 'no') return this.#refuse(peer, request, permission.code);
    const { size } = permission.source.blob;
    const part = hashes === undefined ? null : (partOf(size, hashes) ?? undefined);
    const last = pieces?.at(-1);
    const isBeyond = last !== undefined && last.from + last.count > pieceCountOf(size);
    if (part === undefined || isBeyond) return this.#refuse(peer, request, 'no-such-file');
    if (lane === undefined && this.#lanes.size >= fileLanesMax)
      return this.#refuse(peer, request, 'file-busy');
    const into = lane ?? { lastRequest: 0, queue: [], readings: [], underWay: 0, isFull: false };
    into.lastRequest = request;
    this.#lanes.set(peer, into);
    if (into.queue.length >= fileRequestsMax) return this.#refuse(peer, request, 'file-busy');
    into.queue.push({ request, at, part, ranges: [...(pieces ?? [])], isOver: false });
    this.#proceed();
  }

  handleStop(peer: PeerKey, { request }: ProtocolMessageOf<'file-stop'>): void {
    const lane = this.#lanes.get(peer);
    if (lane === undefined) return;
    this.#endWhere(lane, (wanted) => wanted.request === request);
    this.#proceed();
  }

  /** Nothing more of this offer leaves. Those who load it hear why. */
  stop(of: MessageId, code: FileRefusalCode): void {
    for (const [peer, lane] of this.#lanes) {
      const ended = this.#endWhere(lane, ({ at }) => at.of === of);
      for (const request of ended) this.#refuse(peer, request, code);
    }
    this.#proceed();
  }

  handleEvent(event: EndpointEvent): void {
    switch (event.type) {
      case 'acknowledged':
      case 'undelivered':
        if (event.token === refusalToken) return this.#countRefusal(event.peer, -1);
        if (event.token.startsWith(bulkPrefix)) this.#handleSent(event.peer, event);
        return;
      case 'writable': {
        const lane = this.#lanes.get(event.peer);
        if (lane === undefined || event.channel !== 'bulk') return;
        lane.isFull = false;
        return this.#proceed();
      }
      default:
        return;
    }
  }

  /** There is a new connection to this peer, or none any longer: requests of the earlier one are over. */
  handleConnection(peer: PeerKey): void {
    const lane = this.#lanes.get(peer);
    this.#openRefusals.delete(peer);
    if (lane === undefined) return;
    this.#endWhere(lane, () => true);
    this.#lanes.delete(peer);
    this.#proceed();
  }

  /** The client has closed all connections. */
  forgetAll(): void {
    for (const lane of this.#lanes.values()) this.#endWhere(lane, () => true);
    this.#lanes.clear();
    this.#openRefusals.clear();
  }

  /** How many pieces are read or under way, at most. */
  get piecesUnderWay(): number {
    let pieces = 0;
    for (const lane of this.#lanes.values()) pieces += piecesOf(lane);
    return pieces;
  }

  #handleSent(peer: PeerKey, event: Extract<EndpointEvent, { type: 'acknowledged' | 'undelivered' }>): void {
    const lane = this.#lanes.get(peer);
    if (lane === undefined) return;
    lane.underWay = Math.max(0, lane.underWay - 1);
    const cause = event.type === 'undelivered' ? event.cause : null;
    // Nothing that is read has a way to the peer. A connection that was replaced has its requests no longer.
    if (cause === 'no-connection' || cause === 'closed' || cause === 'unreachable')
      return this.handleConnection(peer);
    if (cause === 'queue-full') {
      // A hole in an answer would look like a lie, so the whole answer ends.
      const request = Number(event.token.slice(bulkPrefix.length));
      lane.isFull = true;
      for (const ended of this.#endWhere(lane, (wanted) => wanted.request === request))
        this.#refuse(peer, ended, 'file-busy');
    }
    this.#proceed();
  }

  /** Lets the peers take turns until nothing more fits. */
  #proceed(): void {
    const { all, peer: most } = filePiecesSentMax;
    let room = all - this.piecesUnderWay;
    for (let hasMoved = true; hasMoved && room > 0;) {
      hasMoved = false;
      for (const [peer, lane] of [...this.#lanes]) {
        if (room <= 0) return;
        const share = Math.max(1, Math.min(most, Math.floor(all / this.#lanes.size)));
        if (lane.isFull || piecesOf(lane) >= share || !this.#readNext(peer, lane)) continue;
        // The one that was served comes last.
        this.#lanes.delete(peer);
        this.#lanes.set(peer, lane);
        hasMoved = true;
        room--;
      }
    }
  }

  /** Begins to read what comes next for this peer. Returns false if nothing does. */
  #readNext(peer: PeerKey, lane: Lane): boolean {
    for (let wanted = lane.queue[0]; wanted !== undefined; wanted = lane.queue[0]) {
      const permission = this.#options.mayHave(peer, wanted.at);
      if (permission.type === 'no') {
        const { request } = wanted;
        this.#endWhere(lane, (each) => each.request === request);
        this.#refuse(peer, request, permission.code);
        continue;
      }
      this.#read(peer, lane, wanted, permission.source);
      return true;
    }
    return false;
  }

  #read(peer: PeerKey, lane: Lane, wanted: Wanted, source: FileSource): void {
    const { context } = this.#options;
    const { part, request } = wanted;
    const reading: Reading = { wanted, messages: null };
    lane.readings.push(reading);
    const piece = part === null ? takePiece(wanted) : undefined;
    if (wanted.ranges.length === 0) lane.queue.shift();
    if (part !== null) {
      context.runJob({ type: 'file-read-hashes', source, part }, (_, answer) => {
        if (answer.type === 'failed') return this.#handleUnread(peer, lane, reading, answer.code);
        const { hashes, proof } = answer;
        reading.messages = [{ kind: 'file-hashes', request, from: part.from, hashes, proof }];
        this.#send(peer, lane);
      });
    } else if (piece !== undefined) {
      context.runJob({ type: 'file-read-piece', source, piece }, (_, answer) => {
        if (answer.type === 'failed') return this.#handleUnread(peer, lane, reading, answer.code);
        const leaves = answer.leaves.map(
          (bytes, leaf) => ({ kind: 'file-leaf', request, piece, leaf, bytes }) as const,
        );
        reading.messages = [{ kind: 'file-piece', request, piece, leaves: answer.leafHashes }, ...leaves];
        this.#send(peer, lane);
      });
    }
  }

  #handleUnread(peer: PeerKey, lane: Lane, { wanted }: Reading, code: FileDiskFailure): void {
    const isLost = code === 'file-changed' || code === 'file-gone' || code === 'damaged';
    const { request, at, isOver } = wanted;
    if (isOver) return;
    this.#endWhere(lane, (each) => each === wanted);
    if (isLost) this.#options.handleChanged(at.of);
    if (this.#lanes.get(peer) === lane) this.#refuse(peer, request, isLost ? 'file-changed' : 'file-busy');
    this.#proceed();
  }

  /** Sends what was read, in its order. */
  #send(peer: PeerKey, lane: Lane): void {
    if (this.#lanes.get(peer) !== lane) return;
    for (let reading = lane.readings[0]; reading !== undefined; reading = lane.readings[0]) {
      if (reading.messages === null && !reading.wanted.isOver) break;
      lane.readings.shift();
      if (reading.wanted.isOver) continue;
      for (const message of reading.messages ?? []) {
        this.#options.context.send(peer, message, `${bulkPrefix}${reading.wanted.request}`);
        lane.underWay++;
      }
    }
    this.#proceed();
  }

  /** Ends requests of a lane, and returns their numbers. */
  #endWhere(lane: Lane, isMeant: (wanted: Wanted) => boolean): Set<number> {
    const ended = new Set<number>();
    for (const wanted of [...lane.queue, ...lane.readings.map((reading) => reading.wanted)]) {
      if (wanted.isOver || !isMeant(wanted)) continue;
      wanted.isOver = true;
      ended.add(wanted.request);
    }
    const open = lane.queue.filter(({ isOver }) => !isOver);
    lane.queue.splice(0, lane.queue.length, ...open);
    const readings = lane.readings.filter(({ wanted }) => !wanted.isOver);
    lane.readings.splice(0, lane.readings.length, ...readings);
    return ended;
  }

  #refuse(peer: PeerKey, request: number, code: FileRefusalCode): void {
    // A peer that asks faster than it takes the answers gets no more of them.
    if ((this.#openRefusals.get(peer) ?? 0) >= openFileRefusalsMax) return;
    this.#countRefusal(peer, 1);
    this.#options.context.send(peer, { kind: 'file-no', request, code }, refusalToken);
  }

  #countRefusal(peer: PeerKey, change: number): void {
    const count = (this.#openRefusals.get(peer) ?? 0) + change;
    if (count > 0) this.#openRefusals.set(peer, count);
    else this.#openRefusals.delete(peer);
  }
}

const bulkPrefix = 'file:';
const refusalToken = 'file-no';

function piecesOf({ readings, underWay }: Lane): number {
  return readings.length + Math.ceil(underWay / messagesOfPiece);
}

function takePiece(wanted: Wanted): number | undefined {
  const [first, ...others] = wanted.ranges;
  if (first === undefined) return undefined;
  const { from, count } = first;
  wanted.ranges = count > 1 ? [{ from: from + 1, count: count - 1 }, ...others] : others;
  return from;
}

/** Undefined for what is no whole part of the piece layer. */
function partOf(size: number, { from, count }: PieceRange): HashPart | undefined {
  const part = hashPartsOf(size)[from / partPieces];
  return part !== undefined && part.from === from && part.count === count ? part : undefined;
}
