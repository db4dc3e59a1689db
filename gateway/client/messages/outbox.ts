import { encodeContent } from '../../../shared/chat/codec.ts';
import { withFallback } from '../../../shared/chat/fallback.ts';
import { waitMsAfter, type Rejection } from '../../../shared/chat/codes.ts';
import { envelopeFormat, padContent, type EnvelopeHead } from '../../../shared/chat/envelope.ts';
import type { Grease } from '../../../shared/chat/grease.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { MailKeyId, MessageId, PeerKey, ServerEpoch } from '../../../shared/ids.ts';
import {
  deliveryMayBecome,
  furthestBehind,
  isFailureCode,
  isWaitingReason,
  type Delivery,
  type FailureCode,
} from '../../../shared/message.ts';
import type { Moment } from '../../../shared/moment.ts';
import type {
  ClientStore,
  OutgoingMessage,
  Progress,
  StoredMessage,
  UnreadProgress,
} from '../../store/client-store.ts';
import type { EndpointEvent } from '../../transport/events.ts';
import { BackOff } from '../../turn/back-off.ts';
import type { JobRequest } from '../../turn/jobs.ts';
import type { Reachability, RouteFollower } from '../connections/reachability.ts';
import type { ServerClock } from '../connections/server-clock.ts';
import type { ClientContext } from '../context.ts';
import { changesIn, isPost } from './content-rules.ts';
import type { RecipientMailKeys } from '../mail/recipient-mail-keys.ts';
import { RecipientQueue, type Queued } from './recipient-queue.ts';

/** A message is offered again if no disk has answered for this long. */
const answerTimeoutMs = 10_000;
/** A message with an unknown mail key is sealed again after this time, and after twice as long each time it happens again. */
const unknownKeyWaitMs = 1_000;
const unknownKeyWaitMsMax = 300_000;
/** PROTOCOL 6.95: what the recipient does not accept yet is offered again after this time, then after twice as long each time. */
const notAcceptedWaitMs = 60_000;
const notAcceptedWaitMsMax = 300_000;
/** What the recipient may accept now is offered again after this time: receipts can come in quick succession. */
const acceptingWaitMs = 1_000;

export interface OutboxOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly clock: Pick<ServerClock, 'offsetMsAt'>;
  readonly reachability: Pick<Reachability, 'follow' | 'wake' | 'route'>;
  readonly grease: Grease | null;
  readonly mailKeys: Pick<RecipientMailKeys, 'forMessage' | 'forget'>;
}

/** A message with a dispatch that is not delivered. */
interface OpenMessage {
  message: OutgoingMessage;
  /** The clock's offset to the server's at the time of writing, once it is known. */
  clockOffsetMs: number | null;
  /** The difference of the clocks at the time of writing; undefined when another process wrote it. */
  readonly wallMinusMonotonicMs: number | undefined;
  shown: Delivery;
  /** One for each recipient, also those that are delivered. */
  readonly dispatches: readonly OpenDispatch[];
}

interface OpenDispatch extends Queued {
  readonly of: OpenMessage;
  readonly recipient: PeerKey;
  progress: Progress;
  offer: OfferState;
  delivery: Delivery;
  /** The way of its last offer. */
  via: 'direct' | 'server' | undefined;
  /** Its envelope, from the sealing until the server has stored it. */
  sealed: { readonly keyId: MailKeyId; readonly bytes: Uint8Array } | undefined;
  /** How often the key of its envelope was unknown. */
  readonly unknownKeys: BackOff;
  /** How often the recipient did not accept it. */
  readonly notAccepted: BackOff;
  /** How many receipts of the recipient had come at its last offer. */
  receiptsAtOffer: number;
}

type OfferState =
  /** Offered when its turn comes and there is a route. */
  | { readonly type: 'idle' }
  /** Given to the endpoint, not acknowledged. */
  | { readonly type: 'offered'; readonly to: PeerKey; readonly via: 'direct' | 'server' }
  /** The other endpoint has it. The answer of the disk behind it is due. */
  | { readonly type: 'answer-due'; readonly to: PeerKey; readonly deadlineMs: number }
  /** The queue to `to` had no room. */
  | { readonly type: 'queue-full'; readonly to: PeerKey }
  /** Rejected for now, by a server or a peer. Only time can help. */
  | { readonly type: 'resting'; readonly untilMs: number; readonly code: string };

