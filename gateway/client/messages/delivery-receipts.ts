import { waitMsAfter } from '../../../shared/chat/codes.ts';
import { encodeReceipt } from '../../../shared/chat/codec.ts';
import { envelopeFormat, padContent, type EnvelopeHead } from '../../../shared/chat/envelope.ts';
import type { ProtocolMessageOf, Receipt } from '../../../shared/chat/kinds.ts';
import type { MailKeyId, MessageId, PeerKey } from '../../../shared/ids.ts';
import { receiptEnvelopesMax, receiptIdsMax, receiptsInFlightMax } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { ClientStore } from '../../store/client-store.ts';
import type { EndpointEvent } from '../../transport/events.ts';
import { BackOff } from '../../turn/back-off.ts';
import type { Reachability, RouteFollower } from '../connections/reachability.ts';
import type { ClientContext } from '../context.ts';
import type { RecipientMailKeys } from '../mail/recipient-mail-keys.ts';

/** Receipts are sent again if they are not acknowledged, or stored by the server, within this time. */
const answerTimeoutMs = 10_000;
/** Acknowledged receipts leave the disk with the next write for the same sender, or after this time. */
const removeAfterMs = 1_000;
/** Receipts that came back are sealed again after this time. */
const bouncedWaitMs = 5_000;

export interface DeliveryReceiptsOptions {
  readonly store: Pick<ClientStore, 'receipts'>;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly newId: (now: Moment) => MessageId;
  readonly reachability: Pick<Reachability, 'follow' | 'wake' | 'currentRoute'>;
  readonly mailKeys: Pick<RecipientMailKeys, 'forReceipt' | 'forget'>;
}

/** The receipts for one sender of messages. */
interface PeerReceipts {
  state: SendingState;
  /** Acknowledged or stored by the server, and still on disk. */
  settled: Settled | undefined;
  readonly backOff: BackOff;
}

type SendingState =
  /** Nothing is in flight. */
  | { readonly type: 'idle' }
  /** An attempt failed. The next one, with the same envelope if there is one, is at `untilMs`. */
  | { readonly type: 'paused'; readonly untilMs: number; readonly envelope: Envelope | undefined }
  /** The queue to `to` had no room. The next attempt is when it has room again. */
  | { readonly type: 'queue-full'; readonly to: PeerKey; readonly envelope: Envelope | undefined }
  /** Receipts go over the live connection. */
  | DirectState
  | { readonly type: 'sealing'; readonly id: MessageId; readonly receipt: Receipt }
  | { readonly type: 'sealed'; readonly envelope: Envelope }
  /** Given to the server's endpoint, which has not acknowledged it. */
  | { readonly type: 'offered'; readonly envelope: Envelope; readonly server: PeerKey }
  /** The server's endpoint has it. The answer of its disk is due. */
  | {
      readonly type: 'answer-due';
      readonly envelope: Envelope;
      readonly server: PeerKey;
      readonly deadlineMs: number;
    };

interface DirectState {
  readonly type: 'direct';
  /** Sent and not acknowledged. The deadline begins when the peer's endpoint has the message with the receipt. */
  readonly unanswered: Map<MessageId, number | undefined>;
  read: { readonly id: MessageId; deadlineMs: number | undefined } | undefined;
  /** One message with receipts is in flight at a time. What becomes due until then goes into the next. */
  isInFlight: boolean;
}

interface Envelope {
  readonly id: MessageId;
  readonly receipt: Receipt;
  readonly keyId: MailKeyId;
  readonly sealed: Uint8Array;
}

interface Settled {
  readonly ids: Set<MessageId>;
  read: MessageId | undefined;
  readonly removeAtMs: number;
}

/**
 * This client's receipts for messages that it has on disk, and for how far its user has read. They are due from the commit
 * until the sender has acknowledged them or the server has stored them in an envelope (PROTOCOL 9.4, 9.7). Each copy of a
 * message makes its receipt due again.
 */
export class DeliveryReceipts implements RouteFollower {
  readonly #options: DeliveryReceiptsOptions;
  readonly #peers = new Map<PeerKey, PeerReceipts>();

