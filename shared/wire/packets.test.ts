import { crc32c } from '@aws-crypto/crc32c';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, peerKeyFromBytes, toHex } from '../ids.ts';
import { datagramBytesMax } from '../limits.ts';
import { datagramChecksum } from './checksum.ts';
import { decodePacket } from './decode.ts';
import { encodePacket } from './encode.ts';
import { checksumOffset, fragmentBytesMax, fragmentCountMax } from './layout.ts';
import { channels, closeReasons, type Packet } from './packet.ts';
import { invalidVectors, otherVersionVectors, validVectors } from './vectors.ts';

describe('vectors', () => {
  for (const { name, hex, packet } of validVectors) {
    it(`reads and writes: ${name}`, () => {
      expect(decodePacket(fromHex(hex))).toEqual({ type: 'packet', packet });
      expect(toHex(encodePacket(packet))).toBe(hex);
    });
  }
  for (const { name, hex, cause } of invalidVectors) {
    it(`drops as ${cause}: ${name}`, () => {
      expect(decodePacket(fromHex(hex))).toEqual({ type: 'dropped', cause });
    });
  }
  for (const { name, hex, version, checksum } of otherVersionVectors) {
    it(`knows as another version: ${name}`, () => {
      expect(decodePacket(fromHex(hex))).toEqual({ type: 'other-version', version, checksum });
    });
  }
  it('PROTOCOL 2.5: have at least one valid and one invalid datagram of every type', () => {
    const types = new Set(validVectors.map(({ packet }) => packet.type));
    for (const type of ['version', 'hello', 'welcome', 'confirm', 'data', 'ack', 'ping', 'reset', 'close']) {
      expect(types).toContain(type);
      expect(invalidVectors.some(({ name }) => name.startsWith(type.toUpperCase()))).toBe(true);
    }
  });
});

describe('decodePacket', () => {
  it('PROTOCOL 2.4: gives a value for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: datagramBytesMax + 10 }), (bytes) => {
        expect(decodePacket(bytes).type).toBe('dropped');
      }),
    );
  });

  it('PROTOCOL 2.6: gives a value for any bytes behind a true header', () => {
    const body = fc.oneof(fc.uint8Array({ maxLength: 90 }), fc.uint8Array({ maxLength: datagramBytesMax }));
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.nat(3), fc.nat(10), body, (version, type, bytes) => {
        const decoded = decodePacket(withHeader(version, type, bytes));
        seen.add(decoded.type);
        if (decoded.type !== 'packet') return;
        expect(toHex(encodePacket(decoded.packet))).toBe(toHex(withHeader(version, type, bytes)));
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
        expect(decodePacket(bytes)).toEqual({ type: 'packet', packet });
      }),
      { numRuns: 1_000 },
    );
  });

  it('PROTOCOL 2.3: drops every packet of which one bit was flipped, wherever', () => {
    for (const { hex } of validVectors) {
      const bytes = fromHex(hex);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const decoded = decodePacket(flipped);
        expect(decoded).toEqual({ type: 'dropped', cause: bit < 16 ? 'not-ours' : 'checksum' });
      }
    }
  });

  it('reads a datagram that lies in the middle of a larger buffer', () => {
    const bytes = encodePacket({ type: 'reset', connection: 5n });
    const buffer = new Uint8Array(100).fill(0xff);
    buffer.set(bytes, 13);
    expect(decodePacket(buffer.subarray(13, 13 + bytes.length)).type).toBe('packet');
  });
});

describe('datagramChecksum', () => {
  it('PROTOCOL 2.3: is CRC-32C (check value of RFC 3720 B.4: 0xe3069283), the field taken as zero', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    const bytes = Uint8Array.from({ length: 40 }, (_, index) => index);
    const zeroed = Uint8Array.from(bytes).fill(0, checksumOffset, checksumOffset + 4);
    expect(datagramChecksum(bytes)).toBe(crc32c(zeroed));
  });
});

describe('encodePacket', () => {
  it('PROTOCOL 2.1: begins with magic, version, type and checksum, and is of 8 to 1,200 bytes', () => {
    for (const { packet } of validVectors) {
      const bytes = encodePacket(packet);
      expect([...bytes.subarray(0, 3)]).toEqual([0x43, 0x47, packet.type === 'version' ? 0 : 1]);
      expect(new DataView(bytes.buffer).getUint32(checksumOffset)).toBe(datagramChecksum(bytes));
      expect(bytes.length).toBeGreaterThanOrEqual(8);
    }
    const fullest = {
      ...data,
      fragmentIndex: 0,
      fragmentCount: 1,
      payload: new Uint8Array(fragmentBytesMax),
    };
    expect(encodePacket(fullest).length).toBe(1_200);
  });

  const data = { type: 'data', connection: 1n, sequence: 1, channel: 'chat' } as const;
  it('throws on what no packet can carry', () => {
    const payload = new Uint8Array(fragmentBytesMax + 1);
    expect(() => encodePacket({ ...data, fragmentIndex: 0, fragmentCount: 1, payload })).toThrow(RangeError);
    const none = new Uint8Array(0);
    expect(() => encodePacket({ ...data, fragmentIndex: 1, fragmentCount: 1, payload: none })).toThrow(
      RangeError,
    );
    const short = new Uint8Array(fragmentBytesMax - 1);
    expect(() => encodePacket({ ...data, fragmentIndex: 0, fragmentCount: 2, payload: short })).toThrow(
      RangeError,
    );
  });
});

function withHeader(version: number, type: number, body: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from([0x43, 0x47, version, type, 0, 0, 0, 0, ...body]).slice(0, datagramBytesMax);
  new DataView(bytes.buffer).setUint32(checksumOffset, datagramChecksum(bytes));
  return bytes;
}

function anyPacket(): fc.Arbitrary<Packet> {
  const connection = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
  const sequence = fc.nat(0xffff_ffff);
  const key = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .filter((bytes) => bytes.some((byte) => byte !== 0))
    .map(peerKeyFromBytes);
  const fragment = fc
    .integer({ min: 1, max: fragmentCountMax })
    .chain((fragmentCount) =>
      fc.record({ fragmentCount: fc.constant(fragmentCount), fragmentIndex: fc.nat(fragmentCount - 1) }),
    );
  const type = <Type extends Packet['type']>(name: Type) => fc.constant(name);
  return fc.oneof(
    fc.record({
      type: type('version'),
      answeredChecksum: sequence,
      versions: fc.array(fc.nat(255), { minLength: 1, maxLength: 255 }),
    }),
    fc.record({ type: type('hello'), connection, initiator: key, expected: fc.option(key) }),
    fc.record({ type: type('welcome'), connection, responder: key, nonce: connection }),
    fc.record({ type: type('confirm'), connection, nonce: connection }),
    fc
      .tuple(
        fc.record({ type: type('data'), connection, sequence, channel: fc.constantFrom(...channels) }),
        fragment,
        fc.uint8Array({ minLength: 1, maxLength: fragmentBytesMax }),
      )
      .map(([head, part, bytes]) => {
        const isLast = part.fragmentIndex === part.fragmentCount - 1;
        return {
          ...head,
          ...part,
          payload: isLast ? bytes : new Uint8Array(fragmentBytesMax).fill(bytes.length),
        };
      }),
    fc.record({ type: type('ack'), connection, sequence }),
    fc.record({ type: type('ping'), connection, sequence }),
    fc.record({ type: type('reset'), connection }),
    fc.record({ type: type('close'), connection, reason: fc.constantFrom(...closeReasons) }),
  );
}
