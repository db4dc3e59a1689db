import { encodeReceipt } from '../../shared/chat/codec.ts';
import type { Receipt } from '../../shared/chat/kinds.ts';
import type { EnvelopeHead } from '../../shared/chat/envelope.ts';
import type { InstallationId, MessageId, PeerKey } from '../../shared/ids.ts';
import { receiptIdsMax, receiptsInFlightMax } from '../../shared/limits.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ClientStore } from '../store/client-store.ts';
import type { EndpointEvent } from '../transport/events.ts';
import { BackOff } from '../turn/back-off.ts';
import type { ClientContext } from './context.ts';
import type { CurrentRoute } from './routes.ts';

/** After this time without `noted` or `stored`, receipts are given again. */
const answerTimeoutMs = 10_000;
/** Receipts that are noted leave the disk with the next thing that is written, or after this time. */
const settleMs = 1_000;

export interface DeliveryReceiptsOptions {
  readonly store: Pick<ClientStore, 'receipts'>;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly installation: InstallationId;
  readonly newId: (now: Moment) => MessageId;
  /** How receipts can go to somebody right now. */
  readonly way: (peer: PeerKey) => CurrentRoute;
}

/** What is under way to one person. */
interface PeerReceipts {
  /** Said directly, and not noted yet; the deadline for that begins when the peer's endpoint has it. */
  readonly said: Map<MessageId, number | undefined>;
  /** The same for up to where was read. */
  saidRead: { readonly id: MessageId; dueMs: number | undefined } | undefined;
  /** One message with receipts is on its way; what comes meanwhile goes into the next. */
  isSaying: boolean;
  envelope: ReceiptEnvelope | undefined;
  /** On disk still, but nobody waits for them any more. */
  readonly settled: Set<MessageId>;
  settledRead: MessageId | undefined;
  settleAtMs: number | undefined;
  readonly backOff: BackOff;
  restsUntilMs: number | undefined;
}

interface ReceiptEnvelope {
  readonly id: MessageId;
  readonly receipt: Receipt;
  /** Undefined while it is being sealed. */
  sealed: Uint8Array | undefined;
  /** Set while the server has not answered. */
  offered: { readonly server: PeerKey; deadlineMs: number | undefined } | undefined;
}

/**
 * This client's own word that it has a message on disk, and how far its person has read, owed to the sender from the
 * commit until the sender has noted it or the server keeps it in an envelope (PROTOCOL 9.4, 9.7). Every copy of a message
 * makes its receipt due again.
 */
export class DeliveryReceipts {
  readonly #options: DeliveryReceiptsOptions;
  readonly #slips = new Map<PeerKey, PeerReceipts>();
  /** To whom something may be able to leave now that could not before. */
  readonly #touched = new Set<PeerKey>();

  constructor(options: DeliveryReceiptsOptions) {
    this.#options = options;
    for (const sender of options.store.receipts.senders()) this.#slipOf(sender);
    this.touchAll();
  }

  /** The message is on disk, or will be with this turn's commit. */
  due(sender: PeerKey, id: MessageId): void {
    const slip = this.#slipOf(sender);
    this.#clear(sender, slip);
    this.#options.store.receipts.put(sender, id);
    // Whoever sends a copy has not heard what was said before.
    slip.said.delete(id);
    this.#touched.add(sender);
  }

  /** The person has read the sender's messages up to this one, and lets them know. */
  dueRead(sender: PeerKey, id: MessageId): void {
    const slip = this.#slipOf(sender);
    this.#clear(sender, slip);
    this.#options.store.receipts.putRead(sender, id);
    this.#touched.add(sender);
  }

  /** The sender is not to hear how far was read; what has left already has left. */
  withdrawRead(sender: PeerKey): void {
    const { store } = this.#options;
    const id = store.receipts.read(sender);
    if (id === undefined) return;
    store.receipts.removeRead(sender, id);
    const slip = this.#slipOf(sender);
    if (slip.envelope?.receipt.read !== undefined && slip.envelope.offered === undefined)
      slip.envelope = undefined;
    this.#touched.add(sender);
  }