  constructor(options: DeliveryReceiptsOptions) {
    this.#options = options;
    options.reachability.follow(this);
    for (const sender of options.store.receipts.senders()) {
      this.#receiptsFor(sender);
      options.reachability.wake(sender);
    }
  }

  /** The message is on disk, or will be with this turn's commit. */
  due(sender: PeerKey, id: MessageId): void {
    const peer = this.#receiptsFor(sender);
    this.#removeSettled(sender, peer);
    this.#options.store.receipts.put(sender, id);
    // A copy shows that the sender does not have the receipt that was sent before.
    if (peer.state.type === 'direct') peer.state.unanswered.delete(id);
    this.#options.reachability.wake(sender);
  }

  /** The user has read the sender's messages up to this one, and lets the sender know. */
  dueRead(sender: PeerKey, id: MessageId): void {
    this.#removeSettled(sender, this.#receiptsFor(sender));
    this.#options.store.receipts.putRead(sender, id);
    this.#options.reachability.wake(sender);
  }

  /** Stops telling the sender how far the user has read. What was sent before stays sent. */
  withdrawRead(sender: PeerKey): void {
    const { receipts } = this.#options.store;
    const id = receipts.read(sender);
    if (id === undefined) return;
    receipts.removeRead(sender, id);
    const peer = this.#receiptsFor(sender);
    const { state } = peer;
    if (state.type === 'sealing' && state.receipt.read !== undefined) peer.state = { type: 'idle' };
    if (state.type === 'sealed' && state.envelope.receipt.read !== undefined) peer.state = { type: 'idle' };
    const isHeldUp = state.type === 'paused' || state.type === 'queue-full';
    if (isHeldUp && state.envelope?.receipt.read !== undefined)
      peer.state = { ...state, envelope: undefined };
    this.#options.reachability.wake(sender);
  }

  /** Stops telling all senders how far the user has read. */
  withdrawReads(): void {
    for (const sender of this.#options.store.receipts.senders()) this.withdrawRead(sender);
  }

  /** The store has forgotten this sender, with its receipts. */
  forget(sender: PeerKey): void {
    this.#peers.delete(sender);
  }

  waitingPeers(): Iterable<PeerKey> {
    return this.#peers.keys();
  }

  /** Receipts wait for a connection that is opened for something else. */
  wantsConnection(): boolean {
    return false;
  }

  proceed(now: Moment, sender: PeerKey): void {
    const peer = this.#peers.get(sender);
    if (peer === undefined || peer.state.type === 'paused' || peer.state.type === 'queue-full') return;
    const route = this.#options.reachability.currentRoute(sender);
    if (route.type === 'direct') {
      // The connection is quicker than an envelope. A receipt that arrives twice does no harm.
      if (peer.state.type !== 'direct')
        peer.state = { type: 'direct', unanswered: new Map(), read: undefined, isInFlight: false };
      this.#sendDirectly(sender, peer, peer.state);
    } else {
      if (peer.state.type === 'direct') peer.state = { type: 'idle' };
      if (route.type === 'server') this.#sendEnvelope(now, sender, peer, route.server);
    }
    if (this.#isDone(sender, peer)) this.#peers.delete(sender);
  }

  handleEvent(now: Moment, event: EndpointEvent): void {
    switch (event.type) {
      case 'acknowledged':
        return this.#handleAcknowledged(now, event.peer, event.token);
      case 'undelivered':
        return this.#handleUndelivered(now, event);
      case 'writable':
        return this.#handleWritable(event.peer);
      case 'connected':
      case 'disconnected':
        return this.#handleConnectionOver(event.peer);
      default:
        return;
    }
  }

  /** The sender has these receipts on its disk. */
  handleReceiptAck(now: Moment, sender: PeerKey, { ids, read }: Receipt): void {
    const peer = this.#peers.get(sender);
    if (peer?.state.type !== 'direct') return;
    const { state } = peer;
    const isReadAcknowledged = read !== undefined && state.read?.id === read;
    if (isReadAcknowledged) state.read = undefined;
    this.#settle(now, peer, {
      ids: ids.filter((id) => state.unanswered.delete(id)),
      ...(isReadAcknowledged ? { read } : {}),
    });
    this.#options.reachability.wake(sender);
  }

