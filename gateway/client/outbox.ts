import { encodeContent } from '../../shared/chat/codec.ts';
import type { SaidOf } from '../../shared/chat/kinds.ts';
import type { InstallationId, MessageId, PeerKey, ServerEpoch } from '../../shared/ids.ts';
import { offersInFlightMax } from '../../shared/limits.ts';
import { deliveryMayBecome, type Delivery } from '../../shared/message.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ClientStore, OutboxItem, Progress } from '../store/client-store.ts';
import type { EndpointEvent } from '../transport/events.ts';
import type { ClientDesk } from './desk.ts';
import type { Route } from './routes.ts';

/** After this time without an answer of the recipient's or the server's disk, the message is offered again. */
const answerTimeoutMs = 10_000;
/** A mailbox that was full is asked again after this time. */
const declinedWaitMs = 30_000;

/** What is known of an open message beyond its progress on disk. */
interface Entry {
  readonly item: OutboxItem;
  progress: Progress;
  stand: Stand;
  shown: Delivery;
}

type Stand =
  /** Nothing is under way; to be offered when its turn and a way come. */
  | { readonly type: 'idle' }
  /** Handed to the endpoint; not acknowledged. */
  | { readonly type: 'offered'; readonly to: PeerKey; readonly via: 'direct' | 'server' }
  /** An endpoint has it; its owner's disk is awaited. */
  | { readonly type: 'answer-due'; readonly to: PeerKey; readonly deadlineMs: number }
  /** Refused for now. */
  | { readonly type: 'resting'; readonly untilMs: number };

export interface OutboxOptions {
  readonly store: ClientStore;
  readonly desk: ClientDesk;
  readonly installation: InstallationId;
  /** The way to a person right now; asking may start a connection. */
  readonly route: (now: Moment, peer: PeerKey) => Route;
}

