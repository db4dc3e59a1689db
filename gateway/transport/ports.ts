/** The cryptography that an endpoint needs, given to it like time and randomness (DESIGN section 2). */
export interface TransportCrypto {
  readonly aead: Aead;
  readonly noise: Noise;
  /** The X25519 key pair of 32 secret bytes. */
  keyPair(secretKey: Uint8Array): KeyPair;
  /** A keyed hash of `message`, 32 bytes, for the tokens that this endpoint gives out and takes back. */
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
   * Writes the plaintext into `opened`, which has exactly 16 bytes less than `sealed` and may be the beginning of its memory;
   * false when it is not genuine: then `opened` holds nothing of use.
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

/** Noise_XX_25519_ChaChaPoly_BLAKE2b (the Noise Protocol Framework, revision 34, section 7.5). */
export interface Noise {
  begin(options: {
    readonly role: 'initiator' | 'responder';
    readonly staticKeys: KeyPair;
    /** Fresh for each handshake: repeated ones would repeat keys. */
    readonly ephemeralKeys: KeyPair;
    readonly prologue: Uint8Array;
  }): NoiseHandshake;
}

/** One side of a handshake between two messages. */
export interface NoiseHandshake {
  /** The peer's static key, once a message has shown it. */
  readonly remoteStaticKey: Uint8Array | undefined;
  /**
   * The next message; the handshake goes on from there. Undefined when the peer's key is a point of low order, which
   * would make a shared secret that everybody knows (RFC 7748 section 6.1); the handshake is over then.
   */
  write(payload: Uint8Array): Uint8Array | undefined;
  /**
   * The payload of the peer's next message and the handshake behind it. `this` does not change, so that a forged
   * message spoils nothing; undefined when the message is not genuine.
   */
  read(message: Uint8Array): { readonly payload: Uint8Array; readonly next: NoiseHandshake } | undefined;
  /** The keys, after the third message; undefined before. */
  readonly keys: SessionKeys | undefined;
}

export interface SessionKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}
