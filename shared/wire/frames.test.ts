import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../ids.ts';
import { datagramBytesMax, transportMessageBytesMax } from '../limits.ts';
import {
  ackRangesMax,
  decodeFrames,
  encodeFrame,
  encodeGreaseClose,
  type Frame,
  frameTypeWithLengthMin,
  type PacketRange,
  writeAck,
  writeGrease,
} from './frames.ts';
import { channels, closeReasons } from './packet.ts';
import { varintBytes, varintMax, VarintReader, writeVarint } from './varint.ts';

describe('varints (RFC 9000 section 16 and appendix A.1)', () => {
  for (const [hex, value] of [
    ['9d7f3e7d', 494_878_333],
    ['7bbd', 15_293],
    ['25', 37],
    ['c01fffffffffffff', varintMax],
  ] as const) {
    it(`reads and writes ${value}`, () => {
      expect(new VarintReader(fromHex(hex)).varint()).toBe(value);
      const target = new Uint8Array(varintBytes(value));
      expect(writeVarint(target, 0, value)).toBe(target.length);
      expect(toHex(target)).toBe(hex);
    });
  }

  it('PROTOCOL 2.8: reads the long form of 37, and breaks on 2^53 and on truncated bytes', () => {
    expect(new VarintReader(fromHex('4025')).varint()).toBe(37);
    for (const hex of ['c020000000000000', 'c2197c5eff14e88c', '40', '']) {
      const reader = new VarintReader(fromHex(hex));
      expect([reader.varint(), reader.isBroken, reader.left]).toEqual([0, true, 0]);
    }
  });

  it('reads back every number', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(5), (value, at) => {
        const target = new Uint8Array(at + varintBytes(value));
        expect(writeVarint(target, at, value)).toBe(target.length);
        const reader = new VarintReader(target, at);
        expect([reader.varint(), reader.left, reader.isBroken]).toEqual([value, 0, false]);
      }),
    );
  });
});

describe('decodeFrames', () => {
  it('PROTOCOL 8.2: returns a value for any bytes, and writes the same frames again', () => {
    let readable = 0;
    // Small numbers are lengths, channels and types that are there: with even luck hardly anything can be read.
    const body = fc.array(fc.oneof(fc.nat(7), fc.nat(255)), { maxLength: 40 });
    const type = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 9, 0x10, 0x11, 0x12, 0x14, 0x15, 0x16, 0x40, 0x41);
    fc.assert(
      fc.property(type, body, (first, rest) => {
        const frames = decodeFrames(Uint8Array.of(first, ...rest));
        if (frames === 'malformed') return;
        readable++;
        const written = hexOf(frames);
        expect(decodeFrames(fromHex(written))).toEqual(frames);
      }),
      { numRuns: 3_000 },
    );
    expect(readable).toBeGreaterThan(100);
  });

  it('reads back every list of frames that encodeFrame writes', () => {
    fc.assert(
      fc.property(fc.array(anyFrame(), { minLength: 1, maxLength: 6 }), (frames) => {
        const hex = hexOf(frames);
        expect(decodeFrames(fromHex(hex))).toEqual(joinedPadding(frames));
      }),
      { numRuns: 1_000 },
    );
  });

  it('treats every truncated frame as malformed, and never reads beyond the end', () => {
    fc.assert(
      fc.property(anyFrame(), fc.nat(), (frame, cut) => {
        const whole = encodeFrame(frame);
        if (frame.type === 'padding' || whole.length === 1) return;
        const length = 1 + (cut % (whole.length - 1));
        expect(decodeFrames(whole.subarray(0, length))).toBe('malformed');
      }),
    );
  });
});

describe('room to grow', () => {
  const ping = Uint8Array.of(0x01);

  it('PROTOCOL 8.18: skips any frame of an unknown type from 0x40 on, and reads the frames around it', () => {
    const number = fc.integer({ min: frameTypeWithLengthMin, max: varintMax });
    fc.assert(
      fc.property(number, fc.uint8Array({ maxLength: 300 }), (type, content) => {
        const unknown = encodeFrame({ type: 'unknown', number: type, content });
        const frames = decodeFrames(Uint8Array.of(...ping, ...unknown, ...ping));
        expect(frames).toEqual([
          { type: 'ping' },
          { type: 'unknown', number: type, content },
          { type: 'ping' },
        ]);
      }),
    );
  });

  it('PROTOCOL 8.18: refuses every unknown type below 0x40, in one byte and in more', () => {
    const known = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (let type = 0; type < frameTypeWithLengthMin; type++) {
      // Followed by bytes that would be a valid length and content.
      const isKnown = known.has(type) || (type & 0xf0) === 0x10;
      if (!isKnown) expect(decodeFrames(Uint8Array.of(type, 0)), `type ${type}`).toBe('malformed');
      expect(decodeFrames(Uint8Array.of(0x40, type, 0)), `type ${type} in two bytes`).toBe('malformed');
      expect(decodeFrames(Uint8Array.of(0x80, 0, 0, type, 0)), `type ${type} in four bytes`).toBe(
        'malformed',
      );
    }
  });

  it('PROTOCOL 8.19: reads every reason for a CLOSE that it does not know as goodbye', () => {
    for (let reason = 0; reason < 256; reason++) {
      const expected = closeReasons[reason] ?? 'goodbye';
      expect(decodeFrames(Uint8Array.of(0x07, reason))).toEqual([{ type: 'close', reason: expected }]);
    }
  });
});

