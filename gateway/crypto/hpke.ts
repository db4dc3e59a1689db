import type { webcrypto } from 'node:crypto';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { envelopeAssociatedData, envelopeInfo, type EnvelopeHead } from '../../shared/chat/envelope.ts';
import { peerKeyToBytes, type PeerKey } from '../../shared/ids.ts';
import type { Sealer } from '../turn/jobs.ts';
import type { KeyPair } from '../transport/ports.ts';

/** Bytes of an encapsulated X25519 key (RFC 9180 section 7.1), which stand before the ciphertext. */
const encapsulatedBytes = 32;
/** Imported keys of others that are kept; past it, the one that was met first is imported anew. */
const peerKeysMax = 1_024;

/**
 * Envelopes by HPKE (RFC 9180) in mode auth: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, of the package
 * @hpke/core over WebCrypto. One envelope is one encapsulation; nothing of it is used twice.
 */
export class HpkeSealer implements Sealer {
  readonly #suite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
  readonly #own: Promise<webcrypto.CryptoKeyPair>;
  readonly #peers = new Map<PeerKey, Promise<webcrypto.CryptoKey>>();

  constructor(keys: KeyPair) {
    this.#own = this.#importOwn(keys);
    // Told by whoever seals or opens; until then nobody waits for it.
    this.#own.catch(() => undefined);
  }

  async seal(head: EnvelopeHead, plaintext: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      const { enc, ct } = await this.#suite.seal(
        { senderKey: await this.#own, recipientPublicKey: await this.#peer(head.to), info: envelopeInfo },
        plaintext,
        envelopeAssociatedData(head),
      );
      const sealed = new Uint8Array(enc.byteLength + ct.byteLength);
      sealed.set(new Uint8Array(enc));
      sealed.set(new Uint8Array(ct), enc.byteLength);
      return sealed;
    } catch {
      // A point of low order as the recipient's key: the shared secret would be zero (RFC 9180 section 7.1.4).
      return undefined;
    }
  }

  async open(head: EnvelopeHead, sealed: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      const opened = await this.#suite.open(
        {
          recipientKey: await this.#own,
          senderPublicKey: await this.#peer(head.from),
          enc: sealed.slice(0, encapsulatedBytes),
          info: envelopeInfo,
        },
        sealed.slice(encapsulatedBytes),
        envelopeAssociatedData(head),
      );
      return new Uint8Array(opened);
    } catch {
      // Too short, a key that is none, or a tag that does not fit.
      return undefined;
    }
  }

  async #importOwn({ publicKey, secretKey }: KeyPair): Promise<webcrypto.CryptoKeyPair> {
    return {
      publicKey: await this.#import(publicKey, true),
      privateKey: await this.#import(secretKey, false),
    };
  }

  #peer(key: PeerKey): Promise<webcrypto.CryptoKey> {
    let imported = this.#peers.get(key);
    if (imported === undefined) {
      if (this.#peers.size >= peerKeysMax)
        for (const first of this.#peers.keys()) {
          this.#peers.delete(first);
          break;
        }
      imported = this.#import(peerKeyToBytes(key), true);
      this.#peers.set(key, imported);
    }
    return imported;
  }

  /** The package's types are a browser's. */
  async #import(key: Uint8Array, isPublic: boolean): Promise<webcrypto.CryptoKey> {
    return (await this.#suite.kem.importKey(
      'raw',
      Uint8Array.from(key).buffer,
      isPublic,
    )) as webcrypto.CryptoKey;
  }
}
