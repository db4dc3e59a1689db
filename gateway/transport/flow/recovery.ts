import type { AckFrame } from '../../../shared/wire/frames.ts';
import { ackDelayUnitMs } from '../../../shared/wire/frames.ts';
import type { CongestionController } from '../congestion/controller.ts';
import { RttEstimate } from './rtt.ts';
import { type SentPacket, SentPackets } from './sent-packets.ts';
import {
  type FlowSettings,
  granularityMs,
  packetThresholdMax,
  persistentTimeouts,
  probeTimeoutDoubledMaxMs,
  timeThreshold,
  timeThresholdMax,
  unreachableMs,
  unreachableTries,
} from './settings.ts';

/** What recovery finds out about packets. */
export interface RecoveryEvents {
  packetAcknowledged(packet: SentPacket): void;
  packetLost(packet: SentPacket): void;
  /** It was taken for lost, and came. */
  packetLate(packet: SentPacket): void;
}

/** Lost packets whose late ACK would still be understood. */
const lostRememberedMax = 128;

/** RFC 9002 section 6: which packets came, which are lost, and when to ask again. */
export class Recovery {
  readonly sent = new SentPackets();
  /** Of the present path, as the estimate is. */
  controller: CongestionController;
  rtt = new RttEstimate();
  readonly #settings: FlowSettings;
  readonly #newController: () => CongestionController;
  readonly #outlet: RecoveryEvents;
  #largestSent = -1;
  /** The first packet that may leave on the present path. */
  #pathFrom = 0;
  #largestAcknowledged = -1;
  /** When the packet after the largest acknowledged one will be taken for lost. */
  #lossAtMs = Number.POSITIVE_INFINITY;
  /** RFC 9002 6.2: probe timeouts since the last ACK. */
  #timeouts = 0;
  #timerFromMs = 0;
  #unansweredFromMs = 0;
  #packetThreshold: number;
  #timeThreshold = timeThreshold;
  /** By rising number. */
  #lost: SentPacket[] = [];
  lastProgressAtMs: number;

  constructor(
    nowMs: number,
    settings: FlowSettings,
    newController: () => CongestionController,
    outlet: RecoveryEvents,
  ) {
    this.#settings = settings;
    this.#packetThreshold = settings.packetThreshold;
    this.#newController = newController;
    this.controller = newController();
    this.#outlet = outlet;
    this.lastProgressAtMs = nowMs;
  }

  get probeTimeoutMs(): number {
    return this.#settings.fixedTryIntervalMs ?? this.rtt.probeTimeoutMs;
  }

