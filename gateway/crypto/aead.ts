import sodium from 'sodium-native';
import type { Aead } from '../transport/ports.ts';

/** ChaCha20-Poly1305 of libsodium. The output may share the memory of the input. */
export const sodiumAead: Aead = {
  seal(sealed, key, nonce, associatedData, plaintext) {
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, plaintext, associatedData, null, nonce, key);
  },
  open(opened, key, nonce, associatedData, sealed) {
    try {
      sodium.crypto_aead_chacha20poly1305_ietf_decrypt(opened, null, sealed, associatedData, nonce, key);
      return true;
    } catch {
      return false;
    }
  },
};
