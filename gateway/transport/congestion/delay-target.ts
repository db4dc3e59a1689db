import { datagramBytesBase } from '../../../shared/limits.ts';
import type { CongestionController, Loss, Progress, RttState } from './controller.ts';

const windowPacketsInitial = 4;
const windowPacketsMin = 2;
/** The queue that a transfer keeps at a rate of 100 Mbit/s, and by how much it is shorter where the rate is twice that. */
const targetMs = 5;
const targetRateBytesPerMs = 12_500;
const targetStepMs = 0.4;
const targetMsMin = 3;
const targetMsMax = 8;
/** On a slow path, one packet takes longer than the target. Two must fit, or the link is idle while an ACK travels. */
const targetPackets = 2;
/**
 * Processes and timers run in turns of milliseconds, and a busy processor delays some packets. The least of several round trips, over
 * several turns, is that of the path. So nothing is decided earlier, nor with less.
 */
const roundMsMin = 20;
const roundSamplesMin = 4;
const roundMsMax = 60;
/**
 * The part of the distance to the target that one round trip covers. A round trip passes before the queue shows the change. With more
 * than a quarter, the queue would swing.
 */
const gain = 0.25;
/** Past this many targets, the window goes straight to where the target is. */
const excessTargets = 2;
/** Growth in a round trip: of a new transfer, of one that finds the path nearly empty, and close to where packets were lost. */
const growthAtStart = 0.35;
const growthMax = 0.25;
const growthNearCeiling = 0.01;
/** A new transfer grows by less as soon as it sees a queue. */
const queueAtStartMs = 2;
/** After so many round trips with less than half of the target, growth doubles in each further one. */
const quietRoundsMin = 3;
const quietGrowth = 0.05;
/**
 * A queue that was full at a lower delay than the target is not filled again: the target is this share of it, never less than can be
 * measured, and grows by this share in a second.
 */
const fullBelowTarget = 0.9;
const targetBelowFull = 0.75;
const targetBelowFullMsMin = 1;
const targetGrowthPerMs = 0.05 / 1_000;
/** Bursts make queues. So packets leave hardly faster than they arrive. */
const paceMargin = 1.1;
/** A share of the packets of this many rounds. Few packets say little, so three of them do not count. */
const lossRounds = 3;
const lossShareMax = 0.03;
const lostPacketsIgnored = 3;
/** The window after fewer losses, while the delay rises. */
const reductionByDelay = 0.7;
/** A window of this share of the one at which packets were lost grows slowly, and ever faster once it is larger than that one. */
const ceilingShare = 0.9;
const ceilingDoublingRounds = 2;
/** The least round trip must be seen so often. Without that, the transfer empties the queue that it may have made itself. */
export const baseSeenMsMax = 30_000;
/** Long enough that other transfers on the path, which see the short round trip at the same time, empty it together from then on. */
const drainMs = 100;
/** Without any measurement, the drain ends. */
const drainMsMax = 1_000;
/** A round trip that is longer than the least one by less than this is as short. */
const sameRttMs = 0.1;
/** After such a pause, the path may carry less. */
const idleMs = 1_000;

/** What ACKs and losses have told since the round began. It ends when a packet is acknowledged that left after its begin. */
interface Round {
  readonly fromMs: number;
  /** The window at its begin. */
  readonly windowBytes: number;
  acknowledgedBytes: number;
  lostBytes: number;
  leastRttMs: number;
  samples: number;
  /** Whether more would have left with a larger window. */
  isLimited: boolean;
}

/**
 * For bulk: keeps a queue of 5 ms and gives way to all else. It is close to LEDBAT++ (draft-irtf-iccrg-ledbat-plus-plus) in what it
 * wants, and to FAST TCP in how it gets there: the window moves by a part of its distance from rate * (least round trip + target).
 * The slower of two transfers has the higher target, so they come to share. docs/decisions/0035-bulk.md tells why.
 */
