import { fromHex, type PeerKey, parsePeerKey } from '../ids.ts';
import type { DropCause } from '../trace.ts';
import type { Packet } from './packet.ts';

/**
 * Datagrams and what they mean, for every implementation in every language (docs/PROTOCOL.md section 2). The hex
 * digits were made by a separate program with its own CRC-32C, not by encode.ts.
 */
export const validVectors: readonly { name: string; hex: string; packet: Packet }[] = [
  {
    name: 'VERSION: I speak version 1',
    hex: '43470000b4873eccdeadbeef0101',
    packet: { type: 'version', answeredChecksum: 0xdeadbeef, versions: [1] },
  },
  {
    name: 'VERSION: I speak versions 3 and 2',
    hex: '43470000126ef8df00000000020302',
    packet: { type: 'version', answeredChecksum: 0, versions: [3, 2] },
  },
  {
    name: 'HELLO to whoever lives there',
    hex: '43470101bc23d3df010203040506070811111111111111111111111111111111111111111111111111111111111111110000000000000000000000000000000000000000000000000000000000000000',
    packet: { type: 'hello', connection: 0x0102030405060708n, initiator: keyOf('11'), expected: null },
  },
  {
    name: 'HELLO to one key only',
    hex: '43470101ba102d1201020304050607081111111111111111111111111111111111111111111111111111111111111111eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',
    packet: { type: 'hello', connection: 0x0102030405060708n, initiator: keyOf('11'), expected: keyOf('ee') },
  },
  {
    name: 'WELCOME',
    hex: '43470102cce2d5360102030405060708eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeea1a2a3a4a5a6a7a8',
    packet: {
      type: 'welcome',
      connection: 0x0102030405060708n,
      responder: keyOf('ee'),
      nonce: 0xa1a2a3a4a5a6a7a8n,
    },
  },
  {
    name: 'CONFIRM',
    hex: '434701031412c06c0102030405060708a1a2a3a4a5a6a7a8',
    packet: { type: 'confirm', connection: 0x0102030405060708n, nonce: 0xa1a2a3a4a5a6a7a8n },
  },
  {
    name: 'DATA: "hello" on chat, one fragment, number 1',
    hex: '434701041d312a66010203040506070800000001010000000168656c6c6f',
    packet: {
      type: 'data',
      connection: 0x0102030405060708n,
      sequence: 1,
      channel: 'chat',
      fragmentIndex: 0,
      fragmentCount: 1,
      payload: bytesOf('68656c6c6f'),
    },
  },
  {
    name: 'DATA: an empty message on control',
    hex: '4347010465de1e210102030405060708000000020000000001',
    packet: {
      type: 'data',
      connection: 0x0102030405060708n,
      sequence: 2,
      channel: 'control',
      fragmentIndex: 0,
      fragmentCount: 1,
      payload: bytesOf(''),
    },
  },
  {
    name: 'DATA: the last of 447 fragments on bulk, highest number',
    hex: '434701041b80ec6a0102030405060708ffffffff0201be01bf00',
    packet: {
      type: 'data',
      connection: 0x0102030405060708n,
      sequence: 0xffffffff,
      channel: 'bulk',
      fragmentIndex: 446,
      fragmentCount: 447,
      payload: bytesOf('00'),
    },
  },
  {
    name: 'ACK of number 1',
    hex: '43470105f3d61b4f010203040506070800000001',
    packet: { type: 'ack', connection: 0x0102030405060708n, sequence: 1 },
  },
  {
    name: 'PING, number 9',
    hex: '4347010699222761010203040506070800000009',
    packet: { type: 'ping', connection: 0x0102030405060708n, sequence: 9 },
  },
  {
    name: 'RESET',
    hex: '43470107a13b624c0102030405060708',
    packet: { type: 'reset', connection: 0x0102030405060708n },
  },
  {
    name: 'CLOSE: goodbye',
    hex: '434701085cfe21ae010203040506070800',
    packet: { type: 'close', connection: 0x0102030405060708n, reason: 'goodbye' },
  },
  {
    name: 'CLOSE: displaced',
    hex: '43470108ae95a2ad010203040506070801',
    packet: { type: 'close', connection: 0x0102030405060708n, reason: 'displaced' },
  },
  {
    name: 'CLOSE: refused',
    hex: '43470108bdc55159010203040506070802',
    packet: { type: 'close', connection: 0x0102030405060708n, reason: 'refused' },
  },
];