describe('reserved values (GREASE)', () => {
  const isReservedByte = (number: unknown) =>
    typeof number === 'number' && number < 256 && number % 0x1f === 0x1b;

  it('PROTOCOL 8.20: are frames of reserved types, and CREDITs of reserved channels', () => {
    const target = new Uint8Array(40);
    for (let byte = 0; byte < 256; byte++) {
      const end = writeGrease(target, 0, (byteCount) => new Uint8Array(byteCount).fill(byte));
      const frames = decodeFrames(target.subarray(0, end));
      if (frames === 'malformed') throw new Error(`malformed for ${byte}`);
      const [unknown, credit] = frames;
      const content = new Uint8Array(byte & 0x0f).fill(byte);
      expect(unknown).toEqual({ type: 'unknown', number: 0x40 + 0x1f * byte, content });
      expect(credit?.type === 'unknown-credit' && credit.channelNumber).toSatisfy(isReservedByte);
      expect(frames).toHaveLength(2);
    }
  });

  it('PROTOCOL 8.20: are reasons of CLOSE that read as goodbye', () => {
    for (let byte = 0; byte < 256; byte++) {
      const frame = encodeGreaseClose((byteCount) => new Uint8Array(byteCount).fill(byte));
      expect(decodeFrames(frame)).toEqual([{ type: 'close', reason: 'goodbye' }]);
      expect(frame[1]).toSatisfy(isReservedByte);
    }
  });
});

describe('writeAck', () => {
  it('writes the newest ranges that fit, at most 32, and nothing without room for one', () => {
    const ranges: PacketRange[] = [];
    for (let number = 1_000; ranges.length < 40; number -= 10)
      ranges.push({ smallest: number - 3, largest: number });
    const target = new Uint8Array(200);
    for (let end = 0; end <= target.length; end++) {
      const length = writeAck(target, 0, end, 7, ranges);
      expect(length).toBeLessThanOrEqual(end);
      if (length === 0) {
        expect(end).toBeLessThan(7);
        continue;
      }
      const frames = decodeFrames(target.subarray(0, length));
      const count = Math.min(ackRangesMax, 1 + Math.floor((end - 6) / 2));
      expect(frames).toEqual([{ type: 'ack', delay: 7, ranges: ranges.slice(0, count) }]);
    }
  });
});

function hexOf(frames: readonly Frame[]): string {
  return frames.map((frame, place) => toHex(encodeFrame(frame, frames[place - 1]))).join('');
}

function anyFrame(): fc.Arbitrary<Frame> {
  const payload = fc.uint8Array({ maxLength: 60 });
  const data = fc.uint8Array({ minLength: 8, maxLength: 8 });
  const channel = fc.constantFrom(...channels);
  return fc.oneof(
    fc.record({
      type: fc.constant('padding' as const),
      byteCount: fc.integer({ min: 1, max: datagramBytesMax }),
    }),
    fc.record({ type: fc.constant('ping' as const) }),
    fc
      .tuple(
        fc.nat(),
        fc.array(fc.tuple(fc.nat(100), fc.nat(1_000)), { minLength: 1, maxLength: ackRangesMax }),
      )
      .map(([delay, steps]): Frame => {
        const ranges: PacketRange[] = [];
        let next = 0;
        for (const [length, gap] of steps) {
          ranges.unshift({ smallest: next, largest: next + length });
          next += length + gap + 2;
        }
        return { type: 'ack', delay, ranges };
      }),
    fc.record({ type: fc.constant('credit' as const), channel, limit: fc.maxSafeNat() }),
    rareFrame(),
    fc.record({ type: fc.constant('unreliable' as const), payload }),
    fc.record({ type: fc.constant('path-challenge' as const), data }),
    fc.record({ type: fc.constant('path-response' as const), data }),
    fc.record({ type: fc.constant('close' as const), reason: fc.constantFrom(...closeReasons) }),
    fc.tuple(channel, fc.maxSafeNat(), payload).map(([name, message, bytes]): Frame => ({
      type: 'data',
      channel: name,
      message,
      offset: 0,
      total: bytes.length,
      payload: bytes,
    })),
    fc
      .tuple(
        channel,
        fc.maxSafeNat(),
        fc.nat(transportMessageBytesMax - 61),
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
      )
      .map(([name, message, offset, bytes]): Frame => ({
        type: 'data',
        channel: name,
        message,
        offset,
        total: offset + bytes.length + (offset === 0 ? 1 : 0),
        payload: bytes,
      })),
  );
}

function rareFrame(): fc.Arbitrary<Frame> {
  return fc.oneof(
    fc.record({
      type: fc.constant('unknown-credit' as const),
      channelNumber: fc.integer({ min: channels.length, max: 255 }),
      limit: fc.maxSafeNat(),
    }),
    fc.record({
      type: fc.constant('key-share' as const),
      exchange: fc.maxSafeNat(),
      publicKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    }),
    fc.record({
      type: fc.constant('unknown' as const),
      number: fc.integer({ min: frameTypeWithLengthMin, max: varintMax }),
      content: fc.uint8Array({ maxLength: 60 }),
    }),
  );
}

/** Padding behind padding is one run. */
function joinedPadding(frames: readonly Frame[]): Frame[] {
  const joined: Frame[] = [];
  for (const frame of frames) {
    const last = joined.at(-1);
    if (frame.type === 'padding' && last?.type === 'padding') {
      joined[joined.length - 1] = { type: 'padding', byteCount: last.byteCount + frame.byteCount };
    } else joined.push(frame);
  }
  return joined;
}