export class DelayTarget implements CongestionController {
  windowBytes = windowPacketsInitial * datagramBytesBase;
  pacingBytesPerMs = Number.POSITIVE_INFINITY;
  #packetBytes = datagramBytesBase;
  #isStart = true;
  /** The least round trip, and when it was seen last. */
  #baseMs: number;
  #baseAtMs: number;
  #round: Round;
  /** The newest first. */
  #earlierRounds: Round[] = [];
  #growth = growthAtStart;
  /** Rounds in which nothing is decided, because their packets left before the last change. */
  #restRounds = 0;
  #quietRounds = 0;
  #lastQueueMs = 0;
  /** Packets that left earlier were lost to a window that has shrunk since. */
  #lossesFromMs: number;
  #ceiling: { readonly windowBytes: number; roundsBeyond: number } | undefined;
  /** The delay at which packets were lost, if it was below the target. */
  #fullMs: { readonly queueMs: number; readonly atMs: number } | undefined;
  #drain: Drain | undefined;
  #activeAtMs: number;

  /** `rtt`: what the connection knows of the path already. */
  constructor(nowMs: number, rtt: RttState) {
    this.#baseMs = rtt.leastMs;
    this.#baseAtMs = this.#lossesFromMs = this.#activeAtMs = nowMs;
    this.#round = this.#newRound(nowMs);
    this.#pace(rtt.smoothedMs);
  }

