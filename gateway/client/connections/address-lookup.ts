import type { PeerKey } from '../../../shared/ids.ts';

/** Lookups in flight at a time. Fewer than a server answers at once (PROTOCOL 6.52). */
const inFlightMax = 16;
/** A little more than the transport needs to find the server silent. */
const answerTimeoutMs = 3_000;

/** Asks the server for the addresses of peers, only of those for which something waits. */
export class AddressLookup {
  readonly #ask: (peer: PeerKey) => void;
  /** In flight, with the deadline of the answer. */
  readonly #inFlight = new Map<PeerKey, number>();
  readonly #waiting = new Set<PeerKey>();

  constructor(ask: (peer: PeerKey) => void) {
    this.#ask = ask;
  }

  about(nowMs: number, peer: PeerKey): void {
    if (this.#inFlight.has(peer)) return;
    this.#waiting.add(peer);
    this.#proceed(nowMs);
  }

  isAbout(peer: PeerKey): boolean {
    return this.#inFlight.has(peer) || this.#waiting.has(peer);
  }

  answered(nowMs: number, peer: PeerKey): void {
    this.#inFlight.delete(peer);
    this.#proceed(nowMs);
  }

  /** The connection on which the server was asked is gone, or the client is offline. */
  forgetAll(): void {
    this.#inFlight.clear();
    this.#waiting.clear();
  }

  pollTimeout(): number | undefined {
    // The first question is the first one due.
    for (const deadlineMs of this.#inFlight.values()) return deadlineMs;
    return undefined;
  }

  /** Returns the peers about which no answer has come in time. */
  handleTimeout(nowMs: number): PeerKey[] {
    const overdue: PeerKey[] = [];
    for (const [peer, deadlineMs] of this.#inFlight) if (deadlineMs <= nowMs) overdue.push(peer);
    for (const peer of overdue) this.#inFlight.delete(peer);
    this.#proceed(nowMs);
    return overdue;
  }

  #proceed(nowMs: number): void {
    for (const peer of this.#waiting) {
      if (this.#inFlight.size >= inFlightMax) return;
      this.#waiting.delete(peer);
      this.#inFlight.set(peer, nowMs + answerTimeoutMs);
      this.#ask(peer);
    }
  }
}
