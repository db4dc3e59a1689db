import { beginTransport } from '../../../shared/wire/encode.ts';
import { tagBytes, transportLayout } from '../../../shared/wire/layout.ts';
import type { ConnectionIndex, KeyPhase, TransportPacket } from '../../../shared/wire/packet.ts';
import type { DatagramSlab } from '../datagram-slab.ts';
import { type Aead, aeadNonceBytes, type TransportKeys } from '../ports.ts';
import { type KeyLimits, keyLimits } from '../timing.ts';
import { ReplayWindow } from './replay-window.ts';

export interface PacketCryptoOptions {
  readonly aead: Aead;
  /** The packet crypto owns these arrays from now on, and wipes them after their use. */
  readonly keys: TransportKeys;
  readonly localIndex: ConnectionIndex;
  readonly remoteIndex: ConnectionIndex;
  readonly limits?: KeyLimits;
}

/** The content of a genuine, new packet. */
export interface Opened {
  readonly type: 'opened';
  readonly plaintext: Uint8Array;
  /** True when no genuine packet with a larger counter has arrived. */
  readonly isNewest: boolean;
}
export type OpenResult = Opened | { readonly type: 'refused'; readonly cause: 'forged' | 'replayed' };

interface SendingKey {
  readonly key: Uint8Array;
  readonly phase: KeyPhase;
  readonly sinceMs: number;
  readonly firstCounter: number;
  packets: number;
}

/**
 * The keys of one connection: seals outgoing packets, opens incoming ones (each counter once), and changes keys by time
 * and packet count. Each direction has its own key and phase. A key exchange (key-exchange.ts) gives both directions new keys.
 */
export class PacketCrypto {
  readonly localIndex: ConnectionIndex;
  readonly remoteIndex: ConnectionIndex;
  /** The largest counter that the peer has acknowledged; -1 for none. */
  acknowledgedCounter = -1;
  readonly #aead: Aead;
  readonly #limits: KeyLimits;
  readonly #window = new ReplayWindow();
  #nextCounter = 0;
  #keyChanges = 0;
  #bytes = 0;
  #sending: SendingKey;
  /** True while a key exchange runs: the next sending key is the mixed one, not the rekeyed one. */
  #isSendingKeyHeld = false;
  /** The next sending key of a key exchange, once both shares are known. */
  #mixedSending: Uint8Array | undefined;
  #receiving: { key: Uint8Array; phase: KeyPhase; firstCounter: number };
  /** The key before `#receiving`, for late packets. */
  #previous: { readonly key: Uint8Array; readonly untilMs: number } | undefined;
  /** The key after `#receiving`: mixed in a key exchange, or rekeyed when a packet first seems to use it. */
  #upcoming: Uint8Array | undefined;
  #isUpcomingMixed = false;

  constructor(
    nowMs: number,
    { aead, keys, localIndex, remoteIndex, limits = keyLimits }: PacketCryptoOptions,
  ) {
    this.#aead = aead;
    this.#limits = limits;
    this.localIndex = localIndex;
    this.remoteIndex = remoteIndex;
    this.#sending = { key: keys.send, phase: 0, sinceMs: nowMs, firstCounter: 0, packets: 0 };
    this.#receiving = { key: keys.receive, phase: 0, firstCounter: 0 };
  }

  /** The number of the next packet to be sealed. */
  get nextCounter(): number {
    return this.#nextCounter;
  }

  get keyPhase(): KeyPhase {
    return this.#sending.phase;
  }

  /** How often the key for sending was changed. */
  get keyChanges(): number {
    return this.#keyChanges;
  }

  /** The bytes of all datagrams that were sealed and opened. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True from `mixKeys` until a packet under the peer's mixed key arrives. */
  get awaitsMixedKey(): boolean {
    return this.#isUpcomingMixed;
  }

  /** Returns the sealed datagram with these frames, in memory of the slab or its own. */
  seal(nowMs: number, frames: Uint8Array, slab?: DatagramSlab): Uint8Array {
    this.#changeSendingKeyWhenDue(nowMs);
    const counter = this.#nextCounter++;
    const { key, phase } = this.#sending;
    this.#sending.packets++;
    const length = transportLayout.sealed + frames.length + tagBytes;
    this.#bytes += length;
    const datagram = slab?.take(length) ?? new Uint8Array(length);
    beginTransport(datagram, this.remoteIndex, phase, counter);
    const header = datagram.subarray(0, transportLayout.sealed);
    this.#aead.seal(datagram.subarray(transportLayout.sealed), key, nonceOf(counter), header, frames);
    return datagram;
  }