/** Each is dropped, and counted under its cause. */
export const invalidVectors: readonly { name: string; hex: string; cause: DropCause }[] = [
  { name: 'nothing at all', hex: '', cause: 'too-short' },
  { name: 'a header cut short', hex: '43470107a13b62', cause: 'too-short' },
  {
    name: '1,201 bytes',
    hex: '43470104d52991d70102030405060708000000010100000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
    cause: 'too-long',
  },
  { name: 'another magic', hex: '47430107fce84c520102030405060708', cause: 'not-ours' },
  { name: 'RESET with its last bit flipped', hex: '43470107a13b624c0102030405060709', cause: 'checksum' },
  {
    name: 'RESET with a flipped version bit: damage, not another version',
    hex: '43470307a13b624c0102030405060708',
    cause: 'checksum',
  },
  { name: 'RESET cut short', hex: '43470107a13b624c01020304050607', cause: 'checksum' },
  { name: 'type 0', hex: '434701003305cb770102030405060708', cause: 'unknown-type' },
  { name: 'type 9', hex: '4347010980aa46cb0102030405060708', cause: 'unknown-type' },
  {
    name: 'HELLO of the zero key',
    hex: '43470101fbee54cf01020304050607080000000000000000000000000000000000000000000000000000000000000000eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',
    cause: 'malformed',
  },
  {
    name: 'HELLO with a byte too much',
    hex: '43470101a3a2f4e401020304050607081111111111111111111111111111111111111111111111111111111111111111eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee00',
    cause: 'malformed',
  },
  {
    name: 'WELCOME of the zero key',
    hex: '434701023cc8eef601020304050607080000000000000000000000000000000000000000000000000000000000000000a1a2a3a4a5a6a7a8',
    cause: 'malformed',
  },
  {
    name: 'WELCOME with a byte too few',
    hex: '434701020fa81c740102030405060708eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeea1a2a3a4a5a6a7',
    cause: 'malformed',
  },
  { name: 'CONFIRM without a nonce', hex: '43470103627383d80102030405060708', cause: 'malformed' },
  {
    name: 'DATA without a payload field',
    hex: '434701041ae680dc010203040506070800000001010000',
    cause: 'malformed',
  },
  {
    name: 'DATA on channel 3',
    hex: '43470104f73632d2010203040506070800000001030000000178',
    cause: 'malformed',
  },
  {
    name: 'DATA: fragment 1 of 1',
    hex: '43470104f1ff38a9010203040506070800000001010001000178',
    cause: 'malformed',
  },
  {
    name: 'DATA: fragment 0 of 0',
    hex: '434701043f180a66010203040506070800000001010000000078',
    cause: 'malformed',
  },
  {
    name: 'DATA of 448 fragments',
    hex: '434701049e8da4e501020304050607080000000101000001c078',
    cause: 'malformed',
  },
  {
    name: 'DATA: an empty fragment of two',
    hex: '434701047a2349a30102030405060708000000010100000002',
    cause: 'malformed',
  },
  {
    name: 'DATA: one byte in the first fragment of two',
    hex: '43470104185d3a88010203040506070800000001010000000278',
    cause: 'malformed',
  },
  { name: 'ACK with a byte too much', hex: '434701054de6a4d201020304050607080000000100', cause: 'malformed' },
  { name: 'PING without a number', hex: '4347010691e95a290102030405060708', cause: 'malformed' },
  { name: 'RESET of half a connection id', hex: '43470107e8fb04cc01020304', cause: 'malformed' },
  { name: 'CLOSE without a reason', hex: '43470108b0787eae0102030405060708', cause: 'malformed' },
  { name: 'CLOSE for reason 3', hex: '434701084faed25a010203040506070803', cause: 'malformed' },
  { name: 'VERSION that names none', hex: '434700001383d49b0000000000', cause: 'malformed' },
  { name: 'VERSION that names fewer than it says', hex: '434700008c613444000000000201', cause: 'malformed' },
  { name: 'VERSION without a list', hex: '43470000859a764000000000', cause: 'malformed' },
  { name: 'VERSION with a type', hex: '434700012ff76b1c000000000101', cause: 'unknown-type' },
];

/** Whole datagrams of versions that are not spoken here. */
export const otherVersionVectors: readonly {
  name: string;
  hex: string;
  version: number;
  checksum: number;
}[] = [
  {
    name: 'a first packet of version 2',
    hex: '434702013ec4c74d000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
    version: 2,
    checksum: 0x3ec4c74d,
  },
  { name: 'version 255, nothing but a header', hex: '4347ff009b85671e', version: 255, checksum: 0x9b85671e },
];

function keyOf(byte: string): PeerKey {
  const key = parsePeerKey(byte.repeat(32));
  if (key === undefined) throw new RangeError(`no byte: ${byte}`);
  return key;
}

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex);
}
