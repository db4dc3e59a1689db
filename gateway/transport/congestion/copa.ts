import { datagramBytesBase } from '../../../shared/limits.ts';
import type { CongestionController, Loss, Progress } from './controller.ts';
import { WindowedMinimum } from './windowed-minimum.ts';

/** All counts here are in packets, as in the paper, and become bytes at the end. */
const windowMin = 2;
const windowInitial = 10;
/** The paper's default: about two packets of a flow wait in the queue. */
const deltaDefault = 0.5;
/** The paper takes the minimum round trip time over 10 s. */
const minRttOverMs = 10_000;
/**
 * Not in the paper. A shorter round trip counts as this long. The system schedules processes, and ACKs of many packets leave, in
 * slices of milliseconds. A measurement within one slice is noise.
 */
const roundTripMsMin = 4;
/** Mode switching looks at these many round trips (section 2.2 of the paper). */
const emptyWithinRounds = 5;
const maxRttOverRounds = 4;
/**
 * Not in the paper, like the next constant. The target queue is slightly longer than the unnoticed one, and must not look
 * like the queue of other flows.
 */
const emptyShare = 1.5;
/**
 * Not in the paper. A queue shorter than this cannot be told from a busy process, a late timer or ACKs that leave once per tick.
 * On a fast network these would constantly look like congestion. At most half the swing counts as unnoticed, so that a queue
 * that is full below this value is seen before it overflows.
 */
const unnoticedQueueMsMax = 1;
/**
 * Not in the paper, which ignores loss where queues are short. If more than this share of a round trip is lost, then a queue
 * too short to be seen overflows, or nothing gets through anyway.
 */
const lossShareMax = 0.15;
const lossReductionFactor = 0.7;
/**
 * The paper halves. Copa has the shorter queue when a full queue drops packets, so it loses more often than NewReno. With
 * CUBIC's factor (RFC 9438 4.6) the two share evenly, which congestion.test.ts shows.
 */
const competitiveReduction = 0.7;

/**
 * Copa (Arun and Balakrishnan, NSDI 2018): steers to the rate 1 / (delta * queueing delay). It ignores loss by itself,
 * so losses on Wi-Fi do not slow it. Where other flows keep the queue full, it is as greedy as they are, and only then
 * losses count.
 */
export class Copa implements CongestionController {
  windowBytes = windowInitial * datagramBytesBase;
  pacingBytesPerMs = Number.POSITIVE_INFINITY;
  #packetBytes = datagramBytesBase;
  #window = windowInitial;
  #isSlowStart = true;
  #velocity = 1;
  #direction: 1 | -1 = 1;
  #sameDirectionRounds = 0;
  #delta = deltaDefault;
  readonly #minRtt = new WindowedMinimum();
  readonly #standingRtt = new WindowedMinimum();
  /** A windowed maximum: values are negated. */
  readonly #maxRtt = new WindowedMinimum();
  #roundFromMs = Number.NEGATIVE_INFINITY;
  #windowAtRound = windowInitial;
  #roundsSinceEmpty = 0;
  #lossHandledAtMs = Number.NEGATIVE_INFINITY;
  /** A loss for which 1 / delta was not cut yet. */
  #isLossDue = false;
  #lostInRound = 0;
  #acknowledgedInRound = 0;

  setPacketBytes(packetBytes: number): void {
    const factor = this.#packetBytes / packetBytes;
    this.#packetBytes = packetBytes;
    this.#window = Math.max(windowMin, this.#window * factor);
    this.#windowAtRound *= factor;
    this.#lostInRound *= factor;
    this.#acknowledgedInRound *= factor;
    this.windowBytes = this.#window * packetBytes;
  }

  onSent(): void {
    // ACKs carry all the information that Copa needs.
  }