  /** Nobody is to hear how far was read. */
  withdrawReads(): void {
    for (const sender of this.#options.store.receipts.senders()) this.withdrawRead(sender);
  }

  touch(peer: PeerKey): void {
    if (this.#slips.has(peer)) this.#touched.add(peer);
  }

  /** The ways to everybody may have changed. */
  touchAll(): void {
    for (const peer of this.#slips.keys()) this.#touched.add(peer);
  }

  /** Gives whatever can leave now; to be called at the end of each input. */
  flush(now: Moment): void {
    for (const peer of this.#touched) {
      this.#touched.delete(peer);
      const slip = this.#slips.get(peer);
      if (slip !== undefined && slip.restsUntilMs === undefined) this.#pump(now, peer, slip);
    }
  }

  handleEvent(now: Moment, event: EndpointEvent): void {
    switch (event.type) {
      case 'acknowledged':
        return this.#handedOver(now, event.peer, event.token);
      case 'undelivered':
        return this.#handleUndelivered(now, event.peer, event.token);
      case 'connected':
      case 'disconnected':
        return this.#connectionOver(event.peer);
      default:
        return;
    }
  }

  /** The peer has these receipts on its disk. */
  handleNoted(now: Moment, peer: PeerKey, { ids, read }: Receipt): void {
    const slip = this.#slips.get(peer);
    if (slip === undefined) return;
    const isReadNoted = read !== undefined && slip.saidRead?.id === read;
    if (isReadNoted) slip.saidRead = undefined;
    this.#settle(now, slip, {
      ids: ids.filter((id) => slip.said.delete(id)),
      ...(isReadNoted ? { read } : {}),
    });
    this.#touched.add(peer);
  }

  /** The server has this envelope on its disk. True if it was one of receipts. */
  handleStored(now: Moment, id: MessageId): boolean {
    const [peer, slip] = this.#ownerOf(id) ?? [];
    if (peer === undefined || slip?.envelope === undefined) return false;
    const { receipt } = slip.envelope;
    slip.envelope = undefined;
    this.#settle(now, slip, receipt);
    this.#touched.add(peer);
    return true;
  }

  /** The server does not keep this envelope, now or any more. True if it was one of receipts. */
  handleDeclined(now: Moment, id: MessageId): boolean {
    const [, slip] = this.#ownerOf(id) ?? [];
    if (slip === undefined) return false;
    slip.envelope = undefined;
    this.#rest(now, slip);
    return true;
  }

  handleTimeout(now: Moment): void {
    for (const [peer, slip] of this.#slips) {
      if (!deadlinesOf(slip).some((dueMs) => isDue(dueMs, now))) continue;
      if (isDue(slip.settleAtMs, now)) this.#clear(peer, slip);
      if (isDue(slip.restsUntilMs, now)) slip.restsUntilMs = undefined;
      for (const [id, dueMs] of slip.said) if (isDue(dueMs, now)) slip.said.delete(id);
      if (isDue(slip.saidRead?.dueMs, now)) slip.saidRead = undefined;
      const { envelope } = slip;
      if (isDue(envelope?.offered?.deadlineMs, now) && envelope !== undefined) envelope.offered = undefined;
      this.#touched.add(peer);
    }
  }

  pollTimeout(): number | undefined {
    let earliest: number | undefined;
    for (const slip of this.#slips.values()) {
      for (const dueMs of deadlinesOf(slip))
        if (dueMs !== undefined && (earliest === undefined || dueMs < earliest)) earliest = dueMs;
    }
    return earliest;
  }

  #pump(now: Moment, peer: PeerKey, slip: PeerReceipts): void {
    const way = this.#options.way(peer);
    if (way.type === 'direct') {
      // Nobody has the envelope yet, and this is quicker.
      if (slip.envelope?.offered === undefined) slip.envelope = undefined;
      this.#say(peer, slip);
    } else if (way.type === 'server') this.#sendEnvelope(now, peer, slip, way.server);
    if (this.#isDone(peer, slip)) this.#slips.delete(peer);
  }

  #say(peer: PeerKey, slip: PeerReceipts): void {
    if (slip.isSaying || slip.said.size >= receiptsInFlightMax) return;
    const receipt = this.#owed(peer, slip);
    if (receipt === undefined) return;
    slip.isSaying = true;
    for (const id of receipt.ids) slip.said.set(id, undefined);
    if (receipt.read !== undefined) slip.saidRead = { id: receipt.read, dueMs: undefined };
    this.#options.context.send(peer, 'chat', { kind: 'receipt', ...receipt }, receivedToken);
  }

