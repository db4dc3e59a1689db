import { transportMessageBytesMax } from '../limits.ts';
import { type Channel, channels, type CloseReason, closeReasons } from './packet.ts';
import { varintBytes, varintMax, VarintReader, writeVarint } from './varint.ts';

/**
 * Frames fill the plaintext of a TRANSPORT packet, one after the other to its end. A frame is a type byte, then fields in a
 * fixed order. Numbers are varints (varint.ts) unless noted otherwise. Types from 0x40 on have a length, so that a reader can
 * skip what it does not know.
 */
export type Frame =
  /** A run of zero bytes. */
  | { readonly type: 'padding'; readonly byteCount: number }
  | { readonly type: 'ping' }
  | AckFrame
  | DataFrame
  | CreditFrame
  /** A CREDIT for a channel that this version does not have. The receiver ignores it. */
  | { readonly type: 'unknown-credit'; readonly channelNumber: number; readonly limit: number }
  | { readonly type: 'unreliable'; readonly payload: Uint8Array }
  | { readonly type: 'path-challenge'; readonly data: Uint8Array }
  | { readonly type: 'path-response'; readonly data: Uint8Array }
  | { readonly type: 'close'; readonly reason: CloseReason }
  /** The sender requests the profile `classic`. */
  | { readonly type: 'classic' }
  | KeyShareFrame
  /** A frame of a type that this version does not have. The receiver skips it. */
  | UnknownFrame;

/** Packet numbers from `smallest` to `largest`, both included. */
export interface PacketRange {
  readonly smallest: number;
  readonly largest: number;
}

export interface AckFrame {
  readonly type: 'ack';
  /** The delay of the ACK for the largest packet, in units of 8 us (RFC 9000 18.2: the default exponent 3). */
  readonly delay: number;
  /** Newest range first; never empty, and ranges never touch each other. */
  readonly ranges: readonly PacketRange[];
}

export interface DataFrame {
  readonly type: 'data';
  readonly channel: Channel;
  /** The number of the message on its channel, from 0. */
  readonly message: number;
  /** The offset of the payload in the message. */
  readonly offset: number;
  /** The size of the whole message, in bytes. */
  readonly total: number;
  readonly payload: Uint8Array;
}

export interface CreditFrame {
  readonly type: 'credit';
  readonly channel: Channel;
  /** The total cost of all messages that may be sent on the channel in this connection (PROTOCOL section 8). */
  readonly limit: number;
}

export interface KeyShareFrame {
  readonly type: 'key-share';
  /** Exchanges of a connection count from 1. */
  readonly exchange: number;
  /** An X25519 public key that was made for this exchange. */
  readonly publicKey: Uint8Array;
}

export interface UnknownFrame {
  readonly type: 'unknown';
  /** At least frameTypeWithLengthMin. */
  readonly number: number;
  readonly content: Uint8Array;
}

const frameTypes = {
  padding: 0x00,
  ping: 0x01,
  ack: 0x02,
  credit: 0x03,
  unreliable: 0x04,
  pathChallenge: 0x05,
  pathResponse: 0x06,
  close: 0x07,
  classic: 0x08,
  keyShare: 0x09,
  /** 0x10 to 0x1f: the low bits hold the channel and show which fields are present. */
  data: 0x10,
} as const;
/** Bits of a DATA frame's type. `part`: offset and whole length are present. `next`: the number is omitted, being the next. */
const dataBits = { channel: 0x03, part: 0x04, next: 0x08 } as const;

/** PROTOCOL 8.18: frame types from here on are varints, and a length follows. Below, an unknown type has an unknown end. */
export const frameTypeWithLengthMin = 0x40;

export const ackRangesMax = 32;
const pathDataBytes = 8;
const keyShareBytes = 32;
export const ackDelayUnitMs = 0.008;

/** Reads all frames. Any bytes give a value; none makes it throw. Payloads share the memory of `bytes`. */
export function decodeFrames(bytes: Uint8Array): Frame[] | 'malformed' {
  const reader = new VarintReader(bytes);
  const frames: Frame[] = [];
  let before: Frame | undefined;
  while (reader.left > 0) {
    const frame = readFrame(reader, before);
    if (frame === undefined || reader.isBroken) return 'malformed';
    frames.push(frame);
    before = frame;
  }
  // RFC 9000 12.4: "The payload of a packet that contains frames MUST contain at least one frame".
  return frames.length > 0 ? frames : 'malformed';
}

