import { beginTransport } from '../../shared/wire/encode.ts';
import { tagBytes, transportLayout } from '../../shared/wire/layout.ts';
import type { ConnectionIndex, KeyPhase, TransportPacket } from '../../shared/wire/packet.ts';
import type { DatagramSlab } from './datagram-slab.ts';
import { type Aead, aeadNonceBytes, type SessionKeys } from './ports.ts';
import { ReplayWindow } from './replay-window.ts';
import { keyPacketsMax, keyUseMaxMs } from './timing.ts';

export interface PacketCryptoOptions {
  readonly aead: Aead;
  readonly keys: SessionKeys;
  readonly localIndex: ConnectionIndex;
  readonly remoteIndex: ConnectionIndex;
}

/** What a packet holds that is genuine and new. */
export interface Opened {
  readonly type: 'opened';
  readonly plaintext: Uint8Array;
  /** No genuine packet with a larger counter has come. */
  readonly isNewest: boolean;
}
export type OpenResult = Opened | { readonly type: 'refused'; readonly cause: 'forged' | 'replayed' };

/**
 * The keys of one connection: seals what leaves, opens what comes, each counter once, and changes its keys by time
 * and number. Each direction has a key and a phase of its own.
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
  /** The key before `#receiving`, for packets that come late. */
  #previous: { readonly key: Uint8Array; readonly untilMs: number } | undefined;
  /** The key after `#receiving`, made when somebody first uses it, or seems to. */
  #upcoming: Uint8Array | undefined;

  constructor(nowMs: number, { aead, keys, localIndex, remoteIndex }: PacketCryptoOptions) {
    this.#aead = aead;
    this.localIndex = localIndex;
    this.remoteIndex = remoteIndex;
    this.#sending = { key: keys.send, phase: 0, sinceMs: nowMs, packets: 0 };
    this.#receiving = { key: keys.receive, phase: 0, firstCounter: 0 };
  }

  /** The number of the packet that is sealed next. */
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

  /** The datagram with these frames, in memory of the slab or of its own. */
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

  /** PROTOCOL 5.2 to 5.5. Writes over the packet, also when it is refused. `oldKeysMs`: how long a key stays good for latecomers once the next one is in use. */
  open(nowMs: number, packet: TransportPacket, oldKeysMs: number): OpenResult {
    const { counter } = packet;
    if (!this.#window.accepts(counter)) return { type: 'refused', cause: 'replayed' };
    const isUpcoming = this.#isOfUpcomingKey(nowMs, packet);
    // An allocation for each datagram would cost as much as reading it: what is opened takes the place of what was sealed.
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
   * RFC 9001 6.3 to 6.5: a packet of the other phase is of the next key, unless it was numbered before the first one of
   * the present key; then it is a latecomer of the previous one, as long as that is kept.
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

  /** PROTOCOL 5.5: the peer has long shown that it has the present key: else this connection would be unreachable. */
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
