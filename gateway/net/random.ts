import { randomFillSync } from 'node:crypto';

/** Returns unpredictable bytes for connection indexes, nonces and identities. */
export function secureRandom(byteCount: number): Uint8Array {
  return randomFillSync(new Uint8Array(byteCount));
}
