import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import type { GuestAead } from '../../../shared/guests/guest-session.ts';
import { joinBytes, type Blake2b } from '../../../shared/guests/handshake-format.ts';

/**
 * The initiator of a Noise handshake, 25519_ChaChaPoly_BLAKE2b (the Noise Protocol Framework, revision 34). Without a secure
 * context a page has no `crypto.subtle`, so the primitives are JavaScript.
 */

/** An X25519 key pair (RFC 7748). */
export interface GuestKeys {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** `crypto.getRandomValues`, which a page has without a secure context. */
export type RandomBytes = (byteCount: number) => Uint8Array;

export type NoiseToken = 'e' | 's' | 'ee' | 'es' | 'se' | 'psk';

/** The messages of a pattern, the first one by the initiator. */
export interface NoisePattern {
  readonly name: string;
  readonly messages: readonly (readonly NoiseToken[])[];
}

export const patternXX: NoisePattern = {
  name: 'XX',
  messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']],
};

export const patternXXpsk0: NoisePattern = {
  name: 'XXpsk0',
  messages: [
    ['psk', 'e'],
    ['e', 'ee', 's', 'es'],
    ['s', 'se'],
  ],
};

const keyBytes = 32;
const hashBytes = 64;
const tagBytes = 16;

export const pageBlake2b: Blake2b = (input) => blake2b(input);

export const pageAead: GuestAead = {
  seal: (key, nonce, plaintext) => chacha20poly1305(key, nonce).encrypt(plaintext),
  open: (key, nonce, sealed) => openSealed(key, nonce, new Uint8Array(0), sealed),
};

/** The key pair of 32 secret bytes, as a page keeps them. */
export function guestKeysOf(secretKey: Uint8Array): GuestKeys {
  return { publicKey: x25519.getPublicKey(secretKey), secretKey: Uint8Array.from(secretKey) };
}

/** The keys of a new guest. They are its identity: another gateway's page needs other ones. */
export function newGuestKeys(random: RandomBytes): GuestKeys {
  const secretKey = random(keyBytes);
  return { publicKey: x25519.getPublicKey(secretKey), secretKey };
}

export interface FinishedHandshake {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
  readonly hash: Uint8Array;
}

export class InitiatorHandshake {
  readonly #pattern: NoisePattern;
  readonly #staticKeys: GuestKeys;
  readonly #ephemeralKeys: GuestKeys;
  readonly #secret: Uint8Array | undefined;
  readonly #symmetric: SymmetricState;
  #place = 0;
  #remoteEphemeralKey: Uint8Array | undefined;
  #remoteStaticKey: Uint8Array | undefined;

  constructor(options: {
    readonly pattern: NoisePattern;
    readonly prologue: Uint8Array;
    readonly staticKeys: GuestKeys;
    /** Keys of this handshake alone. They are overwritten at its end. */
    readonly ephemeralKeys: GuestKeys;
    /** The pre-shared key of a pattern with `psk`. */
    readonly secret?: Uint8Array;
  }) {
    this.#pattern = options.pattern;
    this.#staticKeys = options.staticKeys;
    this.#ephemeralKeys = options.ephemeralKeys;
    this.#secret = options.secret;
    this.#symmetric = new SymmetricState(
      `Noise_${options.pattern.name}_25519_ChaChaPoly_BLAKE2b`,
      options.prologue,
    );
  }

  get remoteStaticKey(): Uint8Array | undefined {
    return this.#remoteStaticKey;
  }

  /** Undefined if the peer's key is a point of low order. The handshake is over then. */
  write(payload: Uint8Array): Uint8Array | undefined {
    try {
      const parts = this.#nextTokens().map((token) => this.#writeToken(token));
      return joinBytes(...parts, this.#symmetric.encryptAndHash(payload));
    } catch {
      return undefined;
    }
  }

  /** Undefined if the message is not genuine. The handshake is over then. */
  read(message: Uint8Array): Uint8Array | undefined {
    try {
      let rest = message;
      for (const token of this.#nextTokens()) rest = rest.subarray(this.#readToken(token, rest));
      return this.#symmetric.decryptAndHash(rest);
    } catch {
      return undefined;
    }
  }

  /** The keys and the handshake hash, after the last message. Overwrites what only the handshake needs. */
  finish(): FinishedHandshake {
    const [send, receive] = this.#symmetric.split();
    const { hash } = this.#symmetric;
    this.wipe();
    return { send, receive, hash };
  }

  wipe(): void {
    this.#ephemeralKeys.secretKey.fill(0);
    this.#symmetric.wipe();
  }

  #nextTokens(): readonly NoiseToken[] {
    const tokens = this.#pattern.messages[this.#place++];
    if (tokens === undefined) throw new Error('the handshake has no further message');
    return tokens;
  }

  #writeToken(token: NoiseToken): Uint8Array {
    if (token === 'e') {
      this.#mixEphemeral(this.#ephemeralKeys.publicKey);
      return this.#ephemeralKeys.publicKey;
    }
    if (token === 's') return this.#symmetric.encryptAndHash(this.#staticKeys.publicKey);
    this.#mix(token);
    return new Uint8Array(0);
  }

