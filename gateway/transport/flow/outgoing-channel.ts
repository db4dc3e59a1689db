import type { Token } from '../events.ts';
import { Fifo } from '../fifo.ts';
import { OutgoingMessage, type Fragment } from './outgoing-message.ts';
import { messageOverheadBytes } from './settings.ts';

/** The sending half of a channel: messages that wait for their first attempt, for another attempt, or for an ACK. */
export class OutgoingChannel {
  readonly channelNumber: number;
  /** Messages that are not sent to their last byte. */
  readonly waiting = new Fifo<OutgoingMessage>();
  /** Fragments that were lost, or that a probe repeats. */
  readonly retransmissions = new Fifo<Fragment>();
  /** Messages for which `acknowledged` was not emitted yet, in the order of the channel. */
  readonly #open = new Fifo<OutgoingMessage>();
  #nextNumber = 0;
  /** Cost of all messages that are sent or being sent. */
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

  /** True when something may leave now. */
  get isReady(): boolean {
    return this.nextRetransmission() !== undefined || this.nextUnsent() !== undefined;
  }

  /** The next fragment to send again. */
  nextRetransmission(): Fragment | undefined {
    for (
      let fragment = this.retransmissions.first;
      fragment !== undefined;
      fragment = this.retransmissions.first
    ) {
      if (fragment.message.needs(fragment)) return fragment;
      // An ACK for it has arrived since.
      fragment.isQueued = false;
      this.retransmissions.shift();
    }
    return undefined;
  }

  /** The message with the next bytes that leave for the first time, if the peer's credit allows. */
  nextUnsent(): OutgoingMessage | undefined {
    const message = this.waiting.first;
    if (message === undefined || message.sentBytes > 0) return message;
    // Credit counts whole messages, because half a message is useless.
    return this.#spent + costOf(message) <= this.#limit ? message : undefined;
  }

  /** Notes that `byteCount` more bytes of nextUnsent() leave. */
  advance(message: OutgoingMessage, byteCount: number): void {
    if (message.sentBytes === 0) this.#spent += costOf(message);
    message.sentBytes += byteCount;
    if (message.sentBytes === message.bytes.length) this.waiting.shift();
  }

  retransmit(fragment: Fragment): void {
    if (fragment.isQueued || !fragment.message.needs(fragment)) return;
    fragment.isQueued = true;
    this.retransmissions.push(fragment);
  }

  /** Removes and returns the next message that is acknowledged together with all earlier ones. */
  takeFinished(): OutgoingMessage | undefined {
    return this.#open.first?.isAcknowledged === true ? this.#open.shift() : undefined;
  }

  /** Raises the limit; a late CREDIT may carry a smaller limit than a newer one did, and changes nothing. */
  raiseLimit(limit: number): void {
    if (limit > this.#limit) this.#limit = limit;
  }

  /** Empties the channel; returns all messages that were not acknowledged in order. */
  takeOpen(): OutgoingMessage[] {
    const left: OutgoingMessage[] = [];
    for (let message = this.#open.shift(); message !== undefined; message = this.#open.shift()) {
      left.push(message);
    }
    while (this.waiting.shift() !== undefined);
    while (this.retransmissions.shift() !== undefined);
    return left;
  }
}

export function costOf(message: { readonly bytes: Uint8Array }): number {
  return message.bytes.length + messageOverheadBytes;
}

/** The memory that a waiting message takes: its bytes, and about 512 more. */
export function keptBytesOf(byteCount: number): number {
  return byteCount + 512;
}