  onAcknowledged(nowMs: number, progress: Progress): void {
    const packets = progress.byteCount / this.#packetBytes;
    this.#acknowledgedInRound += packets;
    if (progress.rttSampleMs === undefined) return;
    const smoothedMs = Math.max(progress.rtt.smoothedMs, roundTripMsMin);
    const minMs = this.#minRtt.add(nowMs, progress.rttSampleMs, minRttOverMs);
    const standingMs = this.#standingRtt.add(nowMs, progress.rttSampleMs, smoothedMs / 2);
    const maxMs = -this.#maxRtt.add(nowMs, -progress.rttSampleMs, maxRttOverRounds * smoothedMs);
    const swingMs = maxMs - minMs;
    const queueMs = standingMs - minMs;
    const unnoticedMs = Math.min(unnoticedQueueMsMax, swingMs / 2);
    // Section 2.2: "nearly empty": the queueing delay is under 10 % of the swing of the last four round trips.
    const emptyMs = Math.max(0.1 * swingMs, unnoticedMs * emptyShare);
    if (queueMs < emptyMs) this.#roundsSinceEmpty = 0;
    if (nowMs - this.#roundFromMs >= smoothedMs) this.#endRound(nowMs);
    this.#steer(packets, queueMs - unnoticedMs, standingMs, progress.isWindowLimited);
    this.windowBytes = this.#window * this.#packetBytes;
    // Section 2.1: packets leave at 2 * cwnd / RTTstanding, so that bursts make no queue of their own.
    this.pacingBytesPerMs = (2 * this.windowBytes) / Math.max(standingMs, 0.001);
  }

  onLost(nowMs: number, { byteCount, newestSentAtMs, isPersistent }: Loss): void {
    this.#lostInRound += byteCount / this.#packetBytes;
    // As in NewReno, one full queue counts once, although its losses are found over more than a round trip.
    if (newestSentAtMs > this.#lossHandledAtMs) {
      this.#lossHandledAtMs = nowMs;
      this.#isLossDue = true;
    }
    if (!isPersistent) return;
    this.#window = windowMin;
    this.windowBytes = windowMin * this.#packetBytes;
    this.#velocity = 1;
  }

  get #isCompetitive(): boolean {
    return this.#roundsSinceEmpty >= emptyWithinRounds;
  }

  #steer(packets: number, queueMs: number, standingMs: number, isWindowLimited: boolean): void {
    // lambda = 1 / (delta * dq), against the present cwnd / RTTstanding.
    const isBelowTarget = queueMs <= 0 || this.#window / standingMs <= 1 / (this.#delta * queueMs);
    if (isBelowTarget && !isWindowLimited) return;
    if (isBelowTarget && this.#isSlowStart) {
      this.#window += packets;
      return;
    }
    this.#isSlowStart = false;
    const direction = isBelowTarget ? 1 : -1;
    if (direction !== this.#direction) this.#turn(direction);
    // At most half the window in a round trip, however long the direction stayed the same.
    const velocity = Math.min(this.#velocity, Math.max(1, (this.#delta * this.#window) / 2));
    this.#window += (direction * velocity * packets) / (this.#delta * this.#window);
    this.#window = Math.max(windowMin, this.#window);
  }

  /** Runs once per round trip: updates velocity and mode, and reacts to heavy loss. */
  #endRound(nowMs: number): void {
    const lost = this.#lostInRound;
    const lossShare = lost / Math.max(1, lost + this.#acknowledgedInRound);
    if (lossShare > lossShareMax && lost > 1) {
      this.#window = Math.max(windowMin, this.#window * lossReductionFactor);
      this.#isSlowStart = false;
      this.#velocity = 1;
    }
    const direction = this.#window >= this.#windowAtRound ? 1 : -1;
    if (direction !== this.#direction) this.#turn(direction);
    // Section 2.1: v doubles once the direction stayed the same for three round trips.
    else if (++this.#sameDirectionRounds >= 3) this.#velocity *= 2;
    this.#roundsSinceEmpty++;
    // Section 2.2: 1 / delta as NewReno's window, up by one a round trip, cut by a loss; never below the default's.
    if (!this.#isCompetitive) this.#delta = deltaDefault;
    else if (this.#isLossDue) this.#delta = Math.min(deltaDefault, this.#delta / competitiveReduction);
    else this.#delta = 1 / (1 / this.#delta + 1);
    this.#isLossDue = false;
    this.#roundFromMs = nowMs;
    this.#windowAtRound = this.#window;
    this.#lostInRound = 0;
    this.#acknowledgedInRound = 0;
  }

  #turn(direction: 1 | -1): void {
    this.#direction = direction;
    this.#velocity = 1;
    this.#sameDirectionRounds = 0;
  }
}
