import { peerKeyFromBytes } from '../../shared/ids.ts';
import { keyPairOf } from '../crypto/crypto.ts';
import { secureRandom } from '../net/random.ts';
import type { Identity } from '../store/client-store.ts';

/** A role's X25519 secret and the public key that others know it by. */
export function identityOf(secret: Uint8Array): Identity {
  return { secret, key: peerKeyFromBytes(keyPairOf(secret).publicKey) };
}

/** What a store keeps, or a new one, to be kept there. In stores of 0.1 the key was a hash of the secret; its public key takes its place. */
export function identityFrom(stored: Identity | undefined): Identity {
  return identityOf(stored?.secret ?? secureRandom(32));
}
