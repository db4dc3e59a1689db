import { createHash, randomBytes } from 'node:crypto';
import { peerKeyFromBytes } from '../../shared/ids.ts';
import type { Identity } from '../store/client-store.ts';

/** A new role's secret and the key that others know it by; made once, then kept in the role's store. */
export function newIdentity(): Identity {
  const secret = new Uint8Array(randomBytes(32));
  return { secret, key: peerKeyFromBytes(sha256(secret)) };
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
