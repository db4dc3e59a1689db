import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';

/** Handshakes begun at a time. Each takes this side some 1.5 ms: with more, answers would be lost before they are read. */
const callsAtOnce = 64;
const intervalMs = 100;
/** A busy machine may miss a whole dial. Who is not met at all finds out by the next keep-alive, after 20 s at most. */
const callsMax = 3;
/** Nobody has come back for so long: whoever has not will be missing for longer. */
const quietMs = 500;

/** Somebody who was online, and where the server saw them. */
export interface Missed {
  readonly peer: PeerKey;
  readonly seenAt: Address;
}

/** Those who were online when an earlier process of this server ended are met again, some at a time. */
export class Reunion {
  readonly #waiting: Missed[] = [];
  readonly #called = new Map<PeerKey, { readonly missed: Missed; calls: number }>();
  #nextAtMs = Number.POSITIVE_INFINITY;
  /** Undefined when nobody comes back any more. */
  #quietAtMs: number | undefined;

  begin(nowMs: number, missed: readonly Missed[]): void {
    if (missed.length === 0) return;
    this.#waiting.push(...missed);
    this.#nextAtMs = nowMs;
    this.#quietAtMs = nowMs + quietMs;
  }

  /** Many are coming back: what would be told to all after each of them is better told once. */
  get isOn(): boolean {
    return this.#quietAtMs !== undefined;
  }

  /** When `take` wants to be called, undefined when never. */
  get dueMs(): number | undefined {
    if (this.#waiting.length === 0) return this.#quietAtMs;
    return Math.min(this.#nextAtMs, this.#quietAtMs ?? Number.POSITIVE_INFINITY);
  }

  /** Whom to call now. */
  take(nowMs: number): readonly Missed[] {
    if (this.#quietAtMs !== undefined && this.#quietAtMs <= nowMs) this.#quietAtMs = undefined;
    if (this.#waiting.length === 0 || nowMs < this.#nextAtMs) return [];
    this.#nextAtMs = nowMs + intervalMs;
    const taken = this.#waiting.splice(0, callsAtOnce);
    for (const missed of taken) {
      const known = this.#called.get(missed.peer);
      if (known !== undefined) known.calls++;
      else {
        this.#called.set(missed.peer, { missed, calls: 1 });
        this.#quietAtMs = nowMs + quietMs;
      }
    }
    return taken;
  }

  /** Somebody has registered. */
  cameBack(nowMs: number, peer: PeerKey): void {
    if (this.#called.delete(peer) && this.isOn) this.#quietAtMs = nowMs + quietMs;
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