/** Owns every message from the moment it is saved until its recipient has it on disk (DESIGN section 5). */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #entries = new Map<MessageId, Entry>();
  readonly #byPeer = new Map<PeerKey, Map<MessageId, Entry>>();
  /** People towards whom something may be able to leave now that could not before. */
  readonly #touched = new Set<PeerKey>();
  #epoch: ServerEpoch | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#epoch = options.store.facts.get().serverEpoch;
    for (const item of options.store.outbox.open()) this.#enter(item);
  }

  /** Takes a message that this turn's transaction has just put into the store. */
  add(item: OutboxItem): void {
    this.#enter(item);
  }

  /** A failed message is offered again, with its id and place. */
  retry(item: OutboxItem): void {
    this.#enter({ ...item, progress: { stage: 'pending' } });
    this.#options.store.outbox.setProgress(item.id, { stage: 'pending' });
    this.#options.desk.tell({ type: 'delivery', peer: item.peer, id: item.id, delivery: { state: 'saved' } });
  }

  /** The state to show for a message, whose durable part is `progress`. */
  deliveryOf(id: MessageId, progress: Progress): Delivery {
    return this.#entries.get(id)?.shown ?? deliveryOfProgress(progress);
  }

  /** The server's database is of this epoch: what another one had stored is offered again. */
  handleEpoch(epoch: ServerEpoch): void {
    this.#epoch = epoch;
  }

  /** A way to this person may have opened. */
  touch(peer: PeerKey): void {
    if (this.#byPeer.has(peer)) this.#touched.add(peer);
  }

  /** The ways to everybody may have changed. */
  touchAll(): void {
    for (const peer of this.#byPeer.keys()) this.#touched.add(peer);
  }

  /** Offers whatever can leave now; to be called at the end of each input. */
  flush(now: Moment): void {
    for (const peer of this.#touched) {
      this.#touched.delete(peer);
      this.#pump(now, peer);
    }
  }

  /** Offers what is idle towards one person, in order, a bounded number at a time. */
  #pump(now: Moment, peer: PeerKey): void {
    const entries = this.#byPeer.get(peer);
    if (entries === undefined) return;
    let underway = 0;
    for (const entry of entries.values()) {
      if (entry.stand.type === 'offered' || entry.stand.type === 'answer-due') underway++;
    }
    let route: Route | undefined;
    for (const entry of entries.values()) {
      if (entry.stand.type !== 'idle' || this.#isKept(entry)) continue;
      route ??= this.#options.route(now, peer);
      if (route.type === 'direct' || route.type === 'server') {
        if (underway >= offersInFlightMax) break;
        underway++;
        this.#offer(entry, route.type, route.type === 'direct' ? peer : route.server);
      } else if (route.type === 'connecting') {
        this.#show(entry, { state: 'sending', attempt: route.attempt, via: 'direct' });
      } else {
        this.#show(entry, { state: 'waiting', nextTryAtMs: route.nextTryAtMs, reason: 'no-connection' });
      }
    }
  }

  handleEvent(now: Moment, event: EndpointEvent): void {
    if (event.type !== 'attempt' && event.type !== 'acknowledged' && event.type !== 'undelivered') return;
    const entry = this.#entries.get(event.token as MessageId);
    if (entry?.stand.type !== 'offered' || entry.stand.to !== event.peer) return;
    switch (event.type) {
      case 'attempt':
        return this.#show(entry, { state: 'sending', attempt: event.attempt, via: entry.stand.via });
      case 'acknowledged':
        entry.stand = { type: 'answer-due', to: event.peer, deadlineMs: now.monotonicMs + answerTimeoutMs };
        return;
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
    for (const entry of this.#entries.values()) {
      if (entry.stand.type === 'answer-due' && entry.stand.to === peer) this.#makeIdle(entry);
    }
  }

  /** The server has it on disk. */
  handleStored(id: MessageId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || this.#epoch === undefined || this.#isKept(entry)) return;
    this.#makeIdle(entry);
    this.#progress(entry, { stage: 'stored', epoch: this.#epoch });
  }

  /** The recipient's gateway has it on disk; `via` tells who brought the receipt. */
  handleDelivered(id: MessageId, recipient: PeerKey, via: 'direct' | 'server'): void {
    const entry = this.#entries.get(id);
    // Nobody but its recipient can say so of a message.
    if (entry?.item.peer !== recipient) return;
    const later = entry.progress.stage === 'stored';
    this.#progress(entry, { stage: 'delivered', later });
    this.#leave(entry);
    if (via === 'server' && !later)
      this.#options.desk.tell({ type: 'delivered-by-server', peer: recipient, id });
  }

  /** Refused by the server or the peer; codes that a retry can help let it rest, others fail it. */
  handleDeclined(now: Moment, from: PeerKey, id: MessageId, code: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || standsAt(entry.stand) !== from) return;
    if (code === 'mailbox-full' || code === 'unknown-recipient') {
      // A server that lost its table learns of the recipient again when the recipient comes back.
      this.#rest(now, entry, declinedWaitMs);
      const reason = code === 'mailbox-full' ? 'mailbox-full' : 'no-connection';
      this.#show(entry, { state: 'waiting', nextTryAtMs: now.wallMs + declinedWaitMs, reason });
    } else {
      this.#progress(entry, { stage: 'failed', code: code === 'message-too-long' ? code : 'refused' });
      this.#leave(entry);
    }
  }

  handleTimeout(now: Moment): void {
    for (const entry of this.#entries.values()) {
      const dueMs = deadlineOf(entry.stand);
      if (dueMs === undefined || dueMs > now.monotonicMs) continue;
      this.#makeIdle(entry);
    }
  }

  pollTimeout(): number | undefined {
    let earliest: number | undefined;
    for (const { stand } of this.#entries.values()) {
      const dueMs = deadlineOf(stand);
      if (dueMs !== undefined && (earliest === undefined || dueMs < earliest)) earliest = dueMs;
    }
    return earliest;
  }

  /** Whether anything towards this person waits for a way. */
  wantsWayTo(peer: PeerKey): boolean {
    for (const entry of this.#byPeer.get(peer)?.values() ?? []) {
      if (entry.stand.type === 'idle' && !this.#isKept(entry)) return true;
    }
    return false;
  }

  /** Stored by the server in its present life: nothing to do until the receipt. */
  #isKept(entry: Entry): boolean {
    return entry.progress.stage === 'stored' && entry.progress.epoch === this.#epoch;
  }

  #offer(entry: Entry, via: 'direct' | 'server', to: PeerKey): void {
    const { id, peer, sentAtMs, sequence, text } = entry.item;
    const body = encodeContent({ installation: this.#options.installation, sequence, sentAtMs, text });
    const said: SaidOf<'message'> | SaidOf<'store'> =
      via === 'direct' ? { kind: 'message', id, body } : { kind: 'store', to: peer, id, body };
    entry.stand = { type: 'offered', to, via };
    this.#options.desk.say(to, 'chat', said, id);
  }

  #makeIdle(entry: Entry): void {
    entry.stand = { type: 'idle' };
    this.#touched.add(entry.item.peer);
  }

  #rest(now: Moment, entry: Entry, waitMs: number): void {
    entry.stand = { type: 'resting', untilMs: now.monotonicMs + waitMs };
  }

  #progress(entry: Entry, progress: Progress): void {
    entry.progress = progress;
    this.#options.store.outbox.setProgress(entry.item.id, progress);
    this.#show(entry, deliveryOfProgress(progress));
  }

  #show(entry: Entry, delivery: Delivery): void {
    if (!deliveryMayBecome(entry.shown, delivery) || isSame(entry.shown, delivery)) return;
    entry.shown = delivery;
    this.#options.desk.tell({ type: 'delivery', peer: entry.item.peer, id: entry.item.id, delivery });
  }

  #enter(item: OutboxItem): void {
    const entry: Entry = {
      item,
      progress: item.progress,
      stand: { type: 'idle' },
      shown: deliveryOfProgress(item.progress),
    };
    this.#entries.set(item.id, entry);
    let entries = this.#byPeer.get(item.peer);
    if (entries === undefined) {
      entries = new Map<MessageId, Entry>();
      this.#byPeer.set(item.peer, entries);
    }
    entries.set(item.id, entry);
    this.#touched.add(item.peer);
  }

  #leave(entry: Entry): void {
    this.#entries.delete(entry.item.id);
    this.#byPeer.get(entry.item.peer)?.delete(entry.item.id);
    // Its place among those under way is free for the next.
    this.touch(entry.item.peer);
  }
}

function deadlineOf(stand: Stand): number | undefined {
  switch (stand.type) {
    case 'answer-due':
      return stand.deadlineMs;
    case 'resting':
      return stand.untilMs;
    case 'idle':
    case 'offered':
      return undefined;
    default:
      return stand satisfies never;
  }
}

/** Whose answer is awaited. */
function standsAt(stand: Stand): PeerKey | undefined {
  return stand.type === 'offered' || stand.type === 'answer-due' ? stand.to : undefined;
}

function deliveryOfProgress(progress: Progress): Delivery {
  switch (progress.stage) {
    case 'pending':
      return { state: 'saved' };
    case 'stored':
      return { state: 'stored' };
    case 'delivered':
      return { state: 'delivered', later: progress.later };
    case 'failed':
      return { state: 'failed', code: progress.code };
    default:
      return progress satisfies never;
  }
}

function isSame(a: Delivery, b: Delivery): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
