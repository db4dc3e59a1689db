import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Address } from '../../../shared/address.ts';
import type { Moment } from '../../../shared/moment.ts';
import { datagramChecksum } from '../../../shared/wire/checksum.ts';
import { keyPairOf, transportCrypto } from '../../crypto/crypto.ts';
import type { DrivenEndpoint, OutgoingDatagram, ReceivedDatagram } from '../../net/driver.ts';
import { Fifo } from '../../transport/fifo.ts';
import type { KeyPair, NoiseHandshake } from '../../transport/ports.ts';
import type { SimulatedHost, SimulatedSocket } from '../network/simulated-network.ts';

export interface MinimalEndpointOptions {
  readonly keys: KeyPair;
  readonly to: Address;
  readonly toKey: Uint8Array;
}

/** One thing that waits: the frame that leaves in a packet of its own. */
interface Waiting {
  readonly frame: number[];
  /** The counters of the packets that have carried it. */
  readonly counters: number[];
}

/**
 * The minimal endpoint of appendix A of docs/protocol/transport.md: an initiator that knows the responder's key and asks for the
 * profile `classic`. It is written from the document, with bytes and not with this program's packets, frames and keys.
 */
export class MinimalEndpoint implements DrivenEndpoint {
  readonly socket: SimulatedSocket;
  /** Messages of the peer by channel. */
  readonly received: number[][][] = [[], [], []];
  retriesFollowed = 0;
  #state: 'initiating' | 'confirming' | 'live' = 'initiating';
  readonly #options: MinimalEndpointOptions;
  readonly #out = new Fifo<OutgoingDatagram>();
  readonly #handshake: NoiseHandshake;
  readonly #firstMessage: Uint8Array;
  #remoteIndex = 0;
  /** What the next try sends: INITIATION, then CONFIRMATION. */
  #handshakePacket: number[] = [];
  #sendingKey = new Uint8Array(0);
  #receivingKey = new Uint8Array(0);
  #receivingPhase = 0;
  #nextCounter = 0;
  #largestReceived = -1;
  readonly #waiting = new Fifo<Waiting>();
  readonly #messages = [new Fifo<number[]>(), new Fifo<number[]>(), new Fifo<number[]>()];
  readonly #nextNumber = [0, 0, 0];
  readonly #spent = [0, 0, 0];
  readonly #limit = [0, 0, 0];
  readonly #deliveredCost = [0, 0, 0];
  readonly #unfinished: number[][] = [[], [], []];
  #nextAttemptMs: number | undefined;

