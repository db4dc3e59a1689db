import { fromHex } from '../ids.ts';
import type { Frame } from './frames.ts';

/**
 * Plaintexts of TRANSPORT packets and their frames, for implementations in any language (docs/protocol/transport.md). Written by hand
 * from the layout, not by frames.ts.
 */
export const validFrameVectors: readonly { name: string; hex: string; frames: readonly Frame[] }[] = [
  { name: 'PADDING of 3 bytes', hex: '000000', frames: [{ type: 'padding', byteCount: 3 }] },
  { name: 'PING', hex: '01', frames: [{ type: 'ping' }] },
  {
    name: 'ACK of packet 0 alone, at once',
    hex: '0200000000',
    frames: [{ type: 'ack', delay: 0, ranges: [{ smallest: 0, largest: 0 }] }],
  },
  {
    name: 'ACK of 5 to 9 after 2 ms (250 units of 8 us)',
    hex: '020940fa0004',
    frames: [{ type: 'ack', delay: 250, ranges: [{ smallest: 5, largest: 9 }] }],
  },
  {
    name: 'ACK of 100, of 95 to 98 and of 0 to 2',
    hex: '024064000200' + '0003' + '405b02',
    frames: [
      {
        type: 'ack',
        delay: 0,
        ranges: [
          { smallest: 100, largest: 100 },
          { smallest: 95, largest: 98 },
          { smallest: 0, largest: 2 },
        ],
      },
    ],
  },
  {
    name: 'ACK of packet 2^32',
    hex: '02c0000001000000000000' + '00',
    frames: [{ type: 'ack', delay: 0, ranges: [{ smallest: 2 ** 32, largest: 2 ** 32 }] }],
  },
  {
    name: 'CREDIT: 1 MiB on bulk',
    hex: '030280100000',
    frames: [{ type: 'credit', channel: 'bulk', limit: 1_048_576 }],
  },
  { name: 'UNRELIABLE "hi"', hex: '04026869', frames: [{ type: 'unreliable', payload: fromHex('6869') }] },
  {
    name: 'PATH_CHALLENGE',
    hex: '050102030405060708',
    frames: [{ type: 'path-challenge', data: fromHex('0102030405060708') }],
  },
  {
    name: 'PATH_RESPONSE',
    hex: '060102030405060708',
    frames: [{ type: 'path-response', data: fromHex('0102030405060708') }],
  },
  {
    name: 'CREDIT: 5 on channel 3, which this version does not know: ignored',
    hex: '030305',
    frames: [{ type: 'unknown-credit', channelNumber: 3, limit: 5 }],
  },
  {
    name: 'KEY_SHARE 1',
    hex: '0901' + '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    frames: [
      {
        type: 'key-share',
        exchange: 1,
        publicKey: fromHex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'),
      },
    ],
  },
  {
    name: 'an unknown frame of type 0x40 without content: skipped',
    hex: '4040' + '00',
    frames: [{ type: 'unknown', number: 0x40, content: fromHex('') }],
  },
  {
    name: 'unknown frames of the types 0x5f and 2^53 - 1, and "a" on control between them',
    hex: '405f' + '026869' + '10000161' + 'c01fffffffffffff' + '01ff',
    frames: [
      { type: 'unknown', number: 0x5f, content: fromHex('6869') },
      { type: 'data', channel: 'control', message: 0, offset: 0, total: 1, payload: fromHex('61') },
      { type: 'unknown', number: 2 ** 53 - 1, content: fromHex('ff') },
    ],
  },
  { name: 'CLOSE: goodbye', hex: '0700', frames: [{ type: 'close', reason: 'goodbye' }] },
  { name: 'CLOSE: refused', hex: '0702', frames: [{ type: 'close', reason: 'refused' }] },
  {
    name: 'CLASSIC before PADDING of 1 byte',
    hex: '0800',
    frames: [{ type: 'classic' }, { type: 'padding', byteCount: 1 }],
  },
  {
    name: 'DATA: "hello", message 0 of chat, whole',
    hex: '11000568656c6c6f',
    frames: [
      { type: 'data', channel: 'chat', message: 0, offset: 0, total: 5, payload: fromHex('68656c6c6f') },
    ],
  },
  {
    name: 'DATA: an empty message, number 64, of control',
    hex: '10404000',
    frames: [{ type: 'data', channel: 'control', message: 64, offset: 0, total: 0, payload: fromHex('') }],
  },
  {
    name: 'DATA: the last 2 of 524,288 bytes of message 3 of bulk',
    hex: '1603' + '8007fffe' + '80080000' + '02abcd',
    frames: [
      {
        type: 'data',
        channel: 'bulk',
        message: 3,
        offset: 524_286,
        total: 524_288,
        payload: fromHex('abcd'),
      },
    ],
  },
  {
    name: 'DATA: "a", "b" and the first byte of a message of two, numbers 300 to 302 of chat',
    hex: '11412c0161' + '190162' + '1d00020163',
    frames: [
      { type: 'data', channel: 'chat', message: 300, offset: 0, total: 1, payload: fromHex('61') },
      { type: 'data', channel: 'chat', message: 301, offset: 0, total: 1, payload: fromHex('62') },
      { type: 'data', channel: 'chat', message: 302, offset: 0, total: 2, payload: fromHex('63') },
    ],
  },
  {
    name: 'three frames in one packet: ACK of 7, "a" on control, PING',
    hex: '0207000000' + '10000161' + '01',
    frames: [
      { type: 'ack', delay: 0, ranges: [{ smallest: 7, largest: 7 }] },
      { type: 'data', channel: 'control', message: 0, offset: 0, total: 1, payload: fromHex('61') },
      { type: 'ping' },
    ],
  },
];

