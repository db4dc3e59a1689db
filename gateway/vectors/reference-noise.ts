import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { x25519, x25519PublicKey } from './reference-x25519.ts';

/**
 * Noise_XX_25519_ChaChaPoly_BLAKE2b, Noise_XK_... and Noise_XXpsk0_... over node:crypto, from the text of the Noise Protocol
 * Framework, revision 34. Both sides' secrets are known, so one state serves both.
 */

const keyBytes = 32;
const hashBytes = 64;
const tagBytes = 16;

export interface Secrets {
  readonly static: Uint8Array;
  readonly ephemeral: Uint8Array;
}

type ReferencePattern = 'XX' | 'XK' | 'XXpsk0';

export interface ReferenceHandshake {
  readonly pattern: ReferencePattern;
  /** The pre-shared key of XXpsk0. */
  readonly secret?: Uint8Array;
  readonly prologue: Uint8Array;
  readonly initiator: Secrets;
  readonly responder: Secrets;
  /** The payloads of the three messages. */
  readonly payloads: readonly Uint8Array[];
}

export interface ReferenceMessage {
  readonly message: Uint8Array;
  /** `h` and `ck` of the Noise specification behind the message. */
  readonly hash: Uint8Array;
  readonly chainingKey: Uint8Array;
}

type Token = 'psk' | 'e' | 's' | 'ee' | 'es' | 'se';

const patterns: Readonly<Record<ReferencePattern, readonly (readonly Token[])[]>> = {
  XX: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']],
  XK: [
    ['e', 'es'],
    ['e', 'ee'],
    ['s', 'se'],
  ],
  XXpsk0: [
    ['psk', 'e'],
    ['e', 'ee', 's', 'es'],
    ['s', 'se'],
  ],
};

/** Writes all messages, and returns the two keys of Split(). */
export function runHandshake(handshake: ReferenceHandshake): {
  readonly messages: readonly ReferenceMessage[];
  readonly fromInitiator: Uint8Array;
  readonly fromResponder: Uint8Array;
} {
  const { pattern, prologue, initiator, responder, payloads } = handshake;
  const state = new SymmetricState(`Noise_${pattern}_25519_ChaChaPoly_BLAKE2b`, prologue);
  if (pattern === 'XK') state.mixHash(x25519PublicKey(responder.static));
  const messages = patterns[pattern].map((tokens, place) => {
    const writer = place % 2 === 0 ? initiator : responder;
    const parts = tokens.map((token) => writeToken(state, token, writer, handshake));
    parts.push(state.encryptAndHash(payloads[place] ?? new Uint8Array(0)));
    return { message: joined(...parts), hash: state.hash, chainingKey: state.chainingKey };
  });
  const [fromInitiator, fromResponder] = state.split();
  return { messages, fromInitiator, fromResponder };
}

function writeToken(
  state: SymmetricState,
  token: Token,
  writer: Secrets,
  { initiator, responder, secret }: ReferenceHandshake,
): Uint8Array {
  const nothing = new Uint8Array(0);
  switch (token) {
    case 'psk':
      state.mixKeyAndHash(secret ?? nothing);
      return nothing;
    case 'e': {
      const ephemeral = x25519PublicKey(writer.ephemeral);
      state.mixHash(ephemeral);
      // Section 9.2.
      if (secret !== undefined) state.mixKey(ephemeral);
      return ephemeral;
    }
    case 's':
      return state.encryptAndHash(x25519PublicKey(writer.static));
    case 'ee':
      state.mixKey(x25519(initiator.ephemeral, x25519PublicKey(responder.ephemeral)));
      return nothing;
    case 'es':
      state.mixKey(x25519(initiator.ephemeral, x25519PublicKey(responder.static)));
      return nothing;
    case 'se':
      state.mixKey(x25519(initiator.static, x25519PublicKey(responder.ephemeral)));
      return nothing;
    default:
      return token satisfies never;
  }
}

/** Section 5.2. */
class SymmetricState {
  hash: Uint8Array;
  chainingKey: Uint8Array;
  #key: Uint8Array | undefined;
  #nonce = 0;

  constructor(name: string, prologue: Uint8Array) {
    this.hash = new Uint8Array(hashBytes);
    this.hash.set(new TextEncoder().encode(name));
    this.chainingKey = this.hash;
    this.mixHash(prologue);
  }

  mixHash(data: Uint8Array): void {
    this.hash = Uint8Array.from(createHash('blake2b512').update(this.hash).update(data).digest());
  }

  mixKey(secret: Uint8Array): void {
    const [chainingKey, key] = hkdf(this.chainingKey, secret);
    this.chainingKey = chainingKey;
    this.#key = key.subarray(0, keyBytes);
    this.#nonce = 0;
  }

  mixKeyAndHash(secret: Uint8Array): void {
    const [chainingKey, hashed, key] = hkdf(this.chainingKey, secret);
    this.chainingKey = chainingKey;
    this.mixHash(hashed);
    this.#key = key.subarray(0, keyBytes);
    this.#nonce = 0;
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const sealed =
      this.#key === undefined
        ? plaintext
        : chaChaSeal(this.#key, noiseNonce(this.#nonce++), this.hash, plaintext);
    this.mixHash(sealed);
    return sealed;
  }

  split(): [Uint8Array, Uint8Array] {
    const [first, second] = hkdf(this.chainingKey, new Uint8Array(0));
    return [first.slice(0, keyBytes), second.slice(0, keyBytes)];
  }
}

/** HKDF of section 4.3, three outputs. The first two are the same where only two are wanted. */
function hkdf(chainingKey: Uint8Array, inputKey: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] {
  const temporary = hmac(chainingKey, inputKey);
  const first = hmac(temporary, Uint8Array.of(1));
  const second = hmac(temporary, first, Uint8Array.of(2));
  return [first, second, hmac(temporary, second, Uint8Array.of(3))];
}

/** 4 zero bytes, and the counter in 8 bytes, little-endian (section 12.3). */
export function noiseNonce(counter: number): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE(BigInt(counter), 4);
  return Uint8Array.from(nonce);
}

export function chaChaSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length });
  return joined(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

/** Returns undefined if the bytes are not genuine. */
export function chaChaOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  associatedData: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(associatedData, { plaintextLength: end });
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return joined(decipher.update(sealed.subarray(0, end)), decipher.final());
  } catch {
    return undefined;
  }
}

/** REKEY(k) of section 4.2 and 12.3: the ciphertext of 32 zeros with the last nonce, without its tag. */
export function rekey(key: Uint8Array): Uint8Array {
  const nonce = Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255);
  return chaChaSeal(key, nonce, new Uint8Array(0), new Uint8Array(keyBytes)).slice(0, keyBytes);
}

/** HKDF (RFC 5869) with HMAC-BLAKE2b-512, the first 32 bytes: extract, then one block of expand. */
export function mixedKey(salt: Uint8Array, inputKey: Uint8Array, info: Uint8Array): Uint8Array {
  return hmac(hmac(salt, inputKey), info, Uint8Array.of(1)).slice(0, keyBytes);
}

function hmac(key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    createHmac('blake2b512', key)
      .update(joined(...data))
      .digest(),
  );
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