  constructor(host: SimulatedHost, port: number, options: MinimalEndpointOptions) {
    this.#options = options;
    this.#handshake = transportCrypto.noise.begin({
      pattern: 'XK',
      role: 'initiator',
      staticKeys: options.keys,
      ephemeralKeys: () => keyPairOf(new Uint8Array(32).fill(0x77)),
      prologue: Uint8Array.from([...ascii('Chatagram'), 3]),
      remoteStaticKey: options.toKey,
    });
    this.#firstMessage = this.#handshake.write(new Uint8Array(0))!;
    this.#handshakePacket = this.#initiation([]);
    this.socket = host.bind(port, this);
    this.socket.turn((now) => this.#try(now.monotonicMs));
  }

  send(channel: number, message: readonly number[]): void {
    this.socket.turn((now) => {
      this.#messages[channel]!.push([...message]);
      this.#fill(now.monotonicMs);
    });
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#messages.every(({ size }) => size === 0);
  }

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    for (const { bytes } of datagrams) {
      const isOurs = bytes[0] === 0x43 && bytes[1] === 0x47 && bytes[2] === 3;
      if (!isOurs || bytes.length > 1_200 || uint32At(bytes, 4) !== localIndex) continue;
      if (bytes[3] === 2 && this.#state === 'initiating') {
        this.retriesFollowed++;
        this.#handshakePacket = this.#initiation([...bytes.subarray(8)]);
        this.#push(this.#handshakePacket);
      }
      if (bytes[3] === 3 && this.#state === 'initiating') this.#handleResponse(now.monotonicMs, bytes);
      if (bytes[3] === 5 && this.#state !== 'initiating') this.#handleTransport(bytes);
    }
    this.#fill(now.monotonicMs);
  }

  handleTimeout(now: Moment): void {
    this.#try(now.monotonicMs);
  }

  pollTransmit(): OutgoingDatagram | undefined {
    return this.#out.shift();
  }

  pollTimeout(): number | undefined {
    return this.#nextAttemptMs;
  }

  // --- the handshake ----------------------------------------------------------------------------------------

  #initiation(token: readonly number[]): number[] {
    const start = [...header(1), 0, 0, 0, 0, ...uint32(localIndex), 2, token.length, ...token];
    const packet = [...start, ...this.#firstMessage];
    while (packet.length < 256) packet.push(0);
    packet.splice(4, 4, ...uint32(datagramChecksum(Uint8Array.from(packet))));
    return packet;
  }

  #handleResponse(nowMs: number, bytes: Uint8Array): void {
    const read = this.#handshake.read(bytes.subarray(12));
    if (read === undefined) return;
    this.#remoteIndex = uint32At(bytes, 8);
    this.#readCredits(read.payload);
    const credits = [0, 1, 2].flatMap((channel) => [channel, ...varint(creditOfEach)]);
    const parameters = [1, 1, 3, 2, 1, 1, 3, credits.length, ...credits, 4, 8, ...ascii('instance')];
    const message = read.next.write(Uint8Array.from(parameters))!;
    this.#handshakePacket = [...header(4), ...uint32(this.#remoteIndex), ...message];
    this.#sendingKey = Uint8Array.from(read.next.keys!.send);
    this.#receivingKey = Uint8Array.from(read.next.keys!.receive);
    this.#state = 'confirming';
    this.#try(nowMs);
  }

  #readCredits(parameters: Uint8Array): void {
    const list = new Reader(parameters);
    while (list.isLeft) {
      const type = list.number();
      const value = new Reader(list.take(list.number()));
      while (type === 3 && value.isLeft) {
        const channel = value.number();
        const limit = value.number();
        if (channel < 3) this.#limit[channel] = limit;
      }
    }
  }

  // --- packets ----------------------------------------------------------------------------------------------

  #handleTransport(bytes: Uint8Array): void {
    const phase = bytes[8]! >>> 7;
    const counter = (uint32At(bytes, 8) & 0x7fff_ffff) * 2 ** 32 + uint32At(bytes, 12);
    // Packets that come late come again under a new counter.
    if (counter <= this.#largestReceived) return;
    const key = phase === this.#receivingPhase ? this.#receivingKey : rekey(this.#receivingKey);
    const plaintext = open(key, counter, bytes.subarray(0, 16), bytes.subarray(16));
    if (plaintext === undefined) return;
    [this.#receivingKey, this.#receivingPhase, this.#largestReceived] = [key, phase, counter];
    if (this.#state === 'confirming') this.#nextAttemptMs = undefined;
    this.#state = 'live';
    // PROTOCOL 8.4: one range with one packet, without delay.
    if (this.#readFrames(new Reader(plaintext))) this.#seal([2, ...varint(counter), 0, 0, 0]);
  }

  /** Returns whether the packet is ack-eliciting. */
  #readFrames(frames: Reader): boolean {
    let isAckEliciting = false;
    let before = 0;
    while (frames.isLeft) {
      const type = frames.number();
      if (type === 1 || type === 3 || type === 4 || type >= 9) isAckEliciting = true;
      if (type === 2) this.#readAck(frames);
      else if (type === 3) this.#readCredit(frames.number(), frames.number());
      else if (type === 4) frames.take(frames.number());
      else if (type === 5) this.#seal([6, ...frames.take(8)]);
      else if (type === 6) frames.take(8);
      else if (type === 7) frames.number();
      else if (type === 9) {
        frames.number();
        frames.take(32);
      } else if (type >= 0x10 && type <= 0x1f) before = this.#readData(type, before, frames);
      else if (type >= 0x40) frames.take(frames.number());
    }
    return isAckEliciting;
  }

  #readCredit(channel: number, limit: number): void {
    if (channel < 3) this.#limit[channel] = Math.max(this.#limit[channel]!, limit);
  }

  #readAck(frames: Reader): void {
    let largest = frames.number();
    frames.number();
    const furtherRanges = frames.take(1)[0]!;
    for (let range = 0; range <= furtherRanges; range++) {
      if (range > 0) largest -= frames.number() + 2;
      const smallest = largest - frames.number();
      const first = this.#waiting.first;
      if (first?.counters.some((counter) => counter >= smallest && counter <= largest) === true) {
        this.#waiting.shift();
        this.#nextAttemptMs = undefined;
      }
      largest = smallest;
    }
  }

  #readData(type: number, before: number, frames: Reader): number {
    const channel = type & 3;
    const number = (type & 8) === 0 ? frames.number() : before + 1;
    const offset = (type & 4) === 0 ? 0 : frames.number();
    const total = (type & 4) === 0 ? undefined : frames.number();
    const payload = frames.take(frames.number());
    const unfinished = this.#unfinished[channel]!;
    // Messages and parts come in order: the peer has one packet under way.
    if (number !== this.received[channel]!.length || offset !== unfinished.length) return number;
    unfinished.push(...payload);
    if (total !== undefined && unfinished.length < total) return number;
    this.received[channel]!.push(unfinished);
    this.#unfinished[channel] = [];
    this.#deliveredCost[channel]! += unfinished.length + 64;
    const limit = this.#deliveredCost[channel]! + creditOfEach;
    this.#waiting.push({ frame: [3, channel, ...varint(limit)], counters: [] });
    return number;
  }

  // --- sending ----------------------------------------------------------------------------------------------

  /** PROTOCOL 8.15: one packet under way, each 0.5 s. */
  #fill(nowMs: number): void {
    if (this.#state !== 'live' || this.#nextAttemptMs !== undefined) return;
    for (let channel = 0; channel < 3 && this.#waiting.size === 0; channel++) this.#queueMessage(channel);
    if (this.#waiting.size > 0) this.#try(nowMs);
  }

  #queueMessage(channel: number): void {
    const message = this.#messages[channel]!.first;
    if (message === undefined || this.#spent[channel]! + message.length + 64 > this.#limit[channel]!) return;
    this.#messages[channel]!.shift();
    this.#spent[channel]! += message.length + 64;
    const number = varint(this.#nextNumber[channel]!++);
    const length = varint(message.length);
    if (message.length <= partBytes) {
      return this.#waiting.push({ frame: [0x10 | channel, ...number, ...length, ...message], counters: [] });
    }
    for (let offset = 0; offset < message.length; offset += partBytes) {
      const part = message.slice(offset, offset + partBytes);
      const start = [0x14 | channel, ...number, ...varint(offset), ...length, ...varint(part.length)];
      this.#waiting.push({ frame: [...start, ...part], counters: [] });
    }
  }

  #try(nowMs: number): void {
    this.#nextAttemptMs = nowMs + 500;
    if (this.#state !== 'live') return this.#push(this.#handshakePacket);
    const first = this.#waiting.first;
    if (first === undefined) this.#nextAttemptMs = undefined;
    else {
      first.counters.push(this.#nextCounter);
      this.#seal(first.frame);
    }
  }

  #seal(frames: readonly number[]): void {
    const counter = this.#nextCounter++;
    const head = [...header(5), ...uint32(this.#remoteIndex), 0, 0, 0, 0, ...uint32(counter)];
    this.#push([...head, ...seal(this.#sendingKey, nonceOf(counter), head, Uint8Array.from(frames))]);
  }

  #push(packet: readonly number[]): void {
    this.#out.push({ to: this.#options.to, bytes: Uint8Array.from(packet) });
  }
}

const localIndex = 0x0102_0304;
/** PROTOCOL 8.21: the largest message always has room. */
const creditOfEach = 512 * 1024 + 64;
const partBytes = 1_100;

function ascii(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

function header(type: number): number[] {
  return [0x43, 0x47, 3, type];
}

function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function uint32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at);
}

function varint(value: number): number[] {
  if (value < 0x40) return [value];
  if (value < 0x4000) return [0x40 | (value >>> 8), value & 0xff];
  return uint32(0x8000_0000 + value);
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isLeft(): boolean {
    return this.#at < this.#bytes.length;
  }

  take(byteCount: number): Uint8Array {
    this.#at += byteCount;
    if (this.#at > this.#bytes.length) throw new Error('a field is cut short');
    return this.#bytes.subarray(this.#at - byteCount, this.#at);
  }

  number(): number {
    const [first = 0] = this.take(1);
    const further = this.take(2 ** (first >>> 6) - 1);
    return further.reduce((value, byte) => value * 0x100 + byte, first & 0x3f);
  }
}

function nonceOf(counter: number): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(counter), true);
  return nonce;
}

function seal(key: Uint8Array, nonce: Uint8Array, header: readonly number[], text: Uint8Array): number[] {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(Uint8Array.from(header), { plaintextLength: text.length });
  return [...cipher.update(text), ...cipher.final(), ...cipher.getAuthTag()];
}

function open(
  key: Uint8Array,
  counter: number,
  header: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const cipher = createDecipheriv('chacha20-poly1305', key, nonceOf(counter), { authTagLength: 16 });
  cipher.setAAD(header, { plaintextLength: sealed.length - 16 });
  cipher.setAuthTag(sealed.subarray(-16));
  try {
    return Uint8Array.from([...cipher.update(sealed.subarray(0, -16)), ...cipher.final()]);
  } catch {
    return undefined;
  }
}

/** PROTOCOL 5.4. */
function rekey(key: Uint8Array): Uint8Array<ArrayBuffer> {
  const nonce = Uint8Array.from([0, 0, 0, 0, ...new Uint8Array(8).fill(0xff)]);
  return Uint8Array.from(seal(key, nonce, [], new Uint8Array(32)).slice(0, 32));
}
