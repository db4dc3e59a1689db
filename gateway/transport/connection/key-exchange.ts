import type { KeyShareFrame } from '../../../shared/wire/frames.ts';
import type { TransportCrypto } from '../ports.ts';
import type { KeyLimits } from '../timing.ts';
import type { PacketCrypto } from './packet-crypto.ts';

export interface KeyExchangeOptions {
  /** The role in the handshake of the connection. Only the initiator opens exchanges. */
  readonly role: 'initiator' | 'responder';
  readonly packetCrypto: PacketCrypto;
  readonly crypto: Pick<TransportCrypto, 'keyPair' | 'sharedSecret' | 'hkdf'>;
  readonly random: (byteCount: number) => Uint8Array;
  readonly limits: KeyLimits;
}

type ExchangeState =
  | { readonly type: 'idle' }
  /** The initiator has sent its share, and waits for the peer's. */
  | { readonly type: 'opened'; readonly secretKey: Uint8Array; readonly publicKey: Uint8Array }
  /** The responder has sent its share. It must not use the mixed key before the peer has that share. */
  | { readonly type: 'answered' }
  /** This side uses its mixed key. The exchange ends with the first packet under the peer's mixed key. */
  | { readonly type: 'switched' };

/**
 * The fresh X25519 exchange inside a connection (PROTOCOL 5.18 to 5.21). Plain changes of a key only hash forward: a thief of
 * one key has all later ones. The exchange gives both directions keys that such a thief cannot compute. The caller carries the
 * shares reliably.
 */
export class KeyExchange {
  readonly #options: KeyExchangeOptions;
  #state: ExchangeState = { type: 'idle' };
  /** The number of the exchange that runs, or of the last one. */
  #number = 0;
  #lastAtMs: number;
  #lastBytes: number;

  constructor(nowMs: number, options: KeyExchangeOptions) {
    this.#options = options;
    this.#lastAtMs = nowMs;
    this.#lastBytes = options.packetCrypto.bytes;
  }

  /** How many exchanges this side has used a key of. */
  get completed(): number {
    return this.#state.type === 'opened' || this.#state.type === 'answered' ? this.#number - 1 : this.#number;
  }

  /** True when this side must open an exchange now (PROTOCOL 5.18). */
  isDue(nowMs: number): boolean {
    const { role, packetCrypto, limits } = this.#options;
    if (role !== 'initiator' || !this.#isIdle) return false;
    return (
      packetCrypto.bytes - this.#lastBytes >= limits.exchangeBytes ||
      nowMs - this.#lastAtMs >= limits.exchangeMs
    );
  }

  /** True while the peer's acknowledgement of the share permits `useMixedKey`. */
  get awaitsAcknowledgement(): boolean {
    return this.#state.type === 'answered';
  }

  /** Opens an exchange; returns the share for the peer. */
  open(): KeyShareFrame {
    const { crypto, random, packetCrypto } = this.#options;
    const { publicKey, secretKey } = crypto.keyPair(random(32));
    packetCrypto.holdSendingKey();
    this.#state = { type: 'opened', secretKey, publicKey };
    return { type: 'key-share', exchange: ++this.#number, publicKey };
  }

  /**
   * Handles a share of the peer. `answer`: the responder's share, for the peer. `settled`: the initiator's share has arrived,
   * and its mixed key is in use. `ignored`: a copy, or a share that nothing asked for.
   */
  handleShare(nowMs: number, share: KeyShareFrame): KeyShareFrame | 'settled' | 'ignored' {
    return this.#options.role === 'initiator'
      ? this.#handleAnswer(nowMs, share)
      : this.#handleOpening(nowMs, share);
  }

  /** The peer has this side's share, so it can open packets under the mixed key. */
  useMixedKey(nowMs: number): void {
    this.#options.packetCrypto.useMixedSendingKey(nowMs);
    this.#state = { type: 'switched' };
  }

  wipe(): void {
    if (this.#state.type === 'opened') this.#state.secretKey.fill(0);
    this.#state = { type: 'switched' };
  }

  get #isIdle(): boolean {
    if (this.#state.type === 'switched') return !this.#options.packetCrypto.awaitsMixedKey;
    return this.#state.type === 'idle';
  }

  #handleAnswer(nowMs: number, { exchange, publicKey }: KeyShareFrame): 'settled' | 'ignored' {
    if (this.#state.type !== 'opened' || exchange !== this.#number) return 'ignored';
    const own = this.#state;
    if (!this.#mix(own.secretKey, publicKey, [own.publicKey, publicKey])) return 'ignored';
    own.secretKey.fill(0);
    this.#noteMixed(nowMs);
    // The responder has answered this side's share, so it has it.
    this.useMixedKey(nowMs);
    return 'settled';
  }

  #handleOpening(nowMs: number, { exchange, publicKey }: KeyShareFrame): KeyShareFrame | 'ignored' {
    if (!this.#isIdle || exchange !== this.#number + 1) return 'ignored';
    const { crypto, random, packetCrypto } = this.#options;
    const own = crypto.keyPair(random(32));
    const isMixed = this.#mix(own.secretKey, publicKey, [publicKey, own.publicKey]);
    own.secretKey.fill(0);
    if (!isMixed) return 'ignored';
    packetCrypto.holdSendingKey();
    this.#number = exchange;
    this.#noteMixed(nowMs);
    this.#state = { type: 'answered' };
    return { type: 'key-share', exchange, publicKey: own.publicKey };
  }

  /** PROTOCOL 5.20. Returns false for a share of low order, which would make the secret public (RFC 7748 section 6.1). */
  #mix(secretKey: Uint8Array, peerShare: Uint8Array, shares: readonly [Uint8Array, Uint8Array]): boolean {
    const { crypto, packetCrypto } = this.#options;
    const secret = crypto.sharedSecret(secretKey, peerShare);
    if (secret === undefined) return false;
    const inputKey = new Uint8Array(3 * shareBytes);
    inputKey.set(secret);
    shares.forEach((share, index) => inputKey.set(share, (index + 1) * shareBytes));
    packetCrypto.mixKeys((key) => crypto.hkdf(key, inputKey, mixInfo));
    secret.fill(0);
    inputKey.fill(0);
    return true;
  }

  #noteMixed(nowMs: number): void {
    this.#lastAtMs = nowMs;
    this.#lastBytes = this.#options.packetCrypto.bytes;
  }
}

const shareBytes = 32;
const mixInfo = new TextEncoder().encode('Chatagram key exchange');
