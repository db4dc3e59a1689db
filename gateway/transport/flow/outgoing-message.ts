import type { Token } from '../events.ts';
import { RangeSet } from './range-set.ts';

/** Bytes of a message that leave together: the whole of it, or a part. */
export interface Fragment {
  readonly message: OutgoingMessage;
  readonly start: number;
  readonly end: number;
  /** How often these bytes left. */
  attempts: number;
  /** Waits to leave again. */
  isQueued: boolean;
  /** The newest packet that carries them: only its loss is theirs. -1: none, it was cut. */
  carrier: number;
}

/** A message that is not through yet; as long as nothing cuts it, it is its own only piece. */
export class OutgoingMessage implements Fragment {
  readonly message: OutgoingMessage;
  readonly start = 0;
  readonly end: number;
  attempts = 0;
  isQueued = false;
  carrier = -1;
  /** Its place in the channel's list of priorities. */
  readonly channelNumber: number;
  /** Its number on the channel. */
  readonly number: number;
  /** Its place among all messages of the flow. */
  readonly order: number;
  readonly bytes: Uint8Array;
  readonly token: Token;
  /** Bytes that have left at least once. */
  sentBytes = 0;
  /** The most attempts of a fragment that the role was told of. */
  reportedAttempts = 0;
  isAcknowledged = false;
  /** Acknowledged bytes of a message in parts. */
  #parts: RangeSet | undefined;
  #partBytes = 0;

  constructor(channelNumber: number, number: number, order: number, bytes: Uint8Array, token: Token) {
    this.message = this;
    this.channelNumber = channelNumber;
    this.number = number;
    this.order = order;
    this.bytes = bytes;
    this.end = bytes.length;
    this.token = token;
  }

  /** True when this was what was missing. */
  acknowledge(piece: Fragment): boolean {
    if (this.isAcknowledged) return false;
    if (piece.end - piece.start < this.bytes.length) {
      this.#parts ??= new RangeSet();
      this.#partBytes += this.#parts.add(piece.start, piece.end);
      if (this.#partBytes < this.bytes.length) return false;
    }
    this.isAcknowledged = true;
    return true;
  }

  needs(piece: Fragment): boolean {
    if (this.isAcknowledged) return false;
    return this.#parts === undefined || !this.#parts.covers(piece.start, piece.end);
  }
}
