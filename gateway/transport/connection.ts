import { encodePacket } from '../../shared/wire/encode.ts';
import type { DataPacket, PacketOf } from '../../shared/wire/packet.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Channel, CloseReason, EndpointEvent, Token } from './events.ts';
import type { Outlet } from './outlet.ts';
import { Receiver } from './receiver.ts';
import { type Route, Sender } from './sender.ts';
import { keepAliveIntervalMs, silenceMaxMs } from './timing.ts';

/** How a connection that both sides have confirmed came to be. */
export interface Opening extends Route {
  /** The nonce that a responder gave out, to know a late copy of the CONFIRM; null for the initiator. */
  readonly nonce: bigint | null;
}

/** What all connections of an endpoint share. */
export interface Budgets {
  /** Messages half received. */
  readonly unfinished: ByteBudget;
  /** Messages not acknowledged. */
  readonly queued: ByteBudget;
}

/** One live connection: numbered packets both ways, keep-alive, and the ways to end. */
export class Connection {
  readonly route: Route;
  readonly nonce: bigint | null;
  /** Its place among all meetings of the endpoint (half-open and live): later is larger. */
  readonly meeting: number;
  /** When the last handshake beside this connection began (RESET). */
  besideAtMs = Number.NEGATIVE_INFINITY;
  readonly #outlet: Outlet;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  #closing: CloseReason | undefined;
  #lastReceivedAtMs: number;

  constructor(nowMs: number, opening: Opening, meeting: number, outlet: Outlet, budgets: Budgets) {
    this.route = { id: opening.id, peer: opening.peer, address: opening.address };
    this.nonce = opening.nonce;
    this.meeting = meeting;
    this.#outlet = outlet;
    this.#sender = new Sender(nowMs, this.route, outlet, budgets.queued);
    this.#receiver = new Receiver(budgets.unfinished);
    this.#lastReceivedAtMs = nowMs;
  }

  /** The reason for which this side wants to leave, once what was queued before is through. */
  get closing(): CloseReason | undefined {
    return this.#closing;
  }

  /** Closing, and nothing is left to wait for. */
  get isReadyToClose(): boolean {
    return this.#closing !== undefined && this.#sender.isIdle;
  }

  get deadlineMs(): number {
    const silentAtMs = this.#lastReceivedAtMs + silenceMaxMs;
    return Math.min(silentAtMs, this.#sender.deadlineMs ?? this.#keepAliveAtMs);
  }

  send(nowMs: number, channel: Channel, bytes: Uint8Array, token: Token): void {
    if (this.#sender.send(nowMs, channel, bytes, token)) return;
    this.#outlet.tell({ type: 'undelivered', peer: this.route.peer, token, cause: 'queue-full' });
  }

  beginClose(reason: CloseReason): void {
    this.#closing ??= reason;
  }

  handleAck(nowMs: number, sequence: number): void {
    this.#lastReceivedAtMs = nowMs;
    if (!this.#sender.handleAck(nowMs, sequence)) this.#outlet.drop(nowMs, this.route.address, 'duplicate');
  }

  /** PROTOCOL 5.1: each numbered packet is acknowledged at once, a copy again; only its first one counts. */
  handleNumbered(nowMs: number, packet: DataPacket | PacketOf<'ping'>): void {
    const { id, peer, address } = this.route;
    this.#lastReceivedAtMs = nowMs;
    const reception = this.#receiver.handle(packet);
    if (reception.type === 'refused') {
      this.#outlet.drop(nowMs, address, reception.cause);
      return;
    }
    const ack = encodePacket({ type: 'ack', connection: id, sequence: packet.sequence });
    this.#outlet.answer(nowMs, address, ack, peer);
    if (reception.type === 'duplicate') this.#outlet.drop(nowMs, address, 'duplicate');
    else if (reception.message !== undefined && packet.type === 'data') {
      this.#outlet.tell({ type: 'received', peer, channel: packet.channel, bytes: reception.message });
    }
  }

  /** Does what is due, or tells why the connection is dead. */
  handleTimeout(nowMs: number): 'unreachable' | 'silence' | undefined {
    // PROTOCOL 5.10: 45 s without any packet, also when the machine slept through all of them.
    if (nowMs - this.#lastReceivedAtMs >= silenceMaxMs) return 'silence';
    if (this.#sender.handleTimeout(nowMs)) return 'unreachable';
    // PROTOCOL 5.9: a PING when nothing was acknowledged for 20 s.
    if (this.#sender.isIdle && nowMs >= this.#keepAliveAtMs) this.#sender.ping(nowMs);
    return undefined;
  }

  /** Hands back what is not acknowledged and frees what was half received. */
  handBack(cause: Extract<EndpointEvent, { type: 'undelivered' }>['cause']): void {
    for (const token of this.#sender.takeUnacknowledged()) {
      this.#outlet.tell({ type: 'undelivered', peer: this.route.peer, token, cause });
    }
    this.#receiver.discard();
  }

  get #keepAliveAtMs(): number {
    return this.#sender.lastAcknowledgedAtMs + keepAliveIntervalMs;
  }
}
