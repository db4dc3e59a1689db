import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';

/** Handshakes begun at a time. Each takes this side some 1.5 ms: with more, answers would be lost before they are read. */
const callsAtOnce = 64;
const intervalMs = 100;
/** A busy machine may miss a whole dial. Who is not met at all finds out by the next keep-alive, after 20 s at most. */
const callsMax = 3;
/** Whoever is not back after this time is told to be offline. */
const awaitedMsMax = 15_000;

/** Somebody who was online, and where the server saw them. */
export interface ExpectedPeer {
  readonly peer: PeerKey;
  readonly seenAt: Address;
}

/** Those who were online when an earlier process of this server ended are met again, some at a time. */
export class StartupReconnector {
  readonly #waiting: ExpectedPeer[] = [];
  readonly #called = new Map<PeerKey, { readonly missed: ExpectedPeer; calls: number }>();
  #nextAtMs = Number.POSITIVE_INFINITY;
  /** Until when somebody is awaited; undefined when nobody is. */
  #untilMs: number | undefined;

  begin(nowMs: number, missed: readonly ExpectedPeer[]): void {
    this.#untilMs = nowMs + awaitedMsMax;
    if (missed.length === 0) return;
    this.#waiting.push(...missed);
    this.#nextAtMs = nowMs;
  }

  /** When `take` or `isOver` want to be called, undefined when never. */
  get dueMs(): number | undefined {
    if (this.#waiting.length === 0) return this.#untilMs;
    return Math.min(this.#nextAtMs, this.#untilMs ?? Number.POSITIVE_INFINITY);
  }

  /** True once, when nobody is awaited any more. */
  isOver(nowMs: number): boolean {
    if (this.#untilMs === undefined || nowMs < this.#untilMs) return false;
    this.#untilMs = undefined;
    return true;
  }

  /** Whom to call now. */
  take(nowMs: number): readonly ExpectedPeer[] {
    if (this.#waiting.length === 0 || nowMs < this.#nextAtMs) return [];
    this.#nextAtMs = nowMs + intervalMs;
    const taken = this.#waiting.splice(0, callsAtOnce);
    for (const missed of taken) {
      const known = this.#called.get(missed.peer);
      if (known === undefined) this.#called.set(missed.peer, { missed, calls: 1 });
      else known.calls++;
    }
    return taken;
  }

  /** Somebody has registered. */
  cameBack(peer: PeerKey): void {
    this.#called.delete(peer);
  }

  /** A call was not answered; false when it was the last one. */
  willCallAgain(nowMs: number, peer: PeerKey): boolean {
    const known = this.#called.get(peer);
    if (known === undefined || known.calls >= callsMax) {
      this.#called.delete(peer);
      return false;
    }
    if (this.#waiting.length === 0) this.#nextAtMs = nowMs;
    this.#waiting.push(known.missed);
    return true;
  }
}
