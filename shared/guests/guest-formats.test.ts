import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableWith } from '../../scripts/structure/markdown-tables.ts';
import { encodeBase32 } from '../base32.ts';
import { guestEndCodes, guestEndOf } from './ends.ts';
import {
  encodeOpening,
  equalBytes,
  gatewayKeyHash,
  guestPrologue,
  parseOpening,
  parsePageHello,
  type Blake2b,
} from './handshake-format.ts';
import { formatGuestLink, parseGuestLink } from './link.ts';
import { PartJoiner, partBytesMax, partsOf } from './parts.ts';
import { fourWords } from './words.ts';

const document = readFileSync('docs/protocol/guests.md', 'utf8');
const blake2b: Blake2b = (input) => Uint8Array.from(createHash('blake2b512').update(input).digest());
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('a guest link', () => {
  it('PROTOCOL 12.8: is read as it was written, in any case and with hyphens', () => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(16), (secret, hash) => {
        const link = formatGuestLink({ secret, gatewayKeyHash: hash });
        expect(link).toMatch(/^[0-9a-z]{79}$/u);
        for (const text of [link, `#${link}`, link.toUpperCase(), link.replaceAll(/.{4}/gu, '$&-')])
          expect(parseGuestLink(text)).toEqual({ secret, gatewayKeyHash: hash });
      }),
    );
  });

  it('PROTOCOL 12.8: is read with the punctuation of the sentence in which it stood', () => {
    const parts = { secret: new Uint8Array(32).fill(3), gatewayKeyHash: new Uint8Array(16).fill(4) };
    for (const end of ['.', ')', ',', ').', '!', '?"'])
      expect(parseGuestLink(`#${formatGuestLink(parts)}${end}`)).toEqual(parts);
    expect(parseGuestLink('#.')).toBe('malformed');
  });

  it('PROTOCOL 12.8: is of a later version only if it is as long as one of this version', () => {
    const later = encodeBase32(Uint8Array.of(2, ...new Uint8Array(48)));
    expect([later.length, parseGuestLink(later), parseGuestLink(`${later}00`)]).toEqual([
      79,
      'version-unknown',
      'version-unknown',
    ]);
    for (const text of ['#hello', '#settings', later.slice(0, 78)])
      expect(parseGuestLink(text)).toBe('malformed');
  });

  it('is refused by a reader for any other text, without an exception', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 700 }), (text) => {
        expect(['malformed', 'version-unknown']).toContain(parseGuestLink(text));
      }),
    );
    expect(parseGuestLink('0'.repeat(100_000))).toBe('malformed');
  });

  it('PROTOCOL 12.9: names a key by 16 bytes of a labelled hash', () => {
    const key = new Uint8Array(32).fill(7);
    const digest = createHash('blake2b512').update('chatagram guest gateway 1\0').update(key).digest();
    expect(gatewayKeyHash(key, blake2b)).toEqual(Uint8Array.from(digest.subarray(0, 16)));
  });
});

describe('the beginning of a handshake with a guest', () => {
  it('PROTOCOL 12.6: is a version, a pattern and a message of Noise', () => {
    const noise = Uint8Array.of(9, 8, 7);
    expect(encodeOpening('XX', noise)).toEqual(Uint8Array.of(1, 0, 9, 8, 7));
    expect(encodeOpening('XXpsk0', noise)).toEqual(Uint8Array.of(1, 1, 9, 8, 7));
    expect(parseOpening(Uint8Array.of(1, 1, 9, 8, 7))).toEqual({ pattern: 'XXpsk0', noise });
  });

  it('PROTOCOL 12.7: is of an unknown version, whatever follows, and then of an unknown pattern', () => {
    for (const bytes of [[0], [2], [2, 7], [255, 0, 1]])
      expect(parseOpening(Uint8Array.from(bytes))).toBe('version-unknown');
    for (const bytes of [[], [1], [1, 2], [1, 255, 0]])
      expect(parseOpening(Uint8Array.from(bytes))).toBe('handshake-failed');
  });

  it('PROTOCOL 12.4: goes into the prologue', () => {
    const label = [...new TextEncoder().encode('Chatagram guest')];
    expect(guestPrologue('XX')).toEqual(Uint8Array.of(...label, 1, 0));
    expect(guestPrologue('XXpsk0')).toEqual(Uint8Array.of(...label, 1, 1));
  });

  it('PROTOCOL 12.15: says what the page wants in an object with a place for more', () => {
    const hello = (text: string) => new TextEncoder().encode('n'.repeat(32) + text);
    expect(parsePageHello(hello('{"later":[1],"want":"chat","name":"a"}'))).toEqual({
      want: 'chat',
      name: 'a',
    });
    expect(parsePageHello(hello('{"want":"files"}'))).toBe('want-unknown');
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '"chat"',
      '{}',
      '{"want":1}',
      '{"want":"chat"}',
      '{"want":"chat","name":1}',
      '\u{FEFF}{"want":',
    ])
      expect(parsePageHello(hello(text))).toBe('handshake-failed');
    expect(parsePageHello(Uint8Array.of(...hello('{"want":"chat","name":"'), 255))).toBe('handshake-failed');
  });

  it('is compared over all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
        expect(equalBytes(one, other)).toBe(Buffer.compare(one, other) === 0);
        expect(equalBytes(one, Uint8Array.from(one))).toBe(true);
      }),
    );
  });
});

