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
  unreachableAttempts,
} from './settings.ts';

/** What recovery finds out about sent packets. */
export interface RecoveryEvents {
  packetAcknowledged(packet: SentPacket): void;
  packetLost(nowMs: number, packet: SentPacket): void;
  /** A packet that was declared lost was acknowledged later. */
  packetLate(nowMs: number, packet: SentPacket): void;
}

/** Whether the window, not the application, limits the sender: for bulk, and for all else. */
export interface WindowLimited {
  readonly prompt: boolean;
  readonly bulk: boolean;
}

/** Packets of one controller that were declared lost at one time. */
class LostPackets {
  byteCount = 0;
  oldestSentAtMs = 0;
  newestSentAtMs = 0;

  /** In the order of their numbers. */
  add({ byteCount, sentAtMs }: SentPacket): void {
    if (this.byteCount === 0) this.oldestSentAtMs = sentAtMs;
    this.byteCount += byteCount;
    this.newestSentAtMs = sentAtMs;
  }
}

/** How many lost packets are remembered, to understand a late ACK. */
const lostRememberedMax = 128;

/** RFC 9002 section 6: which packets are acknowledged, which are lost, and when to probe. */
export class Recovery {
  readonly sent = new SentPackets();
  /** The controller of the current path, as the RTT estimate is. */
  controller: CongestionController;
  /** That of bulk; undefined until bulk is sent on the current path. */
  bulkController: CongestionController | undefined;
  rtt = new RttEstimate();
  readonly #settings: FlowSettings;
  readonly #newController: () => CongestionController;
  readonly #events: RecoveryEvents;
  #largestSent = -1;
  /** The first packet number of the current path. */
  #pathFrom = 0;
  #largestAcknowledged = -1;
  /** When the oldest packet below the largest acknowledged one will be declared lost. */
  #lossAtMs = Number.POSITIVE_INFINITY;
  /** RFC 9002 6.2: probe timeouts since the last ACK. */
  #timeouts = 0;
  #timerFromMs = 0;
  #unansweredFromMs = 0;
  #packetThreshold: number;
  #timeThreshold = timeThreshold;
  /** In the order of their numbers. */
  #lost: SentPacket[] = [];
  lastProgressAtMs: number;

  constructor(
    nowMs: number,
    settings: FlowSettings,
    newController: () => CongestionController,
    events: RecoveryEvents,
  ) {
    this.#settings = settings;
    this.#packetThreshold = settings.packetThreshold;
    this.#newController = newController;
    this.controller = newController();
    this.#events = events;
    this.lastProgressAtMs = nowMs;
  }

  get probeTimeoutMs(): number {
    return this.#settings.fixedAttemptIntervalMs ?? this.rtt.probeTimeoutMs;
  }

