import { type Address, addressGroup, formatAddress } from '../../../shared/address.ts';
import { toHex } from '../../../shared/ids.ts';
import { halfOpenMax } from '../../../shared/limits.ts';
import type { ConnectionIndex } from '../../../shared/wire/packet.ts';
import type { NoiseHandshake } from '../ports.ts';
import { halfOpenMs } from '../timing.ts';

/** An INITIATION that was answered but not confirmed yet. */
export interface HalfOpen {
  readonly from: Address;
  readonly localIndex: ConnectionIndex;
  readonly remoteIndex: ConnectionIndex;
  /** The state after the RESPONSE. */
  readonly handshake: NoiseHandshake;
  /** The RESPONSE datagram, which answers copies of the INITIATION. */
  readonly response: Uint8Array;
  /** Shows whether it began before a live connection of the endpoint (`Connection.generation`). */
  readonly generation: number;
}

interface Entry extends HalfOpen {
  readonly key: string;
  readonly group: string;
  expiresAtMs: number;
}

/** Answered INITIATIONs, by address and first Noise message, and by the index given out. Bounded; each expires. */
export class HalfOpens {
  /** Ordered by the time of the last INITIATION, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #byIndex = new Map<ConnectionIndex, Entry>();

  size(nowMs: number): number {
    this.#expire(nowMs);
    return this.#entries.size;
  }

  withIndex(nowMs: number, index: ConnectionIndex): HalfOpen | undefined {
    this.#expire(nowMs);
    return this.#byIndex.get(index);
  }

  /** Returns the half-open handshake of this INITIATION, if it is a copy. Its time starts again. */
  refresh(nowMs: number, from: Address, firstMessage: Uint8Array): HalfOpen | undefined {
    this.#expire(nowMs);
    const entry = this.#entries.get(keyOf(from, firstMessage));
    if (entry === undefined) return undefined;
    this.#entries.delete(entry.key);
    this.#entries.set(entry.key, entry);
    entry.expiresAtMs = nowMs + halfOpenMs;
    return entry;
  }

  /**
   * PROTOCOL 4.5: past the limit, the address group with most of them loses its oldest one. A real peer confirms within a round
   * trip. To refuse new ones instead would let an attacker with a few addresses lock out all peers.
   */
  add(nowMs: number, firstMessage: Uint8Array, halfOpen: HalfOpen): void {
    if (this.#entries.size >= halfOpenMax) this.#removeOfGreatestGroup();
    const key = keyOf(halfOpen.from, firstMessage);
    const group = addressGroup(halfOpen.from);
    const entry: Entry = { ...halfOpen, key, group, expiresAtMs: nowMs + halfOpenMs };
    this.#entries.set(key, entry);
    this.#byIndex.set(halfOpen.localIndex, entry);
  }

  delete(index: ConnectionIndex): void {
    const entry = this.#byIndex.get(index);
    if (entry !== undefined) this.#remove(entry);
  }

  #removeOfGreatestGroup(): void {
    const counts = new Map<string, number>();
    for (const { group } of this.#entries.values()) counts.set(group, (counts.get(group) ?? 0) + 1);
    const most = Math.max(...counts.values());
    for (const entry of this.#entries.values())
      if (counts.get(entry.group) === most) return this.#remove(entry);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.key);
    this.#byIndex.delete(entry.localIndex);
  }

  #expire(nowMs: number): void {
    for (const [, entry] of this.#entries) {
      if (entry.expiresAtMs > nowMs) return;
      this.#remove(entry);
    }
  }
}

function keyOf(from: Address, firstMessage: Uint8Array): string {
  return `${toHex(firstMessage)} ${formatAddress(from)}`;
}