describe('four words', () => {
  const list = Array.from({ length: 2_048 }, (_, place) => String(place));

  it('PROTOCOL 12.16: are the first 44 bits of a labelled hash', () => {
    fc.assert(
      fc.property(bytesOf(64), (hash) => {
        const digest = createHash('blake2b512')
          .update('chatagram guest words 1\0')
          .update(hash)
          .digest('hex');
        const bits = BigInt(`0x${digest.slice(0, 11)}`);
        const words = fourWords(hash, list, blake2b).map(BigInt);
        expect(words.reduce((sum, word) => (sum << 11n) | word, 0n)).toBe(bits);
      }),
    );
  });

  it('need a list of 2,048 words', () => {
    expect(() => fourWords(new Uint8Array(64), list.slice(1), blake2b)).toThrow('2047 words');
  });
});

describe('the parts of a frame', () => {
  const joinAll = (parts: readonly Uint8Array[], bytesMax: number) => {
    const joiner = new PartJoiner(bytesMax);
    return parts.map((part) => joiner.add(part));
  };

  it('PROTOCOL 12.21: have one byte for their kind, and join to the same frame', () => {
    for (const length of [
      1,
      2,
      partBytesMax - 1,
      partBytesMax,
      partBytesMax + 1,
      3 * partBytesMax,
      200_000,
    ]) {
      const frame = Uint8Array.from({ length }, (_, at) => at * 7);
      const parts = partsOf(frame);
      expect(parts.length).toBe(Math.ceil(length / partBytesMax));
      expect(parts.map(([kind]) => kind)).toEqual(parts.map((_, at) => (at + 1 < parts.length ? 1 : 0)));
      const joined = joinAll(parts, length);
      expect(joined.slice(0, -1).every(({ type }) => type === 'incomplete')).toBe(true);
      expect(joined.at(-1)).toEqual({ type: 'frame', frame });
    }
  });

  it('PROTOCOL 12.22: are refused if one before the last is not full, or the last is empty', () => {
    const full = Uint8Array.of(1, ...new Uint8Array(partBytesMax));
    const malformed = { type: 'ended', reason: 'malformed' };
    for (const part of [[], [0], [1], [1, 1], [2, 1], [3], [255, 1]])
      expect(new PartJoiner(1_000).add(Uint8Array.from(part))).toEqual(malformed);
    expect(joinAll([full, Uint8Array.of(2)], 1_000_000)[1]).toEqual(malformed);
    expect(joinAll([full, Uint8Array.of(0)], 1_000_000)[1]).toEqual(malformed);
    expect(joinAll([full.subarray(0, -1)], 1_000_000)[0]).toEqual(malformed);
  });

  it('PROTOCOL 12.23: are refused from the first byte beyond the maximum of a frame', () => {
    expect(joinAll(partsOf(new Uint8Array(11)), 10)).toEqual([{ type: 'ended', reason: 'too-long' }]);
    expect(joinAll(partsOf(new Uint8Array(10)), 10)[0]!.type).toBe('frame');
  });
});

describe('the ends of a session', () => {
  it('PROTOCOL 12.31: have the codes of the table in guests.md', () => {
    const rows = tableWith(document, ['code', 'reason', 'ended by', 'meaning']);
    expect(rows.map(([code, reason]) => [reason, Number(code)])).toEqual(Object.entries(guestEndCodes));
    for (const [reason, code] of Object.entries(guestEndCodes)) expect(guestEndOf(code)).toBe(reason);
    for (const code of [1_000, 1_006, 4_000, 4_999]) expect(guestEndOf(code)).toBeUndefined();
  });
});
