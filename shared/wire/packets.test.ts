import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validPackets } from '../../gateway/vectors/packet-vectors.ts';
import { toHex } from '../ids.ts';
import { datagramBytesBase, datagramBytesMax } from '../limits.ts';
import { datagramChecksum } from './checksum.ts';
import { decodePacket } from './decode.ts';
import { encodePacket } from './encode.ts';
import { checksumOffset, initiationBytesMin, patterns } from './layout.ts';
import type { Packet } from './packet.ts';

const packets = validPackets();

describe('decodePacket', () => {
  it('PROTOCOL 2.4: returns a value for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: datagramBytesMax + 10 }), (bytes) => {
        expect(decodePacket(bytes).type).toBe('dropped');
      }),
    );
    expect(decodePacket(new Uint8Array(datagramBytesMax + 1))).toEqual({
      type: 'dropped',
      cause: 'too-long',
    });
  });

  it('PROTOCOL 2.6: returns a value for any bytes after a valid header', () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 290 }),
      fc.uint8Array({ maxLength: datagramBytesMax }),
      fc.nat(300).map((length) => new Uint8Array(length)),
    );
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.nat(4), fc.nat(8), body, (version, type, bytes) => {
        const datagram = withHeader(version, type, bytes);
        const decoded = decodePacket(datagram);
        seen.add(decoded.type);
        if (decoded.type !== 'packet') return;
        expect(toHex(encodePacket(decoded.packet))).toBe(toHex(datagram));
      }),
      { numRuns: 3_000 },
    );
    expect([...seen].sort()).toEqual(['dropped', 'other-version', 'packet']);
  });

  it('PROTOCOL 2.2: reads back every packet that encodePacket writes', () => {
    fc.assert(
      fc.property(anyPacket(), (packet) => {
        const bytes = encodePacket(packet);
        expect(bytes.length).toBeLessThanOrEqual(datagramBytesMax);
        const decoded = decodePacket(bytes);
        expect(decoded).toMatchObject({ type: 'packet', packet });
      }),
      { numRuns: 1_000 },
    );
  });

  it('PROTOCOL 2.3: drops every INITIATION and VERSION with a flipped bit anywhere', () => {
    const checked = packets.filter(({ packet }) => ['version', 'initiation'].includes(packet.type));
    expect(checked).toHaveLength(6);
    for (const { bytes, packet } of checked) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const decoded = decodePacket(flipped);
        // With another version or type it has not the form that it then should have.
        if (bit >= 16 && bit < 32) expect(decoded).not.toMatchObject({ packet: { type: packet.type } });
        else expect(decoded).toEqual({ type: 'dropped', cause: bit < 16 ? 'not-ours' : 'checksum' });
      }
    }
  });

  it('PROTOCOL 3.1: no flipped bit makes another version of a packet', () => {
    for (const { bytes } of packets) {
      for (let bit = 16; bit < 24; bit++) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(decodePacket(flipped).type).toBe('dropped');
      }
    }
  });

  it('reads a datagram that lies in the middle of a larger buffer', () => {
    for (const { bytes, packet } of packets) {
      const buffer = new Uint8Array(bytes.length + 20).fill(0xff);
      buffer.set(bytes, 13);
      expect(decodePacket(buffer.subarray(13, 13 + bytes.length))).toMatchObject({ type: 'packet', packet });
    }
  });
});

describe('datagramChecksum', () => {
  it('PROTOCOL 2.3: is CRC-32C with the checksum field as zero', () => {
    // The check value of RFC 3720 B.4 for 32 zeros is 0x8a9136aa.
    expect(datagramChecksum(new Uint8Array(32))).toBe(0x8a9136aa);
    const bytes = Uint8Array.from({ length: 40 }, (_, index) => index);
    const zeroed = Uint8Array.from(bytes).fill(0, checksumOffset, checksumOffset + 4);
    expect(datagramChecksum(bytes)).toBe(datagramChecksum(zeroed));
  });
});

describe('encodePacket', () => {
  it('PROTOCOL 2.1: writes magic, version and type first, and 8 to 8,192 bytes', () => {
    for (const { packet } of packets) {
      const bytes = encodePacket(packet);
      expect([...bytes.subarray(0, 3)]).toEqual([0x43, 0x47, packet.type === 'version' ? 0 : 3]);
      expect(bytes.length).toBeGreaterThanOrEqual(8);
    }
  });

  it('PROTOCOL 4.3: pads an INITIATION, so that it is longer than every answer to it', () => {
    const initiations = packets.filter(({ packet }) => packet.type === 'initiation');
    for (const { bytes } of initiations) expect(bytes.length).toBeGreaterThanOrEqual(initiationBytesMin);
    const lengths = new Map(packets.map(({ packet, bytes }) => [packet.type, bytes.length]));
    for (const type of ['retry', 'response'] as const) {
      expect(lengths.get(type)!).toBeLessThan(initiationBytesMin);
    }
  });

  it('throws for values that no packet can carry', () => {
    const sealed = new Uint8Array(datagramBytesMax - 15);
    const head = { type: 'transport', receiver: 1, keyPhase: 0, header: new Uint8Array(0) } as const;
    expect(() => encodePacket({ ...head, counter: 1, sealed })).toThrow(RangeError);
    expect(() => encodePacket({ ...head, counter: 2 ** 48, sealed: new Uint8Array(17) })).toThrow(RangeError);
  });
});

function withHeader(version: number, type: number, body: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from([0x43, 0x47, version, type, ...body]).slice(0, datagramBytesMax);
  if (bytes.length < 8 || (version === 3 && type !== 1)) return bytes;
  new DataView(bytes.buffer).setUint32(checksumOffset, datagramChecksum(bytes));
  return bytes;
}

function anyPacket(): fc.Arbitrary<Packet> {
  const index = fc.nat(0xffff_ffff);
  const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
  const type = <Type extends Packet['type']>(name: Type) => fc.constant(name);
  return fc.oneof(
    fc.record({
      type: type('version'),
      answeredChecksum: index,
      versions: fc.array(fc.nat(255), { minLength: 1, maxLength: 255 }),
    }),
    fc.constantFrom('XX', 'XK').chain((pattern) =>
      fc.record({
        type: type('initiation'),
        sender: index,
        pattern: fc.constant(pattern),
        token: fc.oneof(bytes(0, 0), bytes(32, 64)),
        message: bytes(patterns[pattern].messageBytes, patterns[pattern].messageBytes),
        byteCount: fc.integer({ min: initiationBytesMin, max: datagramBytesBase }),
      }),
    ),
    fc.record({ type: type('retry'), receiver: index, token: bytes(32, 64) }),
    fc.record({ type: type('response'), receiver: index, sender: index, message: bytes(48, 1_188) }),
    fc.record({ type: type('confirmation'), receiver: index, message: bytes(64, 1_192) }),
    fc
      .record({
        type: type('transport'),
        receiver: index,
        keyPhase: fc.constantFrom(0 as const, 1 as const),
        counter: fc.nat(2 ** 48 - 1),
        header: fc.constant(new Uint8Array(0)),
        sealed: bytes(17, datagramBytesMax - 16),
      })
      .map((packet) => ({ ...packet, header: encodePacket(packet).slice(0, 16) })),
    fc.record({ type: type('reset'), answered: bytes(12, 12) }),
  );
}
