import sodium from 'sodium-native';
import { envelopeAssociatedData, type EnvelopeHead } from '../../../shared/chat/envelope.ts';
import { peerKeyToBytes } from '../../../shared/ids.ts';
import { sodiumAead } from '../../crypto/aead.ts';
import { aeadNonceBytes, aeadTagBytes, type KeyPair } from '../../transport/ports.ts';

/** The length of HPKE's encapsulated key, so that envelopes have their real length. */
const saltBytes = 32;

/**
 * Seals envelopes in simulations. HPKE takes random bytes from the machine, which no run could repeat. This sealer uses the
 * real keys and binds the same data to the content, so it refuses what HPKE refuses. It draws no
 * key of its own for an envelope, so it is for simulations only.
 */
export class SimulatedSealer {
  readonly #keys: KeyPair;

  constructor(keys: KeyPair) {
    this.#keys = keys;
  }

  seal(head: EnvelopeHead, publicKey: Uint8Array, plaintext: Uint8Array): Uint8Array | undefined {
    const secret = sharedSecret(this.#keys.secretKey, publicKey);
    if (secret === undefined) return undefined;
    const aad = envelopeAssociatedData(head);
    const salt = hash(secret, aad, plaintext);
    const sealed = new Uint8Array(plaintext.length + aeadTagBytes);
    sodiumAead.seal(sealed, hash(secret, aad, salt), new Uint8Array(aeadNonceBytes), aad, plaintext);
    return concatenate(salt, sealed);
  }

  open(head: EnvelopeHead, secretKey: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const secret = sharedSecret(secretKey, peerKeyToBytes(head.from));
    if (secret === undefined || sealed.length < saltBytes + aeadTagBytes) return undefined;
    const aad = envelopeAssociatedData(head);
    const [salt, ciphertext] = [sealed.subarray(0, saltBytes), sealed.subarray(saltBytes)];
    const opened = new Uint8Array(ciphertext.length - aeadTagBytes);
    const key = hash(secret, aad, salt);
    return sodiumAead.open(opened, key, new Uint8Array(aeadNonceBytes), aad, ciphertext) ? opened : undefined;
  }
}

/** Undefined for a point of low order. */
function sharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  const shared = new Uint8Array(32);
  try {
    sodium.crypto_scalarmult(shared, secretKey, publicKey);
    return shared;
  } catch {
    return undefined;
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