function readFrame(reader: VarintReader, before: Frame | undefined): Frame | undefined {
  const type = reader.byte();
  if ((type & 0xf0) === frameTypes.data) return readData(reader, type, before);
  switch (type) {
    case frameTypes.padding: {
      let byteCount = 1;
      while (reader.bytes[reader.at] === frameTypes.padding) {
        reader.at++;
        byteCount++;
      }
      return { type: 'padding', byteCount };
    }
    case frameTypes.ping:
      return { type: 'ping' };
    case frameTypes.ack:
      return readAck(reader);
    case frameTypes.credit: {
      const channelNumber = reader.byte();
      const limit = reader.varint();
      const channel = channels[channelNumber];
      if (channel === undefined) return { type: 'unknown-credit', channelNumber, limit };
      return { type: 'credit', channel, limit };
    }
    case frameTypes.unreliable:
      return { type: 'unreliable', payload: reader.take(reader.varint()) };
    case frameTypes.pathChallenge:
      return { type: 'path-challenge', data: reader.take(pathDataBytes) };
    case frameTypes.pathResponse:
      return { type: 'path-response', data: reader.take(pathDataBytes) };
    case frameTypes.close:
      // PROTOCOL 8.19: a later version may have more reasons. The connection ends in any case.
      return { type: 'close', reason: closeReasons[reader.byte()] ?? 'goodbye' };
    case frameTypes.classic:
      return { type: 'classic' };
    case frameTypes.keyShare:
      return { type: 'key-share', exchange: reader.varint(), publicKey: reader.take(keyShareBytes) };
    default:
      return type < frameTypeWithLengthMin ? undefined : readUnknown(reader);
  }
}

function readUnknown(reader: VarintReader): UnknownFrame | undefined {
  reader.at--;
  const number = reader.varint();
  // RFC 9000 12.4: a frame type in a longer form than it needs could mean two things to two readers.
  if (number < frameTypeWithLengthMin) return undefined;
  return { type: 'unknown', number, content: reader.take(reader.varint()) };
}

function readData(reader: VarintReader, type: number, before: Frame | undefined): DataFrame | undefined {
  const channel = channels[type & dataBits.channel];
  if (channel === undefined) return undefined;
  let message: number;
  if ((type & dataBits.next) === 0) message = reader.varint();
  else {
    if (before?.type !== 'data' || before.channel !== channel) return undefined;
    message = before.message + 1;
    if (message > varintMax) return undefined;
  }
  if ((type & dataBits.part) === 0) {
    const payload = reader.take(reader.varint());
    return { type: 'data', channel, message, offset: 0, total: payload.length, payload };
  }
  const offset = reader.varint();
  const total = reader.varint();
  const payload = reader.take(reader.varint());
  if (total > transportMessageBytesMax || offset + payload.length > total) return undefined;
  // A fragment that carries no byte, or all bytes, is invalid.
  if (payload.length === 0 || payload.length === total) return undefined;
  return { type: 'data', channel, message, offset, total, payload };
}

/** RFC 9000 19.3.1, with its names: each range is encoded by its distance from the previous one. */
function readAck(reader: VarintReader): AckFrame | undefined {
  let largest = reader.varint();
  const delay = reader.varint();
  const rangeCount = reader.byte() + 1;
  if (rangeCount > ackRangesMax) return undefined;
  const ranges: PacketRange[] = [];
  for (;;) {
    const smallest = largest - reader.varint();
    // "If any computed packet number is negative, an endpoint MUST generate a connection error".
    if (smallest < 0 || reader.isBroken) return undefined;
    ranges.push({ smallest, largest });
    if (ranges.length === rangeCount) return { type: 'ack', delay, ranges };
    largest = smallest - reader.varint() - 2;
    if (largest < 0) return undefined;
  }
}

/**
 * Writes an ACK with as many of the first `rangeCount` ranges (newest first) as the room and ackRangesMax allow. Returns its
 * end, or `at` when not even one range fits.
 */
