import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';

/** Dials that begin together. Each handshake takes some 1.5 ms here. With more dials, answers would be lost unread. */
const dialsAtOnce = 64;
const intervalMs = 100;
/** A busy machine may miss a whole dial. A client that is never reached notices at its next keep-alive, within 20 s. */
const dialsMax = 3;
/** A peer that is not back after this time goes offline for everyone. */
const expectedMsMax = 15_000;

/** A peer that was online, and where the server saw it. */
export interface ExpectedPeer {
  readonly peer: PeerKey;
  readonly seenAt: Address;
}

/** Dials the peers that were online when an earlier process of this server ended, some at a time. */
export class StartupReconnector {
  readonly #waiting: ExpectedPeer[] = [];
  readonly #dialed = new Map<PeerKey, { readonly expected: ExpectedPeer; dials: number }>();
  #nextAtMs = Number.POSITIVE_INFINITY;
  /** Until when peers are expected, undefined when none is. */
  #untilMs: number | undefined;

  begin(nowMs: number, expected: readonly ExpectedPeer[]): void {
    this.#untilMs = nowMs + expectedMsMax;
    if (expected.length === 0) return;
    this.#waiting.push(...expected);
    this.#nextAtMs = nowMs;
  }

  /** When `take` or `isOver` is to be called next, undefined when never. */
  get dueMs(): number | undefined {
    if (this.#waiting.length === 0) return this.#untilMs;
    return Math.min(this.#nextAtMs, this.#untilMs ?? Number.POSITIVE_INFINITY);
  }

  /** True once, when no peer is expected longer. */
  isOver(nowMs: number): boolean {
    if (this.#untilMs === undefined || nowMs < this.#untilMs) return false;
    this.#untilMs = undefined;
    return true;
  }

  /** Returns the peers to dial now. */
  take(nowMs: number): readonly ExpectedPeer[] {
    if (this.#waiting.length === 0 || nowMs < this.#nextAtMs) return [];
    this.#nextAtMs = nowMs + intervalMs;
    const taken = this.#waiting.splice(0, dialsAtOnce);
    for (const expected of taken) {
      const earlier = this.#dialed.get(expected.peer);
      if (earlier === undefined) this.#dialed.set(expected.peer, { expected, dials: 1 });
      else earlier.dials++;
    }
    return taken;
  }

  /** The peer has registered. */
  peerReturned(peer: PeerKey): void {
    this.#dialed.delete(peer);
  }

  /** A dial failed. Returns whether another one follows. */
  willDialAgain(nowMs: number, peer: PeerKey): boolean {
    const dialed = this.#dialed.get(peer);
    if (dialed === undefined || dialed.dials >= dialsMax) {
      this.#dialed.delete(peer);
      return false;
    }
    if (this.#waiting.length === 0) this.#nextAtMs = nowMs;
    this.#waiting.push(dialed.expected);
    return true;
  }
}
