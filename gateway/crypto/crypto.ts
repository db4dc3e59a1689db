import { hkdfSync } from 'node:crypto';
import sodium from 'sodium-native';
import type { KeyPair, TransportCrypto } from '../transport/ports.ts';
import { sodiumAead } from './aead.ts';
import { packageNoise } from './noise.ts';

/** The X25519 key pair of 32 secret bytes (RFC 7748 section 6.1). */
export function keyPairOf(secretKey: Uint8Array): KeyPair {
  const publicKey = new Uint8Array(32);
  sodium.crypto_scalarmult_base(publicKey, secretKey);
  return { publicKey, secretKey };
}

/** The cryptography of this program's endpoints: libsodium, and a Noise handshake on top of it. */
export const transportCrypto: TransportCrypto = {
  aead: sodiumAead,
  noise: packageNoise,
  keyPair: keyPairOf,
  sharedSecret(secretKey, publicKey) {
    const shared = new Uint8Array(32);
    try {
      sodium.crypto_scalarmult(shared, secretKey, publicKey);
      return shared;
    } catch {
      // libsodium refuses a shared secret of zeros.
      return undefined;
    }
  },
  hkdf: (salt, inputKey, info) => new Uint8Array(hkdfSync('blake2b512', inputKey, salt, info, 32)),
  mac(key, message) {
    const output = new Uint8Array(32);
    sodium.crypto_generichash(output, message, key);
    return output;
  },
};