export function writeAck(
  target: Uint8Array,
  at: number,
  end: number,
  delay: number,
  ranges: readonly PacketRange[],
): number {
  const first = ranges[0];
  if (first === undefined) return at;
  const firstLength = first.largest - first.smallest;
  if (at + 2 + varintBytes(first.largest) + varintBytes(delay) + varintBytes(firstLength) > end) return at;
  target[at] = frameTypes.ack;
  const countAt = writeVarint(target, writeVarint(target, at + 1, first.largest), delay);
  let offset = writeVarint(target, countAt + 1, firstLength);
  let before = first;
  let written = 1;
  while (written < ranges.length && written < ackRangesMax) {
    const range = ranges[written];
    if (range === undefined) break;
    const gap = before.smallest - range.largest - 2;
    const length = range.largest - range.smallest;
    if (offset + varintBytes(gap) + varintBytes(length) > end) break;
    offset = writeVarint(target, writeVarint(target, offset, gap), length);
    before = range;
    written++;
  }
  target[countAt] = written - 1;
  return offset;
}

/** Returns the bytes of a DATA frame without its payload. `isNext`: the previous frame carries the previous message. */
export function dataOverheadBytes(
  message: number,
  offset: number,
  byteCount: number,
  total: number,
  isNext: boolean,
): number {
  const part = byteCount < total ? varintBytes(offset) + varintBytes(total) : 0;
  return 1 + (isNext ? 0 : varintBytes(message)) + part + varintBytes(byteCount);
}

/** Writes the bytes `offset` to `offset + byteCount` of a message; returns the end of the frame. */
export function writeData(
  target: Uint8Array,
  at: number,
  channelNumber: number,
  message: number,
  bytes: Uint8Array,
  offset: number,
  byteCount: number,
  isNext: boolean,
): number {
  const total = bytes.length;
  const place = writeDataHead(target, at, channelNumber, message, offset, byteCount, total, isNext);
  target.set(byteCount < total ? bytes.subarray(offset, offset + byteCount) : bytes, place);
  return place + byteCount;
}

/** Writes all of a frame but its payload; returns where that begins. */
function writeDataHead(
  target: Uint8Array,
  at: number,
  channelNumber: number,
  message: number,
  offset: number,
  byteCount: number,
  total: number,
  isNext: boolean,
): number {
  const isPart = byteCount < total;
  target[at] = frameTypes.data | channelNumber | (isPart ? dataBits.part : 0) | (isNext ? dataBits.next : 0);
  let place = isNext ? at + 1 : writeVarint(target, at + 1, message);
  if (isPart) place = writeVarint(target, writeVarint(target, place, offset), total);
  return writeVarint(target, place, byteCount);
}

export function writeClassic(target: Uint8Array, at: number): number {
  target[at] = frameTypes.classic;
  return at + 1;
}

export function writePing(target: Uint8Array, at: number): number {
  target[at] = frameTypes.ping;
  return at + 1;
}

export function creditFrameBytes(limit: number): number {
  return 2 + varintBytes(limit);
}

export function writeCredit(target: Uint8Array, at: number, channelNumber: number, limit: number): number {
  target[at] = frameTypes.credit;
  target[at + 1] = channelNumber;
  return writeVarint(target, at + 2, limit);
}

export function keyShareFrameBytes(exchange: number): number {
  return 1 + varintBytes(exchange) + keyShareBytes;
}

export function writeKeyShare(
  target: Uint8Array,
  at: number,
  exchange: number,
  publicKey: Uint8Array,
): number {
  target[at] = frameTypes.keyShare;
  const place = writeVarint(target, at + 1, exchange);
  target.set(publicKey, place);
  return place + keyShareBytes;
}

export function unreliableFrameBytes(byteCount: number): number {
  return 1 + varintBytes(byteCount) + byteCount;
}

export function writeUnreliable(target: Uint8Array, at: number, payload: Uint8Array): number {
  target[at] = frameTypes.unreliable;
  const place = writeVarint(target, at + 1, payload.length);
  target.set(payload, place);
  return place + payload.length;
}

/**
 * Returns the bytes of one frame after another (undefined: the first), for rare frames (paths, CLOSE) and for tests. Throws
 * RangeError for values that no frame can carry: a bug of the caller.
 */
