import type { Offer, PieceRange } from '../../../shared/chat/file-kinds.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import {
  bytesOfLeaf,
  hashPartsOf,
  isPartOf,
  isPieceOf,
  leavesOfPiece,
  partPieces,
  pieceBytes,
  type HashPart,
} from '../../../shared/files/tree.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import {
  fileLiesMax,
  filePiecesInRequestMax,
  filePiecesRecheckedMax,
  fileRangesMax,
  loadingFilesMax,
  noSuchFileMax,
} from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { Sha256 } from '../../../shared/rooms/entry.ts';
import type { ClientStore } from '../../store/client-store.ts';
import type { FileRow, StoredFile } from '../../store/file-repository.ts';
import type { FileDiskAnswer } from '../../turn/file-disk.ts';
import type { CoreContext } from '../context.ts';
import { Download } from './download.ts';
import { PieceRequests, type OpenRequest } from './piece-requests.ts';

export interface DownloadsOptions {
  readonly store: Pick<ClientStore, 'files'>;
  readonly context: CoreContext;
  readonly sha256: Sha256;
  /** How requests name the offer of a file; undefined where its author can be asked no longer. */
  readonly offerOf: (file: StoredFile) => Offer | undefined;
  /** Changes a file in the store, and tells frontends and its author. */
  readonly change: (file: StoredFile, change: Partial<FileRow>) => void;
  /** A file of this peer is wanted now, or none any longer. */
  readonly onWanted: (peer: PeerKey) => void;
  /** There are more pieces of a file. Tells frontends and, now and then, its author. */
  readonly tellProgress: (now: Moment, download: Download) => void;
}

/** The bytes of a file are put on the disk when so many of them are not, or after this time. */
const syncBytes = 4 * 1024 * 1024;
const syncIntervalMs = 1_000;
/** An author that says nothing for so long is asked again. */
const silenceMs = 60_000;
const refusalWaitMs = 1_000;
const refusalWaitMaxMs = 30_000;
/** An author that has paused a file is asked again after this time, because its `file-ready` may be lost. */
const heldWaitMs = 60_000;

