import { type Address, formatAddress } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { halfOpenMax } from '../../shared/limits.ts';
import type { ConnectionId } from '../../shared/wire/packet.ts';
import { halfOpenMs } from './timing.ts';

/** A HELLO that was answered and not confirmed yet. */
export interface HalfOpen {
  readonly peer: PeerKey;
  readonly nonce: bigint;
  /** Its place among all meetings of the endpoint: whether it began before a connection that lives. */
  readonly meeting: number;
}

/**
 * HELLOs answered, by connection id and address: each address gets a nonce of its own, so that whoever repeats it
 * does receive there. Bounded, and each entry ends by itself.
 */
export class HalfOpens {
  /** The one whose last HELLO is longest ago first. */
  #entries = new Map<string, HalfOpen & { readonly expiresAtMs: number }>();

  get size(): number {
    return this.#entries.size;
  }

  find(nowMs: number, id: ConnectionId, from: Address): HalfOpen | undefined {
    this.#expire(nowMs);
    return this.#entries.get(keyOf(id, from));
  }

  /** Remembers a HELLO, or that it came again. Undefined when there is no room. */
  answer(nowMs: number, id: ConnectionId, from: Address, begin: () => HalfOpen): HalfOpen | undefined {
    this.#expire(nowMs);
    const key = keyOf(id, from);
    const known = this.#entries.get(key);
    if (known === undefined && this.#entries.size >= halfOpenMax) return undefined;
    const halfOpen = known ?? begin();
    this.#entries.delete(key);
    this.#entries.set(key, { ...halfOpen, expiresAtMs: nowMs + halfOpenMs });
    return halfOpen;
  }

  delete(id: ConnectionId, from: Address): void {
    this.#entries.delete(keyOf(id, from));
  }

  #expire(nowMs: number): void {
    for (const [key, { expiresAtMs }] of this.#entries) {
      if (expiresAtMs > nowMs) return;
      this.#entries.delete(key);
    }
  }
}

function keyOf(id: ConnectionId, from: Address): string {
  return `${id} ${formatAddress(from)}`;
}