  get deadlineMs(): number {
    return Math.min(this.#lossAtMs, this.#probeAtMs);
  }

  /** The largest packet number that the peer has acknowledged; -1 for none. */
  get largestAcknowledged(): number {
    return this.#largestAcknowledged;
  }

  onSent(packet: SentPacket): void {
    if (this.sent.count === 0) this.#timerFromMs = packet.sentAtMs;
    this.#largestSent = packet.number;
    this.sent.push(packet);
    this.#controllerOf(packet).onSent(packet.sentAtMs, packet.byteCount);
  }

  handleAck(nowMs: number, ack: AckFrame, limited: WindowLimited): void {
    const { ranges } = ack;
    const newest = ranges[0];
    // An ACK of packets that were never sent says nothing about others.
    if (newest === undefined || newest.smallest > this.#largestSent) return;
    const largest = Math.min(newest.largest, this.#largestSent);
    if (this.#lost.length > 0) this.#handleLate(nowMs, ack);
    const bulkInFlight = this.sent.bulkByteCount;
    const promptInFlight = this.sent.byteCount - bulkInFlight;
    let newestPrompt: SentPacket | undefined;
    let newestBulk: SentPacket | undefined;
    let newestAcknowledged: SentPacket | undefined;
    let packet = this.sent.oldest;
    for (let place = ranges.length - 1; place >= 0 && packet !== undefined; place--) {
      const range = ranges[place];
      if (range === undefined) break;
      while (packet !== undefined && packet.number < range.smallest) packet = packet.next;
      while (packet !== undefined && packet.number <= range.largest) {
        const { next }: SentPacket = packet;
        this.sent.remove(packet);
        newestAcknowledged = packet;
        if (packet.isBulk) newestBulk = packet;
        else newestPrompt = packet;
        this.#events.packetAcknowledged(packet);
        packet = next;
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
    if (newestPrompt !== undefined) {
      this.controller.onAcknowledged(nowMs, {
        byteCount: promptInFlight - (this.sent.byteCount - this.sent.bulkByteCount),
        newestSentAtMs: newestPrompt.sentAtMs,
        bytesInFlight: promptInFlight,
        isWindowLimited: limited.prompt,
        rttSampleMs,
        rtt: this.rtt,
      });
    }
    if (newestBulk !== undefined) {
      this.bulkController?.onAcknowledged(nowMs, {
        byteCount: bulkInFlight - this.sent.bulkByteCount,
        newestSentAtMs: newestBulk.sentAtMs,
        bytesInFlight: bulkInFlight,
        isWindowLimited: limited.bulk,
        // A small packet passes a slow link sooner, and would make the others look as if they had waited.
        rttSampleMs:
          rttSampleMs === undefined || newestBulk !== newestAcknowledged ? undefined : this.rtt.latestPathMs,
        rtt: this.rtt,
      });
    }
    this.#detectLost(nowMs);
    // Everything lost has arrived in other packets, so an idle connection keeps none of it.
    if (this.sent.count === 0) this.#lost = [];
  }

  /** Does the work that is due. `probe`: no ACK arrived in time, so a probe must be sent. */
  handleTimeout(nowMs: number): 'probe' | 'loss' | 'unreachable' | undefined {
    if (this.#lossAtMs <= nowMs) {
      this.#detectLost(nowMs);
      return 'loss';
    }
    if (this.#probeAtMs > nowMs) return undefined;
    if (this.#timeouts === 0) this.#unansweredFromMs = this.#timerFromMs;
    this.#timeouts++;
    const isLongEnough = nowMs - this.#unansweredFromMs >= unreachableMs;
    if (this.#timeouts >= unreachableAttempts && isLongEnough) return 'unreachable';
    this.#timerFromMs = nowMs;
    return 'probe';
  }

  /**
   * RFC 9000 9.4: "Packets sent on the old path MUST NOT contribute to congestion control or RTT estimation for the new
   * path." Their data is sent again. A late ACK of them is still
   * understood, and says nothing about reordering on the new path.
   */
  beginPath(nowMs: number): void {
    this.controller = this.#newController();
    this.bulkController = undefined;
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
   * RFC 9002 6.2.1. The timer runs from the last ACK or the oldest packet, not from the newest packet as in the RFC.
   * Otherwise a sender of occasional small messages would keep postponing the discovery that the peer is gone.
   */
  get #probeAtMs(): number {
    if (this.sent.count === 0 || this.#lossAtMs !== Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const fixedMs = this.#settings.fixedAttemptIntervalMs;
    if (fixedMs !== undefined) return this.#timerFromMs + fixedMs;
    const plainMs = this.rtt.probeTimeoutMs;
    const doubledMs = Math.min(plainMs * 2 ** this.#timeouts, Math.max(plainMs, probeTimeoutDoubledMaxMs));
    return this.#timerFromMs + doubledMs;
  }

  /** RFC 9002 6.1: a packet is lost if it was sent long enough, or enough packets, before an acknowledged one. */
  #detectLost(nowMs: number): void {
    this.#lossAtMs = Number.POSITIVE_INFINITY;
    const { latestMs, smoothedMs } = this.rtt;
    const waitMs = Math.max(this.#timeThreshold * Math.max(latestMs, smoothedMs), granularityMs);
    let prompt: LostPackets | undefined;
    let bulk: LostPackets | undefined;
    let packet = this.sent.oldest;
    while (packet !== undefined && packet.number < this.#largestAcknowledged) {
      const isTooOld = packet.sentAtMs + waitMs <= nowMs;
      if (!isTooOld && this.#largestAcknowledged - packet.number < this.#packetThreshold) {
        this.#lossAtMs = packet.sentAtMs + waitMs;
        break;
      }
      const { next }: SentPacket = packet;
      this.sent.remove(packet);
      // RFC 9000 14.4: the loss of a probe of the path's MTU "is not a reliable indication of congestion".
      if (!packet.isMtuProbe) {
        if (packet.isBulk) (bulk ??= new LostPackets()).add(packet);
        else (prompt ??= new LostPackets()).add(packet);
      }
      this.#lose(nowMs, packet);
      packet = next;
    }
    // Losses of bulk say nothing about the window of chat, which has not caused them.
    this.#reportLost(nowMs, this.controller, prompt);
    this.#reportLost(nowMs, this.bulkController, bulk);
  }

  #reportLost(
    nowMs: number,
    controller: CongestionController | undefined,
    lost: LostPackets | undefined,
  ): void {
    if (controller === undefined || lost === undefined) return;
    const { byteCount, oldestSentAtMs, newestSentAtMs } = lost;
    // RFC 9002 7.6.1: (smoothed_rtt + max(4*rttvar, kGranularity) + max_ack_delay) * kPersistentCongestionThreshold.
    const isPersistent = newestSentAtMs - oldestSentAtMs > this.rtt.probeTimeoutMs * persistentTimeouts;
    controller.onLost(nowMs, { byteCount, newestSentAtMs, isPersistent });
  }

  #controllerOf({ isBulk }: SentPacket): CongestionController {
    return isBulk && this.bulkController !== undefined ? this.bulkController : this.controller;
  }

  #lose(nowMs: number, packet: SentPacket): void {
    packet.lostAtMs = nowMs;
    if (this.#lost.length === lostRememberedMax) this.#lost.shift();
    this.#lost.push(packet);
    this.#events.packetLost(nowMs, packet);
  }

  /**
   * Handles an ACK of packets that were declared lost: they were only late. Their data need not be sent again, and the
   * thresholds of this path grow (RFC 9002 6.1.1 and 6.1.2 allow it).
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
      this.#events.packetLate(nowMs, packet);
      if (packet.number >= this.#pathFrom) this.#raiseThresholds(this.#largestAcknowledged - packet.number);
    }
    this.#lost = kept;
  }

  #raiseThresholds(overtakenBy: number): void {
    // A single packet in flight cannot be overtaken: in the classic profile a copy was late.
    if (this.#settings.packetsInFlightMax === 1) return;
    this.#packetThreshold = Math.min(packetThresholdMax, Math.max(this.#packetThreshold, overtakenBy + 1));
    this.#timeThreshold = Math.min(timeThresholdMax, this.#timeThreshold + 1 / 8);
  }
}
