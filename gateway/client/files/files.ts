import type { Offer } from '../../../shared/chat/file-kinds.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { done, refused, type CommandResult } from '../../../shared/command-result.ts';
import { directConversation, roomConversation, roomOfConversation } from '../../../shared/conversation.ts';
import type { FileRefusalCode } from '../../../shared/files/refusals.ts';
import { pieceCountOf } from '../../../shared/files/tree.ts';
import { fromHex, parseMessageId, type MessageId, type PeerKey } from '../../../shared/ids.ts';
import {
  fileStatesBurst,
  fileStatesIntervalMs,
  loadedPictureBytesMax,
  loadedPictureBytesPerHour,
  unaskedFileMessagesBurst,
  unaskedFileMessagesIntervalMs,
  verifiedFileBytesMax,
} from '../../../shared/limits.ts';
import type { PostContentOf } from '../../../shared/message.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { Sha256 } from '../../../shared/rooms/entry.ts';
import type { ClientStore, StoredMessage } from '../../store/client-store.ts';
import type { FilePeer, FileRow, StoredFile } from '../../store/file-repository.ts';
import type { EndpointEvent } from '../../transport/events.ts';
import type { BlobId, FileSource } from '../../turn/file-disk.ts';
import { KeyedTokenBucket } from '../../turn/keyed-token-bucket.ts';
import type { FileView } from '../client-event.ts';
import type { PeerClasses } from '../connections/peer-classes.ts';
import type { Reachability, RouteFollower } from '../connections/reachability.ts';
import type { Blocks } from '../contacts/blocks.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { CoreContext } from '../context.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Download } from './download.ts';
import { Downloads, requestOfToken } from './downloads.ts';
import { Serving, type Permission } from './serving.ts';

export interface FilesOptions {
  readonly store: Pick<ClientStore, 'files' | 'messages' | 'facts'>;
  readonly context: CoreContext;
  readonly me: PeerKey;
  readonly sha256: Sha256;
  readonly contacts: Pick<Contacts, 'find'>;
  readonly blocks: Pick<Blocks, 'has'>;
  readonly reachability: Pick<Reachability, 'route' | 'follow' | 'wake'>;
  readonly rooms: Pick<Rooms, 'isMember'>;
  readonly classes: Pick<PeerClasses, 'handleChange'>;
}