  /**
   * Opens a packet (PROTOCOL 5.2 to 5.5). Writes over the packet, even if it is refused. `oldKeysMs`: how long the previous
   * key stays valid for late packets once the next one is in use.
   */
  open(nowMs: number, packet: TransportPacket, oldKeysMs: number): OpenResult {
    const { counter } = packet;
    if (!this.#window.accepts(counter)) return { type: 'refused', cause: 'replayed' };
    const isUpcoming = this.#isOfUpcomingKey(nowMs, packet);
    // Decrypts in place: an allocation for each datagram would cost as much as reading it.
    const plaintext = packet.sealed.subarray(0, packet.sealed.length - tagBytes);
    const key = isUpcoming ? this.#upcomingKey() : this.#keyOf(packet);
    if (!this.#aead.open(plaintext, key, nonceOf(counter), packet.header, packet.sealed)) {
      return { type: 'refused', cause: 'forged' };
    }
    this.#bytes += packet.header.length + packet.sealed.length;
    if (isUpcoming) this.#beginReceivingKey(nowMs, key, packet, oldKeysMs);
    else if (packet.keyPhase === this.#receiving.phase && counter < this.#receiving.firstCounter) {
      this.#receiving.firstCounter = counter;
    }
    const isNewest = counter > this.#window.largest;
    this.#window.add(counter);
    return { type: 'opened', plaintext, isNewest };
  }

  // --- key exchange ----------------------------------------------------------------------------------------

  /** PROTOCOL 5.19: the peer mixes from the sending key of this moment, so that key stays until `useMixedSendingKey`. */
  holdSendingKey(): void {
    this.#isSendingKeyHeld = true;
  }

  /** Derives the next key of each direction. The peer's packets may use its one at once. */
  mixKeys(mix: (key: Uint8Array) => Uint8Array): void {
    this.#mixedSending = mix(this.#sending.key);
    // A forged packet of the other phase may have led to the rekeyed one.
    this.#upcoming?.fill(0);
    this.#upcoming = mix(this.#receiving.key);
    this.#isUpcomingMixed = true;
  }

  /** Seals with the mixed key from now on, and permits plain changes of the key again. */
  useMixedSendingKey(nowMs: number): void {
    if (this.#mixedSending === undefined) throw new Error('there is no mixed key');
    this.#beginSendingKey(nowMs, this.#mixedSending);
    this.#mixedSending = undefined;
    this.#isSendingKeyHeld = false;
  }

  /** Erases all keys. Sealing throws afterwards, and nothing opens. */
  wipe(): void {
    const keys = [this.#sending, this.#receiving, this.#previous].map((used) => used?.key);
    for (const key of [...keys, this.#mixedSending, this.#upcoming]) key?.fill(0);
    this.#sending = { ...this.#sending, key: noKey };
    this.#receiving.key = noKey;
    this.#previous = undefined;
    this.#mixedSending = undefined;
    this.#upcoming = noKey;
  }

  // --- changes of keys -------------------------------------------------------------------------------------

  /**
   * RFC 9001 6.3 to 6.5: a packet of the other phase uses the next key, unless its number is below the first packet of the
   * current key. Then it is a late packet of the previous key, while that key is kept.
   */
  #isOfUpcomingKey(nowMs: number, { keyPhase, counter }: TransportPacket): boolean {
    if (this.#previous !== undefined && nowMs >= this.#previous.untilMs) this.#wipePrevious();
    if (keyPhase === this.#receiving.phase) return false;
    return this.#previous === undefined || counter > this.#receiving.firstCounter;
  }

  #keyOf({ keyPhase }: TransportPacket): Uint8Array {
    const { key, phase } = this.#receiving;
    return keyPhase === phase ? key : (this.#previous?.key ?? key);
  }

  #upcomingKey(): Uint8Array {
    this.#upcoming ??= this.#keyAfter(this.#receiving.key);
    return this.#upcoming;
  }

  #beginReceivingKey(nowMs: number, key: Uint8Array, packet: TransportPacket, oldKeysMs: number): void {
    this.#wipePrevious();
    this.#previous = { key: this.#receiving.key, untilMs: nowMs + oldKeysMs };
    this.#receiving = { key, phase: packet.keyPhase, firstCounter: packet.counter };
    this.#upcoming = undefined;
    this.#isUpcomingMixed = false;
  }

  #wipePrevious(): void {
    this.#previous?.key.fill(0);
    this.#previous = undefined;
  }

  #changeSendingKeyWhenDue(nowMs: number): void {
    const { key, sinceMs, packets, firstCounter } = this.#sending;
    if (packets < this.#limits.packetsMax && nowMs - sinceMs < this.#limits.useMaxMs) return;
    // RFC 9001 6.1: two changes without an acknowledgement between them would have the same phase, and the peer could not tell.
    if (this.#isSendingKeyHeld || this.acknowledgedCounter < firstCounter) return;
    this.#beginSendingKey(nowMs, this.#keyAfter(key));
  }

  #beginSendingKey(nowMs: number, key: Uint8Array): void {
    this.#keyChanges++;
    this.#sending.key.fill(0);
    const phase = this.#sending.phase === 0 ? 1 : 0;
    this.#sending = { key, phase, sinceMs: nowMs, firstCounter: this.#nextCounter, packets: 0 };
  }

  /** REKEY(k) of the Noise specification, section 4.2: the first 32 bytes of ENCRYPT(k, 2^64-1, zerolen, zeros). */
  #keyAfter(key: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(keyBytes + tagBytes);
    this.#aead.seal(sealed, key, rekeyNonce, new Uint8Array(0), new Uint8Array(keyBytes));
    const next = sealed.slice(0, keyBytes);
    sealed.fill(0);
    return next;
  }
}

const keyBytes = 32;
const noKey = new Uint8Array(0);

const nonce = new Uint8Array(aeadNonceBytes);
const nonceView = new DataView(nonce.buffer);
/** Noise section 12.3, ChaChaPoly: "32 bits of zeros followed by little-endian encoding of n". Valid until the next call. */
function nonceOf(counter: number): Uint8Array {
  nonceView.setUint32(4, counter >>> 0, true);
  nonceView.setUint32(8, Math.floor(counter / 0x1_0000_0000), true);
  return nonce;
}

const rekeyNonce = Uint8Array.from([0, 0, 0, 0, ...Array<number>(8).fill(0xff)]);