/** Longer forms than the shortest, and unknown reasons, are readable too; frames.ts never writes them. */
export const longFormFrameVectors: readonly { name: string; hex: string; frames: readonly Frame[] }[] = [
  {
    name: 'UNRELIABLE with the length 2 in 8 bytes',
    hex: '04c0000000000000026869',
    frames: [{ type: 'unreliable', payload: fromHex('6869') }],
  },
  {
    name: 'CLOSE for reason 3, which this version does not know: goodbye',
    hex: '0703',
    frames: [{ type: 'close', reason: 'goodbye' }],
  },
  {
    name: 'an unknown frame with the type 0x40 in 4 bytes and its length in 2',
    hex: '80000040' + '40026869',
    frames: [{ type: 'unknown', number: 0x40, content: fromHex('6869') }],
  },
  {
    name: 'DATA that tells the number of the next message where it need not',
    hex: '11000161' + '11010162',
    frames: [
      { type: 'data', channel: 'chat', message: 0, offset: 0, total: 1, payload: fromHex('61') },
      { type: 'data', channel: 'chat', message: 1, offset: 0, total: 1, payload: fromHex('62') },
    ],
  },
];

/** Each makes its whole packet `malformed`: the packet is dropped, no frame counts, and no ACK follows. */
export const malformedFrameVectors: readonly { name: string; hex: string }[] = [
  { name: 'no frame at all', hex: '' },
  { name: 'type 0a', hex: '0a' },
  { name: 'type 20', hex: '20000568656c6c6f' },
  { name: 'type 3f', hex: '3f' },
  { name: 'a type of two bytes below 40', hex: '402000' },
  { name: 'PING in two bytes', hex: '400100' },
  { name: 'a type of eight bytes, cut short', hex: 'ff' },
  { name: 'a type of 2^53', hex: 'c02000000000000000' },
  { name: 'UNKNOWN without a length', hex: '4040' },
  { name: 'UNKNOWN with a byte too few', hex: '4040036869' },
  { name: 'UNKNOWN of 2^61 bytes', hex: '4040e000000000000000' },
  { name: 'a good frame before a bad one', hex: '01ff' },
  { name: 'ACK cut short', hex: '020940fa00' },
  { name: 'ACK of 5 packets down from 3', hex: '0203000004' },
  { name: 'ACK with a second range below 0', hex: '0205000100' + '0400' },
  { name: 'ACK of 33 ranges', hex: '024064002000' + '0000'.repeat(32) },
  { name: 'CREDIT without a limit', hex: '0301' },
  { name: 'CREDIT of 2^53', hex: '0301c020000000000000' },
  { name: 'UNRELIABLE with a byte too few', hex: '04036869' },
  { name: 'UNRELIABLE of 2^61 bytes', hex: '04e000000000000000' },
  { name: 'PATH_CHALLENGE of 7 bytes', hex: '0501020304050607' },
  { name: 'PATH_RESPONSE of 7 bytes', hex: '0601020304050607' },
  { name: 'CLOSE without a reason', hex: '07' },
  { name: 'KEY_SHARE of 31 bytes', hex: '0901' + '11'.repeat(31) },
  { name: 'KEY_SHARE without a number', hex: '09' },
  { name: 'DATA on channel 3', hex: '13000568656c6c6f' },
  { name: 'DATA with a byte too few', hex: '11000668656c6c6f' },
  { name: 'DATA cut in its message number', hex: '1140' },
  { name: 'DATA: a part that carries nothing', hex: '1500' + '0000' + '0500' },
  { name: 'DATA: a part that is the whole', hex: '1500' + '0005' + '0568656c6c6f' },
  { name: 'DATA: a part beyond its total', hex: '1500' + '0405' + '026868' },
  { name: 'DATA: a part of 524,289 bytes', hex: '1500' + '0080080001' + '0168' },
  { name: 'DATA: the next message of none', hex: '190161' },
  { name: 'DATA: the next message behind another frame', hex: '11000161' + '01' + '190162' },
  { name: 'DATA: the next message of another channel', hex: '10000161' + '190162' },
  { name: 'DATA: the next message after 2^53 - 1', hex: '11c01fffffffffffff0161' + '190162' },
];
