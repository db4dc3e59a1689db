import type { Address } from '../../../shared/address.ts';
import { decodeMessage, encodeMessage } from '../../../shared/chat/codec.ts';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import {
  installationIdFromBytes,
  instanceIdFromBytes,
  type InstallationId,
  type PeerKey,
} from '../../../shared/ids.ts';
import { defaultServerSettings } from '../../../shared/settings.ts';
import { decodePacket } from '../../../shared/wire/decode.ts';
import { encodePacket } from '../../../shared/wire/encode.ts';
import { checksumOffset, initiationLayout } from '../../../shared/wire/layout.ts';
import { decodeFrames, encodeFrame, type Frame } from '../../../shared/wire/frames.ts';
import { channels, type Channel, type ConnectionIndex, type PacketOf } from '../../../shared/wire/packet.ts';
import type { Parameters } from '../../../shared/wire/parameters.ts';
import type { Identity } from '../../store/client-store.ts';
import type { KeyPair } from '../../transport/ports.ts';
import type { PacketCrypto } from '../../transport/connection/packet-crypto.ts';
import { handParameters, ManualHandshake } from '../transport/manual-handshake.ts';

/** Where an attacker stands: in a simulated network, or on real sockets. */
export interface AttackLan {
  /** Monotonic milliseconds. */
  nowMs(): number;
  random(byteCount: number): Uint8Array;
  /** Opens a socket at one of the attacker's addresses, which are numbered from 0. */
  open(address: number, handle: (bytes: Uint8Array) => void): AttackSocket;
}

export interface AttackSocket {
  send(to: Address, bytes: Uint8Array): void;
}

/** A server or a client that is attacked. */
export interface AttackTarget {
  readonly address: Address;
  readonly key: PeerKey;
}

/** The installation of all attackers. */
export const attackInstallation: InstallationId = installationIdFromBytes(new Uint8Array(8).fill(0x66));

/** An unacknowledged packet is sent again after this time. */
const resendMs = 100;
/** Unacknowledged packets of one connection. An attacker has no other congestion control. */
const packetsInFlightMax = 512;
/** Indexes of handshakes that have no connection yet begin here. */
const firstSpareIndex = 0x1000_0000;
/** Bytes of frames in one packet: with header and tag it has 1,200 bytes. */
export const frameBytes = 1_168;

/** One socket of an attacker, with the connections of any keys on it. */
export class AttackPort {
  readonly lan: AttackLan;
  readonly #socket: AttackSocket;
  readonly #connections = new Map<ConnectionIndex, AttackConnection>();
  #nextIndex = 1;

  constructor(lan: AttackLan, address: number) {
    this.lan = lan;
    this.#socket = lan.open(address, (bytes) => this.#handle(bytes));
  }

  send(to: Address, bytes: Uint8Array): void {
    this.#socket.send(to, bytes);
  }

  /** Begins a connection with a key. With `credits`, the target may answer that much. */
  connect(
    target: AttackTarget,
    keys: KeyPair,
    credits: Parameters['credits'] = handParameters.credits,
  ): AttackConnection {
    const index = this.#nextIndex++;
    const handshake = new ManualHandshake(index, keys, undefined, target.key);
    const connection = new AttackConnection(this, target, handshake, credits);
    this.#connections.set(index, connection);
    connection.initiate();
    return connection;
  }

  /** Sends an INITIATION of this template under an index of its own. */
  initiateLike(template: InitiationTemplate, target: AttackTarget, retry?: PacketOf<'retry'>): void {
    const sender = retry?.receiver ?? firstSpareIndex + this.#nextIndex++;
    this.send(target.address, retry === undefined ? template.datagram(sender) : template.repeated(retry));
  }

  /** Completes a handshake that `initiateLike` began. */
  complete(response: PacketOf<'response'>, handshake: ManualHandshake, target: AttackTarget): void {
    const connection = new AttackConnection(this, target, handshake, handParameters.credits);
    this.#connections.set(response.receiver, connection);
    connection.confirm(response);
  }

  /** Sees RESPONSEs that no connection waits for. */
  onResponse: (response: PacketOf<'response'>) => void = () => undefined;
  /** Sees RETRYs that no connection waits for. */
  onRetry: (retry: PacketOf<'retry'>) => void = () => undefined;

  #handle(bytes: Uint8Array): void {
    const decoded = decodePacket(bytes);
    if (decoded.type !== 'packet') return;
    const { packet } = decoded;
    switch (packet.type) {
      case 'retry':
        this.#connections.get(packet.receiver)?.initiate(packet.token);
        if (!this.#connections.has(packet.receiver)) this.onRetry(packet);
        return;
      case 'response':
        this.#connections.get(packet.receiver)?.confirm(packet);
        if (!this.#connections.has(packet.receiver)) this.onResponse(packet);
        return;
      case 'transport':
        this.#connections.get(packet.receiver)?.handle(packet);
        return;
      default:
    }
  }
}

/**
 * Makes datagrams of one INITIATION that differ in their index. They cost the attacker no key exchange, and hardly a checksum: a CRC is
 * linear, so each bit of the index changes the same bits of the checksum.
 */
export class InitiationTemplate {
  readonly #handshake: ManualHandshake;
  readonly #datagram: Uint8Array;
  readonly #checksum: number;
  readonly #changes: readonly number[];