export function encodeFrame(frame: Frame, before?: Frame): Uint8Array {
  switch (frame.type) {
    case 'padding':
      return new Uint8Array(frame.byteCount);
    case 'ping':
      return Uint8Array.of(frameTypes.ping);
    case 'ack':
      return encodeAck(frame);
    case 'data': {
      const { channel, message, offset, total, payload } = frame;
      if (total > transportMessageBytesMax || offset + payload.length > total) {
        throw new RangeError(`bytes ${offset} to ${offset + payload.length} of ${total}`);
      }
      const isNext = before?.type === 'data' && before.channel === channel && before.message + 1 === message;
      const target = new Uint8Array(
        dataOverheadBytes(message, offset, payload.length, total, isNext) + payload.length,
      );
      const { length } = payload;
      target.set(
        payload,
        writeDataHead(target, 0, channels.indexOf(channel), message, offset, length, total, isNext),
      );
      return target;
    }
    case 'credit': {
      const target = new Uint8Array(creditFrameBytes(frame.limit));
      writeCredit(target, 0, channels.indexOf(frame.channel), frame.limit);
      return target;
    }
    case 'unknown-credit': {
      if (channels[frame.channelNumber] !== undefined) {
        throw new RangeError(`channel ${frame.channelNumber} is known`);
      }
      const target = new Uint8Array(creditFrameBytes(frame.limit));
      writeCredit(target, 0, frame.channelNumber, frame.limit);
      return target;
    }
    case 'unreliable': {
      const target = new Uint8Array(unreliableFrameBytes(frame.payload.length));
      writeUnreliable(target, 0, frame.payload);
      return target;
    }
    case 'path-challenge':
      return pathFrame(frameTypes.pathChallenge, frame.data);
    case 'path-response':
      return pathFrame(frameTypes.pathResponse, frame.data);
    case 'close':
      return Uint8Array.of(frameTypes.close, closeReasons.indexOf(frame.reason));
    case 'classic':
      return Uint8Array.of(frameTypes.classic);
    case 'key-share':
      return encodeKeyShare(frame);
    case 'unknown':
      return unknownFrame(frame);
    default:
      return frame satisfies never;
  }
}

function encodeAck({ delay, ranges }: AckFrame): Uint8Array {
  if (ranges.length === 0 || ranges.length > ackRangesMax) {
    throw new RangeError(`an ACK of ${ranges.length} ranges`);
  }
  const target = new Uint8Array(18 + 16 * ranges.length);
  return target.slice(0, writeAck(target, 0, target.length, delay, ranges));
}

function encodeKeyShare({ exchange, publicKey }: KeyShareFrame): Uint8Array {
  if (publicKey.length !== keyShareBytes) throw new RangeError(`a key share of ${publicKey.length} bytes`);
  const target = new Uint8Array(keyShareFrameBytes(exchange));
  writeKeyShare(target, 0, exchange, publicKey);
  return target;
}

function unknownFrame({ number, content }: UnknownFrame): Uint8Array {
  if (number < frameTypeWithLengthMin) throw new RangeError(`a frame of type ${number} has no length`);
  const target = new Uint8Array(varintBytes(number) + varintBytes(content.length) + content.length);
  target.set(content, writeVarint(target, writeVarint(target, 0, number), content.length));
  return target;
}

/**
 * Writes a frame of a reserved type and a CREDIT for a reserved channel, which mean nothing (GREASE, RFC 8701): a peer that fails
 * on unknown numbers is found before real ones are added (PROTOCOL 8.20). Returns their end.
 */
export function writeGrease(
  target: Uint8Array,
  at: number,
  random: (byteCount: number) => Uint8Array,
): number {
  const [step = 0, size = 0] = random(2);
  const number = frameTypeWithLengthMin + greaseStep * step;
  const frame = unknownFrame({ type: 'unknown', number, content: random(size & greaseSizeMask) });
  target.set(frame, at);
  return writeCredit(target, at + frame.length, greaseByte(step), size);
}

/** Returns a CLOSE for a reserved reason, which its reader takes as goodbye. */
export function encodeGreaseClose(random: (byteCount: number) => Uint8Array): Uint8Array {
  return Uint8Array.of(frameTypes.close, greaseByte(random(1)[0] ?? 0));
}

/** A channel or a reason, in a byte. */
function greaseByte(step: number): number {
  return greaseStart + greaseStep * (step & 0x07);
}

const greaseStart = 0x1b;
const greaseStep = 0x1f;
const greaseSizeMask = 0x0f;

function pathFrame(type: number, data: Uint8Array): Uint8Array {
  if (data.length !== pathDataBytes) throw new RangeError(`${data.length} bytes of path data`);
  const target = new Uint8Array(1 + pathDataBytes);
  target[0] = type;
  target.set(data, 1);
  return target;
}