const hourMs = 3_600_000;
/** As their authors claim. What they are is seen when they are here. */
const pictureTypes: readonly string[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'];
const progressIntervalMs = 1_000;
/** Files without their messages are looked for so often, so many at a time. */
const sweepIntervalMs = 60_000;
const sweepDelayMs = 5_000;
const sweptMax = 200;

/**
 * The files that messages offer, in direct conversations and in rooms (PROTOCOL section 13). A frontend offers, accepts, declines,
 * pauses, resumes, cancels and removes them, each by the id of its message, and gets the events `file` (a state) and `file-progress`.
 */
export class Files implements RouteFollower {
  readonly #options: FilesOptions;
  readonly #downloads: Downloads;
  readonly #serving: Serving;
  /** Messages of peers that were not asked for. */
  readonly #unasked = new KeyedTokenBucket(unaskedFileMessagesBurst, unaskedFileMessagesIntervalMs);
  readonly #states = new KeyedTokenBucket(fileStatesBurst, fileStatesIntervalMs);
  /** When the progress of a recipient was told last, by the file and the recipient. */
  readonly #shownAtMs = new Map<string, number>();
  /** Undefined until something happens that may leave a file without its message. */
  #sweepDueMs: number | undefined;
  #hasFiles: boolean;
  /** New offers of each author that may load without a question. */
  readonly #considered = new Map<PeerKey, MessageId[]>();

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#hasFiles =
      options.store.files.page(null, 1).length > 0 || options.store.files.orphans(1).length > 0;
    this.#downloads = new Downloads({
      ...options,
      offerOf: (file) => this.#offerOf(file),
      onWanted: (peer) => options.classes.handleChange(peer),
      change: (file, change) => this.#change(file, change),
      tellProgress: (now, download) => this.#tellProgress(now, download),
    });
    this.#serving = new Serving({
      ...options,
      mayHave: (peer, at) => this.#mayHave(peer, at),
      handleChanged: (of) => this.#handleChanged(of),
    });
    options.reachability.follow(this);
  }

  // --- what frontends ask and command ------------------------------------------------------------------------

  /** Returns files, the newest last: at most `limit` before `before`; null: the newest of all. */
  list(before: MessageId | null, limit: number): FileView[] {
    return this.#options.store.files.page(before, limit).map((file) => this.#viewOf(file));
  }

  viewOf(of: MessageId): FileView | undefined {
    const file = this.#options.store.files.find(of);
    return file === undefined ? undefined : this.#viewOf(file);
  }

  /** An own message offers the file at `source`. To be called in the turn that has written the message. */
  addOwn(of: MessageId, source: FileSource): void {
    this.#put({ ...newRow(of, source.blob), source, told: true });
  }

  /** Wants a file: one that is offered, or that was declined, cancelled, removed, or has failed. */
  accept(now: Moment, of: MessageId): CommandResult {
    const file = this.#options.store.files.find(of);
    if (file === undefined || file.source !== null) return refused('unknown-message');
    if (file.state === 'accepted' || file.state === 'done') return done;
    if (this.#options.blocks.has(file.author)) return refused('blocked');
    if (this.#offerOf(file) === undefined) return refused('not-a-member');
    this.#accept(now, file);
    return done;
  }

  decline(of: MessageId): CommandResult {
    const file = this.#options.store.files.find(of);
    if (file === undefined || file.source !== null) return refused('unknown-message');
    if (file.state === 'done' || file.state === 'removed') return refused('cannot-change');
    this.#giveUp(file, 'declined');
    return done;
  }

  /** The bytes stop until `resume`. Of an own file, for all who load it. */
  pause(of: MessageId): CommandResult {
    const file = this.#options.store.files.find(of);
    if (file === undefined) return refused('unknown-message');
    if (file.state === 'paused') return done;
    if (file.state !== (file.source === null ? 'accepted' : 'offered')) return refused('cannot-change');
    this.#change(file, { state: 'paused' });
    if (file.source === null) this.#downloads.end(of);
    else this.#serving.stop(of, 'file-paused');
    return done;
  }

  resume(now: Moment, of: MessageId): CommandResult {
    const file = this.#options.store.files.find(of);
    if (file === undefined) return refused('unknown-message');
    if (file.source === null) return this.accept(now, of);
    if (file.state === 'offered') return done;
    if (file.state !== 'paused') return refused('cannot-change');
    this.#change(file, { state: 'offered' });
    this.#tellReady(file);
    return done;
  }

  /** Ends the loading of a file, or takes back the offer of an own one. What has come of it is removed. */
  cancel(of: MessageId): CommandResult {
    const file = this.#options.store.files.find(of);
    if (file === undefined) return refused('unknown-message');
    if (file.state === 'cancelled') return done;
    if (file.state === 'done' || file.state === 'removed') return refused('cannot-change');
    this.#giveUp(file, 'cancelled');
    return done;
  }

  /** Removes the bytes from the disk. An own file is offered no longer. */
  remove(of: MessageId): CommandResult {
    const file = this.#options.store.files.find(of);
    if (file === undefined) return refused('unknown-message');
    this.#giveUp(file, file.source === null ? 'removed' : 'cancelled');
    return done;
  }

  // --- what the parts of the client tell -----------------------------------------------------------------------

  /** A message is new in the store. If it offers a file, the file may load by itself. */
  handleNew({ id: of, author, content }: StoredMessage): void {
    const { me, store } = this.#options;
    if (author === me || content.kind !== 'file' || store.files.find(of) !== undefined) return;
    this.#put(newRow(of, blobOf(content)));
    this.#considered.set(author, [...(this.#considered.get(author) ?? []), of]);
    this.#options.reachability.wake(author);
  }

  /** A person has another key, so that files have other authors. */
  handleRekey(): void {
    this.#downloads.reload();
  }

  /** Returns false for a message that is not about files. */
  handleMessage(now: Moment, peer: PeerKey, message: ProtocolMessage): boolean {
    switch (message.kind) {
      case 'file-get':
        this.#serving.handleGet(peer, message);
        return true;
      case 'file-stop':
        this.#serving.handleStop(peer, message);
        return true;
      case 'file-state':
        this.#handleState(now, peer, message);
        return true;
      case 'file-ready':
        this.#downloads.handleReady(now, peer, message.at.of);
        return true;
      case 'file-hashes':
        return this.#count(now, peer, this.#downloads.handleHashes(now, peer, message));
      case 'file-piece':
        return this.#count(now, peer, this.#downloads.handlePiece(now, peer, message));
      case 'file-leaf':
        return this.#count(now, peer, this.#downloads.handleLeaf(now, peer, message));
      case 'file-no':
        return this.#count(now, peer, this.#downloads.handleNo(now, peer, message));
      default:
        return false;
    }
  }

  /** What the endpoint says of the current connection to a peer. */
  handleEvent(now: Moment, event: EndpointEvent): void {
    this.#serving.handleEvent(event);
    // A disk that refuses the sweep must not be asked again at once.
    if (this.#hasFiles) this.#sweepDueMs ??= now.monotonicMs + sweepDelayMs;
    switch (event.type) {
      case 'connected':
      case 'disconnected':
        this.#serving.handleConnection(event.peer);
        this.#downloads.handleConnection(now, event.peer);
        for (const key of this.#shownAtMs.keys()) if (key.endsWith(event.peer)) this.#shownAtMs.delete(key);
        if (event.type === 'connected') this.#tellStates(event.peer);
        return;
      case 'undelivered': {
        const request = requestOfToken(event.token);
        if (request !== undefined) this.#downloads.handleUnsent(now, event.peer, request);
        return;
      }
      case 'acknowledged': {
        const told = toldOfToken(event.token);
        if (told !== undefined) this.#handleTold(told);
        return;
      }
      default:
        return;
    }
  }

  /** The user is offline: all connections are closed. */
  handleAway(): void {
    this.#serving.forgetAll();
    this.#downloads.forgetConnections();
  }

  /** The user has blocked a key: nothing goes to it, and nothing comes from it. */
  handleBlock(now: Moment, peer: PeerKey): void {
    this.#serving.handleConnection(peer);
    this.#downloads.handleConnection(now, peer);
  }

  handleTimeout(now: Moment): void {
    this.#downloads.handleTimeout(now);
    if (this.#sweepDueMs !== undefined && this.#sweepDueMs <= now.monotonicMs) this.#sweep(now);
  }

  pollTimeout(): number | undefined {
    const dueMs = this.#downloads.pollTimeout();
    if (dueMs === undefined || this.#sweepDueMs === undefined) return dueMs ?? this.#sweepDueMs;
    return Math.min(dueMs, this.#sweepDueMs);
  }

  /** Whether a file of this peer loads, or would if the peer were there. */
  isLoadingFrom(peer: PeerKey): boolean {
    return this.#downloads.wants(peer);
  }

  // --- a follower of the routes to peers ---------------------------------------------------------------------

  waitingPeers(): Iterable<PeerKey> {
    return this.#downloads.authors();
  }

  wantsConnection(peer: PeerKey): boolean {
    return this.#downloads.wants(peer);
  }

  proceed(now: Moment, peer: PeerKey): void {
    for (const of of this.#considered.get(peer) ?? []) this.#consider(now, of);
    this.#considered.delete(peer);
    if (!this.#downloads.wants(peer)) return;
    // Asking for the route opens a connection.
    if (this.#options.reachability.route(now, peer).type === 'direct') this.#downloads.proceed(now);
  }

  // --------------------------------------------------------------------------------------------------------------

  #consider(now: Moment, of: MessageId): void {
    const { store } = this.#options;
    const file = store.files.find(of);
    const content = store.messages.find(of)?.content;
    if (file?.state !== 'offered' || content?.kind !== 'file') return;
    const why = this.#whyByItself(now, file.author, content);
    if (why === undefined) return;
    store.files.put({ ...file, byItselfAtMs: why === 'picture' ? now.wallMs : null });
    const marked = store.files.find(of);
    if (marked !== undefined) this.#accept(now, marked);
  }

  /** PROTOCOL 13.44: returns why a file loads without a question; undefined if it does not. */
  #whyByItself(
    now: Moment,
    author: PeerKey,
    { type, size }: PostContentOf<'file'>,
  ): 'verified' | 'picture' | undefined {
    const { contacts, store } = this.#options;
    const contact = contacts.find(author);
    if (contact === undefined || contact.nickname === null) return undefined;
    const { loadPictures, loadVerified } = store.facts.get().settings;
    if (loadVerified && contact.verified && size <= verifiedFileBytesMax) return 'verified';
    const isSmallPicture = pictureTypes.includes(type) && size <= loadedPictureBytesMax;
    if (!loadPictures || !isSmallPicture || contact.acceptance !== 'allowed') return undefined;
    const before = store.files.bytesByThemselves(author, now.wallMs - hourMs);
    return before + size <= loadedPictureBytesPerHour ? 'picture' : undefined;
  }

  #accept(now: Moment, file: StoredFile): void {
    const { store, reachability } = this.#options;
    this.#change(file, { state: 'accepted', code: null });
    const accepted = store.files.find(file.of);
    if (accepted === undefined) return;
    this.#downloads.begin(now, accepted);
    reachability.wake(file.author);
  }

  #giveUp(file: StoredFile, state: 'declined' | 'cancelled' | 'removed'): void {
    const { store } = this.#options;
    const { of, source } = file;
    if (source === null) this.#downloads.end(of);
    store.files.setBitmap(of, new Uint8Array(0), 0);
    this.#change(file, { state, code: null, hashParts: 0 });
    if (source !== null) this.#serving.stop(of, 'file-cancelled');
    this.#removeUnused(file.blob, source);
  }

  /** Removes bytes that no other message needs. A file of the user at a path of its own stays. */
  #removeUnused(blob: BlobId, source: FileSource | null): void {
    const { store, context } = this.#options;
    if (source?.type === 'path' || store.files.usersOf(blob) > 0) return;
    context.runJob({ type: 'file-remove', blob }, () => undefined);
  }

  /** Removes files without their messages. */
  #sweep(now: Moment): void {
    const { files } = this.#options.store;
    const orphans = files.orphans(sweptMax);
    for (const of of orphans) {
      this.#downloads.end(of);
      this.#serving.stop(of, 'no-such-file');
      const blob = files.blobOf(of);
      files.remove(of);
      // A path of the user is no blob: to remove its blob does nothing.
      if (blob !== undefined) this.#removeUnused(blob, null);
    }
    this.#hasFiles = files.page(null, 1).length > 0 || orphans.length === sweptMax;
    this.#sweepDueMs = this.#hasFiles ? now.monotonicMs + sweepIntervalMs : undefined;
  }

  /** What a peer may have of an offer: all that differs gives the same answer. */
  #mayHave(peer: PeerKey, at: Offer): Permission {
    const file = this.#ownFileFor(peer, at);
    if (file?.source == null) return { type: 'no', code: 'no-such-file' };
    const code = refusalOf(file);
    return code === undefined ? { type: 'yes', source: file.source } : { type: 'no', code };
  }

  /** An own file that this peer can see now. */
  #ownFileFor(peer: PeerKey, { room, of }: Offer): StoredFile | undefined {
    const { me, store, blocks, rooms } = this.#options;
    if (blocks.has(peer)) return undefined;
    const file = store.files.find(of);
    if (file === undefined || file.author !== me || file.source === null) return undefined;
    const conversation = room === undefined ? directConversation(peer) : roomConversation(room);
    if (file.conversation !== conversation) return undefined;
    if (room !== undefined && !(rooms.isMember(room, peer) && rooms.isMember(room, me))) return undefined;
    const message = store.messages.find(of);
    return message?.content.kind === 'file' && message.hidden !== true ? file : undefined;
  }

  /** How its author is asked for a file; undefined where it is not to be had any longer. */
  #offerOf({ of, conversation, author }: StoredFile): Offer | undefined {
    const { rooms, me, blocks } = this.#options;
    if (blocks.has(author)) return undefined;
    const room = roomOfConversation(conversation);
    if (room === undefined) return { of };
    return rooms.isMember(room, me) ? { room, of } : undefined;
  }

  #handleChanged(of: MessageId): void {
    const file = this.#options.store.files.find(of);
    if (file?.source == null || file.state === 'failed') return;
    this.#change(file, { state: 'failed', code: 'file-changed' });
    this.#serving.stop(of, 'file-changed');
  }

  /** A recipient says how far it is. */
  #handleState(now: Moment, peer: PeerKey, { at, state, pieces }: ProtocolMessageOf<'file-state'>): void {
    const { store, context } = this.#options;
    const file = this.#ownFileFor(peer, at);
    if (file === undefined || this.#states.take(now.monotonicMs, peer) !== undefined) return;
    const news: FilePeer = { peer, state, pieces: Math.min(pieces, pieceCountOf(file.blob.size)) };
    const before = store.files.peersOf(at.of).find((each) => each.peer === peer);
    const key = `${at.of} ${peer}`;
    const isNewState = before?.state !== state;
    const isEarly =
      (this.#shownAtMs.get(key) ?? Number.NEGATIVE_INFINITY) > now.monotonicMs - progressIntervalMs / 2;
    if (!isNewState && (isEarly || before.pieces === news.pieces)) return;
    if (state === 'loading') this.#shownAtMs.set(key, now.monotonicMs);
    else this.#shownAtMs.delete(key);
    store.files.putPeer(at.of, news);
    if (isNewState) this.#show(at.of);
    else context.emit({ type: 'file-progress', of: at.of, peer, pieces: news.pieces });
  }

  /** Tells those who wait that the author goes on. */
  #tellReady({ of, conversation }: StoredFile): void {
    const { store, context } = this.#options;
    const room = roomOfConversation(conversation);
    const at = room === undefined ? { of } : { room, of };
    for (const { peer, state } of store.files.peersOf(of)) {
      if (state !== 'loading' || context.currentConnection(peer) === undefined) continue;
      context.send(peer, { kind: 'file-ready', at }, 'file-ready');
    }
  }

  #tellProgress(now: Moment, download: Download): void {
    const { store, context } = this.#options;
    const { of, pieces } = download;
    if (now.monotonicMs - download.shownAtMs >= progressIntervalMs / 2) {
      download.shownAtMs = now.monotonicMs;
      context.emit({ type: 'file-progress', of, peer: null, pieces });
    }
    if (now.monotonicMs - download.toldAtMs < progressIntervalMs) return;
    download.toldAtMs = now.monotonicMs;
    const file = store.files.find(of);
    if (file !== undefined) this.#tellState(file);
  }

  /** Tells an author what its recipient has decided while there was no connection. */
  #tellStates(author: PeerKey): void {
    for (const file of this.#options.store.files.untold(author)) this.#tellState(file);
  }

  #tellState(file: StoredFile): void {
    const { context } = this.#options;
    const { of, author } = file;
    const at = this.#offerOf(file);
    const state = stateForAuthor(file);
    if (at === undefined || state === undefined || context.currentConnection(author) === undefined) return;
    const pieces =
      file.state === 'done'
        ? pieceCountOf(file.blob.size)
        : (this.#downloads.find(of)?.pieces ?? file.pieces);
    context.send(author, { kind: 'file-state', at, state, pieces }, `${toldPrefix}${file.state}:${of}`);
  }

  #handleTold({ of, state }: Told): void {
    const { files } = this.#options.store;
    const file = files.find(of);
    if (file?.state === state && !file.told) files.put({ ...file, told: true });
  }

  /** Counts what was not asked for. A peer that sends much of it is refused. */
  #count(now: Moment, peer: PeerKey, wasAsked: boolean): true {
    const { context } = this.#options;
    if (wasAsked || this.#unasked.take(now.monotonicMs, peer) === undefined) return true;
    const instance = context.currentConnection(peer)?.instance;
    if (instance === undefined) return true;
    this.#serving.handleConnection(peer);
    this.#downloads.handleConnection(now, peer);
    context.transport({ type: 'refuse', peer, instance });
    return true;
  }

  #put(row: FileRow): void {
    this.#options.store.files.put(row);
    this.#hasFiles = true;
    this.#show(row.of);
  }

  #change(file: StoredFile, change: Partial<FileRow>): void {
    const isNewState = change.state !== undefined && change.state !== file.state;
    const told = isNewState && file.source === null ? false : file.told;
    const row = { ...file, told, ...change };
    this.#options.store.files.put(row);
    if (!isNewState) return;
    this.#show(file.of);
    if (file.source === null) this.#tellState(row);
  }

  #show(of: MessageId): void {
    const file = this.viewOf(of);
    if (file !== undefined) this.#options.context.emit({ type: 'file', file });
  }

  #viewOf(file: StoredFile): FileView {
    const { store } = this.#options;
    const { of, conversation, author, blob, state, code } = file;
    const download = this.#downloads.find(of);
    return {
      of,
      conversation,
      author,
      isOwn: file.source !== null,
      size: blob.size,
      state,
      code,
      pieces: download?.pieces ?? file.pieces,
      pieceCount: pieceCountOf(blob.size),
      waits: download === undefined ? null : this.#waitsFor(download),
      peers: file.source === null ? [] : store.files.peersOf(of),
    };
  }

  #waitsFor({ author, isHeldByAuthor, phase }: Download): FileView['waits'] {
    if (this.#options.context.currentConnection(author) === undefined) return 'author';
    if (isHeldByAuthor) return 'author-pause';
    return phase === 'idle' ? 'turn' : null;
  }
}