/**
 * Loads the files that the user wants: asks their authors, checks what comes, and counts what the disk has. A file goes on from its
 * bitmap after every end of a process.
 */
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #requests = new PieceRequests();
  /** Each file that is `accepted`, in the order in which they take their turns. */
  readonly #downloads = new Map<MessageId, Download>();

  constructor(options: DownloadsOptions) {
    this.#options = options;
    for (const file of options.store.files.inState('accepted')) this.#add(file);
  }

  find(of: MessageId): Download | undefined {
    return this.#downloads.get(of);
  }

  /** The authors of files that are wanted. */
  authors(): Set<PeerKey> {
    return new Set(Array.from(this.#downloads.values(), ({ author }) => author));
  }

  /** Whether something of this peer is wanted. A connection that was closed from here has told nothing of its end. */
  wants(peer: PeerKey): boolean {
    return this.#of(peer).some((download) => !download.isHeldByAuthor || !this.#isConnected(download));
  }

  /** The file is `accepted` now. */
  begin(now: Moment, file: StoredFile): void {
    this.#add(file);
    this.#options.onWanted(file.author);
    this.proceed(now);
  }

  /** The file is no longer wanted, or not now. What is on its way is dropped. */
  end(of: MessageId): void {
    const download = this.#downloads.get(of);
    if (download === undefined) return;
    download.phase = 'ended';
    this.#stopAll(download);
    this.#downloads.delete(of);
    this.#options.onWanted(download.author);
  }

  /** The authors of files are others now. */
  reload(): void {
    for (const of of [...this.#downloads.keys()]) this.end(of);
    for (const file of this.#options.store.files.inState('accepted')) this.#add(file);
  }

  /** There is a new connection to this peer, or none any longer: what was asked for on the earlier one does not come. */
  handleConnection(now: Moment, peer: PeerKey): void {
    this.#requests.forget(peer);
    for (const download of this.#of(peer)) this.#forgetConnection(download);
    this.proceed(now);
  }

  /** The client has closed all connections. */
  forgetConnections(): void {
    for (const download of this.#downloads.values()) this.#forgetConnection(download);
  }

  /** The author has resumed the file. */
  handleReady(now: Moment, peer: PeerKey, of: MessageId): void {
    const download = this.#downloads.get(of);
    if (download?.author !== peer) return;
    download.isHeldByAuthor = false;
    download.notBeforeMs = Number.NEGATIVE_INFINITY;
    this.proceed(now);
  }

  /** Asks for what there is room for, in all files. */
  proceed(now: Moment): void {
    let turns = loadingFilesMax;
    for (const download of this.#downloads.values()) {
      // What waits for its author takes no turn from others.
      const isLoading =
        this.#isConnected(download) && !download.isHeldByAuthor && download.notBeforeMs <= now.monotonicMs;
      if (download.phase === 'idle' && isLoading && turns > 0) this.#open(download);
      if (download.phase === 'idle') continue;
      if (isLoading) turns--;
      this.#proceedOne(now, download, isLoading && turns >= 0);
    }
  }

  handleTimeout(now: Moment): void {
    for (const download of [...this.#downloads.values()]) {
      if (download.notBeforeMs <= now.monotonicMs) {
        download.notBeforeMs = Number.NEGATIVE_INFINITY;
        download.isHeldByAuthor = false;
      }
      if (this.#silentAtMs(download) > now.monotonicMs) continue;
      this.#stopAll(download);
      download.movedAtMs = now.monotonicMs;
      // An author that says nothing must not hold up the files of others.
      this.#downloads.delete(download.of);
      this.#downloads.set(download.of, download);
    }
    this.proceed(now);
  }

  pollTimeout(): number | undefined {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const download of this.#downloads.values()) {
      if (download.phase !== 'open') continue;
      if (download.unsyncedSinceMs !== null && download.syncing.size === 0)
        dueMs = Math.min(dueMs, download.unsyncedSinceMs + syncIntervalMs);
      if (!this.#isConnected(download)) continue;
      dueMs = Math.min(dueMs, this.#silentAtMs(download));
      // What is over has been used.
      if (download.notBeforeMs > Number.NEGATIVE_INFINITY) dueMs = Math.min(dueMs, download.notBeforeMs);
    }
    return dueMs === Number.POSITIVE_INFINITY ? undefined : dueMs;
  }

  // --- what the author sends. Each returns false for what was not asked for. ------------------------------------

  handleHashes(now: Moment, peer: PeerKey, message: ProtocolMessageOf<'file-hashes'>): boolean {
    const request = this.#requests.take(peer, message.request);
    if (request === undefined) return false;
    const download = this.#wanting(request);
    if (download === undefined) return true;
    const { blob } = download;
    const { part } = request;
    const { hashes, proof } = message;
    const isPart =
      part?.from === message.from && isPartOf({ ...blob, part, hashes, proof }, this.#options.sha256);
    if (part === null || !isPart) return this.#handleLie(now, download, request);
    this.#moved(now, download);
    this.#requests.stop(request);
    const kept = hashes.slice();
    this.#options.context.runJob({ type: 'file-write-hashes', blob, part, hashes: kept }, (later, answer) => {
      if (!this.#isDone(download, answer)) return;
      this.#keepPart(download, part, kept);
      this.proceed(later);
    });
    return true;
  }

  handlePiece(now: Moment, peer: PeerKey, message: ProtocolMessageOf<'file-piece'>): boolean {
    const request = this.#requests.take(peer, message.request);
    if (request === undefined) return false;
    const download = this.#wanting(request);
    if (download === undefined) return true;
    const { size } = download.blob;
    const { piece, leaves: leafHashes } = message;
    const pieceHash = download.pieceHash(piece);
    const isNext = request.pieces[0] === piece && request.leafHashes === null && pieceHash !== undefined;
    if (!isNext || !isPieceOf({ leafHashes, pieceHash, size, piece }, this.#options.sha256))
      return this.#handleLie(now, download, request);
    request.leafHashes = leafHashes.slice();
    this.#moved(now, download);
    return true;
  }

  handleLeaf(now: Moment, peer: PeerKey, message: ProtocolMessageOf<'file-leaf'>): boolean {
    const request = this.#requests.take(peer, message.request);
    if (request === undefined) return false;
    const download = this.#wanting(request);
    if (download === undefined) return true;
    const { size } = download.blob;
    const { piece, leaf, bytes } = message;
    const { leafHashes, leaves } = request;
    const isNext = request.pieces[0] === piece && leaves.length === leaf && leafHashes !== null;
    if (!isNext || bytes.length !== bytesOfLeaf(size, piece, leaf))
      return this.#handleLie(now, download, request);
    this.#moved(now, download);
    leaves.push(bytes);
    if (leaves.length === leavesOfPiece(size, piece)) this.#write(download, request, piece, leafHashes);
    return true;
  }

  handleNo(now: Moment, peer: PeerKey, message: ProtocolMessageOf<'file-no'>): boolean {
    const request = this.#requests.find(peer, message.request);
    if (request === undefined) return false;
    const download = this.#wanting(request);
    this.#drop(download, request);
    if (download === undefined) return true;
    download.refusals++;
    const waitMs = Math.min(refusalWaitMs * 2 ** (download.refusals - 1), refusalWaitMaxMs);
    download.notBeforeMs = now.monotonicMs + waitMs;
    switch (message.code) {
      case 'file-busy':
        return true;
      case 'file-paused':
        download.isHeldByAuthor = true;
        download.notBeforeMs = now.monotonicMs + heldWaitMs;
        this.#stopAll(download);
        this.#options.tellProgress(now, download);
        return true;
      case 'file-changed':
      case 'file-cancelled':
        this.#fail(download, message.code);
        return true;
      default:
        // PROTOCOL 13.11: a code of a later version is no other than this one.
        if (download.refusals >= noSuchFileMax) this.#fail(download, 'no-such-file');
        return true;
    }
  }

  /** A `file-get` had no room in the queue to its author. */
  handleUnsent(now: Moment, peer: PeerKey, number: number): void {
    const request = this.#requests.find(peer, number);
    if (request === undefined) return;
    const download = this.#wanting(request);
    this.#drop(download, request);
    if (download !== undefined) download.notBeforeMs = now.monotonicMs + refusalWaitMs;
  }

  #add(file: StoredFile): void {
    const at = this.#options.offerOf(file);
    if (at === undefined) return;
    this.#downloads.set(file.of, new Download(file, at, this.#options.store.files.bitmap(file.of)));
  }

  #of(peer: PeerKey): Download[] {
    return [...this.#downloads.values()].filter(({ author }) => author === peer);
  }

  #forgetConnection(download: Download): void {
    this.#requests.forget(download.author);
    download.forgetAsked();
    download.isHeldByAuthor = false;
    download.notBeforeMs = Number.NEGATIVE_INFINITY;
    if (!this.#isConnected(download)) download.parts.clear();
  }

  #isConnected({ author }: Download): boolean {
    return this.#options.context.currentConnection(author) !== undefined;
  }

  /** When the author was silent for too long. */
  #silentAtMs({ asked, partUnderWay, hashParts, movedAtMs }: Download): number {
    const isAsked = asked.size > 0 || (partUnderWay !== null && partUnderWay >= hashParts);
    return isAsked ? movedAtMs + silenceMs : Number.POSITIVE_INFINITY;
  }

  #moved(now: Moment, download: Download): void {
    download.movedAtMs = now.monotonicMs;
    download.refusals = 0;
  }

  /** Makes room on the disk, or finds what is there, also what the bitmap lacks. */
  #open(download: Download): void {
    const { blob, counted } = download;
    download.phase = 'busy';
    const { files } = this.#options.store;
    this.#options.context.runJob({ type: 'file-begin', blob }, (now, answer) => {
      if (!this.#isDone(download, answer)) return;
      if (answer.isNew && (counted.count > 0 || download.hashParts > 0)) {
        // A restored client counts pieces that are on another disk.
        files.setBitmap(download.of, new Uint8Array(0), 0);
        this.#change(download, { hashParts: 0 });
        return this.#addAgain(now, download);
      }
      // What another offer has brought is not counted for this one.
      const isShared = files.usersOf(blob) > 1;
      const pieces = isShared
        ? []
        : download.missing(filePiecesRecheckedMax).filter((piece) => piece < download.hashParts * partPieces);
      if (answer.isNew || pieces.length === 0) {
        download.phase = 'open';
        return this.proceed(now);
      }
      this.#recheck(download, pieces);
    });
  }

  #recheck(download: Download, pieces: readonly number[]): void {
    this.#options.context.runJob({ type: 'file-recheck', blob: download.blob, pieces }, (now, answer) => {
      if (!this.#isDone(download, answer)) return;
      for (const piece of answer.pieces) if (pieces.includes(piece)) download.written.add(piece);
      if (download.written.size > 0) download.unsyncedSinceMs = now.monotonicMs;
      download.phase = 'open';
      this.proceed(now);
    });
  }

  #addAgain(now: Moment, { of }: Download): void {
    this.end(of);
    const file = this.#options.store.files.find(of);
    if (file !== undefined) this.begin(now, file);
  }

  #proceedOne(now: Moment, download: Download, mayAsk: boolean): void {
    if (download.phase !== 'open') return;
    if (download.counted.isFull) return this.#finish(download);
    this.#syncIfDue(now, download);
    if (!mayAsk) return;
    const [first] = download.missing(1);
    if (first === undefined) return;
    this.#needPart(now, download, Math.floor(first / partPieces));
    this.#ask(now, download);
  }

  #syncIfDue(now: Moment, download: Download): void {
    const { written, syncing, unsyncedSinceMs, blob } = download;
    if (syncing.size > 0 || written.size === 0) return;
    const isLast = download.pieces === download.pieceCount;
    const isOld = unsyncedSinceMs !== null && unsyncedSinceMs + syncIntervalMs <= now.monotonicMs;
    if (!isLast && !isOld && written.size * pieceBytes < syncBytes) return;
    for (const piece of written) syncing.add(piece);
    written.clear();
    download.unsyncedSinceMs = null;
    this.#options.context.runJob({ type: 'file-sync', blob }, (later, answer) => {
      if (!this.#isDone(download, answer)) return;
      for (const piece of syncing) download.counted.add(piece);
      syncing.clear();
      const { counted } = download;
      this.#options.store.files.setBitmap(download.of, counted.bits, counted.count);
      this.#options.tellProgress(later, download);
      this.proceed(later);
    });
  }

  #finish(download: Download): void {
    const { blob, of } = download;
    const isRight = blob.size > 0 || isSame(this.#options.sha256(new Uint8Array(0)), blob.root);
    if (!isRight) return this.#fail(download, 'damaged');
    download.phase = 'busy';
    this.#options.context.runJob({ type: 'file-finish', blob }, (now, answer) => {
      if (!this.#isDone(download, answer)) return;
      this.#change(download, { state: 'done' });
      this.end(of);
      this.proceed(now);
    });
  }

  /** Takes a part of the piece layer into memory: from the disk, or from the author. */
  #needPart(now: Moment, download: Download, index: number): void {
    if (download.parts.has(index) || download.partUnderWay !== null) return;
    const part = hashPartsOf(download.blob.size)[index];
    if (part === undefined) return;
    download.partUnderWay = index;
    if (index < download.hashParts) return this.#readPart(download, index, part);
    const { author: peer, of, at } = download;
    const request = this.#requests.open({ peer, of, part, pieces: [], credit: 1 });
    download.movedAtMs = now.monotonicMs;
    const message = { kind: 'file-get', request: request.number, at, hashes: part } as const;
    this.#options.context.send(peer, message, getToken(request.number));
  }

  #readPart(download: Download, index: number, part: HashPart): void {
    const source = { type: 'blob', blob: download.blob } as const;
    this.#options.context.runJob({ type: 'file-read-hashes', source, part }, (now, answer) => {
      if (!this.#isCurrent(download)) return;
      if (answer.type === 'done') this.#keepPart(download, part, answer.hashes);
      else {
        // The disk has lost it: the author has it.
        download.partUnderWay = null;
        download.hashParts = index;
        this.#change(download, { hashParts: index });
      }
      this.proceed(now);
    });
  }

  #keepPart(download: Download, part: HashPart, hashes: Uint8Array): void {
    const index = part.from / partPieces;
    if (download.partUnderWay === index) download.partUnderWay = null;
    download.parts.set(index, hashes);
    for (const other of download.parts.keys()) if (other < index - 1) download.parts.delete(other);
    if (index !== download.hashParts) return;
    download.hashParts++;
    this.#change(download, { hashParts: download.hashParts });
  }

  #ask(now: Moment, download: Download): void {
    const { author: peer, of, at, blob } = download;
    while (download.room >= filePiecesInRequestMax) {
      const pieces = download
        .missing(filePiecesInRequestMax)
        .filter((piece) => download.pieceHash(piece) !== undefined);
      if (pieces.length === 0) break;
      const ranges = rangesOf(pieces).slice(0, fileRangesMax);
      const credit = pieces.reduce((sum, piece) => sum + 1 + leavesOfPiece(blob.size, piece), 0);
      const request = this.#requests.open({ peer, of, part: null, pieces, credit });
      for (const piece of pieces) download.asked.add(piece);
      download.movedAtMs = now.monotonicMs;
      const message = { kind: 'file-get', request: request.number, at, pieces: ranges } as const;
      this.#options.context.send(peer, message, getToken(request.number));
    }
    // The next part comes while the last pieces of this one do.
    const [next] = download.missing(1);
    if (next !== undefined) this.#needPart(now, download, Math.floor(next / partPieces));
  }

  #write(download: Download, request: OpenRequest, piece: number, leafHashes: Uint8Array): void {
    const { blob, asked, writing, written } = download;
    const leaves = request.leaves.splice(0);
    request.pieces.shift();
    request.leafHashes = null;
    if (request.pieces.length === 0) this.#requests.stop(request);
    asked.delete(piece);
    writing.add(piece);
    this.#options.context.runJob(
      { type: 'file-write-piece', blob, piece, leafHashes, leaves },
      (now, answer) => {
        if (!this.#isCurrent(download)) return;
        writing.delete(piece);
        if (answer.type === 'done') {
          written.add(piece);
          download.unsyncedSinceMs ??= now.monotonicMs;
          this.#options.tellProgress(now, download);
        } else if (answer.code === 'damaged') this.#handleLie(now, download, request);
        else return this.#fail(download, answer.code);
        this.proceed(now);
      },
    );
  }

  /** What does not verify is dropped, and its author is not asked for ever. It was asked for nevertheless. */
  #handleLie(now: Moment, download: Download, request: OpenRequest): true {
    this.#stop(download, request);
    download.lies++;
    if (download.lies >= fileLiesMax) this.#fail(download, 'damaged');
    else this.proceed(now);
    return true;
  }

  /** The download for which a request was made. Undefined where nothing of it is wanted. */
  #wanting(request: OpenRequest): Download | undefined {
    const download = request.isStopped ? undefined : this.#downloads.get(request.of);
    return download?.phase === 'open' && download.author === request.peer ? download : undefined;
  }

  /** Its pieces are missing again. */
  #drop(download: Download | undefined, request: OpenRequest): void {
    for (const piece of request.pieces) download?.asked.delete(piece);
    if (request.part !== null && download !== undefined) download.partUnderWay = null;
    this.#requests.stop(request);
  }

  #stop(download: Download, request: OpenRequest): void {
    if (request.isStopped) return;
    this.#drop(download, request);
    const message = { kind: 'file-stop', request: request.number } as const;
    this.#options.context.send(request.peer, message, 'file-stop');
  }

  #stopAll(download: Download): void {
    for (const request of this.#requests.openFor(download.of, download.author)) this.#stop(download, request);
  }

  #fail(download: Download, code: string): void {
    this.#change(download, { state: 'failed', code });
    this.end(download.of);
  }

  #change({ of }: Download, change: Partial<FileRow>): void {
    const file = this.#options.store.files.find(of);
    if (file !== undefined) this.#options.change(file, change);
  }

  #isCurrent(download: Download): boolean {
    return this.#downloads.get(download.of) === download;
  }

  /** Whether a step on the disk is done, for a file that is still wanted. Otherwise the file has failed. */
  #isDone<Found extends object>(
    download: Download,
    answer: FileDiskAnswer<Found>,
  ): answer is { readonly type: 'done' } & Found {
    if (!this.#isCurrent(download)) return false;
    if (answer.type === 'done') return true;
    this.#fail(download, answer.code);
    return false;
  }
}

const getPrefix = 'file-get:';

function getToken(request: number): string {
  return `${getPrefix}${request}`;
}

/** Returns the number of the request of the `file-get` with this token. */
export function requestOfToken(token: string): number | undefined {
  return token.startsWith(getPrefix) ? Number(token.slice(getPrefix.length)) : undefined;
}

/** Returns pieces, in their order, as ranges. */
function rangesOf(pieces: readonly number[]): PieceRange[] {
  const ranges: { from: number; count: number }[] = [];
  for (const piece of pieces) {
    const last = ranges.at(-1);
    if (last !== undefined && last.from + last.count === piece) last.count++;
    else ranges.push({ from: piece, count: 1 });
  }
  return ranges;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