/** Owns each message of the user from the moment it is saved until each recipient has it on disk. */
export class Outbox implements RouteFollower {
  readonly #options: OutboxOptions;
  /** By their ids, which are also the tokens of their offers. */
  readonly #messages = new Map<string, OpenMessage>();
  readonly #queues = new Map<PeerKey, RecipientQueue<OpenDispatch>>();
  /** How many receipts have come from each recipient. */
  readonly #receiptCounts = new Map<PeerKey, number>();
  /** Recipients for which an envelope is being sealed: one at a time, so that envelopes leave in order. */
  readonly #sealing = new Set<PeerKey>();
  #epoch: ServerEpoch | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#epoch = options.store.facts.get().serverEpoch;
    options.reachability.follow(this);
    for (const message of options.store.dispatches.open()) this.#enter(message);
  }

  /** Takes a message that this turn's transaction has just inserted into the store. */
  add(message: OutgoingMessage, wallMinusMonotonicMs: number): void {
    this.#enter(message, wallMinusMonotonicMs);
  }

  /** Offers the message at this time, and the messages behind it before. */
  hold(id: MessageId, untilMs: number): void {
    for (const dispatch of this.#messages.get(id)?.dispatches ?? [])
      this.#makeBusy(dispatch, { type: 'resting', untilMs, code: held });
  }

  /** Whether the message has not been offered yet, because it is held. */
  isHeld(id: MessageId): boolean {
    const dispatches = this.#messages.get(id)?.dispatches ?? [];
    return (
      dispatches.length > 0 &&
      dispatches.every(({ offer }) => offer.type === 'resting' && offer.code === held)
    );
  }

  /** A message that is held has more to say. */
  replace(message: OutgoingMessage): void {
    const open = this.#messages.get(message.id);
    if (open !== undefined) open.message = message;
  }

  /** Offers a deleted message no more. Returns the recipients that may still get it from the server. */
  withdraw(id: MessageId): PeerKey[] {
    const open = this.#messages.get(id);
    const recipients = open?.dispatches.filter(isOpen).map(({ recipient }) => recipient) ?? [];
    this.#messages.delete(id);
    for (const dispatch of open?.dispatches ?? []) this.#leave(dispatch);
    return recipients;
  }

  /** The clock was measured: completes the offset of messages that were written before. */
  handleClock(): void {
    const { store, clock } = this.#options;
    for (const open of this.#messages.values()) {
      if (open.clockOffsetMs !== null) continue;
      open.clockOffsetMs = clock.offsetMsAt(open.wallMinusMonotonicMs) ?? null;
      if (open.clockOffsetMs !== null) store.messages.setClockOffset(open.message.id, open.clockOffsetMs);
    }
  }

  /** Offers the failed dispatches of a message again, with its id and position. */
  retry(message: OutgoingMessage): void {
    const { store, context } = this.#options;
    const dispatches = message.dispatches.map(({ recipient, progress }) => {
      if (progress.stage !== 'failed') return { recipient, progress };
      store.dispatches.setProgress(message.id, recipient, { stage: 'pending' });
      return { recipient, progress: { stage: 'pending' } as const };
    });
    const { shown } = this.#enter({ ...message, dispatches });
    context.emit({ type: 'delivery', conversation: message.conversation, id: message.id, delivery: shown });
  }

  /** Returns the delivery to show for a message of the user. */
  deliveryOf({ id, dispatches }: Pick<StoredMessage, 'id' | 'dispatches'>): Delivery {
    return (
      this.#messages.get(id)?.shown ??
      furthestBehind(dispatches.map(({ progress }) => deliveryOfProgress(progress)))
    );
  }

  /** The store gave the open dispatches towards `from` to `to`: offers them there, under the same ids. */
  handleRekey(from: PeerKey, to: PeerKey): void {
    for (const [id, { dispatches }] of [...this.#messages]) {
      if (!dispatches.some(({ recipient }) => recipient === from)) continue;
      for (const dispatch of dispatches) this.#queueOf(dispatch.recipient).remove(dispatch);
      this.#messages.delete(id);
    }
    this.#queues.delete(from);
    for (const message of this.#options.store.dispatches.open())
      if (message.dispatches.some(({ recipient }) => recipient === to) && !this.#messages.has(message.id))
        this.#enter(message);
  }

  /** PROTOCOL 6.91: offers again what the server had stored for this recipient, because its receipts were taken unopened. */
  handleUnblock(recipient: PeerKey): void {
    for (const { dispatches } of this.#messages.values()) {
      for (const dispatch of dispatches) {
        if (dispatch.recipient !== recipient || dispatch.progress.stage !== 'stored') continue;
        this.#progress(dispatch, { stage: 'pending' });
        if (dispatch.offer.type === 'idle') this.#makeIdle(dispatch);
      }
    }
  }

  /** The server's database has this epoch: offers again all messages that one of another epoch had stored. */
  handleEpoch(epoch: ServerEpoch): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    for (const { dispatches } of this.#messages.values())
      for (const dispatch of dispatches) if (dispatch.offer.type === 'idle') this.#makeIdle(dispatch);
  }

  waitingPeers(): Iterable<PeerKey> {
    return this.#queues.keys();
  }

  wantsConnection(peer: PeerKey): boolean {
    return this.#queues.get(peer)?.hasWaiting === true;
  }

  /** Offers what waits for this recipient, in order, a bounded number at a time. */
  proceed(now: Moment, peer: PeerKey): void {
    const next = this.#queues.get(peer)?.next() ?? [];
    if (next.length === 0) return this.#showHeldUp(peer);
    const route = this.#options.reachability.route(now, peer);
    for (const dispatch of next) {
      switch (route.type) {
        case 'direct':
          this.#offerDirectly(dispatch);
          break;
        case 'server':
          if (dispatch.sealed === undefined)
            return this.#seal(now, dispatch, route.server, next.filter(isUnsealed));
          this.#offerToServer(dispatch, dispatch.sealed, route.server);
          break;
        case 'connecting':
          this.#show(dispatch, { state: 'sending', attempt: route.attempt, via: 'direct' });
          break;
        case 'none':
          this.#show(dispatch, {
            state: 'waiting',
            nextAttemptAtMs: route.nextAttemptAtMs,
            reason: 'no-connection',
          });
          break;
        case 'key-conflict':
          this.#show(dispatch, { state: 'waiting', nextAttemptAtMs: null, reason: 'key-changed' });
          break;
        case 'blocked':
          this.#show(dispatch, { state: 'waiting', nextAttemptAtMs: null, reason: 'blocked' });
          break;
        default:
          route satisfies never;
      }
    }
  }

  /** As many messages as may be under way were not accepted: those behind them wait for the same. */
  #showHeldUp(peer: PeerKey): void {
    const queue = this.#queues.get(peer);
    if (queue === undefined || ![...queue.inFlight].some(({ offer }) => isNotAccepted(offer))) return;
    for (const dispatch of queue.waitingNewestFirst()) {
      // Those above it show it already.
      if (isSame(dispatch.delivery, notAccepted)) return;
      this.#show(dispatch, notAccepted);
    }
  }

  handleEvent(now: Moment, event: EndpointEvent): void {
    switch (event.type) {
      case 'attempt':
      case 'acknowledged':
      case 'undelivered':
        return this.#handleOffer(now, event);
      case 'writable':
        for (const dispatch of this.#inFlight())
          if (dispatch.offer.type === 'queue-full' && dispatch.offer.to === event.peer)
            this.#makeIdle(dispatch);
        return;
      case 'connected':
      case 'disconnected':
        // The connection ended or was replaced: what its far side has not answered or had no room for is offered again.
        // A full queue to the server matters no longer when the recipient itself connects.
        for (const dispatch of this.#inFlight()) {
          const { offer, recipient } = dispatch;
          const isOver = isHeldBy(offer, event.peer);
          if (isOver || (offer.type === 'queue-full' && recipient === event.peer)) this.#makeIdle(dispatch);
        }
        return;
      default:
        return;
    }
  }

  #handleOffer(
    now: Moment,
    event: Extract<EndpointEvent, { type: 'attempt' | 'acknowledged' | 'undelivered' }>,
  ): void {
    const dispatch = this.#dispatchAt(event.peer, event.token);
    if (dispatch?.offer.type !== 'offered') return;
    switch (event.type) {
      case 'attempt':
        return this.#show(dispatch, { state: 'sending', attempt: event.attempt, via: dispatch.offer.via });
      case 'acknowledged': {
        const deadlineMs = now.monotonicMs + answerTimeoutMs;
        return this.#makeBusy(dispatch, { type: 'answer-due', to: event.peer, deadlineMs });
      }
      case 'undelivered':
        if (event.cause === 'queue-full') this.#makeBusy(dispatch, { type: 'queue-full', to: event.peer });
        else this.#makeIdle(dispatch);
        return;
      default:
        return event satisfies never;
    }
  }

  /** The server has the envelope on disk. */
  handleStored(server: PeerKey, id: MessageId): void {
    // The answer names no recipient, and it may come after the dispatch waits for its next turn.
    const dispatch = this.#dispatchAt(server, id) ?? this.#messages.get(id)?.dispatches.find(isOpen);
    if (dispatch === undefined || this.#epoch === undefined || this.#isStored(dispatch)) return;
    this.#progress(dispatch, { stage: 'stored', epoch: this.#epoch });
    this.#makeIdle(dispatch);
  }

  /** The recipient has the message on disk. `via` tells how the receipt came. */
  handleDelivered(id: MessageId, recipient: PeerKey, via: 'direct' | 'server'): void {
    // Only the recipient itself can say so.
    const dispatch = this.#dispatchTo(recipient, id);
    if (dispatch === undefined) return;
    const { conversation } = dispatch.of.message;
    const later = dispatch.progress.stage === 'stored';
    this.#progress(dispatch, { stage: 'delivered', later });
    this.#leave(dispatch);
    if (via === 'server' && dispatch.via === 'server' && !later)
      this.#options.context.emit({ type: 'delivered-by-server', conversation, id });
  }

  /** A receipt of this recipient has come: it may accept now what it did not accept before. */
  handleAccepting(now: Moment, recipient: PeerKey): void {
    const queue = this.#queues.get(recipient);
    if (queue === undefined) return;
    this.#receiptCounts.set(recipient, this.#receiptCountOf(recipient) + 1);
    for (const dispatch of queue.inFlight) {
      const { offer } = dispatch;
      if (!isNotAccepted(offer)) continue;
      dispatch.notAccepted.reset();
      dispatch.offer = { ...offer, untilMs: Math.min(offer.untilMs, now.monotonicMs + acceptingWaitMs) };
    }
  }

  /** The server or the peer rejects the message. It rests if a retry can help, and fails if not. */
  handleReject(now: Moment, from: PeerKey, id: MessageId, rejection: Rejection): void {
    const dispatch = this.#dispatchAt(from, id);
    if (dispatch !== undefined) this.#followAdvice(now, dispatch, rejection);
  }

  /** The server no longer keeps the message, and the recipient has not taken it. */
  handleBounce(now: Moment, bounce: ProtocolMessageOf<'bounces'>['items'][number]): void {
    const dispatch = this.#dispatchTo(bounce.recipient, bounce.id);
    if (dispatch === undefined) return;
    dispatch.sealed = undefined;
    if (waitMsAfter(bounce) !== undefined) this.#progress(dispatch, { stage: 'pending' });
    this.#followAdvice(now, dispatch, bounce);
  }

  /** PROTOCOL 6.17: the advice decides, and not the code, which may be one of a later version. */
  #followAdvice(now: Moment, dispatch: OpenDispatch, rejection: Rejection): void {
    const { code } = rejection;
    const waitMs = waitMsAfter(rejection);
    if (waitMs === undefined) return this.#fail(dispatch, isFailureCode(code) ? code : 'refused');
    if (code === 'unknown-mail-key') return this.#sealAgain(now, dispatch, waitMs);
    if (code === 'not-accepted') {
      this.#rest(now, dispatch, this.#waitMsUntilAccepted(dispatch, waitMs), code);
      this.#options.reachability.wake(dispatch.recipient);
      return this.#show(dispatch, notAccepted);
    }
    this.#rest(now, dispatch, waitMs, code);
    const reason = isWaitingReason(code) ? code : 'refused-for-now';
    this.#show(dispatch, { state: 'waiting', nextAttemptAtMs: now.wallMs + waitMs, reason });
  }

  /** The rejection may be older than a receipt that came since the offer: they may have taken two ways. */
  #waitMsUntilAccepted(dispatch: OpenDispatch, advisedMs: number): number {
    if (this.#receiptCountOf(dispatch.recipient) > dispatch.receiptsAtOffer) {
      dispatch.notAccepted.reset();
      return acceptingWaitMs;
    }
    return Math.max(advisedMs, dispatch.notAccepted.next());
  }

  #receiptCountOf(recipient: PeerKey): number {
    return this.#receiptCounts.get(recipient) ?? 0;
  }

  handleTimeout(now: Moment): void {
    for (const dispatch of this.#inFlight()) {
      const dueMs = deadlineOf(dispatch.offer);
      if (dueMs !== undefined && dueMs <= now.monotonicMs) this.#makeIdle(dispatch);
    }
  }

  pollTimeout(): number | undefined {
    let earliest: number | undefined;
    for (const { offer } of this.#inFlight()) {
      const dueMs = deadlineOf(offer);
      if (dueMs !== undefined && (earliest === undefined || dueMs < earliest)) earliest = dueMs;
    }
    return earliest;
  }

  /** Dispatches that wait for an answer, for room or for the end of a rest: a bounded number for each recipient. */
  *#inFlight(): Iterable<OpenDispatch> {
    for (const queue of this.#queues.values()) yield* [...queue.inFlight];
  }

  /** The open dispatch of this message that `peer` must answer. */
  #dispatchAt(peer: PeerKey, id: string): OpenDispatch | undefined {
    return this.#messages.get(id)?.dispatches.find(({ offer }) => answererOf(offer) === peer);
  }

  #dispatchTo(recipient: PeerKey, id: MessageId): OpenDispatch | undefined {
    return this.#messages
      .get(id)
      ?.dispatches.find((dispatch) => dispatch.recipient === recipient && isOpen(dispatch));
  }

  /** The server has stored it in its present epoch: there is nothing to do until the receipt. */
  #isStored({ progress }: OpenDispatch): boolean {
    return progress.stage === 'stored' && progress.epoch === this.#epoch;
  }

  #contentOf({ of: { message, clockOffsetMs } }: OpenDispatch): Uint8Array {
    const { installation, position, sentAtMs, content } = message;
    const encoded = encodeContent({
      installation,
      sequence: position.minor,
      sentAtMs,
      ...(clockOffsetMs === null ? {} : { clockOffsetMs }),
      content: withFallback(content),
    });
    return this.#options.grease?.map(encoded) ?? encoded;
  }

  #offerDirectly(dispatch: OpenDispatch): void {
    const body = this.#contentOf(dispatch);
    this.#offer(dispatch, 'direct', dispatch.recipient, { kind: 'message', id: dispatch.id, body });
  }

  #offerToServer(
    dispatch: OpenDispatch,
    { keyId, bytes }: NonNullable<OpenDispatch['sealed']>,
    server: PeerKey,
  ): void {
    const { format, to, type, id } = this.#headOf(dispatch, keyId);
    const store = { kind: 'store', format, to, type, id, keyId, sealed: bytes } as const;
    this.#offer(dispatch, 'server', server, store);
  }

  #offer(dispatch: OpenDispatch, via: 'direct' | 'server', to: PeerKey, message: ProtocolMessage): void {
    dispatch.via = via;
    dispatch.receiptsAtOffer = this.#receiptCountOf(dispatch.recipient);
    this.#makeBusy(dispatch, { type: 'offered', to, via });
    this.#options.context.send(to, message, dispatch.id);
  }

  /**
   * Seals the message for its recipient. The dispatch has its turn again when that is done. `unsealed`
   * are all dispatches to the recipient that may leave now and are not sealed yet.
   */
  #seal(now: Moment, dispatch: OpenDispatch, server: PeerKey, unsealed: readonly OpenDispatch[]): void {
    const { id, recipient } = dispatch;
    if (this.#sealing.has(recipient)) return;
    const found = this.#options.mailKeys.forMessage(now, recipient, server, unsealed.length);
    if (found.type === 'asked') return;
    if (found.type === 'none') {
      const nextAttemptAtMs = found.untilMs === null ? null : now.wallMs + found.untilMs - now.monotonicMs;
      for (const each of unsealed)
        this.#show(each, { state: 'waiting', nextAttemptAtMs, reason: 'unknown-recipient' });
      return;
    }
    const { keyId, publicKey } = found.key;
    this.#sealing.add(recipient);
    const request: JobRequest<'seal'> = {
      type: 'seal',
      head: this.#headOf(dispatch, keyId),
      publicKey,
      plaintext: padContent(this.#contentOf(dispatch)),
    };
    this.#options.context.runJob(request, (_, bytes) => {
      this.#sealing.delete(recipient);
      dispatch.sealed = bytes === undefined ? undefined : { keyId, bytes };
      if (bytes === undefined && this.#messages.get(id) === dispatch.of) this.#fail(dispatch, 'refused');
      this.#options.reachability.wake(recipient);
    });
  }

  /** PROTOCOL 9.26: the recipient has deleted the key, or has another installation now. */
  #sealAgain(now: Moment, dispatch: OpenDispatch, waitMs: number): void {
    dispatch.sealed = undefined;
    this.#options.mailKeys.forget(dispatch.recipient);
    this.#rest(now, dispatch, Math.max(waitMs, dispatch.unknownKeys.next()), 'unknown-mail-key');
  }

  #headOf({ id, recipient }: OpenDispatch, keyId: MailKeyId): EnvelopeHead {
    return {
      format: envelopeFormat,
      from: this.#options.me,
      to: recipient,
      type: 'text',
      id,
      keyId,
    };
  }

  #fail(dispatch: OpenDispatch, code: FailureCode): void {
    this.#progress(dispatch, { stage: 'failed', code });
    this.#leave(dispatch);
    const { conversation, id, content } = dispatch.of.message;
    if (isPost(content)) return;
    const of = changesIn(content).map((change) => change.of);
    this.#options.context.emit({ type: 'change-failed', conversation, id, kind: content.kind, of, code });
  }

  #makeIdle(dispatch: OpenDispatch): void {
    const queue = this.#queueOf(dispatch.recipient);
    dispatch.offer = { type: 'idle' };
    if (!isOpen(dispatch)) return queue.remove(dispatch);
    if (this.#isStored(dispatch)) {
      dispatch.sealed = undefined;
      queue.remove(dispatch);
    } else queue.wait(dispatch);
    this.#options.reachability.wake(dispatch.recipient);
  }

  #makeBusy(dispatch: OpenDispatch, offer: Exclude<OfferState, { type: 'idle' }>): void {
    dispatch.offer = offer;
    this.#queueOf(dispatch.recipient).depart(dispatch);
  }

  #rest(now: Moment, dispatch: OpenDispatch, waitMs: number, code: string): void {
    this.#makeBusy(dispatch, { type: 'resting', untilMs: now.monotonicMs + waitMs, code });
  }

  #progress(dispatch: OpenDispatch, progress: UnreadProgress): void {
    dispatch.progress = progress;
    this.#options.store.dispatches.setProgress(dispatch.id, dispatch.recipient, progress);
    this.#show(dispatch, deliveryOfProgress(progress));
  }

  #show(dispatch: OpenDispatch, delivery: Delivery): void {
    const open = dispatch.of;
    if (!deliveryMayBecome(dispatch.delivery, delivery)) return;
    dispatch.delivery = delivery;
    const shown = furthestBehind(open.dispatches.map((each) => each.delivery));
    if (isSame(open.shown, shown)) return;
    open.shown = shown;
    const { conversation, id } = open.message;
    this.#options.context.emit({ type: 'delivery', conversation, id, delivery: shown });
  }

  #enter(message: OutgoingMessage, wallMinusMonotonicMs?: number): OpenMessage {
    const dispatches: OpenDispatch[] = [];
    const open: OpenMessage = {
      message,
      clockOffsetMs: message.clockOffsetMs,
      wallMinusMonotonicMs,
      shown: furthestBehind(message.dispatches.map(({ progress }) => deliveryOfProgress(progress))),
      dispatches,
    };
    for (const { recipient, progress } of message.dispatches) {
      dispatches.push({
        id: message.id,
        sequence: message.position.minor,
        of: open,
        recipient,
        progress,
        offer: { type: 'idle' },
        delivery: deliveryOfProgress(progress),
        via: undefined,
        sealed: undefined,
        unknownKeys: new BackOff(unknownKeyWaitMs, unknownKeyWaitMsMax),
        notAccepted: new BackOff(notAcceptedWaitMs, notAcceptedWaitMsMax),
        receiptsAtOffer: 0,
      });
    }
    this.#messages.set(message.id, open);
    for (const dispatch of dispatches) this.#makeIdle(dispatch);
    return open;
  }

  /** The dispatch is over. The message leaves the outbox with its last one. */
  #leave(dispatch: OpenDispatch): void {
    const { of: open, recipient } = dispatch;
    dispatch.offer = { type: 'idle' };
    this.#queueOf(recipient).remove(dispatch);
    if (!open.dispatches.some(isOpen)) this.#messages.delete(open.message.id);
    // The next message may take its place among those in flight.
    this.#options.reachability.wake(recipient);
  }

  #queueOf(recipient: PeerKey): RecipientQueue<OpenDispatch> {
    let queue = this.#queues.get(recipient);
    if (queue === undefined) this.#queues.set(recipient, (queue = new RecipientQueue()));
    return queue;
  }
}

