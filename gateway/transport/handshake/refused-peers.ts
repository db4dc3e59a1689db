import type { PeerKey } from '../../../shared/ids.ts';
import { refusedPeersMax } from '../../../shared/limits.ts';
import { refusedMs } from '../timing.ts';

/** PROTOCOL 7.14: the keys of peers that the role has refused. They get no connection for a while, so their next handshakes cost little. */
export class RefusedPeers {
  /** The oldest first. */
  readonly #untilMs = new Map<PeerKey, number>();

  add(nowMs: number, peer: PeerKey): void {
    this.#untilMs.delete(peer);
    this.#untilMs.set(peer, nowMs + refusedMs);
    for (const [oldest, untilMs] of this.#untilMs) {
      if (untilMs > nowMs && this.#untilMs.size <= refusedPeersMax) return;
      this.#untilMs.delete(oldest);
    }
  }

  has(nowMs: number, peer: PeerKey): boolean {
    return (this.#untilMs.get(peer) ?? Number.NEGATIVE_INFINITY) > nowMs;
  }
}
