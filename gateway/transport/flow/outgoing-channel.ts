import type { Token } from '../events.ts';
import { Fifo } from '../fifo.ts';
import { OutgoingMessage, type Fragment } from './outgoing-message.ts';
import { messageOverheadBytes } from './settings.ts';

/** The sending half of a channel: what waits for its first try, for another one, or for its ACK. */
export class OutgoingChannel {
  readonly channelNumber: number;
  /** Not sent to the end yet. */
  readonly waiting = new Fifo<OutgoingMessage>();
  /** Sent, and found lost or worth a probe. */
  readonly again = new Fifo<Fragment>();
  /** Everything whose `acknowledged` was not told yet, in the order of the channel. */
  readonly #open = new Fifo<OutgoingMessage>();
  #nextNumber = 0;
  /** Cost of all messages that have begun to leave. */
  #spent = 0;
  #limit: number;

  constructor(channelNumber: number, limit: number) {
    this.channelNumber = channelNumber;
    this.#limit = limit;
  }

  accept(order: number, bytes: Uint8Array, token: Token): void {
    const message = new OutgoingMessage(this.channelNumber, this.#nextNumber++, order, bytes, token);
    this.waiting.push(message);
    this.#open.push(message);
  }

  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** Something could leave now. */
  get isReady(): boolean {
    return this.nextAgain() !== undefined || this.nextNew() !== undefined;
  }

  /** The next piece that is to leave once more. */
  nextAgain(): Fragment | undefined {
    for (let piece = this.again.first; piece !== undefined; piece = this.again.first) {
      if (piece.message.needs(piece)) return piece;
      // Its ACK came meanwhile.
      piece.isQueued = false;
      this.again.shift();
    }
    return undefined;
  }

  /** The message of which the next bytes leave for the first time, if the peer's credit allows. */
  nextNew(): OutgoingMessage | undefined {
    const message = this.waiting.first;
    if (message === undefined || message.sentBytes > 0) return message;
    // Credit is for whole messages: half a message helps nobody.
    return this.#spent + costOf(message) <= this.#limit ? message : undefined;
  }

  /** `byteCount` more bytes of nextNew() leave. */
  advance(message: OutgoingMessage, byteCount: number): void {
    if (message.sentBytes === 0) this.#spent += costOf(message);
    message.sentBytes += byteCount;
    if (message.sentBytes === message.bytes.length) this.waiting.shift();
  }

  sendAgain(piece: Fragment): void {
    if (piece.isQueued || !piece.message.needs(piece)) return;
    piece.isQueued = true;
    this.again.push(piece);
  }

  /** The next message that is through, with all before it. */
  takeFinished(): OutgoingMessage | undefined {
    return this.#open.first?.isAcknowledged === true ? this.#open.shift() : undefined;
  }

  /** A late CREDIT grants less than a newer one did. */
  raiseLimit(limit: number): void {
    if (limit > this.#limit) this.#limit = limit;
  }

  /** Gives up everything. */
  takeOpen(): OutgoingMessage[] {
    const left: OutgoingMessage[] = [];
    for (let message = this.#open.shift(); message !== undefined; message = this.#open.shift()) {
      left.push(message);
    }
    while (this.waiting.shift() !== undefined);
    while (this.again.shift() !== undefined);
    return left;
  }
}

export function costOf(message: { readonly bytes: Uint8Array }): number {
  return message.bytes.length + messageOverheadBytes;
}

/** What a waiting message takes of this machine's memory: its bytes, and about 512 besides. */
export function keptBytesOf(byteCount: number): number {
  return byteCount + 512;
}
