import { ackDelayUnitMs, ackRangesMax, type PacketRange, writeAck } from '../../../shared/wire/frames.ts';
import { RangeSet } from './range-set.ts';
import { ackDelayMaxMs } from './settings.ts';

/** The numbers of the received packets, and when an ACK is due. */
export class ReceivedPackets {
  readonly #packetsPerAckMax: number;
  readonly #numbers = new RangeSet();
  #largest = -1;
  #largestAtMs = 0;
  #waitingCount = 0;
  #ackAtMs = Number.POSITIVE_INFINITY;
  /** Ack-eliciting packets in the current interval of the maximum ACK delay. */
  #recentCount = 0;
  #recentFromMs = Number.NEGATIVE_INFINITY;
  #isStream = false;

  constructor(packetsPerAckMax: number) {
    this.#packetsPerAckMax = packetsPerAckMax;
  }

  get largest(): number {
    return this.#largest;
  }

  /** True when ack-eliciting packets have no ACK yet. The ACK leaves with the next packet. */
  get isAckWaiting(): boolean {
    return this.#waitingCount > 0;
  }

  /** When an ACK leaves in a packet of its own; Infinity when none waits. */
  get ackAtMs(): number {
    return this.#ackAtMs;
  }

  record(nowMs: number, number: number, isAckEliciting: boolean): void {
    const isInOrder = number === this.#largest + 1;
    this.#numbers.add(number, number + 1);
    // RFC 9000 13.2.4: the number of ranges is limited; the oldest are dropped.
    if (this.#numbers.rangeCount > ackRangesMax) this.#numbers.removeLowest();
    if (number > this.#largest) {
      this.#largest = number;
      this.#largestAtMs = nowMs;
    }
    if (!isAckEliciting) return;
    this.#waitingCount++;
    this.#measureRate(nowMs);
    // RFC 9000 13.2.1: "an endpoint SHOULD generate and send an ACK frame without delay" on what is out of order.
    const isDue =
      !isInOrder ||
      this.#waitingCount >=
        (this.#isStream ? this.#packetsPerAckMax : Math.min(packetsPerAckUsual, this.#packetsPerAckMax));
    this.#ackAtMs = Math.min(this.#ackAtMs, isDue ? nowMs : nowMs + ackDelayMaxMs);
  }

  #measureRate(nowMs: number): void {
    this.#recentCount++;
    if (nowMs - this.#recentFromMs < ackDelayMaxMs) return;
    this.#isStream = nowMs - this.#recentFromMs < 2 * ackDelayMaxMs && this.#recentCount >= streamPackets;
    this.#recentCount = 0;
    this.#recentFromMs = nowMs;
  }

  /** Returns the end of the ACK frame; `at` when there is no room for one. */
  writeAck(nowMs: number, target: Uint8Array, at: number, end: number): number {
    const ranges: PacketRange[] = [];
    for (let place = 0; place < this.#numbers.rangeCount; place++) {
      const { start, end: after } = this.#numbers.fromTop(place);
      ranges.push({ smallest: start, largest: after - 1 });
    }
    const delay = Math.max(0, Math.round((nowMs - this.#largestAtMs) / ackDelayUnitMs));
    const written = writeAck(target, at, end, delay, ranges);
    if (written > at) {
      this.#waitingCount = 0;
      this.#ackAtMs = Number.POSITIVE_INFINITY;
    }
    return written;
  }

  /** RFC 9000 13.2.4: the peer has an ACK up to `largest`, so later ACKs can omit older packets. */
  forgetUpTo(largest: number): void {
    this.#numbers.removeBelow(Math.min(largest, this.#largest));
  }
}

/**
 * RFC 9000 13.2.2: "A receiver SHOULD send an ACK frame after receiving at least two ack-eliciting packets". A sender with a
 * small window would wait in vain for more of them. A sender of this many packets has a large window, and each ACK costs it time.
 */
const packetsPerAckUsual = 2;
const streamPackets = 64;
