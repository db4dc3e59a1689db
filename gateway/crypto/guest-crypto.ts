import sodium from 'sodium-native';
import type { GuestAead } from '../../shared/guests/guest-session.ts';
import type { Blake2b } from '../../shared/guests/handshake-format.ts';
import { noiseTagBytes } from '../../shared/guests/parts.ts';
import { sodiumAead } from './aead.ts';

/** The cryptography of a guest's channel on the side of the gateway: libsodium. */
export const guestBlake2b: Blake2b = (input) => {
  const digest = new Uint8Array(64);
  sodium.crypto_generichash(digest, input);
  return digest;
};

const noAssociatedData = new Uint8Array(0);

export const guestAead: GuestAead = {
  seal(key, nonce, plaintext) {
    const sealed = new Uint8Array(plaintext.length + noiseTagBytes);
    sodiumAead.seal(sealed, key, nonce, noAssociatedData, plaintext);
    return sealed;
  },
  open(key, nonce, sealed) {
    if (sealed.length < noiseTagBytes) return undefined;
    const opened = new Uint8Array(sealed.length - noiseTagBytes);
    return sodiumAead.open(opened, key, nonce, noAssociatedData, sealed) ? opened : undefined;
  },
};
