import { transportMessageBytesMax } from '../../../shared/limits.ts';
import { decodePacket } from '../../../shared/wire/decode.ts';
import { encodePacket } from '../../../shared/wire/encode.ts';
import { decodeFrames, encodeFrame, type Frame } from '../../../shared/wire/frames.ts';
import { channels } from '../../../shared/wire/packet.ts';
import { decodeParameters, encodeParameters } from '../../../shared/wire/parameters.ts';
import type { SeededRandom } from '../../net/seeded-random.ts';
import { framesBytesMax } from '../../transport/connection/connection.ts';
import type { PacketCrypto } from '../../transport/connection/packet-crypto.ts';
import { ManualHandshake, handParameters } from './manual-handshake.ts';

/** Mutates bytes at a few places: removes, inserts and replaces them. */
export function mutate(random: SeededRandom, original: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes = Uint8Array.from(original);
  for (let step = random.below(4); step >= 0; step--) {
    const at = random.below(bytes.length + 1);
    switch (random.below(5)) {
      case 0:
        bytes = bytes.slice(0, at);
        break;
      case 1:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...other.subarray(at)]);
        break;
      case 2:
        bytes = Uint8Array.from([
          ...bytes.subarray(0, at),
          ...random.bytes(random.below(8)),
          ...bytes.subarray(at),
        ]);
        break;
      default:
        if (at < bytes.length) bytes[at] = random.below(256);
    }
  }
  return bytes;
}

/** An authenticated peer that seals arbitrary frames: valid ones and mutated ones. */
export class FuzzPeer {
  /** How often it opened a new connection. */
  connections = 0;
  readonly #random: SeededRandom;
  readonly #keyNumber: number;
  #dial: ManualHandshake;
  #packetCrypto: PacketCrypto | undefined;
  #before: Uint8Array = new Uint8Array(0);

  constructor(random: SeededRandom, keyNumber: number) {
    this.#random = random;
    this.#keyNumber = keyNumber;
    this.#dial = new ManualHandshake(1, keyNumber);
  }

  get key() {
    return this.#dial.key;
  }

  /** Forgets its connection, so that its next datagram is an INITIATION. */
  lose(): void {
    this.#packetCrypto = undefined;
  }

  /** Returns its next datagram. */
  nextDatagram(nowMs: number): Uint8Array {
    if (this.#packetCrypto === undefined) {
      this.#dial = new ManualHandshake(++this.connections, this.#keyNumber);
      return encodePacket(this.#dial.initiation());
    }
    const genuine = this.#drawFrames();
    const frames = this.#random.below(2) === 0 ? genuine : mutate(this.#random, genuine, this.#before);
    this.#before = genuine;
    decodeFrames(frames);
    decodeParameters(mutate(this.#random, encodeParameters(handParameters), frames));
    return this.#packetCrypto.seal(nowMs, frames.subarray(0, framesBytesMax));
  }

  /** Handles a datagram; returns the answer, if it has one. */
  handle(nowMs: number, datagram: Uint8Array): Uint8Array | undefined {
    const decoded = decodePacket(datagram);
    if (decoded.type !== 'packet' || decoded.packet.type !== 'response') return undefined;
    if (decoded.packet.receiver !== this.#dial.localIndex || this.#packetCrypto !== undefined)
      return undefined;
    const { confirmation, packetCrypto } = this.#dial.confirm(nowMs, decoded.packet);
    this.#packetCrypto = packetCrypto;
    return encodePacket(confirmation);
  }

  #drawFrames(): Uint8Array {
    const parts: Uint8Array[] = [];
    let before: Frame | undefined;
    for (let count = this.#random.below(4); count >= 0; count--) {
      let frame = this.#drawFrame();
      // A frame with the next message has a shorter form.
      if (frame.type === 'data' && before?.type === 'data' && this.#random.below(3) > 0) {
        frame = { ...frame, channel: before.channel, message: before.message + 1 };
      }
      parts.push(encodeFrame(frame, before));
      before = frame;
    }
    return Uint8Array.from(parts.flatMap((part) => [...part])).subarray(0, framesBytesMax);
  }

  #drawFrame(): Frame {
    const random = this.#random;
    const channel = channels[random.below(channels.length)] ?? 'chat';
    switch (random.below(23)) {
      case 0:
        return { type: 'padding', byteCount: 1 + random.below(30) };
      case 1:
        return { type: 'ping' };
      case 2:
      case 3:
      case 4:
        return { type: 'ack', delay: this.#drawNumber(), ranges: this.#drawRanges() };
      case 5:
        return { type: 'credit', channel, limit: this.#drawNumber() };
      case 6:
        return { type: 'unreliable', payload: random.bytes(random.below(60)) };
      case 7:
        return { type: 'path-challenge', data: random.bytes(8) };
      case 8:
        return { type: 'path-response', data: random.bytes(8) };
      case 9:
        return { type: 'classic' };
      case 20:
        return { type: 'key-share', exchange: this.#drawNumber(), publicKey: random.bytes(32) };
      case 21:
        return {
          type: 'unknown',
          number: 0x40 + this.#drawNumber(),
          content: random.bytes(random.below(60)),
        };
      case 22:
        return { type: 'unknown-credit', channelNumber: 3 + random.below(253), limit: this.#drawNumber() };
      case 10:
        return random.below(500) === 0 ? { type: 'close', reason: 'goodbye' } : { type: 'ping' };
      default: {
        const isLong = random.below(50) === 0;
        const total = 2 + random.below(isLong ? transportMessageBytesMax - 1 : 100);
        const isWhole = total < 60 && random.below(2) === 0;
        const offset = isWhole ? 0 : random.below(total - 1);
        const payload = random.bytes(isWhole ? total : Math.min(total - offset, 1 + random.below(60)));
        return { type: 'data', channel, message: this.#drawNumber(), offset, total, payload };
      }
    }
  }

  /** Newest range first; ranges never touch each other. */
  #drawRanges(): { smallest: number; largest: number }[] {
    const ranges: { smallest: number; largest: number }[] = [];
    let largest = this.#drawNumber();
    for (let count = 1 + this.#random.below(6); count > 0 && largest >= 0; count--) {
      const smallest = Math.max(0, largest - this.#random.below(5));
      ranges.push({ smallest, largest });
      largest = smallest - 2 - this.#random.below(5);
    }
    return ranges;
  }

  /** Mostly small numbers, sometimes as large as a varint can be. */
  #drawNumber(): number {
    const dice = this.#random.below(10);
    if (dice < 6) return this.#random.below(64);
    if (dice < 9) return this.#random.below(20_000);
    return Math.floor(this.#random.fraction() * 2 ** 52);
  }
}
