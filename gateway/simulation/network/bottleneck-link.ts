import { SeededRandom } from '../../net/seeded-random.ts';

export interface BottleneckSpec {
  readonly bitsPerSecond: number;
  /** The maximum of waiting packets and the one being sent. Further packets are dropped (drop-tail). */
  readonly queuePackets: number;
  /** The time from the end of sending to the arrival. */
  readonly delayMs: number;
  /** The chance of each packet by itself, from 0 to 100. */
  readonly lossPercent: number;
  /** Null means no bursts. */
  readonly bursts: BurstLoss | null;
  readonly seed: number;
}

/** Loss that comes in bursts (Gilbert and Elliott): a good and a bad state; chances for each packet, 0 to 100. */
export interface BurstLoss {
  readonly beginPercent: number;
  readonly endPercent: number;
  /** The chance of a packet in the bad state. */
  readonly lossPercent: number;
}

/** UDP and IPv4 headers take time on a link too. */
const headerBytes = 28;

/** One direction of a slow link: a queue, then a wire. Sans-I/O, like Conditioner. */
export class BottleneckLink<Datagram extends { readonly bytes: Uint8Array }> {
  readonly #spec: BottleneckSpec;
  readonly #random: SeededRandom;
  readonly #underWay: { readonly datagram: Datagram; readonly sentAtMs: number; readonly isLost: boolean }[] =
    [];
  #freeAtMs = 0;
  #isBad = false;
  /** Packets that were dropped because the queue was full. */
  overflows = 0;
  /** The time from the end of sending to the arrival, which a test may change. */
  delayMs: number;
  /** The largest number of packets that waited or were being sent. */
  queuedMost = 0;

  constructor(spec: BottleneckSpec) {
    this.#spec = spec;
    this.delayMs = spec.delayMs;
    this.#random = new SeededRandom(spec.seed);
  }

  handle(nowMs: number, datagram: Datagram): void {
    const isLost = this.#drawLoss();
    const queued = this.#countQueued(nowMs);
    if (queued >= this.#spec.queuePackets) {
      this.overflows++;
      return;
    }
    this.queuedMost = Math.max(this.queuedMost, queued + 1);
    const bits = (datagram.bytes.length + headerBytes) * 8;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (bits / this.#spec.bitsPerSecond) * 1_000;
    this.#underWay.push({ datagram, sentAtMs: this.#freeAtMs, isLost });
  }

  /** Returns the next datagram that has arrived by `nowMs`. */
  pollTransmit(nowMs: number): Datagram | undefined {
    for (let first = this.#underWay[0]; first !== undefined; first = this.#underWay[0]) {
      if (first.sentAtMs + this.delayMs > nowMs) return undefined;
      this.#underWay.shift();
      if (!first.isLost) return first.datagram;
    }
    return undefined;
  }

  pollTimeout(): number | undefined {
    const first = this.#underWay[0];
    return first === undefined ? undefined : first.sentAtMs + this.delayMs;
  }

  #countQueued(nowMs: number): number {
    const underWay = this.#underWay;
    let queued = 0;
    for (let at = underWay.length - 1; at >= 0 && (underWay[at]?.sentAtMs ?? 0) > nowMs; at--) queued++;
    return queued;
  }

  #drawLoss(): boolean {
    const { bursts, lossPercent } = this.#spec;
    // Each packet takes the same number of draws, so that a changed setting does not change the fate of all others.
    const own = this.#random.fraction() * 100;
    const turn = this.#random.fraction() * 100;
    const burst = this.#random.fraction() * 100;
    if (bursts === null) return own < lossPercent;
    if (turn < (this.#isBad ? bursts.endPercent : bursts.beginPercent)) this.#isBad = !this.#isBad;
    return own < lossPercent || (this.#isBad && burst < bursts.lossPercent);
  }
}
