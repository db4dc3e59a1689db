import { type Address, formatAddress } from '../../../shared/address.ts';
import type { TransportCrypto } from '../ports.ts';
import { tokenKeyMs } from '../timing.ts';

/**
 * Retry tokens prove, without state per initiator, that an initiator receives at its address (modelled on RFC 9000 section
 * 8.1.2). A token is a MAC over address, port and the first Noise message. The MAC key changes with time.
 */
export class RetryTokens {
  readonly #mac: TransportCrypto['mac'];
  readonly #random: (byteCount: number) => Uint8Array;
  /** The keys of the current and the previous period. */
  readonly #keys = new Map<number, Uint8Array>();

  constructor(mac: TransportCrypto['mac'], random: (byteCount: number) => Uint8Array) {
    this.#mac = mac;
    this.#random = random;
  }

  make(nowMs: number, to: Address, firstMessage: Uint8Array): Uint8Array {
    return this.#mac(this.#keyOf(periodOf(nowMs)), authenticatedBytes(to, firstMessage));
  }

  isGenuine(nowMs: number, from: Address, firstMessage: Uint8Array, token: Uint8Array): boolean {
    if (token.length === 0) return false;
    const input = authenticatedBytes(from, firstMessage);
    for (const period of [periodOf(nowMs), periodOf(nowMs) - 1]) {
      const key = this.#keys.get(period);
      if (key !== undefined && isSame(this.#mac(key, input), token)) return true;
    }
    return false;
  }

  #keyOf(period: number): Uint8Array {
    const known = this.#keys.get(period);
    if (known !== undefined) return known;
    for (const old of this.#keys.keys()) if (old < period - 1) this.#keys.delete(old);
    const key = this.#random(32);
    this.#keys.set(period, key);
    return key;
  }
}

function periodOf(nowMs: number): number {
  return Math.floor(nowMs / tokenKeyMs);
}

function authenticatedBytes(address: Address, firstMessage: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(formatAddress(address));
  const input = new Uint8Array(firstMessage.length + text.length);
  input.set(firstMessage);
  input.set(text, firstMessage.length);
  return input;
}

/** Compares in constant time. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index++) difference |= (one[index] ?? 0) ^ (other[index] ?? 0);
  return difference === 0;
}
