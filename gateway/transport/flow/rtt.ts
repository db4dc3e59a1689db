import type { RttState } from '../congestion/controller.ts';
import { ackDelayMaxMs, granularityMs, probeTimeoutMinMs, rttInitialMs } from './settings.ts';

/** Round trip times (RFC 9002 section 5), in ms. */
export class RttEstimate implements RttState {
  hasSample = false;
  latestMs = 0;
  minMs = 0;
  smoothedMs: number = rttInitialMs;
  variationMs: number = rttInitialMs / 2;
  leastMs = Number.POSITIVE_INFINITY;
  /** `latestMs` without the whole delay that the peer reported with it. */
  latestPathMs = 0;

  /** Adds a sample; returns it without the time by which the peer delayed its ACK. */
  add(latestMs: number, reportedAckDelayMs: number): number {
    this.latestMs = latestMs;
    // RFC 9002 5.3: the lesser of the reported delay and the peer's maximum, and never below min_rtt. A busy
    // process of the peer reports more than it promised; that excess is its own delay, not the path's.
    const ackDelayMs = Math.min(reportedAckDelayMs, 4 * ackDelayMaxMs);
    this.latestPathMs = Math.max(0, latestMs - ackDelayMs);
    this.leastMs = Math.min(this.leastMs, this.latestPathMs);
    if (!this.hasSample) {
      this.hasSample = true;
      this.minMs = latestMs;
      this.smoothedMs = latestMs;
      this.variationMs = latestMs / 2;
      return latestMs;
    }
    // RFC 9002 5.2: "min_rtt MUST be set to the lesser of min_rtt and latest_rtt".
    this.minMs = Math.min(this.minMs, latestMs);
    const adjustedMs = latestMs >= this.minMs + ackDelayMs ? latestMs - ackDelayMs : latestMs;
    this.variationMs += (Math.abs(this.smoothedMs - adjustedMs) - this.variationMs) / 4;
    this.smoothedMs += (adjustedMs - this.smoothedMs) / 8;
    return adjustedMs;
  }

  /** RFC 9002 6.2.1: smoothed_rtt + max(4*rttvar, kGranularity) + max_ack_delay; here with a floor. */
  get probeTimeoutMs(): number {
    const timeoutMs = this.smoothedMs + Math.max(4 * this.variationMs, granularityMs) + ackDelayMaxMs;
    return Math.max(probeTimeoutMinMs, timeoutMs);
  }
}