const toldPrefix = 'file-state:';

/** A state that the author has been told. */
interface Told {
  readonly of: MessageId;
  readonly state: string;
}

function toldOfToken(token: string): Told | undefined {
  if (!token.startsWith(toldPrefix)) return undefined;
  const [state = '', id = ''] = token.slice(toldPrefix.length).split(':');
  const of = parseMessageId(id);
  return of === undefined ? undefined : { of, state };
}

function newRow(of: MessageId, blob: BlobId): FileRow {
  return {
    of,
    blob,
    state: 'offered',
    code: null,
    source: null,
    hashParts: 0,
    told: true,
    byItselfAtMs: null,
  };
}

/** The bytes that a message offers. */
function blobOf({ root, size }: PostContentOf<'file'>): BlobId {
  return { root: fromHex(root), size };
}

/** Why an own file is not given now, though it was offered. */
function refusalOf({ state }: StoredFile): FileRefusalCode | undefined {
  switch (state) {
    case 'paused':
      return 'file-paused';
    case 'failed':
      return 'file-changed';
    case 'offered':
      return undefined;
    default:
      return 'file-cancelled';
  }
}

/** Undefined: there is nothing to tell. */
function stateForAuthor({ state }: FileRow): FilePeer['state'] | undefined {
  switch (state) {
    case 'accepted':
      return 'loading';
    case 'paused':
    case 'declined':
    case 'cancelled':
    case 'done':
      return state;
    case 'failed':
      return 'cancelled';
    default:
      return undefined;
  }
}
