/** The used parts of two CommonJS packages that have no types. */

declare module 'sodium-native' {
  const sodium: {
    crypto_aead_chacha20poly1305_ietf_encrypt(
      ciphertext: Uint8Array,
      message: Uint8Array,
      associatedData: Uint8Array | null,
      secretNonce: null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    /** Throws if the tag does not match. */
    crypto_aead_chacha20poly1305_ietf_decrypt(
      message: Uint8Array,
      secretNonce: null,
      ciphertext: Uint8Array,
      associatedData: Uint8Array | null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    crypto_scalarmult_base(publicKey: Uint8Array, secretKey: Uint8Array): void;
    /** Throws if the shared secret is all zero (a point of low order). */
    crypto_scalarmult(shared: Uint8Array, secretKey: Uint8Array, publicKey: Uint8Array): void;
    /** The secret key has 64 bytes: the seed, then the public key. */
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
    crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
    /** Throws for what is not a point of the prime-order subgroup. */
    crypto_sign_ed25519_pk_to_curve25519(x25519Key: Uint8Array, publicKey: Uint8Array): void;
    crypto_sign_ed25519_sk_to_curve25519(x25519Secret: Uint8Array, secretKey: Uint8Array): void;
    crypto_generichash(output: Uint8Array, input: Uint8Array, key?: Uint8Array): void;
  };
  export default sodium;
}

declare module 'noise-handshake' {
  interface PackageKeyPair {
    publicKey: Uint8Array;
    secretKey: Uint8Array;
  }

  type PackagePattern = 'XX' | 'XK' | 'XXpsk0' | 'NNpsk0';

  /** Includes the fields of its state, because it has no method to copy the state. */
  export default class NoiseState {
    /** `psk`: what both sides of a pattern with `psk0` know. */
    constructor(
      pattern: PackagePattern,
      initiator: boolean,
      staticKeys: PackageKeyPair,
      options?: { readonly psk?: Uint8Array },
    );
    /** `remoteStatic`: what the initiator of XK knows. */
    initialise(prologue: Uint8Array, remoteStatic?: Uint8Array): void;
    /** Throws if the message is not genuine; the state is unusable then. */
    recv(message: Uint8Array): Uint8Array;
    send(payload: Uint8Array): Uint8Array;
    readonly tx: Uint8Array | null;
    readonly rx: Uint8Array | null;
    /** The handshake hash, after the last message. */
    readonly hash: Uint8Array | null;
    readonly pattern: PackagePattern;
    readonly psk: Uint8Array | null;
    initiator: boolean;
    handshake: unknown[];
    s: PackageKeyPair;
    e: PackageKeyPair | null;
    rs: Uint8Array | null;
    re: Uint8Array | null;
    key: Uint8Array | null;
    nonce: number;
    digest: Uint8Array;
    chainingKey: Uint8Array;
  }
}
