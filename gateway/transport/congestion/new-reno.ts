import { datagramBytesBase } from '../../../shared/limits.ts';
import type { CongestionController, Loss, Progress } from './controller.ts';

/** RFC 9002 7.2: kInitialWindow and kMinimumWindow. */
const initialWindowBytes = Math.min(10 * datagramBytesBase, Math.max(2 * datagramBytesBase, 14_720));
const windowPacketsMin = 2;
/** RFC 9002 7.3.2, kLossReductionFactor. */
const lossReductionFactor = 0.5;

/** NewReno as in RFC 9002 appendix B, the reference: treats every loss as congestion. */
export class NewReno implements CongestionController {
  windowBytes = initialWindowBytes;
  pacingBytesPerMs = Number.POSITIVE_INFINITY;
  #packetBytes = datagramBytesBase;
  #slowStartThreshold = Number.POSITIVE_INFINITY;
  /** Losses of packets sent before this time have reduced the window already. */
  #recoveryFromMs = Number.NEGATIVE_INFINITY;
  #smoothedRttMs = 0;

  setPacketBytes(packetBytes: number): void {
    this.#packetBytes = packetBytes;
    this.windowBytes = Math.max(this.windowBytes, this.#windowBytesMin);
  }

  onSent(): void {
    // The window changes only with ACKs and losses.
  }

  onAcknowledged(_nowMs: number, progress: Progress): void {
    this.#smoothedRttMs = progress.rtt.smoothedMs;
    this.#grow(progress);
    this.#updatePacing();
  }

  onLost(nowMs: number, { newestSentAtMs, isPersistent }: Loss): void {
    // RFC 9002 B.6: one reaction for all losses of a round trip.
    if (newestSentAtMs > this.#recoveryFromMs) {
      this.#recoveryFromMs = nowMs;
      this.#slowStartThreshold = this.windowBytes * lossReductionFactor;
      this.windowBytes = Math.max(this.#slowStartThreshold, this.#windowBytesMin);
    }
    if (isPersistent) {
      this.windowBytes = this.#windowBytesMin;
      this.#recoveryFromMs = Number.NEGATIVE_INFINITY;
    }
    this.#updatePacing();
  }

  get #windowBytesMin(): number {
    return windowPacketsMin * this.#packetBytes;
  }

  /** RFC 9002 B.5. */
  #grow({ byteCount, newestSentAtMs, isWindowLimited }: Progress): void {
    if (!isWindowLimited || newestSentAtMs <= this.#recoveryFromMs) return;
    if (this.windowBytes < this.#slowStartThreshold) this.windowBytes += byteCount;
    else this.windowBytes += (this.#packetBytes * byteCount) / this.windowBytes;
  }

  /** RFC 9002 7.7: N * congestion_window / smoothed_rtt, N = 1.25; 2 where the window doubles in a round trip. */
  #updatePacing(): void {
    if (this.#smoothedRttMs <= 0) return;
    const factor = this.windowBytes < this.#slowStartThreshold ? 2 : 1.25;
    this.pacingBytesPerMs = (factor * this.windowBytes) / this.#smoothedRttMs;
  }
}
