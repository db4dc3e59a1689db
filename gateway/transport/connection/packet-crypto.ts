import { beginTransport } from '../../../shared/wire/encode.ts';
import { tagBytes, transportLayout } from '../../../shared/wire/layout.ts';
import type { ConnectionIndex, KeyPhase, TransportPacket } from '../../../shared/wire/packet.ts';
import type { DatagramSlab } from '../datagram-slab.ts';
import { type Aead, aeadNonceBytes, type TransportKeys } from '../ports.ts';
import { ReplayWindow } from './replay-window.ts';
import { keyPacketsMax, keyUseMaxMs } from '../timing.ts';

export interface PacketCryptoOptions {
  readonly aead: Aead;
  readonly keys: TransportKeys;
  readonly localIndex: ConnectionIndex;
  readonly remoteIndex: ConnectionIndex;
}

/** The content of a genuine, new packet. */
export interface Opened {
  readonly type: 'opened';
  readonly plaintext: Uint8Array;
  /** True when no genuine packet with a larger counter has arrived. */
  readonly isNewest: boolean;
}
export type OpenResult = Opened | { readonly type: 'refused'; readonly cause: 'forged' | 'replayed' };

/**
 * The keys of one connection: seals outgoing packets, opens incoming ones (each counter once), and changes keys by time
 * and packet count. Each direction has its own key and phase.
 */
export class PacketCrypto {
  readonly localIndex: ConnectionIndex;
  readonly remoteIndex: ConnectionIndex;
  readonly #aead: Aead;
  readonly #window = new ReplayWindow();
  #nextCounter = 0;
  #keyChanges = 0;
  #sending: { key: Uint8Array; phase: KeyPhase; sinceMs: number; packets: number };
  #receiving: { key: Uint8Array; phase: KeyPhase; firstCounter: number };
  /** The key before `#receiving`, for late packets. */
  #previous: { readonly key: Uint8Array; readonly untilMs: number } | undefined;
  /** The key after `#receiving`, derived when a packet first seems to use it. */
  #upcoming: Uint8Array | undefined;

  constructor(nowMs: number, { aead, keys, localIndex, remoteIndex }: PacketCryptoOptions) {
    this.#aead = aead;
    this.localIndex = localIndex;
    this.remoteIndex = remoteIndex;
    this.#sending = { key: keys.send, phase: 0, sinceMs: nowMs, packets: 0 };
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

  /** Returns the sealed datagram with these frames, in memory of the slab or its own. */
  seal(nowMs: number, frames: Uint8Array, slab?: DatagramSlab): Uint8Array {
    this.#changeSendingKeyWhenDue(nowMs);
    const counter = this.#nextCounter++;
    const { key, phase } = this.#sending;
    this.#sending.packets++;
    const length = transportLayout.sealed + frames.length + tagBytes;
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
    if (isUpcoming) {
      this.#previous = { key: this.#receiving.key, untilMs: nowMs + oldKeysMs };
      this.#receiving = { key, phase: packet.keyPhase, firstCounter: counter };
      this.#upcoming = undefined;
    } else if (packet.keyPhase === this.#receiving.phase && counter < this.#receiving.firstCounter) {
      this.#receiving.firstCounter = counter;
    }
    const isNewest = counter > this.#window.largest;
    this.#window.add(counter);
    return { type: 'opened', plaintext, isNewest };
  }

  /**
   * RFC 9001 6.3 to 6.5: a packet of the other phase uses the next key, unless its number is below the first packet of the
   * current key. Then it is a late packet of the previous key, while that key is kept.
   */
  #isOfUpcomingKey(nowMs: number, { keyPhase, counter }: TransportPacket): boolean {
    if (this.#previous !== undefined && nowMs >= this.#previous.untilMs) this.#previous = undefined;
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

  /** PROTOCOL 5.5: the peer has proved by now that it has the current key; otherwise it would count as unreachable. */
  #changeSendingKeyWhenDue(nowMs: number): void {
    const { key, phase, sinceMs, packets } = this.#sending;
    if (packets < keyPacketsMax && nowMs - sinceMs < keyUseMaxMs) return;
    this.#keyChanges++;
    this.#sending = { key: this.#keyAfter(key), phase: phase === 0 ? 1 : 0, sinceMs: nowMs, packets: 0 };
  }

  /** REKEY(k) of the Noise specification, section 4.2: the first 32 bytes of ENCRYPT(k, 2^64-1, zerolen, zeros). */
  #keyAfter(key: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(keyBytes + tagBytes);
    this.#aead.seal(sealed, key, rekeyNonce, new Uint8Array(0), new Uint8Array(keyBytes));
    return sealed.slice(0, keyBytes);
  }
}

const keyBytes = 32;

const nonce = new Uint8Array(aeadNonceBytes);
const nonceView = new DataView(nonce.buffer);
/** Noise section 12.3, ChaChaPoly: "32 bits of zeros followed by little-endian encoding of n". Valid until the next call. */
function nonceOf(counter: number): Uint8Array {
  nonceView.setUint32(4, counter >>> 0, true);
  nonceView.setUint32(8, Math.floor(counter / 0x1_0000_0000), true);
  return nonce;
}

const rekeyNonce = Uint8Array.from([0, 0, 0, 0, ...Array<number>(8).fill(0xff)]);