  #sendEnvelope(now: Moment, peer: PeerKey, slip: PeerReceipts, server: PeerKey): void {
    const { envelope } = slip;
    if (envelope === undefined) return this.#seal(now, peer, slip);
    const { id, sealed, offered } = envelope;
    if (sealed === undefined || offered !== undefined) return;
    envelope.offered = { server, deadlineMs: undefined };
    const { to, type, installation, sequence } = this.#headOf(peer, id);
    this.#options.context.send(
      server,
      'chat',
      { kind: 'store', to, type, id, installation, sequence, sealed },
      id,
    );
  }

  #seal(now: Moment, peer: PeerKey, slip: PeerReceipts): void {
    const receipt = this.#owed(peer, slip);
    if (receipt === undefined) return;
    const { context, newId } = this.#options;
    const envelope: ReceiptEnvelope = { id: newId(now), receipt, sealed: undefined, offered: undefined };
    slip.envelope = envelope;
    const head = this.#headOf(peer, envelope.id);
    context.runJob({ type: 'seal', head, plaintext: encodeReceipt(receipt) }, (later, sealed) => {
      if (slip.envelope !== envelope) return;
      if (sealed === undefined) {
        slip.envelope = undefined;
        this.#rest(later, slip);
      } else envelope.sealed = sealed;
      this.#touched.add(peer);
    });
  }

  /** Due, and not under way; undefined for nothing. What was read comes after all that says that it has arrived. */
  #owed(peer: PeerKey, slip: PeerReceipts): Receipt | undefined {
    const { receipts } = this.#options.store;
    const { said, settled, envelope } = slip;
    const underway = new Set([...said.keys(), ...settled, ...(envelope?.receipt.ids ?? [])]);
    const ids = receipts.waiting(peer, underway, receiptIdsMax);
    const read = ids.length < receiptIdsMax && envelope === undefined ? receipts.read(peer) : undefined;
    if (read !== undefined && read !== slip.saidRead?.id && read !== slip.settledRead) return { ids, read };
    return ids.length === 0 ? undefined : { ids };
  }

  #handedOver(now: Moment, peer: PeerKey, token: string): void {
    const deadlineMs = now.monotonicMs + answerTimeoutMs;
    const slip = this.#slips.get(peer);
    if (token === receivedToken && slip !== undefined) {
      slip.isSaying = false;
      for (const [id, dueMs] of slip.said) slip.said.set(id, dueMs ?? deadlineMs);
      if (slip.saidRead !== undefined) slip.saidRead.dueMs ??= deadlineMs;
      this.#touched.add(peer);
      return;
    }
    const offered = this.#ownerOf(token as MessageId)?.[1].envelope?.offered;
    if (offered?.server === peer) offered.deadlineMs = deadlineMs;
  }

  /** What follows is a connection's end, or a wait for a way that was full. */
  #handleUndelivered(now: Moment, peer: PeerKey, token: string): void {
    const slip = this.#slips.get(peer);
    if (token === receivedToken && slip !== undefined) {
      slip.isSaying = false;
      for (const [id, dueMs] of slip.said) if (dueMs === undefined) slip.said.delete(id);
      if (slip.saidRead?.dueMs === undefined) slip.saidRead = undefined;
      return this.#rest(now, slip);
    }
    const owner = this.#ownerOf(token as MessageId)?.[1];
    if (owner?.envelope?.offered?.server !== peer) return;
    owner.envelope.offered = undefined;
    this.#rest(now, owner);
  }

  /** What the far side has not answered is given again. */
  #connectionOver(peer: PeerKey): void {
    const slip = this.#slips.get(peer);
    if (slip !== undefined) {
      slip.said.clear();
      slip.saidRead = undefined;
      slip.isSaying = false;
      slip.restsUntilMs = undefined;
    }
    for (const { envelope } of this.#slips.values())
      if (envelope?.offered?.server === peer) envelope.offered = undefined;
    this.touchAll();
  }

  #settle(now: Moment, slip: PeerReceipts, { ids, read }: Receipt): void {
    for (const id of ids) slip.settled.add(id);
    slip.settledRead = read ?? slip.settledRead;
    if (slip.settled.size > 0 || slip.settledRead !== undefined)
      slip.settleAtMs ??= now.monotonicMs + settleMs;
    slip.backOff.reset();
  }

  #clear(peer: PeerKey, slip: PeerReceipts): void {
    for (const id of slip.settled) this.#options.store.receipts.remove(peer, id);
    slip.settled.clear();
    if (slip.settledRead !== undefined) this.#options.store.receipts.removeRead(peer, slip.settledRead);
    slip.settledRead = undefined;
    slip.settleAtMs = undefined;
  }

  #rest(now: Moment, slip: PeerReceipts): void {
    slip.restsUntilMs = now.monotonicMs + slip.backOff.next();
  }

  /** Whether nothing has to be remembered of this person. */
  #isDone(peer: PeerKey, slip: PeerReceipts): boolean {
    const isSettled = slip.settled.size === 0 && slip.settledRead === undefined;
    const isAnswered = slip.said.size === 0 && slip.saidRead === undefined && slip.envelope === undefined;
    return isSettled && isAnswered && this.#owed(peer, slip) === undefined;
  }

  #ownerOf(id: MessageId): [PeerKey, PeerReceipts] | undefined {
    for (const [peer, slip] of this.#slips) if (slip.envelope?.id === id) return [peer, slip];
    return undefined;
  }

  #headOf(peer: PeerKey, id: MessageId): EnvelopeHead {
    const { me, installation } = this.#options;
    return { from: me, to: peer, type: 'receipt', id, installation, sequence: 0 };
  }

  #slipOf(peer: PeerKey): PeerReceipts {
    let slip = this.#slips.get(peer);
    if (slip === undefined) {
      slip = {
        said: new Map(),
        saidRead: undefined,
        isSaying: false,
        envelope: undefined,
        settled: new Set(),
        settledRead: undefined,
        settleAtMs: undefined,
        backOff: new BackOff(1_000, 600_000),
        restsUntilMs: undefined,
      };
      this.#slips.set(peer, slip);
    }
    return slip;
  }
}

const receivedToken = 'receipt';

function deadlinesOf({
  settleAtMs,
  restsUntilMs,
  said,
  saidRead,
  envelope,
}: PeerReceipts): (number | undefined)[] {
  return [settleAtMs, restsUntilMs, saidRead?.dueMs, envelope?.offered?.deadlineMs, ...said.values()];
}

function isDue(dueMs: number | undefined, now: Moment): boolean {
  return dueMs !== undefined && dueMs <= now.monotonicMs;
}
