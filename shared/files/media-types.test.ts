import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileKindOf, mediaTypeOfName, servedTypeOf } from './media-types.ts';

describe('the kind of a file in words', () => {
  it.each([
    ['Photo.JPG', 'application/octet-stream', 'picture'],
    ['report.pdf', 'image/png', 'document'],
    ['a.tar.gz', '', 'archive'],
    ['setup.exe', 'image/png', 'program'],
    ['photo.exe. ', 'image/png', 'program'],
    ['photo', 'image/png', 'picture'],
    ['clip.xyz', 'video/x-unknown', 'film'],
    ['README', 'text/plain', 'text'],
    ['README', 'application/octet-stream', 'other'],
    ['README', 'nonsense', 'other'],
    ['README', '__proto__/x', 'other'],
    ['x', '', 'other'],
  ])('of %j that is claimed to be %j is %s', (name, claimed, kind) => {
    expect(fileKindOf(name, claimed)).toBe(kind);
  });

  it('exists for any name and claim', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, claimed) => {
        expect(fileKindOf(name, claimed)).toMatch(/^[a-z-]+$/);
      }),
    );
  });
});

describe('the media type', () => {
  it('that an offer claims follows from the name', () => {
    expect(mediaTypeOfName('a.WebP')).toBe('image/webp');
    expect(mediaTypeOfName('a.unknown')).toBe('application/octet-stream');
    expect(mediaTypeOfName('')).toBe('application/octet-stream');
  });

  it('under which bytes are served is that of the picture in them, or no type', () => {
    expect(servedTypeOf({ type: 'avif', width: 1, height: 1, frames: 1 })).toBe('image/avif');
    expect(servedTypeOf('not-a-picture')).toBe('application/octet-stream');
    expect(servedTypeOf('unreadable')).toBe('application/octet-stream');
  });
});
