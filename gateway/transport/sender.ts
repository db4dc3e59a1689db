import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { sendQueueBytesMax, transportMessageBytesMax } from '../../shared/limits.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { fragmentBytesMax } from '../../shared/wire/layout.ts';
import { channels, type ConnectionId } from '../../shared/wire/packet.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Channel, Token } from './events.ts';
import { Fifo } from './fifo.ts';
import type { Outlet } from './outlet.ts';
import { triesMax, tryIntervalMs } from './timing.ts';

/** A connection's name and its two ends. */
export interface Route {
  readonly id: ConnectionId;
  readonly peer: PeerKey;
  readonly address: Address;
}

/**
 * Counted for each queued message besides its bytes: what its objects take in V8 (545 bytes were measured). Peers that
 * ask much and acknowledge little make a server queue many small answers.
 */
const messageOverheadBytes = 512;

/**
 * The sending half of a connection, by the original's rule: one numbered packet in flight, sent again every 0.5 s
 * until its ACK comes, 5 tries. Between fragments the most urgent channel goes first.
 */
export class Sender {
  readonly #route: Route;
  readonly #outlet: Outlet;
  readonly #budget: ByteBudget;
  readonly #waiting: Record<Channel, Fifo<OutgoingMessage>> = {
    control: new Fifo(),
    chat: new Fifo(),
    bulk: new Fifo(),
  };
  #inFlight: InFlight | undefined;
  #nextSequence = 1;
  #queuedBytes = 0;
  #messagesAccepted = 0;
  #lastAcknowledgedAtMs: number;

  constructor(nowMs: number, route: Route, outlet: Outlet, budget: ByteBudget) {
    this.#route = route;
    this.#outlet = outlet;
    this.#budget = budget;
    this.#lastAcknowledgedAtMs = nowMs;
  }

  /** Nothing in flight and nothing waiting. */
  get isIdle(): boolean {
    return this.#inFlight === undefined && this.#nextMessage() === undefined;
  }

  get lastAcknowledgedAtMs(): number {
    return this.#lastAcknowledgedAtMs;
  }

  get deadlineMs(): number | undefined {
    return this.#inFlight?.nextTryAtMs;
  }

  /** False when the message does not fit; then nothing has changed. */
  send(nowMs: number, channel: Channel, bytes: Uint8Array, token: Token): boolean {
    const cost = bytes.length + messageOverheadBytes;
    if (bytes.length > transportMessageBytesMax) return false;
    if (this.#queuedBytes + cost > sendQueueBytesMax || !this.#budget.take(cost)) return false;
    this.#queuedBytes += cost;
    const number = this.#messagesAccepted++;
    this.#waiting[channel].push({ channel, bytes, token, number, nextFragment: 0, attempts: 0 });
    this.#fill(nowMs);
    return true;
  }

  /** Asks for a sign of life. Only while idle. */
  ping(nowMs: number): void {
    const sequence = this.#takeSequence();
    const bytes = encodePacket({ type: 'ping', connection: this.#route.id, sequence });
    this.#launch(nowMs, { sequence, bytes, message: undefined, tries: 0, nextTryAtMs: 0 });
  }

  /** PROTOCOL 5.3: an ACK of anything but the packet in flight changes nothing. */
  handleAck(nowMs: number, sequence: number): boolean {
    const acknowledged = this.#inFlight;
    if (acknowledged?.sequence !== sequence) return false;
    this.#inFlight = undefined;
    this.#lastAcknowledgedAtMs = nowMs;
    if (acknowledged.message !== undefined) this.#finishFragment(acknowledged.message);
    this.#fill(nowMs);
    return true;
  }

  /** Sends the packet in flight again if it is time; true after the last try's interval: unreachable. */
  handleTimeout(nowMs: number): boolean {
    const inFlight = this.#inFlight;
    if (inFlight === undefined || inFlight.nextTryAtMs > nowMs) return false;
    // PROTOCOL 5.4: 5 tries, and 2.5 s.
    if (inFlight.tries >= triesMax) return true;
    this.#leave(nowMs, inFlight);
    return false;
  }

  /** Takes out everything that is not acknowledged, in the order in which it was sent. */
  takeUnacknowledged(): Token[] {
    const left: OutgoingMessage[] = [];
    for (const channel of channels) {
      const waiting = this.#waiting[channel];
      for (let message = waiting.shift(); message !== undefined; message = waiting.shift())
        left.push(message);
    }
    this.#inFlight = undefined;
    this.#budget.giveBack(this.#queuedBytes);
    this.#queuedBytes = 0;
    return left.sort((one, other) => one.number - other.number).map((message) => message.token);
  }

  /** PROTOCOL 5.6: whenever nothing is in flight, the next fragment of the most urgent channel leaves. */
  #fill(nowMs: number): void {
    if (this.#inFlight !== undefined) return;
    const message = this.#nextMessage();
    if (message === undefined) return;
    const sequence = this.#takeSequence();
    const start = message.nextFragment * fragmentBytesMax;
    const bytes = encodePacket({
      type: 'data',
      connection: this.#route.id,
      sequence,
      channel: message.channel,
      fragmentIndex: message.nextFragment,
      fragmentCount: fragmentCountOf(message),
      payload: message.bytes.subarray(start, start + fragmentBytesMax),
    });
    this.#launch(nowMs, { sequence, bytes, message, tries: 0, nextTryAtMs: 0 });
  }

  #launch(nowMs: number, packet: InFlight): void {
    this.#inFlight = packet;
    this.#leave(nowMs, packet);
  }

  #leave(nowMs: number, packet: InFlight): void {
    const { peer, address } = this.#route;
    const message = packet.message;
    packet.tries++;
    packet.nextTryAtMs = nowMs + tryIntervalMs;
    this.#outlet.transmit(nowMs, {
      to: address,
      bytes: packet.bytes,
      peer,
      attempt: packet.tries,
      token: message?.token ?? null,
    });
    if (message === undefined || packet.tries <= message.attempts) return;
    message.attempts = packet.tries;
    this.#outlet.tell({ type: 'attempt', peer, token: message.token, attempt: packet.tries });
  }

  #finishFragment(message: OutgoingMessage): void {
    message.nextFragment++;
    if (message.nextFragment < fragmentCountOf(message)) return;
    this.#waiting[message.channel].shift();
    const cost = message.bytes.length + messageOverheadBytes;
    this.#queuedBytes -= cost;
    this.#budget.giveBack(cost);
    this.#outlet.tell({ type: 'acknowledged', peer: this.#route.peer, token: message.token });
  }

  #nextMessage(): OutgoingMessage | undefined {
    for (const channel of channels) {
      const message = this.#waiting[channel].first;
      if (message !== undefined) return message;
    }
    return undefined;
  }

  #takeSequence(): number {
    const sequence = this.#nextSequence;
    this.#nextSequence = (sequence + 1) >>> 0;
    return sequence;
  }
}

interface OutgoingMessage {
  readonly channel: Channel;
  readonly bytes: Uint8Array;
  readonly token: Token;
  /** Its place among all messages of the connection. */
  readonly number: number;
  nextFragment: number;
  /** Tries of the fragment that needed most. */
  attempts: number;
}

interface InFlight {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Undefined: a PING. */
  readonly message: OutgoingMessage | undefined;
  tries: number;
  nextTryAtMs: number;
}

/** An empty message is one empty fragment. */
function fragmentCountOf(message: OutgoingMessage): number {
  return Math.max(1, Math.ceil(message.bytes.length / fragmentBytesMax));
}
