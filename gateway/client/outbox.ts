import { encodeContent } from '../../shared/chat/codec.ts';
import type { EnvelopeHead } from '../../shared/chat/envelope.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { MessageId, PeerKey, ServerEpoch } from '../../shared/ids.ts';
import { deliveryMayBecome, isWaitingReason, type Delivery, type FailureCode } from '../../shared/message.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ClientStore, OutboxItem, Progress, UnreadProgress } from '../store/client-store.ts';
import type { EndpointEvent } from '../transport/events.ts';
import type { ClientContext } from './context.ts';
import { RecipientQueue } from './recipient-queue.ts';
import {
  deadlineOf,
  deliveryOfProgress,
  isTransient,
  newEntry,
  standsAt,
  type Entry,
  type OfferState,
} from './outbox-entry.ts';
import type { Route } from './routes.ts';
import type { ServerClock } from './server-clock.ts';
import type { JobRequest } from '../turn/jobs.ts';

/** After this time without an answer of the recipient's or the server's disk, the message is offered again. */
const answerTimeoutMs = 10_000;
/** A mailbox that was full is asked again after this time. */
const declinedWaitMs = 30_000;
/** What its recipient could not open is sealed again after this time: nothing but a new key makes it likely to go better. */
const wrongKeyWaitMs = 300_000;

export interface OutboxOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly clock: Pick<ServerClock, 'offsetMsThen'>;
  /** The way to a person right now; asking may start a connection. */
  readonly route: (now: Moment, peer: PeerKey) => Route;
}

