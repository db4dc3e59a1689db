import { Deadlines } from '../transport/deadlines.ts';
import type { LabSpec } from './lab-spec.ts';
import { SeededRandom } from './seeded-random.ts';

/** The maximum of datagrams held back. Further ones are lost, as in a router with a full queue. */
const datagramsHeldMax = 16_384;
/** How long a reordered datagram is held, so that later ones overtake it: several round trips of a LAN. */
const reorderHoldMs = 20;

/**
 * A bad network between an endpoint and its socket, or between two hosts of a simulation. Loses, duplicates, reorders, delays
 * and corrupts datagrams by a seed. Sans-I/O. Jitter larger than the gap between two datagrams reorders them too, as on a
 * real path.
 */
export class Conditioner<Datagram extends { readonly bytes: Uint8Array }> {
  readonly #spec: LabSpec;
  readonly #random: SeededRandom;
  #held = new Deadlines<{ readonly datagram: Datagram }>();

  constructor(spec: LabSpec) {
    this.#spec = spec;
    this.#random = new SeededRandom(spec.seed);
  }

  handle(nowMs: number, datagram: Datagram): void {
    // Each datagram takes the same number of draws, so that a changed setting does not change the fate of all others.
    const lost = this.#chance(this.#spec.lossPercent);
    const doubled = this.#chance(this.#spec.duplicatePercent);
    const first = this.#fate(nowMs, datagram);
    const second = this.#fate(nowMs, datagram);
    if (lost) return;
    this.#hold(first);
    if (doubled) this.#hold(second);
  }

  /** Returns the next datagram that is due by `nowMs`. */
  pollTransmit(nowMs: number): Datagram | undefined {
    return this.#held.takeDue(nowMs)?.datagram;
  }

  pollTimeout(): number | undefined {
    return this.#held.earliest();
  }

  #fate(nowMs: number, datagram: Datagram): { readonly dueMs: number; readonly datagram: Datagram } {
    const { delayMs, jitterMs, reorderPercent, corruptPercent } = this.#spec;
    const jitter = (this.#random.fraction() * 2 - 1) * jitterMs;
    const held = this.#chance(reorderPercent) ? reorderHoldMs : 0;
    const corrupted = this.#chance(corruptPercent);
    const bit = this.#random.below(datagram.bytes.length * 8);
    return {
      dueMs: nowMs + Math.max(0, delayMs + jitter) + held,
      datagram: corrupted ? { ...datagram, bytes: withFlippedBit(datagram.bytes, bit) } : datagram,
    };
  }

  #hold(fate: { readonly dueMs: number; readonly datagram: Datagram }): void {
    if (this.#held.size >= datagramsHeldMax) return;
    // Each copy is a new object, because the same datagram may be held twice.
    this.#held.set({ datagram: fate.datagram }, fate.dueMs);
  }

  #chance(percent: number): boolean {
    return this.#random.fraction() * 100 < percent;
  }
}

function withFlippedBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  const index = bit >> 3;
  flipped[index] = (flipped[index] ?? 0) ^ (1 << (bit & 7));
  return flipped.subarray(0, bytes.length);
}