  constructor(handshake: ManualHandshake) {
    this.#handshake = handshake;
    this.#datagram = this.#encode(0);
    this.#checksum = checksumIn(this.#datagram);
    this.#changes = Array.from(
      { length: 32 },
      (_, bit) => checksumIn(this.#encode(2 ** bit)) ^ this.#checksum,
    );
  }

  datagram(sender: ConnectionIndex): Uint8Array {
    const bytes = this.#datagram.slice();
    const view = new DataView(bytes.buffer);
    let checksum = this.#checksum;
    for (const [bit, change] of this.#changes.entries()) if (((sender >>> bit) & 1) === 1) checksum ^= change;
    view.setUint32(initiationLayout.sender, sender);
    view.setUint32(checksumOffset, checksum >>> 0);
    return bytes;
  }

  /** Returns the INITIATION again, with the token of a RETRY. */
  repeated({ receiver, token }: PacketOf<'retry'>): Uint8Array {
    return encodePacket({ ...this.#handshake.initiation(token), sender: receiver });
  }

  #encode(sender: ConnectionIndex): Uint8Array {
    return encodePacket({ ...this.#handshake.initiation(), sender });
  }
}

function checksumIn(datagram: Uint8Array): number {
  return new DataView(datagram.buffer, datagram.byteOffset).getUint32(checksumOffset);
}

interface SentFrames {
  readonly frames: Uint8Array;
  readonly sentAtMs: number;
}

/**
 * A connection of an attacker, made by hand from real packets. It acknowledges what it gets, sends again what was lost, and
 * obeys neither congestion control nor credit.
 */
export class AttackConnection {
  /** Gets each whole message that fits into one packet. */
  onMessage: (message: ProtocolMessage) => void = () => undefined;
  isClosed = false;
  readonly #port: AttackPort;
  readonly #target: AttackTarget;
  readonly #credits: Parameters['credits'];
  readonly #handshake: ManualHandshake;
  #packetCrypto: PacketCrypto | undefined;
  readonly #nextNumber: Record<Channel, number> = { control: 0, chat: 0, bulk: 0 };
  /** Sealed once the connection is live, then sent again until they are acknowledged. */
  readonly #waiting: Uint8Array[] = [];
  readonly #inFlight = new Map<number, SentFrames>();

  constructor(
    port: AttackPort,
    target: AttackTarget,
    handshake: ManualHandshake,
    credits: Parameters['credits'],
  ) {
    this.#port = port;
    this.#target = target;
    this.#handshake = handshake;
    this.#credits = credits;
  }

  get isLive(): boolean {
    return this.#packetCrypto !== undefined && !this.isClosed;
  }

  /** Frames that were not sent yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  initiate(token?: Uint8Array): void {
    if (this.#packetCrypto !== undefined) return;
    this.#port.send(this.#target.address, encodePacket(this.#handshake.initiation(token)));
  }

  confirm(response: PacketOf<'response'>): void {
    if (this.#packetCrypto !== undefined) return;
    const { lan } = this.#port;
    const { confirmation, packetCrypto } = this.#handshake.confirm(lan.nowMs(), response, {
      ...handParameters,
      credits: this.#credits,
      instance: instanceIdFromBytes(lan.random(8)),
    });
    this.#packetCrypto = packetCrypto;
    this.#port.send(this.#target.address, encodePacket(confirmation));
    this.send({ type: 'ping' });
  }

  handle(packet: PacketOf<'transport'>): void {
    const { counter } = packet;
    const opened = this.#packetCrypto?.open(this.#port.lan.nowMs(), packet, 1_000);
    if (opened?.type !== 'opened') return;
    const frames = decodeFrames(opened.plaintext);
    if (frames === 'malformed') throw new Error('the target has sealed bytes that are no frames');
    let isAckEliciting = false;
    for (const frame of frames) {
      if (frame.type === 'close') this.isClosed = true;
      if (frame.type === 'ack') this.#acknowledge(frame.ranges);
      else if (frame.type !== 'padding' && frame.type !== 'path-response') isAckEliciting = true;
      if (frame.type === 'path-challenge') this.send({ type: 'path-response', data: frame.data.slice() });
      if (frame.type === 'data' && frame.payload.length === frame.total) this.#read(frame.payload);
    }
    const ranges = [{ smallest: counter, largest: counter }];
    if (isAckEliciting && !this.isClosed) this.send({ type: 'ack', delay: 0, ranges });
  }

  /** Seals these frames into one packet, and sends it once, from another port of the attacker if one is given. */
  send(...frames: readonly Frame[]): void {
    this.sendOnce(joined(frames.map((frame) => encodeFrame(frame))));
  }

  sendOnce(frames: Uint8Array, from: AttackPort = this.#port): number {
    const sealed = this.#packetCrypto?.seal(this.#port.lan.nowMs(), frames);
    if (sealed === undefined) return -1;
    from.send(this.#target.address, sealed);
    return sealed.length;
  }

  /** Queues frames that are sent again until they are acknowledged. */
  queue(frames: Uint8Array): void {
    this.#waiting.push(frames);
  }

  /** Queues a message, in fragments of `fragmentBytes`. */
  queueMessage(channel: Channel, bytes: Uint8Array, fragmentBytes = 1_100): void {
    const message = this.#nextNumber[channel]++;
    const total = bytes.length;
    for (let offset = 0; offset < total; offset += fragmentBytes) {
      const payload = bytes.subarray(offset, offset + fragmentBytes);
      this.queue(encodeFrame({ type: 'data', channel, message, offset, total, payload }));
    }
  }

  /** Queues small messages, as many in a packet as it holds. */
  queueTogether(channel: Channel, messages: readonly Uint8Array[]): void {
    let frames: Uint8Array[] = [];
    let byteCount = 0;
    for (const payload of messages) {
      const message = this.#nextNumber[channel]++;
      const frame = encodeFrame({
        type: 'data',
        channel,
        message,
        offset: 0,
        total: payload.length,
        payload,
      });
      if (byteCount + frame.length > frameBytes) {
        this.queue(joined(frames));
        frames = [];
        byteCount = 0;
      }
      frames.push(frame);
      byteCount += frame.length;
    }
    this.queue(joined(frames));
  }

  say(message: ProtocolMessage): void {
    this.queueMessage('control', encodeMessage(message));
    this.pump(100);
  }

  /** Queues a packet full of messages of one byte, and returns how many there are. */
  queueWords(channel: Channel): number {
    const words = Math.floor((frameBytes - 5) / 3);
    const first = this.#nextNumber[channel];
    this.#nextNumber[channel] += words;
    this.queue(oneByteMessages(channel, first, words));
    return words;
  }

  /** Sends what was lost, then what waits, up to `packetsMax` packets. Returns how many left. */
  pump(packetsMax: number): number {
    if (!this.isLive) return 0;
    const nowMs = this.#port.lan.nowMs();
    let left = packetsMax;
    for (const [counter, { frames, sentAtMs }] of this.#inFlight) {
      if (left === 0 || sentAtMs + resendMs > nowMs) break;
      this.#inFlight.delete(counter);
      this.#sendReliably(frames, nowMs);
      left--;
    }
    while (left > 0 && this.#inFlight.size < packetsInFlightMax) {
      const frames = this.#waiting.shift();
      if (frames === undefined) break;
      this.#sendReliably(frames, nowMs);
      left--;
    }
    return packetsMax - left;
  }

  #sendReliably(frames: Uint8Array, nowMs: number): void {
    const counter = this.#packetCrypto?.nextCounter;
    if (counter === undefined || this.sendOnce(frames) < 0) return;
    this.#inFlight.set(counter, { frames, sentAtMs: nowMs });
  }

  #acknowledge(ranges: readonly { readonly smallest: number; readonly largest: number }[]): void {
    for (const counter of this.#inFlight.keys()) {
      const isAcknowledged = ranges.some(
        ({ smallest, largest }) => counter >= smallest && counter <= largest,
      );
      if (isAcknowledged) this.#inFlight.delete(counter);
    }
  }

  #read(bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes);
    if (decoded.type === 'message') this.onMessage(decoded.message);
  }
}

/** The first message of a client to its server. */
export function registerMessage(
  { signingKey }: Identity,
  nickname: string,
  candidates: readonly string[] = [],
): ProtocolMessage {
  return {
    kind: 'register',
    registration: 1,
    signingKey,
    nickname,
    installation: attackInstallation,
    formerInstallations: [],
    userInitiated: true,
    candidates: [...candidates],
    roster: null,
    settings: defaultServerSettings,
    features: [],
  };
}

/** Messages of one byte, three bytes each: a message that follows its neighbour has no number. */
function oneByteMessages(channel: Channel, first: number, count: number): Uint8Array {
  const type = 0x10 | channels.indexOf(channel);
  const head = encodeFrame({
    type: 'data',
    channel,
    message: first,
    offset: 0,
    total: 1,
    payload: Uint8Array.of(0xff),
  });
  const frames = new Uint8Array(head.length + 3 * (count - 1));
  frames.set(head);
  for (let at = head.length; at < frames.length; at += 3) frames.set([type | 0x08, 1, 0xff], at);
  return frames;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Says how much of a rate is due, at most a tenth of a second at once. */
export class Pace {
  readonly #perSecond: number;
  #owed = 0;
  #lastMs: number | undefined;
  /** How much was due in all. */
  total = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  due(nowMs: number): number {
    const passedMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    this.#owed = Math.min(
      this.#owed + (this.#perSecond * passedMs) / 1_000,
      Math.max(1, this.#perSecond / 10),
    );
    const whole = Math.floor(this.#owed);
    this.#owed -= whole;
    this.total += whole;
    return whole;
  }
}