function isOpen({ progress }: OpenDispatch): boolean {
  return progress.stage === 'pending' || progress.stage === 'stored';
}

function isUnsealed({ sealed }: OpenDispatch): boolean {
  return sealed === undefined;
}

/** The code of a message that leaves a moment later, with what the user adds to it until then. */
const held = 'held';

/** The time of the next attempt is not told: it will hardly help before the recipient's user answers. */
const notAccepted: Delivery = { state: 'waiting', nextAttemptAtMs: null, reason: 'not-accepted' };

function isNotAccepted(offer: OfferState): offer is Extract<OfferState, { type: 'resting' }> {
  return offer.type === 'resting' && offer.code === 'not-accepted';
}

function deadlineOf(offer: OfferState): number | undefined {
  switch (offer.type) {
    case 'answer-due':
      return offer.deadlineMs;
    case 'resting':
      return offer.untilMs;
    case 'idle':
    case 'offered':
    case 'queue-full':
      return undefined;
    default:
      return offer satisfies never;
  }
}

/** Whether the connection with this peer has the dispatch, or had no room for it. */
function isHeldBy(offer: OfferState, peer: PeerKey): boolean {
  return (offer.type === 'answer-due' || offer.type === 'queue-full') && offer.to === peer;
}

/** The peer that must answer. */
function answererOf(offer: OfferState): PeerKey | undefined {
  return offer.type === 'offered' || offer.type === 'answer-due' ? offer.to : undefined;
}

function deliveryOfProgress(progress: Progress): Delivery {
  switch (progress.stage) {
    case 'pending':
      return { state: 'saved' };
    case 'stored':
      return { state: 'stored' };
    case 'delivered':
      return { state: 'delivered', later: progress.later };
    case 'read':
      return { state: 'read' };
    case 'failed':
      return { state: 'failed', code: progress.code };
    default:
      return progress satisfies never;
  }
}

function isSame(a: Delivery, b: Delivery): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
