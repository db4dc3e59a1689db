import type { PeerKey } from '../../shared/ids.ts';

/** Questions to the server at a time; the others wait for their turn. Below what a server answers at once (PROTOCOL 6.52). */
const openMax = 16;
/** A little more than the server's endpoint takes to be found silent. */
const answerTimeoutMs = 3_000;

/** Asks the server where people can be reached, only about those to whom there is something to say. */
export class AddressLookup {
  readonly #ask: (peer: PeerKey) => void;
  /** Asked, with the deadline of the answer. */
  readonly #open = new Map<PeerKey, number>();
  readonly #waiting = new Set<PeerKey>();

  constructor(ask: (peer: PeerKey) => void) {
    this.#ask = ask;
  }

  about(nowMs: number, peer: PeerKey): void {
    if (this.#open.has(peer)) return;
    this.#waiting.add(peer);
    this.#proceed(nowMs);
  }

  isAbout(peer: PeerKey): boolean {
    return this.#open.has(peer) || this.#waiting.has(peer);
  }

  answered(nowMs: number, peer: PeerKey): void {
    this.#open.delete(peer);
    this.#proceed(nowMs);
  }

  /** The connection of these questions is gone, or nobody is there to hear the answers. */
  forgetAll(): void {
    this.#open.clear();
    this.#waiting.clear();
  }

  pollTimeout(): number | undefined {
    // Asked first, due first.
    for (const deadlineMs of this.#open.values()) return deadlineMs;
    return undefined;
  }

  /** Gives the people about whom no answer has come in time. */
  handleTimeout(nowMs: number): PeerKey[] {
    const overdue: PeerKey[] = [];
    for (const [peer, deadlineMs] of this.#open) if (deadlineMs <= nowMs) overdue.push(peer);
    for (const peer of overdue) this.#open.delete(peer);
    this.#proceed(nowMs);
    return overdue;
  }

  #proceed(nowMs: number): void {
    for (const peer of this.#waiting) {
      if (this.#open.size >= openMax) return;
      this.#waiting.delete(peer);
      this.#open.set(peer, nowMs + answerTimeoutMs);
      this.#ask(peer);
    }
  }
}