  /** Returns how many bytes of the message belong to the token. */
  #readToken(token: NoiseToken, message: Uint8Array): number {
    if (token === 'e') {
      this.#remoteEphemeralKey = takeBytes(message, keyBytes);
      this.#mixEphemeral(this.#remoteEphemeralKey);
      return keyBytes;
    }
    if (token === 's') {
      const length = keyBytes + (this.#symmetric.hasKey ? tagBytes : 0);
      this.#remoteStaticKey = this.#symmetric.decryptAndHash(takeBytes(message, length));
      return length;
    }
    this.#mix(token);
    return 0;
  }

  /** Section 9.2: with a pre-shared key, an ephemeral key also goes into the key, so no two messages have one key. */
  #mixEphemeral(publicKey: Uint8Array): void {
    this.#symmetric.mixHash(publicKey);
    if (this.#secret !== undefined) this.#symmetric.mixKey(publicKey);
  }

  /** Of two letters, the first one is the initiator's key. */
  #mix(token: Exclude<NoiseToken, 'e' | 's'>): void {
    switch (token) {
      case 'ee':
        return this.#mixShared(this.#ephemeralKeys, this.#remoteEphemeralKey);
      case 'es':
        return this.#mixShared(this.#ephemeralKeys, this.#remoteStaticKey);
      case 'se':
        return this.#mixShared(this.#staticKeys, this.#remoteEphemeralKey);
      case 'psk':
        if (this.#secret === undefined) throw new Error('the pattern needs a secret');
        return this.#symmetric.mixKeyAndHash(this.#secret);
      default:
        return token satisfies never;
    }
  }

  #mixShared(keys: GuestKeys, remoteKey: Uint8Array | undefined): void {
    if (remoteKey === undefined) throw new Error('the pattern uses a key that no message has shown');
    // Throws for a point of low order: the secret would be zero.
    const shared = x25519.getSharedSecret(keys.secretKey, remoteKey);
    this.#symmetric.mixKey(shared);
    shared.fill(0);
  }
}

/** Section 5.2. */
class SymmetricState {
  #hash: Uint8Array;
  #chainingKey: Uint8Array;
  #key: Uint8Array | undefined;
  #nonce = 0;

  constructor(name: string, prologue: Uint8Array) {
    this.#hash = new Uint8Array(hashBytes);
    // No name is longer than a hash.
    this.#hash.set(new TextEncoder().encode(name));
    this.#chainingKey = this.#hash.slice();
    this.mixHash(prologue);
  }

  get hash(): Uint8Array {
    return this.#hash.slice();
  }

  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = blake2b(joinBytes(this.#hash, data));
  }

  mixKey(input: Uint8Array): void {
    const output = this.#derive(input, 2);
    this.#useKey(output.slice(hashBytes, hashBytes + keyBytes));
    output.fill(0);
  }

  mixKeyAndHash(input: Uint8Array): void {
    const output = this.#derive(input, 3);
    this.mixHash(output.subarray(hashBytes, 2 * hashBytes));
    this.#useKey(output.slice(2 * hashBytes, 2 * hashBytes + keyBytes));
    output.fill(0);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const sealed =
      this.#key === undefined
        ? plaintext
        : chacha20poly1305(this.#key, this.#nextNonce(), this.#hash).encrypt(plaintext);
    this.mixHash(sealed);
    return sealed;
  }

  /** Throws if the bytes are not genuine. */
  decryptAndHash(sealed: Uint8Array): Uint8Array {
    const plaintext =
      this.#key === undefined ? sealed : openSealed(this.#key, this.#nextNonce(), this.#hash, sealed);
    if (plaintext === undefined) throw new Error('not genuine');
    this.mixHash(sealed);
    return plaintext;
  }

  split(): [Uint8Array, Uint8Array] {
    const output = hkdf(blake2b, new Uint8Array(0), this.#chainingKey, undefined, 2 * hashBytes);
    return [output.slice(0, keyBytes), output.slice(hashBytes, hashBytes + keyBytes)];
  }

  wipe(): void {
    this.#chainingKey.fill(0);
    this.#key?.fill(0);
  }

  /** HKDF of section 4.3. The first output is the next chaining key. */
  #derive(input: Uint8Array, outputs: 2 | 3): Uint8Array {
    const output = hkdf(blake2b, input, this.#chainingKey, undefined, outputs * hashBytes);
    this.#chainingKey.fill(0);
    this.#chainingKey = output.slice(0, hashBytes);
    return output;
  }

  #useKey(key: Uint8Array): void {
    this.#key?.fill(0);
    this.#key = key;
    this.#nonce = 0;
  }

  /** 4 zero bytes, and the counter in 8 bytes, little-endian (section 12.3). No key of a handshake seals 256 times. */
  #nextNonce(): Uint8Array {
    const nonce = new Uint8Array(12);
    nonce[4] = this.#nonce++;
    return nonce;
  }
}

function takeBytes(message: Uint8Array, length: number): Uint8Array {
  if (message.length < length) throw new Error('too short');
  return message.slice(0, length);
}

function openSealed(
  key: Uint8Array,
  nonce: Uint8Array,
  associatedData: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  try {
    return chacha20poly1305(key, nonce, associatedData).decrypt(sealed);
  } catch {
    return undefined;
  }
}