  /** The server has this envelope on disk. Returns whether it is one of receipts. */
  handleStored(now: Moment, id: MessageId): boolean {
    const owner = this.#ownerOf(id);
    if (owner === undefined) return false;
    const { ids, read } = owner.envelope.receipt;
    owner.peer.state = { type: 'idle' };
    this.#settle(now, owner.peer, owner.envelope.receipt);
    this.#options.store.receipts.putStored(owner.sender, { id, ids, read }, receiptEnvelopesMax);
    this.#options.reachability.wake(owner.sender);
    return true;
  }

  /**
   * PROTOCOL 9.29: the sender of the messages could not open this envelope, or the server had no room for it any longer. So
   * the sender is told again what was in it. Returns
   * undefined if the envelope is not one of receipts; `read` is for the caller, which knows whether it still holds.
   */
  handleBounce(
    now: Moment,
    bounce: ProtocolMessageOf<'bounces'>['items'][number],
  ): { readonly read: MessageId | undefined } | undefined {
    const { store, mailKeys } = this.#options;
    const { id, recipient: sender, code } = bounce;
    const stored = store.receipts.takeStored(sender, id);
    if (stored === undefined) return undefined;
    const waitMs = waitMsAfter(bounce);
    // A program that cannot read receipts at all is not told for ever.
    if (waitMs === undefined) return { read: undefined };
    if (code === 'unknown-mail-key') mailKeys.forget(sender);
    const peer = this.#receiptsFor(sender);
    this.#removeSettled(sender, peer);
    for (const each of stored.ids) store.receipts.put(sender, each);
    if (peer.state.type === 'idle')
      peer.state = {
        type: 'paused',
        untilMs: now.monotonicMs + Math.max(waitMs, bouncedWaitMs),
        envelope: undefined,
      };
    this.#options.reachability.wake(sender);
    return { read: stored.read };
  }

  /** The server does not keep this envelope. Returns whether it is one of receipts. */
  handleReject(now: Moment, id: MessageId, code: string): boolean {
    const owner = this.#ownerOf(id);
    if (owner === undefined) return false;
    if (code === 'unknown-mail-key') this.#options.mailKeys.forget(owner.sender);
    this.#pause(now, owner.peer, undefined);
    return true;
  }

  handleTimeout(now: Moment): void {
    for (const [sender, peer] of this.#peers) {
      if (!deadlinesOf(peer).some((dueMs) => isDue(dueMs, now))) continue;
      if (isDue(peer.settled?.removeAtMs, now)) this.#removeSettled(sender, peer);
      const { state } = peer;
      if (state.type === 'paused' && isDue(state.untilMs, now)) peer.state = resumed(state.envelope);
      else if (state.type === 'answer-due' && isDue(state.deadlineMs, now))
        peer.state = { type: 'sealed', envelope: state.envelope };
      else if (state.type === 'direct') {
        for (const [id, dueMs] of state.unanswered) if (isDue(dueMs, now)) state.unanswered.delete(id);
        if (isDue(state.read?.deadlineMs, now)) state.read = undefined;
      }
      this.#options.reachability.wake(sender);
    }
  }

  pollTimeout(): number | undefined {
    let earliest: number | undefined;
    for (const peer of this.#peers.values()) {
      for (const dueMs of deadlinesOf(peer))
        if (dueMs !== undefined && (earliest === undefined || dueMs < earliest)) earliest = dueMs;
    }
    return earliest;
  }