  get deadlineMs(): number {
    return Math.min(this.#lossAtMs, this.#probeAtMs);
  }

  onSent(packet: SentPacket): void {
    if (this.sent.count === 0) this.#timerFromMs = packet.sentAtMs;
    this.#largestSent = packet.number;
    this.sent.push(packet);
    this.controller.onSent(packet.sentAtMs, packet.byteCount);
  }

  handleAck(nowMs: number, ack: AckFrame, isWindowLimited: boolean): void {
    const { ranges } = ack;
    const newest = ranges[0];
    // What acknowledges packets that never left tells nothing about others.
    if (newest === undefined || newest.smallest > this.#largestSent) return;
    const largest = Math.min(newest.largest, this.#largestSent);
    if (this.#lost.length > 0) this.#handleLate(nowMs, ack);
    const bytesInFlight = this.sent.byteCount;
    let newestAcknowledged: SentPacket | undefined;
    let packet = this.sent.oldest;
    for (let place = ranges.length - 1; place >= 0 && packet !== undefined; place--) {
      const range = ranges[place];
      if (range === undefined) break;
      while (packet !== undefined && packet.number < range.smallest) packet = packet.after;
      while (packet !== undefined && packet.number <= range.largest) {
        const { after }: SentPacket = packet;
        this.sent.remove(packet);
        newestAcknowledged = packet;
        this.#outlet.packetAcknowledged(packet);
        packet = after;
      }
    }
    if (newestAcknowledged === undefined) return;
    this.#largestAcknowledged = Math.max(this.#largestAcknowledged, largest);
    let rttSampleMs: number | undefined;
    // RFC 9002 5.1: a sample only from the largest acknowledged packet, and only when it is newly acknowledged.
    if (newestAcknowledged.number === largest) {
      rttSampleMs = this.rtt.add(nowMs - newestAcknowledged.sentAtMs, ack.delay * ackDelayUnitMs);
    }
    // RFC 9002 6.2.1: "The PTO backoff factor is reset when an acknowledgment is received".
    this.#timeouts = 0;
    this.#timerFromMs = nowMs;
    this.lastProgressAtMs = nowMs;
    this.controller.onAcknowledged(nowMs, {
      byteCount: bytesInFlight - this.sent.byteCount,
      newestSentAtMs: newestAcknowledged.sentAtMs,
      bytesInFlight,
      isWindowLimited,
      rttSampleMs,
      rtt: this.rtt,
    });
    this.#detectLost(nowMs);
    // Whatever was lost has come another way: an idle connection keeps nothing of it.
    if (this.sent.count === 0) this.#lost = [];
  }

  /** `probe`: nothing was heard, something has to be sent. */
  handleTimeout(nowMs: number): 'probe' | 'unreachable' | undefined {
    if (this.#lossAtMs <= nowMs) {
      this.#detectLost(nowMs);
      return undefined;
    }
    if (this.#probeAtMs > nowMs) return undefined;
    if (this.#timeouts === 0) this.#unansweredFromMs = this.#timerFromMs;
    this.#timeouts++;
    const isLongEnough = nowMs - this.#unansweredFromMs >= unreachableMs;
    if (this.#timeouts >= unreachableTries && isLongEnough) return 'unreachable';
    this.#timerFromMs = nowMs;
    return 'probe';
  }

  /**
   * RFC 9000 9.4: "Packets sent on the old path MUST NOT contribute to congestion control or RTT estimation for the new
   * path." They leave again; a late ACK of them is still understood, and says nothing of how this path reorders.
   */
  beginPath(nowMs: number): void {
    this.controller = this.#newController();
    this.rtt = new RttEstimate();
    this.#packetThreshold = this.#settings.packetThreshold;
    this.#timeThreshold = timeThreshold;
    this.#timeouts = 0;
    this.#pathFrom = this.#largestSent + 1;
    this.#lossAtMs = Number.POSITIVE_INFINITY;
    for (let packet = this.sent.oldest; packet !== undefined; packet = this.sent.oldest) {
      this.sent.remove(packet);
      this.#lose(nowMs, packet);
    }
  }

  forget(): void {
    this.sent.clear();
    this.#lost = [];
    this.#lossAtMs = Number.POSITIVE_INFINITY;
  }

  /**
   * RFC 9002 6.2.1. The timer runs from the last ACK, or from the oldest packet, and not from the newest as there: who
   * sends a little every now and then would put off noticing that nobody answers.
   */
  get #probeAtMs(): number {
    if (this.sent.count === 0 || this.#lossAtMs !== Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const fixedMs = this.#settings.fixedTryIntervalMs;
    if (fixedMs !== undefined) return this.#timerFromMs + fixedMs;
    const plainMs = this.rtt.probeTimeoutMs;
    const doubledMs = Math.min(plainMs * 2 ** this.#timeouts, Math.max(plainMs, probeTimeoutDoubledMaxMs));
    return this.#timerFromMs + doubledMs;
  }

  /** RFC 9002 6.1: lost is what was sent long enough, or enough packets, before one that is acknowledged. */
  #detectLost(nowMs: number): void {
    this.#lossAtMs = Number.POSITIVE_INFINITY;
    const { latestMs, smoothedMs } = this.rtt;
    const waitMs = Math.max(this.#timeThreshold * Math.max(latestMs, smoothedMs), granularityMs);
    let byteCount = 0;
    let oldestLost: SentPacket | undefined;
    let newestLost: SentPacket | undefined;
    let packet = this.sent.oldest;
    while (packet !== undefined && packet.number < this.#largestAcknowledged) {
      const isTooOld = packet.sentAtMs + waitMs <= nowMs;
      if (!isTooOld && this.#largestAcknowledged - packet.number < this.#packetThreshold) {
        this.#lossAtMs = packet.sentAtMs + waitMs;
        break;
      }
      const { after }: SentPacket = packet;
      this.sent.remove(packet);
      // RFC 9000 14.4: the loss of a probe of the path's MTU "is not a reliable indication of congestion".
      if (!packet.isMtuProbe) {
        byteCount += packet.byteCount;
        oldestLost ??= packet;
        newestLost = packet;
      }
      this.#lose(nowMs, packet);
      packet = after;
    }
    if (oldestLost === undefined || newestLost === undefined) return;
    // RFC 9002 7.6.1: (smoothed_rtt + max(4*rttvar, kGranularity) + max_ack_delay) * kPersistentCongestionThreshold.
    const lostForMs = newestLost.sentAtMs - oldestLost.sentAtMs;
    const isPersistent = lostForMs > this.rtt.probeTimeoutMs * persistentTimeouts;
    this.controller.onLost(nowMs, { byteCount, newestSentAtMs: newestLost.sentAtMs, isPersistent });
  }

  #lose(nowMs: number, packet: SentPacket): void {
    packet.lostAtMs = nowMs;
    if (this.#lost.length === lostRememberedMax) this.#lost.shift();
    this.#lost.push(packet);
    this.#outlet.packetLost(packet);
  }

  /**
   * An ACK of packets that were taken for lost: they were only late. What they carried need not leave again, and from
   * now on this path gets more patience (RFC 9002 6.1.1 allows it, and 6.1.2).
   */
  #handleLate(nowMs: number, ack: AckFrame): void {
    const { ranges } = ack;
    const rememberMs = 3 * this.rtt.probeTimeoutMs;
    const kept: SentPacket[] = [];
    let place = ranges.length - 1;
    for (const packet of this.#lost) {
      while (place > 0 && packet.number > (ranges[place]?.largest ?? 0)) place--;
      const range = ranges[place];
      const isLate = range !== undefined && packet.number >= range.smallest && packet.number <= range.largest;
      if (!isLate) {
        if (nowMs - packet.lostAtMs < rememberMs) kept.push(packet);
        continue;
      }
      this.#outlet.packetLate(packet);
      if (packet.number >= this.#pathFrom) this.#growPatience(this.#largestAcknowledged - packet.number);
    }
    this.#lost = kept;
  }

  #growPatience(overtakenBy: number): void {
    // One packet in flight cannot be overtaken: in the classic profile it was a copy that came late.
    if (this.#settings.packetsInFlightMax === 1) return;
    this.#packetThreshold = Math.min(packetThresholdMax, Math.max(this.#packetThreshold, overtakenBy + 1));
    this.#timeThreshold = Math.min(timeThresholdMax, this.#timeThreshold + 1 / 8);
  }
}