/** Owns every message from the moment it is saved until its recipient has it on disk (DESIGN section 5). */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #entries = new Map<MessageId, Entry>();
  readonly #lanes = new Map<PeerKey, RecipientQueue<Entry>>();
  /** People towards whom something may be able to leave now that could not before. */
  readonly #touched = new Set<PeerKey>();
  /** Towards whom an envelope is being sealed: one at a time, so that they leave in order. */
  readonly #sealing = new Set<PeerKey>();
  #epoch: ServerEpoch | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#epoch = options.store.facts.get().serverEpoch;
    for (const item of options.store.outbox.open()) this.#enter(item);
  }

  /** Takes a message that this turn's transaction has just put into the store; `leadMs`: of the clock (server-clock.ts). */
  add(item: OutboxItem, leadMs: number): void {
    this.#enter(item, leadMs);
  }

  /** This clock was measured: what was written before gets to know what it lacked, as far as anybody can tell. */
  handleClock(): void {
    const { store, clock } = this.#options;
    for (const [id, entry] of this.#entries) {
      if (entry.clockOffsetMs !== null) continue;
      entry.clockOffsetMs = clock.offsetMsThen(entry.leadMs) ?? null;
      if (entry.clockOffsetMs !== null) store.outbox.setClockOffset(id, entry.clockOffsetMs);
    }
  }

  /** A failed message is offered again, with its id and place. */
  retry(item: OutboxItem): void {
    this.#enter({ ...item, progress: { stage: 'pending' } });
    this.#options.store.outbox.setProgress(item.id, { stage: 'pending' });
    this.#options.context.emit({
      type: 'delivery',
      peer: item.peer,
      id: item.id,
      delivery: { state: 'saved' },
    });
  }

  /** The state to show for a message, whose durable part is `progress`. */
  deliveryOf(id: MessageId, progress: Progress): Delivery {
    return this.#entries.get(id)?.shown ?? deliveryOfProgress(progress);
  }

  /** The store gave everything that was open towards `from` to `to`: there it is offered, under the same ids. */
  rekey(from: PeerKey, to: PeerKey): void {
    for (const { item } of [...this.#entries.values()]) if (item.peer === from) this.#entries.delete(item.id);
    this.#lanes.delete(from);
    for (const item of this.#options.store.outbox.open())
      if (item.peer === to && !this.#entries.has(item.id)) this.#enter(item);
  }

  /** The server's database is of this epoch: what another one had stored is offered again. */
  handleEpoch(epoch: ServerEpoch): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    for (const entry of this.#entries.values()) if (entry.offerState.type === 'idle') this.#makeIdle(entry);
  }

  /** A way to this person may have opened. */
  touch(peer: PeerKey): void {
    if (this.#lanes.get(peer)?.hasWaiting === true) this.#touched.add(peer);
  }

  /** The ways to everybody may have changed. */
  touchAll(): void {
    for (const peer of this.#lanes.keys()) this.touch(peer);
  }

  /** Offers whatever can leave now; to be called at the end of each input. */
  flush(now: Moment): void {
    for (const peer of this.#touched) {
      this.#touched.delete(peer);
      this.#pump(now, peer);
    }
  }

  /** Offers what waits towards one person, in order, a bounded number at a time; the others wait for their turn. */
  #pump(now: Moment, peer: PeerKey): void {
    const next = this.#laneTo(peer).next();
    if (next.length === 0) return;
    const route = this.#options.route(now, peer);
    for (const entry of next) {
      switch (route.type) {
        case 'direct':
          this.#offerDirectly(entry);
          break;
        case 'server':
          if (entry.sealed === undefined) return this.#seal(entry);
          this.#offerToServer(entry, entry.sealed, route.server);
          break;
        case 'connecting':
          this.#show(entry, { state: 'sending', attempt: route.attempt, via: 'direct' });
          break;
        case 'none':
          this.#show(entry, { state: 'waiting', nextTryAtMs: route.nextTryAtMs, reason: 'no-connection' });
          break;
        case 'blocked':
          this.#show(entry, { state: 'waiting', nextTryAtMs: null, reason: 'key-changed' });
          break;
        default:
          route satisfies never;
      }
    }
  }

  handleEvent(now: Moment, event: EndpointEvent): void {
    if (event.type !== 'attempt' && event.type !== 'acknowledged' && event.type !== 'undelivered') return;
    const entry = this.#entries.get(event.token as MessageId);
    if (entry?.offerState.type !== 'offered' || entry.offerState.to !== event.peer) return;
    switch (event.type) {
      case 'attempt':
        return this.#show(entry, { state: 'sending', attempt: event.attempt, via: entry.offerState.via });
      case 'acknowledged':
        return this.#makeBusy(entry, {
          type: 'answer-due',
          to: event.peer,
          deadlineMs: now.monotonicMs + answerTimeoutMs,
        });
      case 'undelivered':
        if (event.cause === 'queue-full') this.#rest(now, entry, 1_000);
        else this.#makeIdle(entry);
        return;
      default:
        return event satisfies never;
    }
  }

  /** A connection ended or was replaced: what its far side has not answered is offered again. */
  handleConnectionOver(peer: PeerKey): void {
    for (const entry of this.#underway()) {
      if (entry.offerState.type === 'answer-due' && entry.offerState.to === peer) this.#makeIdle(entry);
    }
  }

  /** The server has it on disk. */
  handleStored(id: MessageId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || this.#epoch === undefined || this.#isKept(entry)) return;
    this.#progress(entry, { stage: 'stored', epoch: this.#epoch });
    this.#makeIdle(entry);
  }

  /** The recipient's gateway has it on disk; `via` tells who brought the receipt. */
  handleDelivered(id: MessageId, recipient: PeerKey, via: 'direct' | 'server'): void {
    const entry = this.#entries.get(id);
    // Nobody but its recipient can say so of a message.
    if (entry?.item.peer !== recipient) return;
    const later = entry.progress.stage === 'stored';
    this.#progress(entry, { stage: 'delivered', later });
    this.#leave(entry);
    if (via === 'server' && entry.via === 'server' && !later)
      this.#options.context.emit({ type: 'delivered-by-server', peer: recipient, id });
  }

  /** Refused by the server or the peer; codes that a retry can help let it rest, others fail it. */
  handleDeclined(now: Moment, from: PeerKey, id: MessageId, code: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || standsAt(entry.offerState) !== from) return;
    if (isTransient(code)) {
      this.#rest(now, entry, declinedWaitMs);
      const reason = isWaitingReason(code) ? code : 'no-connection';
      this.#show(entry, { state: 'waiting', nextTryAtMs: now.wallMs + declinedWaitMs, reason });
    } else {
      this.#fail(entry, code === 'message-too-long' ? code : 'refused');
    }
  }

  /** The server does not keep it any more, and nobody has taken it. */
  handleNotice(now: Moment, { id, recipient, code }: ProtocolMessageOf<'bounces'>['items'][number]): void {
    const entry = this.#entries.get(id);
    if (entry?.item.peer !== recipient) return;
    entry.sealed = undefined;
    if (!isTransient(code)) return this.#fail(entry, code === 'message-expired' ? code : 'refused');
    this.#progress(entry, { stage: 'pending' });
    const waitMs = code === 'wrong-key' ? wrongKeyWaitMs : declinedWaitMs;
    this.#rest(now, entry, waitMs);
    const reason = code === 'wrong-key' ? code : 'no-connection';
    this.#show(entry, { state: 'waiting', nextTryAtMs: now.wallMs + waitMs, reason });
  }

  handleTimeout(now: Moment): void {
    for (const entry of this.#underway()) {
      const dueMs = deadlineOf(entry.offerState);
      if (dueMs === undefined || dueMs > now.monotonicMs) continue;
      this.#makeIdle(entry);
    }
  }

  pollTimeout(): number | undefined {
    let earliest: number | undefined;
    for (const { offerState } of this.#underway()) {
      const dueMs = deadlineOf(offerState);
      if (dueMs !== undefined && (earliest === undefined || dueMs < earliest)) earliest = dueMs;
    }
    return earliest;
  }

  /** Whether anything towards this person waits for a way. */
  wantsWayTo(peer: PeerKey): boolean {
    return this.#lanes.get(peer)?.hasWaiting === true;
  }

  /** Everything whose answer or whose rest is awaited: a bounded number for each person. */
  *#underway(): Iterable<Entry> {
    for (const lane of this.#lanes.values()) yield* [...lane.underway];
  }

  /** Stored by the server in its present life: nothing to do until the receipt. */
  #isKept(entry: Entry): boolean {
    return entry.progress.stage === 'stored' && entry.progress.epoch === this.#epoch;
  }

  #contentOf({ item, clockOffsetMs }: Entry): Uint8Array {
    const { installation, sequence, sentAtMs, text } = item;
    const measured = clockOffsetMs === null ? {} : { clockOffsetMs };
    return encodeContent({ installation, sequence, sentAtMs, ...measured, text });
  }

  #offerDirectly(entry: Entry): void {
    const { id, peer } = entry.item;
    this.#offer(entry, 'direct', peer, { kind: 'message', id, body: this.#contentOf(entry) });
  }

  #offerToServer(entry: Entry, sealed: Uint8Array, server: PeerKey): void {
    const { to, type, id, installation, sequence } = this.#headOf(entry);
    this.#offer(entry, 'server', server, { kind: 'store', to, type, id, installation, sequence, sealed });
  }

  #offer(entry: Entry, via: 'direct' | 'server', to: PeerKey, said: ProtocolMessage): void {
    entry.via = via;
    this.#makeBusy(entry, { type: 'offered', to, via });
    this.#options.context.send(to, 'chat', said, entry.item.id);
  }

  /** Seals it for its recipient; when that is done, its turn comes again. */
  #seal(entry: Entry): void {
    const { peer } = entry.item;
    if (this.#sealing.has(peer)) return;
    this.#sealing.add(peer);
    const work: JobRequest<'seal'> = {
      type: 'seal',
      head: this.#headOf(entry),
      plaintext: this.#contentOf(entry),
    };
    this.#options.context.runJob(work, (_, bytes) => {
      this.#sealing.delete(peer);
      entry.sealed = bytes;
      if (bytes === undefined && this.#entries.get(entry.item.id) === entry) this.#fail(entry, 'refused');
      this.touch(peer);
    });
  }

  #headOf({ item }: Entry): EnvelopeHead {
    const { peer, id, installation, sequence } = item;
    return { from: this.#options.me, to: peer, type: 'text', id, installation, sequence };
  }

  #fail(entry: Entry, code: FailureCode): void {
    this.#progress(entry, { stage: 'failed', code });
    this.#leave(entry);
  }

  #makeIdle(entry: Entry): void {
    const lane = this.#laneTo(entry.item.peer);
    entry.offerState = { type: 'idle' };
    if (this.#isKept(entry)) {
      entry.sealed = undefined;
      lane.remove(entry);
    } else lane.wait(entry);
    this.#touched.add(entry.item.peer);
  }

  #makeBusy(entry: Entry, stand: Exclude<OfferState, { type: 'idle' }>): void {
    entry.offerState = stand;
    this.#laneTo(entry.item.peer).depart(entry);
  }

  #rest(now: Moment, entry: Entry, waitMs: number): void {
    this.#makeBusy(entry, { type: 'resting', untilMs: now.monotonicMs + waitMs });
  }

  #progress(entry: Entry, progress: UnreadProgress): void {
    entry.progress = progress;
    this.#options.store.outbox.setProgress(entry.item.id, progress);
    this.#show(entry, deliveryOfProgress(progress));
  }

  #show(entry: Entry, delivery: Delivery): void {
    if (!deliveryMayBecome(entry.shown, delivery) || isSame(entry.shown, delivery)) return;
    entry.shown = delivery;
    this.#options.context.emit({ type: 'delivery', peer: entry.item.peer, id: entry.item.id, delivery });
  }

  #enter(item: OutboxItem, leadMs?: number): void {
    const entry = newEntry(item, leadMs);
    this.#entries.set(item.id, entry);
    this.#makeIdle(entry);
  }

  #leave(entry: Entry): void {
    this.#entries.delete(entry.item.id);
    this.#laneTo(entry.item.peer).remove(entry);
    // Its place among those under way is free for the next.
    this.touch(entry.item.peer);
  }

  #laneTo(peer: PeerKey): RecipientQueue<Entry> {
    let lane = this.#lanes.get(peer);
    if (lane === undefined) this.#lanes.set(peer, (lane = new RecipientQueue()));
    return lane;
  }
}

function isSame(a: Delivery, b: Delivery): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