  #sendDirectly(sender: PeerKey, peer: PeerReceipts, state: DirectState): void {
    if (state.isInFlight || state.unanswered.size >= receiptsInFlightMax) return;
    const receipt = this.#owed(sender, peer);
    if (receipt === undefined) return;
    state.isInFlight = true;
    for (const id of receipt.ids) state.unanswered.set(id, undefined);
    if (receipt.read !== undefined) state.read = { id: receipt.read, deadlineMs: undefined };
    this.#options.context.send(sender, { kind: 'receipt', ...receipt }, receiptToken);
  }

  #sendEnvelope(now: Moment, sender: PeerKey, peer: PeerReceipts, server: PeerKey): void {
    const { state } = peer;
    if (state.type === 'idle') return this.#seal(now, sender, peer, server);
    if (state.type !== 'sealed') return;
    const { envelope } = state;
    peer.state = { type: 'offered', envelope, server };
    const { format, to, type, id, keyId } = this.#headOf(sender, envelope.id, envelope.keyId);
    this.#options.context.send(
      server,
      { kind: 'store', format, to, type, id, keyId, sealed: envelope.sealed },
      id,
    );
  }

  #seal(now: Moment, sender: PeerKey, peer: PeerReceipts, server: PeerKey): void {
    const receipt = this.#owed(sender, peer);
    if (receipt === undefined) return;
    const found = this.#options.mailKeys.forReceipt(now, sender, server);
    // The sender is woken when there is a key.
    if (found.type !== 'key') return;
    const { keyId, publicKey } = found.key;
    const { context, newId } = this.#options;
    const sealing: SendingState = { type: 'sealing', id: newId(now), receipt };
    peer.state = sealing;
    const { id } = sealing;
    const head = this.#headOf(sender, id, keyId);
    const plaintext = padContent(encodeReceipt(receipt));
    context.runJob({ type: 'seal', head, publicKey, plaintext }, (later, sealed) => {
      if (peer.state !== sealing) return;
      if (sealed === undefined) this.#pause(later, peer, undefined);
      else peer.state = { type: 'sealed', envelope: { id, receipt, keyId, sealed } };
      this.#options.reachability.wake(sender);
    });
  }

  /** Due and not in flight; undefined for nothing. The read mark follows all receipts for what has arrived. */
  #owed(sender: PeerKey, { state, settled }: PeerReceipts): Receipt | undefined {
    const { receipts } = this.#options.store;
    const direct = state.type === 'direct' ? state : undefined;
    const inFlight = new Set([...(direct?.unanswered.keys() ?? []), ...(settled?.ids ?? [])]);
    const ids = receipts.waiting(sender, inFlight, receiptIdsMax);
    const read = ids.length < receiptIdsMax ? receipts.read(sender) : undefined;
    if (read !== undefined && read !== direct?.read?.id && read !== settled?.read) return { ids, read };
    return ids.length === 0 ? undefined : { ids };
  }

  #handleAcknowledged(now: Moment, peerKey: PeerKey, token: string): void {
    const deadlineMs = now.monotonicMs + answerTimeoutMs;
    const state = this.#peers.get(peerKey)?.state;
    if (token === receiptToken && state?.type === 'direct') {
      state.isInFlight = false;
      for (const [id, dueMs] of state.unanswered) state.unanswered.set(id, dueMs ?? deadlineMs);
      if (state.read !== undefined) state.read.deadlineMs ??= deadlineMs;
      return this.#options.reachability.wake(peerKey);
    }
    const owner = this.#ownerOf(token);
    if (owner?.peer.state.type === 'offered' && owner.peer.state.server === peerKey)
      owner.peer.state = { type: 'answer-due', envelope: owner.envelope, server: peerKey, deadlineMs };
  }

  /**
   * The connection ends next, or its queue was full. A full queue tells when it has room. The pause after a lost
   * connection is a back-off: the next connection may fail as quickly.
   */
  #handleUndelivered(now: Moment, event: Extract<EndpointEvent, { type: 'undelivered' }>): void {
    const { peer: to, token, cause } = event;
    const peer = this.#peers.get(to);
    const owner = this.#ownerOf(token);
    const holdUp = (held: PeerReceipts, envelope: Envelope | undefined): void => {
      if (cause === 'queue-full') held.state = { type: 'queue-full', to, envelope };
      else this.#pause(now, held, envelope);
    };
    if (token === receiptToken && peer?.state.type === 'direct') holdUp(peer, undefined);
    else if (owner?.peer.state.type === 'offered' && owner.peer.state.server === to)
      holdUp(owner.peer, owner.envelope);
  }

  #handleWritable(to: PeerKey): void {
    for (const [sender, peer] of this.#peers) {
      if (peer.state.type !== 'queue-full' || peer.state.to !== to) continue;
      peer.state = resumed(peer.state.envelope);
      this.#options.reachability.wake(sender);
    }
  }

  /** What the far side of this connection has not answered is sent again. */
  #handleConnectionOver(peerKey: PeerKey): void {
    for (const [sender, peer] of this.#peers) {
      const { state } = peer;
      if (sender === peerKey && (state.type === 'direct' || state.type === 'paused')) {
        peer.state = resumed(state.type === 'paused' ? state.envelope : undefined);
        this.#options.reachability.wake(sender);
      } else if (state.type === 'queue-full' && (sender === peerKey || state.to === peerKey)) {
        peer.state = resumed(state.envelope);
        this.#options.reachability.wake(sender);
      } else if ((state.type === 'offered' || state.type === 'answer-due') && state.server === peerKey) {
        peer.state = { type: 'sealed', envelope: state.envelope };
        this.#options.reachability.wake(sender);
      }
    }
  }

  #settle(now: Moment, peer: PeerReceipts, { ids, read }: Receipt): void {
    peer.backOff.reset();
    if (ids.length === 0 && read === undefined) return;
    peer.settled ??= { ids: new Set(), read: undefined, removeAtMs: now.monotonicMs + removeAfterMs };
    for (const id of ids) peer.settled.ids.add(id);
    peer.settled.read = read ?? peer.settled.read;
  }

  #removeSettled(sender: PeerKey, peer: PeerReceipts): void {
    if (peer.settled === undefined) return;
    const { receipts } = this.#options.store;
    for (const id of peer.settled.ids) receipts.remove(sender, id);
    if (peer.settled.read !== undefined) receipts.removeRead(sender, peer.settled.read);
    peer.settled = undefined;
  }

  #pause(now: Moment, peer: PeerReceipts, envelope: Envelope | undefined): void {
    peer.state = { type: 'paused', untilMs: now.monotonicMs + peer.backOff.next(), envelope };
  }

  /** Whether nothing about this sender has to be remembered. */
  #isDone(sender: PeerKey, peer: PeerReceipts): boolean {
    const { state } = peer;
    const isAnswered =
      state.type === 'idle' ||
      (state.type === 'direct' && state.unanswered.size === 0 && state.read === undefined);
    return isAnswered && peer.settled === undefined && this.#owed(sender, peer) === undefined;
  }

  #ownerOf(id: string): { sender: PeerKey; peer: PeerReceipts; envelope: Envelope } | undefined {
    for (const [sender, peer] of this.#peers) {
      const envelope = 'envelope' in peer.state ? peer.state.envelope : undefined;
      if (envelope?.id === id) return { sender, peer, envelope };
    }
    return undefined;
  }

  #headOf(sender: PeerKey, id: MessageId, keyId: MailKeyId): EnvelopeHead {
    const { me } = this.#options;
    return { format: envelopeFormat, from: me, to: sender, type: 'receipt', id, keyId };
  }

  #receiptsFor(sender: PeerKey): PeerReceipts {
    let peer = this.#peers.get(sender);
    if (peer === undefined) {
      peer = { state: { type: 'idle' }, settled: undefined, backOff: new BackOff(1_000, 600_000) };
      this.#peers.set(sender, peer);
    }
    return peer;
  }
}

const receiptToken = 'receipt';

/** The state from which the next attempt starts: with this envelope if there is one. */
function resumed(envelope: Envelope | undefined): SendingState {
  return envelope === undefined ? { type: 'idle' } : { type: 'sealed', envelope };
}

function deadlinesOf({ state, settled }: PeerReceipts): (number | undefined)[] {
  switch (state.type) {
    case 'paused':
      return [settled?.removeAtMs, state.untilMs];
    case 'answer-due':
      return [settled?.removeAtMs, state.deadlineMs];
    case 'direct':
      return [settled?.removeAtMs, state.read?.deadlineMs, ...state.unanswered.values()];
    case 'idle':
    case 'sealing':
    case 'sealed':
    case 'offered':
    case 'queue-full':
      return [settled?.removeAtMs];
    default:
      return state satisfies never;
  }
}

function isDue(dueMs: number | undefined, now: Moment): boolean {
  return dueMs !== undefined && dueMs <= now.monotonicMs;
}
