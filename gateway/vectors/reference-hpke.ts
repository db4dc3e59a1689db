import { createCipheriv, createHmac } from 'node:crypto';
import { joined } from './reference-noise.ts';
import { x25519, x25519PublicKey } from './reference-x25519.ts';

/** RFC 9180 in mode auth for one message, over node:crypto alone: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-GCM. */
export interface ReferenceSeal {
  readonly senderSecret: Uint8Array;
  readonly ephemeralSecret: Uint8Array;
  readonly recipientKey: Uint8Array;
  readonly aead: ReferenceAead;
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
}

interface ReferenceAead {
  readonly id: 1 | 2;
  readonly keyBytes: 16 | 32;
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm';
}

export const aes128: ReferenceAead = { id: 1, keyBytes: 16, cipher: 'aes-128-gcm' };
export const aes256: ReferenceAead = { id: 2, keyBytes: 32, cipher: 'aes-256-gcm' };

const nothing = new Uint8Array(0);

export function sealByReference(seal: ReferenceSeal): {
  readonly encapsulated: Uint8Array;
  readonly sharedSecret: Uint8Array;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  /** The encapsulated key, the ciphertext and the tag. */
  readonly sealed: Uint8Array;
} {
  const { senderSecret, ephemeralSecret, recipientKey, aead, info, aad, plaintext } = seal;
  const kem = joined(text('KEM'), number(0x20));
  const suite = joined(text('HPKE'), number(0x20), number(1), number(aead.id));
  const encapsulated = x25519PublicKey(ephemeralSecret);
  // Section 4.1, AuthEncap.
  const dh = joined(x25519(ephemeralSecret, recipientKey), x25519(senderSecret, recipientKey));
  const context = joined(encapsulated, recipientKey, x25519PublicKey(senderSecret));
  const sharedSecret = expand(kem, extract(kem, nothing, 'eae_prk', dh), 'shared_secret', context, 32);
  // Section 5.1, KeySchedule.
  const schedule = joined(
    Uint8Array.of(2),
    extract(suite, nothing, 'psk_id_hash', nothing),
    extract(suite, nothing, 'info_hash', info),
  );
  const secret = extract(suite, sharedSecret, 'secret', nothing);
  const key = expand(suite, secret, 'key', schedule, aead.keyBytes);
  const nonce = expand(suite, secret, 'base_nonce', schedule, 12);
  const cipher = createCipheriv(aead.cipher, key, nonce);
  cipher.setAAD(aad);
  const sealed = joined(encapsulated, cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
  return { encapsulated, sharedSecret, key, nonce, sealed };
}

function extract(suite: Uint8Array, salt: Uint8Array, label: string, inputKey: Uint8Array): Uint8Array {
  return hmac(salt, joined(text('HPKE-v1'), suite, text(label), inputKey));
}

/** One block is enough for each key. */
function expand(
  suite: Uint8Array,
  key: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const input = joined(number(length), text('HPKE-v1'), suite, text(label), context, Uint8Array.of(1));
  return hmac(key, input).slice(0, length);
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return Uint8Array.from(createHmac('sha256', key).update(data).digest());
}

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}

function number(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
