import type { Token } from '../events.ts';
import { RangeSet } from './range-set.ts';

/** Bytes of a message that leave together: the whole message, or a part of it. */
export interface Fragment {
  readonly message: OutgoingMessage;
  readonly start: number;
  readonly end: number;
  /** How often these bytes were sent. */
  attempts: number;
  /** True while it waits for retransmission. */
  isQueued: boolean;
  /** The newest packet that carries these bytes: only its loss counts as theirs. -1 if none does, after a cut. */
  carrier: number;
}

/** A message that is not acknowledged yet. Until it is cut, it is its own only fragment. */
export class OutgoingMessage implements Fragment {
  readonly message: OutgoingMessage;
  readonly start = 0;
  readonly end: number;
  attempts = 0;
  isQueued = false;
  carrier = -1;
  /** The index of its channel in the list of priorities. */
  readonly channelNumber: number;
  /** Its number within the channel. */
  readonly number: number;
  /** Its number among all messages of the flow. */
  readonly order: number;
  readonly bytes: Uint8Array;
  readonly token: Token;
  /** Bytes that were sent at least once. */
  sentBytes = 0;
  /** The highest attempt that an `attempt` event has reported. */
  reportedAttempts = 0;
  isAcknowledged = false;
  /** The acknowledged ranges of a message in fragments. */
  #acknowledgedRanges: RangeSet | undefined;
  #acknowledgedBytes = 0;

  constructor(channelNumber: number, number: number, order: number, bytes: Uint8Array, token: Token) {
    this.message = this;
    this.channelNumber = channelNumber;
    this.number = number;
    this.order = order;
    this.bytes = bytes;
    this.end = bytes.length;
    this.token = token;
  }

  /** Notes the acknowledgement; returns true when it completes the message. */
  acknowledge(fragment: Fragment): boolean {
    if (this.isAcknowledged) return false;
    if (fragment.end - fragment.start < this.bytes.length) {
      this.#acknowledgedRanges ??= new RangeSet();
      this.#acknowledgedBytes += this.#acknowledgedRanges.add(fragment.start, fragment.end);
      if (this.#acknowledgedBytes < this.bytes.length) return false;
    }
    this.isAcknowledged = true;
    return true;
  }

  needs(fragment: Fragment): boolean {
    if (this.isAcknowledged) return false;
    return (
      this.#acknowledgedRanges === undefined || !this.#acknowledgedRanges.covers(fragment.start, fragment.end)
    );
  }
}