  setPacketBytes(packetBytes: number): void {
    this.#packetBytes = packetBytes;
    if (this.#drain === undefined) this.windowBytes = Math.max(this.windowBytes, this.#windowBytesMin);
  }

  onSent(nowMs: number): void {
    if (nowMs - this.#activeAtMs > idleMs) this.#beginAgain(nowMs);
    this.#activeAtMs = nowMs;
  }

  onAcknowledged(nowMs: number, progress: Progress): void {
    const { byteCount, newestSentAtMs, rttSampleMs, isWindowLimited } = progress;
    const round = this.#round;
    this.#activeAtMs = nowMs;
    if (newestSentAtMs >= this.#lossesFromMs) round.acknowledgedBytes += byteCount;
    if (rttSampleMs !== undefined) this.#measure(nowMs, rttSampleMs);
    if (this.#drain !== undefined) return this.#followDrain(nowMs, this.#drain, progress);
    if (isWindowLimited) {
      round.isLimited = true;
      const grown = Math.min(this.#mostBytes, this.windowBytes + byteCount * this.#growth);
      this.windowBytes = Math.max(this.windowBytes, grown);
    }
    if (this.#isStart && round.samples >= 4 && this.#queueMs > queueAtStartMs) this.#leaveStart();
    if (newestSentAtMs >= round.fromMs && this.#isLongEnough(nowMs, round)) this.#endRound(nowMs);
    if (round.samples > 0) this.#pace(round.leastRttMs);
  }

  onLost(nowMs: number, { byteCount, newestSentAtMs, isPersistent }: Loss): void {
    if (newestSentAtMs >= this.#lossesFromMs) this.#round.lostBytes += byteCount;
    if (!isPersistent) return;
    this.#isStart = false;
    this.#drain = undefined;
    this.#change(nowMs, this.#windowBytesMin);
  }

  get #windowBytesMin(): number {
    return windowPacketsMin * this.#packetBytes;
  }

  /** What the window grows to in this round, at most. */
  get #mostBytes(): number {
    const { windowBytes } = this.#round;
    const mostBytes = windowBytes * (1 + this.#growth);
    const slowFromBytes = ceilingShare * (this.#ceiling?.windowBytes ?? 0);
    return windowBytes < slowFromBytes ? Math.min(mostBytes, slowFromBytes) : mostBytes;
  }

  /** The queue that stands on the path, as the shortest round trip of this round shows it. */
  get #queueMs(): number {
    return this.#round.leastRttMs - this.#baseMs;
  }

  #targetAt(nowMs: number): number {
    const bytesPerMs = this.windowBytes / Math.max(this.#round.leastRttMs, 0.001);
    const byRateMs = targetMs - targetStepMs * Math.log2(bytesPerMs / targetRateBytesPerMs);
    const boundedMs = Math.min(targetMsMax, Math.max(targetMsMin, byRateMs));
    const wantedMs = Math.max(boundedMs, (targetPackets * this.#packetBytes) / bytesPerMs);
    if (this.#fullMs === undefined) return wantedMs;
    const { queueMs, atMs } = this.#fullMs;
    const grown = 1 + (nowMs - atMs) * targetGrowthPerMs;
    const belowFullMs = Math.max(targetBelowFullMsMin, targetBelowFull * queueMs * grown);
    if (belowFullMs >= wantedMs) this.#fullMs = undefined;
    return Math.min(wantedMs, belowFullMs);
  }

  #isLongEnough(nowMs: number, { fromMs, samples }: Round): boolean {
    const passedMs = nowMs - fromMs;
    return passedMs >= roundMsMax || (passedMs >= roundMsMin && samples >= roundSamplesMin);
  }

  #newRound(nowMs: number): Round {
    return {
      fromMs: nowMs,
      windowBytes: this.windowBytes,
      acknowledgedBytes: 0,
      lostBytes: 0,
      leastRttMs: Number.POSITIVE_INFINITY,
      samples: 0,
      isLimited: false,
    };
  }

  #pace(rttMs: number): void {
    this.pacingBytesPerMs = (paceMargin * (1 + this.#growth) * this.windowBytes) / Math.max(rttMs, 0.001);
  }

  #measure(nowMs: number, rttMs: number): void {
    this.#round.samples++;
    this.#round.leastRttMs = Math.min(this.#round.leastRttMs, rttMs);
    if (rttMs > this.#baseMs + sameRttMs) return;
    this.#baseMs = Math.min(this.#baseMs, rttMs);
    this.#baseAtMs = nowMs;
  }

  /** After a pause, the earlier window is a guess. */
  #beginAgain(nowMs: number): void {
    this.#drain = undefined;
    this.#isStart = true;
    this.#baseAtMs = nowMs;
    const initialBytes = windowPacketsInitial * this.#packetBytes;
    this.#change(nowMs, Math.max(Math.min(initialBytes, this.windowBytes), this.windowBytes / 2));
    this.#growth = growthAtStart;
    this.#restRounds = 0;
  }

  #leaveStart(): void {
    this.#isStart = false;
    // The packets of a whole round trip have left since the window was right.
    this.windowBytes = Math.max(this.#windowBytesMin, this.windowBytes / (1 + growthAtStart / 2));
    this.#growth = 0;
  }

  #endRound(nowMs: number): void {
    const round = this.#round;
    if (this.#isLossy(round)) return this.#halve(nowMs, round);
    if (round.samples === 0) return this.#startRound(nowMs);
    if (nowMs - this.#baseAtMs >= baseSeenMsMax) return this.#beginDrain(nowMs);
    const queueMs = this.#queueMs;
    const target = this.#targetAt(nowMs);
    const isRising = queueMs > this.#lastQueueMs;
    this.#lastQueueMs = queueMs;
    if (this.#restRounds > 0) {
      this.#restRounds--;
      this.#growth = 0;
    } else if (queueMs > excessTargets * target) {
      this.#isStart = false;
      return this.#change(nowMs, this.#windowAtTarget(nowMs, round, target));
    } else if (round.lostBytes > 0 && isRising && queueMs > (target * 3) / 2) {
      this.#isStart = false;
      return this.#change(nowMs, this.windowBytes * reductionByDelay);
    } else if (!this.#isStart) this.#steer(queueMs, target);
    this.#startRound(nowMs);
  }

  #startRound(nowMs: number): void {
    this.#earlierRounds = [this.#round, ...this.#earlierRounds].slice(0, lossRounds - 1);
    this.#round = this.#newRound(nowMs);
  }

  /** Sets another window. Its effect is seen a round trip later. */
  #change(nowMs: number, windowBytes: number): void {
    this.windowBytes = Math.max(this.#windowBytesMin, windowBytes);
    this.#growth = 0;
    this.#quietRounds = 0;
    this.#restRounds = 1;
    this.#lossesFromMs = nowMs;
    this.#round = this.#newRound(nowMs);
    this.#earlierRounds = [];
  }

  /** The window that keeps the target where the path carries no more than it does now. */
  #windowAtTarget(nowMs: number, round: Round, target: number): number {
    const wantedMs = this.#baseMs + target;
    const bySize = (this.windowBytes * wantedMs) / round.leastRttMs;
    if (!round.isLimited) return bySize;
    return Math.min(bySize, (round.acknowledgedBytes / (nowMs - round.fromMs)) * wantedMs);
  }

  #steer(queueMs: number, target: number): void {
    const step = (gain * (target - queueMs)) / (this.#baseMs + queueMs);
    this.#quietRounds = queueMs < target / 2 ? this.#quietRounds + 1 : 0;
    if (step < 0) {
      this.windowBytes = Math.max(this.#windowBytesMin, this.windowBytes * (1 + step));
      this.#growth = 0;
      return;
    }
    const quiet = this.#quietRounds - quietRoundsMin;
    this.#growth = Math.min(growthMax, quiet < 0 ? step : Math.max(step, quietGrowth * 2 ** quiet));
    this.#respectCeiling();
  }

  /** Quickly back to just below what was too much, slowly up to it, and faster beyond it: the path may carry more again. */
  #respectCeiling(): void {
    const ceiling = this.#ceiling;
    if (ceiling === undefined) return;
    if (this.windowBytes < ceilingShare * ceiling.windowBytes) this.#growth = growthMax;
    else {
      if (this.windowBytes > ceiling.windowBytes) ceiling.roundsBeyond++;
      const slow = growthNearCeiling * 2 ** (ceiling.roundsBeyond / ceilingDoublingRounds);
      if (slow >= growthMax) this.#ceiling = undefined;
      this.#growth = Math.min(this.#growth, slow);
    }
  }

  #isLossy(round: Round): boolean {
    let lostBytes = round.lostBytes;
    let bytes = round.lostBytes + round.acknowledgedBytes;
    for (const earlier of this.#earlierRounds) {
      lostBytes += earlier.lostBytes;
      bytes += earlier.lostBytes + earlier.acknowledgedBytes;
    }
    return lostBytes > lossShareMax * bytes + lostPacketsIgnored * this.#packetBytes;
  }

  #halve(nowMs: number, round: Round): void {
    this.#isStart = false;
    const bytesPerMs = round.acknowledgedBytes / (nowMs - round.fromMs);
    const carriedBytes =
      round.samples > 0 ? Math.min(this.windowBytes, bytesPerMs * round.leastRttMs) : this.windowBytes;
    this.#ceiling = { windowBytes: carriedBytes, roundsBeyond: 0 };
    const queueMs = this.#queueMs;
    if (round.samples > 0 && queueMs < fullBelowTarget * this.#targetAt(nowMs))
      this.#fullMs = { queueMs, atMs: nowMs };
    this.#change(nowMs, this.windowBytes / 2);
  }

  /** Like BBR's ProbeRTT: a transfer that always keeps a queue cannot see how long the path is without it. */
  #beginDrain(nowMs: number): void {
    const bytesPerMs = this.windowBytes / this.#round.leastRttMs;
    this.#drain = { windowBytes: this.windowBytes, bytesPerMs, fromMs: nowMs, emptyAtMs: undefined };
    this.#startRound(nowMs);
    this.windowBytes = this.#packetBytes;
  }

  #followDrain(nowMs: number, drain: Drain, { bytesInFlight, byteCount, newestSentAtMs }: Progress): void {
    if (drain.emptyAtMs === undefined && bytesInFlight - byteCount <= this.#windowBytesMin) {
      drain.emptyAtMs = nowMs;
      this.#round = this.#newRound(nowMs);
      return;
    }
    const { emptyAtMs = Number.POSITIVE_INFINITY } = drain;
    const isMeasured = this.#round.samples > 0 && newestSentAtMs >= emptyAtMs;
    if (!(isMeasured && nowMs - emptyAtMs >= drainMs) && nowMs - drain.fromMs < drainMsMax) return;
    const leastMs = this.#round.leastRttMs;
    this.#drain = undefined;
    if (isMeasured) this.#baseMs = leastMs;
    this.#baseAtMs = isMeasured ? emptyAtMs : nowMs;
    const wantedBytes = drain.bytesPerMs * (this.#baseMs + targetMs);
    this.#change(nowMs, isMeasured ? Math.min(2 * drain.windowBytes, wantedBytes) : drain.windowBytes);
    if (isMeasured) this.#pace(leastMs);
  }
}

interface Drain {
  readonly windowBytes: number;
  readonly bytesPerMs: number;
  readonly fromMs: number;
  /** When so little was under way that no queue is left. */
  emptyAtMs: number | undefined;
}
