import { randomFillSync } from 'node:crypto';

/** Bytes that nobody can guess: connection ids, nonces, identities. */
export function secureRandom(byteCount: number): Uint8Array {
  return randomFillSync(new Uint8Array(byteCount));
}
