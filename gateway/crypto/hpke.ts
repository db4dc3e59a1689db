import type { webcrypto } from 'node:crypto';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { envelopeAssociatedData, envelopeInfo, type EnvelopeHead } from '../../shared/chat/envelope.ts';
import { peerKeyToBytes, type PeerKey } from '../../shared/ids.ts';
import type { Sealer } from '../turn/jobs.ts';
import type { KeyPair } from '../transport/ports.ts';

/** Bytes of an encapsulated X25519 key (RFC 9180 section 7.1), which precedes the ciphertext. */
const encapsulatedBytes = 32;
/** The maximum of cached imported keys. Past it, the oldest is dropped and imported again when needed. */
const senderKeysMax = 1_024;

/**
 * Seals envelopes to mail keys and opens them with HPKE (RFC 9180) in mode auth: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, from the
 * package @hpke/core over WebCrypto. Each envelope has its own encapsulation, which is never reused.
 */
export class HpkeSealer implements Sealer {
  readonly #suite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
  readonly #own: Promise<webcrypto.CryptoKeyPair>;
  readonly #senders = new Map<PeerKey, Promise<webcrypto.CryptoKey>>();

  constructor(keys: KeyPair) {
    this.#own = this.#importOwn(keys);
    // A failure is reported by the first seal or open; until then nothing awaits this promise.
    this.#own.catch(() => undefined);
  }

  async seal(
    head: EnvelopeHead,
    publicKey: Uint8Array,
    plaintext: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    try {
      const { enc, ct } = await this.#suite.seal(
        {
          senderKey: await this.#own,
          recipientPublicKey: await this.#import(publicKey, true),
          info: envelopeInfo,
        },
        plaintext,
        envelopeAssociatedData(head),
      );
      const sealed = new Uint8Array(enc.byteLength + ct.byteLength);
      sealed.set(new Uint8Array(enc));
      sealed.set(new Uint8Array(ct), enc.byteLength);
      return sealed;
    } catch {
      // The recipient's key is a point of low order: the shared secret would be zero (RFC 9180 section 7.1.4).
      return undefined;
    }
  }

  async open(head: EnvelopeHead, secretKey: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      const opened = await this.#suite.open(
        {
          recipientKey: await this.#import(secretKey, false),
          senderPublicKey: await this.#sender(head.from),
          enc: sealed.slice(0, encapsulatedBytes),
          info: envelopeInfo,
        },
        sealed.slice(encapsulatedBytes),
        envelopeAssociatedData(head),
      );
      return new Uint8Array(opened);
    } catch {
      // The bytes are too short, the key is invalid, or the tag does not match.
      return undefined;
    }
  }

  async #importOwn({ publicKey, secretKey }: KeyPair): Promise<webcrypto.CryptoKeyPair> {
    return {
      publicKey: await this.#import(publicKey, true),
      privateKey: await this.#import(secretKey, false),
    };
  }

  #sender(key: PeerKey): Promise<webcrypto.CryptoKey> {
    let imported = this.#senders.get(key);
    if (imported === undefined) {
      if (this.#senders.size >= senderKeysMax)
        for (const first of this.#senders.keys()) {
          this.#senders.delete(first);
          break;
        }
      imported = this.#import(peerKeyToBytes(key), true);
      this.#senders.set(key, imported);
    }
    return imported;
  }

  /** The types of the package are those of a browser. */
  async #import(key: Uint8Array, isPublic: boolean): Promise<webcrypto.CryptoKey> {
    return (await this.#suite.kem.importKey(
      'raw',
      Uint8Array.from(key).buffer,
      isPublic,
    )) as webcrypto.CryptoKey;
  }
}
