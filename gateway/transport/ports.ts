import type { Pattern } from '../../shared/wire/layout.ts';

/** The cryptography that an endpoint needs; passed in, like time and randomness, so that transport stays pure. */
export interface TransportCrypto {
  readonly aead: Aead;
  readonly noise: Noise;
  /** The X25519 key pair of 32 secret bytes. */
  keyPair(secretKey: Uint8Array): KeyPair;
  /**
   * X25519 (RFC 7748), 32 bytes. Returns undefined if the public key is a point of low order, which would make the shared
   * secret public.
   */
  sharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
  /** HKDF (RFC 5869) with HMAC-BLAKE2b-512; the first 32 bytes. */
  hkdf(salt: Uint8Array, inputKey: Uint8Array, info: Uint8Array): Uint8Array;
  /** A keyed hash of `message`, 32 bytes, for the retry tokens of this endpoint. */
  readonly mac: (key: Uint8Array, message: Uint8Array) => Uint8Array;
}

/** X25519, 32 bytes each. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** ChaCha20-Poly1305 (RFC 8439): key of 32 bytes, nonce of 12, tag of 16 behind the ciphertext. */
export interface Aead {
  /** Writes ciphertext and tag into `sealed`, which has exactly 16 bytes more than `plaintext`. */
  seal(
    sealed: Uint8Array,
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
  ): void;
  /**
   * Writes the plaintext into `opened`, which has exactly 16 bytes less than `sealed` and may share the start of its memory.
   * Returns false if `sealed` is not genuine; then `opened` holds garbage.
   */
  open(
    opened: Uint8Array,
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    sealed: Uint8Array,
  ): boolean;
}

export const aeadTagBytes = 16;
export const aeadNonceBytes = 12;

/** Noise_XX_25519_ChaChaPoly_BLAKE2b and Noise_XK_... (the Noise Protocol Framework, revision 34, section 7.5). */
export interface Noise {
  begin(options: {
    readonly pattern: Pattern;
    readonly role: 'initiator' | 'responder';
    readonly staticKeys: KeyPair;
    /** Makes new keys for this handshake, for its first own message: reuse would repeat keys. */
    readonly ephemeralKeys: () => KeyPair;
    readonly prologue: Uint8Array;
    /** The responder's static key, which the initiator of XK knows. */
    readonly remoteStaticKey?: Uint8Array;
  }): NoiseHandshake;
}

/** The state of one side of a handshake, between two messages. */
export interface NoiseHandshake {
  /** The peer's static key: known before (XK), or once a message has shown it. */
  readonly remoteStaticKey: Uint8Array | undefined;
  /**
   * Writes the next message and advances the state. Returns undefined if the peer's key is a point of low order, which
   * would make the shared secret public (RFC 7748 section 6.1); the handshake is over then.
   */
  write(payload: Uint8Array): Uint8Array | undefined;
  /**
   * Reads the peer's next message; returns its payload and the next state. `this` does not change, so that a forged
   * message spoils nothing. Returns undefined if the message is not genuine.
   */
  read(message: Uint8Array): { readonly payload: Uint8Array; readonly next: NoiseHandshake } | undefined;
  /** The keys, after the third message; undefined before. */
  readonly keys: TransportKeys | undefined;
  /** The handshake hash (section 11.2), 64 bytes that are equal on both sides; undefined before the third message. */
  readonly hash: Uint8Array | undefined;
}

export interface TransportKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}
