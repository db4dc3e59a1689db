import sodium from 'sodium-native';
import { envelopeAssociatedData, type EnvelopeHead } from '../../../shared/chat/envelope.ts';
import { peerKeyToBytes, type PeerKey } from '../../../shared/ids.ts';
import { sodiumAead } from '../../crypto/aead.ts';
import { aeadNonceBytes, aeadTagBytes, type KeyPair } from '../../transport/ports.ts';

/** The length of HPKE's encapsulated key, so that envelopes have their real length. */
const saltBytes = 32;

/**
 * Seals envelopes in simulations. HPKE takes random bytes from the machine, which no run could repeat. This sealer uses the
 * real keys and binds the same data to the content, so it refuses what HPKE refuses. It rests only on the static secret of
 * two users, so it is for simulations only.
 */
export class SimulatedSealer {
  readonly #keys: KeyPair;
  readonly #secrets = new Map<PeerKey, Uint8Array | undefined>();

  constructor(keys: KeyPair) {
    this.#keys = keys;
  }

  seal(head: EnvelopeHead, plaintext: Uint8Array): Uint8Array | undefined {
    const secret = this.#secretWith(head.to);
    if (secret === undefined) return undefined;
    const aad = envelopeAssociatedData(head);
    const salt = hash(secret, aad, plaintext);
    const sealed = new Uint8Array(plaintext.length + aeadTagBytes);
    sodiumAead.seal(sealed, hash(secret, aad, salt), new Uint8Array(aeadNonceBytes), aad, plaintext);
    return concatenate(salt, sealed);
  }

  open(head: EnvelopeHead, sealed: Uint8Array): Uint8Array | undefined {
    const secret = this.#secretWith(head.from);
    if (secret === undefined || sealed.length < saltBytes + aeadTagBytes) return undefined;
    const aad = envelopeAssociatedData(head);
    const [salt, ciphertext] = [sealed.subarray(0, saltBytes), sealed.subarray(saltBytes)];
    const opened = new Uint8Array(ciphertext.length - aeadTagBytes);
    const key = hash(secret, aad, salt);
    return sodiumAead.open(opened, key, new Uint8Array(aeadNonceBytes), aad, ciphertext) ? opened : undefined;
  }

  #secretWith(peer: PeerKey): Uint8Array | undefined {
    if (!this.#secrets.has(peer)) {
      const shared = new Uint8Array(32);
      try {
        sodium.crypto_scalarmult(shared, this.#keys.secretKey, peerKeyToBytes(peer));
        this.#secrets.set(peer, shared);
      } catch {
        this.#secrets.set(peer, undefined);
      }
    }
    return this.#secrets.get(peer);
  }
}

function hash(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const output = new Uint8Array(32);
  sodium.crypto_generichash(output, concatenate(...parts), key);
  return output;
}

function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
