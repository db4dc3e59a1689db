import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentBytesMax, sealedBytesMax } from '../limits.ts';
import { padContent, paddingStepBytes, unpadContent } from './envelope.ts';

describe('the padding of a sealed content', () => {
  it('PROTOCOL 9.8: fills contents up to the next 256 bytes, and they are the same without it', () => {
    const lengths = [0, 1, 251, 252, 253, 508, 509, contentBytesMax].map((length) => [
      length,
      padContent(new Uint8Array(length)).length,
    ]);
    expect(lengths).toEqual([
      [0, 256],
      [1, 256],
      [251, 256],
      [252, 256],
      [253, 512],
      [508, 512],
      [509, 768],
      [contentBytesMax, sealedBytesMax - 48],
    ]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (content) => {
        expect(unpadContent(padContent(content))).toEqual(content);
      }),
    );
  });

  it('PROTOCOL 9.8: is refused with another length, with other bytes than zero, or where a shorter one is enough', () => {
    const padded = padContent(Uint8Array.of(1, 2, 3));
    const changed = (change: (bytes: Uint8Array) => void): Uint8Array => {
      const bytes = padded.slice();
      change(bytes);
      return bytes;
    };
    const longer = new Uint8Array(2 * paddingStepBytes);
    longer.set(padded);
    const invalid = [
      new Uint8Array(0),
      padded.subarray(1),
      Uint8Array.of(0, 0, 0, 1, 7),
      longer,
      changed((bytes) => (bytes[255] = 1)),
      changed((bytes) => (bytes[3] = 253)),
      changed((bytes) => (bytes[0] = 255)),
      // The last byte of the content is padding now, and not zero.
      changed((bytes) => (bytes[3] = 2)),
    ];
    expect(invalid.map(unpadContent)).toEqual(invalid.map(() => undefined));
  });

  it('PROTOCOL 9.8: is read from any bytes without a throw, and each content has one form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 256, maxLength: 512 }), (bytes) => {
        const content = unpadContent(bytes);
        if (content !== undefined) expect(padContent(content)).toEqual(bytes);
      }),
    );
  });
});
