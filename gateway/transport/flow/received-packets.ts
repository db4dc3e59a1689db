import { ackDelayUnitMs, ackRangesMax, type PacketRange, writeAck } from '../../../shared/wire/frames.ts';
import { RangeSet } from './range-set.ts';
import { ackDelayMaxMs } from './settings.ts';

/** The numbers of the packets that came, and when an ACK is due. */
export class ReceivedPackets {
  readonly #packetsPerAckMax: number;
  readonly #numbers = new RangeSet();
  #largest = -1;
  #largestAtMs = 0;
  #waitingCount = 0;
  #ackAtMs = Number.POSITIVE_INFINITY;
  /** Packets that wanted an ACK in the time that one may wait: in the present such time, and in the one before. */
  #recentCount = 0;
  #recentFromMs = Number.NEGATIVE_INFINITY;
  #isStream = false;

  constructor(packetsPerAckMax: number) {
    this.#packetsPerAckMax = packetsPerAckMax;
  }

  get largest(): number {
    return this.#largest;
  }

  /** Packets that want an ACK and have none yet; it rides along with whatever leaves. */
  get isAckWaiting(): boolean {
    return this.#waitingCount > 0;
  }

  /** When an ACK leaves alone; Infinity when none waits. */
  get ackAtMs(): number {
    return this.#ackAtMs;
  }

  record(nowMs: number, number: number, isAckEliciting: boolean): void {
    const isInOrder = number === this.#largest + 1;
    this.#numbers.add(number, number + 1);
    // RFC 9000 13.2.4: a limit on the ranges that are kept; the oldest go.
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

  /** Returns where the ACK frame ends; `at` when there is no room for one. */
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

  /** RFC 9000 13.2.4: the peer has an ACK of `largest`; what lies below need not be told again. */
  forgetUpTo(largest: number): void {
    this.#numbers.removeBelow(Math.min(largest, this.#largest));
  }
}

/**
 * RFC 9000 13.2.2: "A receiver SHOULD send an ACK frame after receiving at least two ack-eliciting packets". A sender with a
 * small window would wait for more of them in vain; one that sends so many is far from that, and reading ACKs costs it.
 */
const packetsPerAckUsual = 2;
const streamPackets = 64;
