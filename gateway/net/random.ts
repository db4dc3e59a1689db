import { randomFillSync } from 'node:crypto';

/** So many bytes are asked of the system at a time. */
const pooledBytes = 1_024;

/**
 * Returns a source of unpredictable bytes for small amounts that are wanted often. Each request to the system costs some 4 us. Not for
 * secrets: a copy of each byte stays in memory for a while.
 */
export function pooledRandom(): (byteCount: number) => Uint8Array {
  let pool = new Uint8Array(0);
  let at = 0;
  return (byteCount) => {
    if (byteCount > pooledBytes) return secureRandom(byteCount);
    if (at + byteCount > pool.length) {
      pool = new Uint8Array(secureRandom(pooledBytes));
      at = 0;
    }
    return pool.subarray(at, (at += byteCount));
  };
}

/** Returns unpredictable bytes for connection indexes, nonces and identities. */
export function secureRandom(byteCount: number): Uint8Array {
  return randomFillSync(new Uint8Array(byteCount));
}
