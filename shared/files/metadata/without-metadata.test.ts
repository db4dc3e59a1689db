import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exifOf, orientationOf } from '../exif.ts';
import { pictureOf } from '../pictures/picture.ts';
import {
  bytesOf,
  gif,
  gifFrame,
  jpeg,
  jpegFrame,
  jpegScan,
  latin1,
  littleEndian,
  png,
  pngChunk,
  pngHeader,
  riffChunk,
  samples,
  segment,
  webp,
  webpFrame,
  webpHead,
  webpLoop,
  webpLossy,
} from '../pictures/test-pictures.ts';
import { withoutMetadata } from './without-metadata.ts';

const secret = 'SECRET words';

/** EXIF in the other order of bytes, with an orientation and a text. */
function littleExif(orientation: number): Uint8Array {
  return bytesOf(
    'II*\0',
    littleEndian(8),
    littleEndian(2, 2),
    [0x0e, 1, 2, 0, 12, 0, 0, 0, 50, 0, 0, 0],
    [0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0],
    littleEndian(0),
    secret,
  );
}

function plantedJpeg(orientation: number): Uint8Array {
  const picture = jpeg(
    segment(0xe0, bytesOf('JFIF\0', [1, 1, 0, 0, 72, 0, 72, 1, 1], [1, 2, 3])),
    segment(0xe0, bytesOf('JFXX\0', secret)),
    segment(0xe1, bytesOf('Exif\0\0', littleExif(orientation))),
    segment(0xe1, bytesOf('http://ns.adobe.com/xap/1.0/\0', secret)),
    segment(0xe2, bytesOf('ICC_PROFILE\0', [1, 1], 'the profile')),
    segment(0xe2, bytesOf('MPF\0', secret)),
    segment(0xed, bytesOf('Photoshop 3.0\0', secret)),
    segment(0xee, bytesOf('Adobe', [0, 100, 0, 0, 0, 0, 1], secret)),
    segment(0xef, secret),
    segment(0xfe, secret),
    segment(0xdb, [0, ...new Uint8Array(64)]),
    jpegFrame(8, 4, 0xc2),
    jpegScan,
    segment(0xfe, secret),
    segment(0xc4, [0, ...new Uint8Array(16)]),
    jpegScan,
  );
  return bytesOf(picture, 'ftypmp42', secret);
}

const plantedPng = bytesOf(
  png(
    pngHeader(8, 4),
    pngChunk('tEXt', `Comment\0${secret}`),
    pngChunk('zTXt', secret),
    pngChunk('iTXt', secret),
    pngChunk('tIME', secret),
    pngChunk('eXIf', littleExif(8)),
    pngChunk('iCCP', 'the profile'),
    pngChunk('sPLT', secret),
    pngChunk('vpAg', secret),
    pngChunk('gAMA', [0, 0, 0, 1]),
    pngChunk('IDAT', [1, 2]),
    pngChunk('IDAT', [3]),
    pngChunk('tEXt', secret),
  ),
  secret,
);

const plantedWebp = bytesOf(
  webp(
    webpHead(0x2e, 8, 4),
    riffChunk('ICCP', 'the profile'),
    webpLoop,
    webpFrame(0, 0, 8, 4, riffChunk('ALPH', [1]), webpLossy(8, 4), riffChunk('abcd', secret)),
    webpFrame(2, 2, 6, 2, webpLossy(6, 2)),
    riffChunk('EXIF', bytesOf('Exif\0\0', littleExif(3))),
    riffChunk('XMP ', secret),
    riffChunk('abcd', secret),
  ),
  secret,
);

const loop = bytesOf([0x21, 0xff, 11], 'NETSCAPE2.0', [3, 1, 0, 0, 0]);
const control = bytesOf([0x21, 0xf9, 4, 0, 5, 0, 0, 0]);
const plantedGif = bytesOf(
  gif(
    8,
    4,
    loop,
    bytesOf([0x21, 0xff, 11], 'XMP DataXMP', [12], secret, [0]),
    bytesOf([0x21, 0xfe, 12], secret, [0]),
    control,
    bytesOf([0x21, 0x01, 12], secret, [0]),
    control,
    gifFrame(0, 0, 8, 4),
  ),
  secret,
);

const planted = {
  jpeg: plantedJpeg(6),
  uprightJpeg: plantedJpeg(1),
  png: plantedPng,
  webp: plantedWebp,
  gif: plantedGif,
};

function cleaned(bytes: Uint8Array): Uint8Array {
  const result = withoutMetadata(bytes);
  if (typeof result === 'string') throw new Error('This picture is unreadable.');
  return result;
}

describe('a picture without its metadata', () => {
  it.each(Object.entries(planted))('has none of the words in it: %s', (_, bytes) => {
    expect(latin1(bytes)).toContain(secret);
    expect(latin1(cleaned(bytes))).not.toContain('SECRET');
  });

  it.each(Object.entries({ ...planted, ...samples }).filter(([name]) => !name.startsWith('avif')))(
    'is the same picture, and stays so if it is cleaned again: %s',
    (_, bytes) => {
      const once = cleaned(bytes);
      expect(pictureOf(once)).toEqual(pictureOf(bytes));
      expect(once.length).toBeLessThanOrEqual(bytes.length);
      expect(cleaned(once)).toEqual(once);
    },
  );

  it.each(['png', 'webpLossy', 'webpLossless', 'webpAlpha', 'webpAnimation'] as const)(
    'is the same to the byte if it had none: %s',
    (name) => {
      expect(cleaned(samples[name])).toEqual(samples[name]);
    },
  );

  it('keeps the pixels, the tables, the density, the profile and the mix of colours of a JPEG', () => {
    expect(cleaned(plantedJpeg(6))).toEqual(
      jpeg(
        segment(0xe0, bytesOf('JFIF\0', [1, 1, 0, 0, 72, 0, 72, 0, 0])),
        segment(0xe1, bytesOf('Exif\0\0', exifOf(6))),
        segment(0xe2, bytesOf('ICC_PROFILE\0', [1, 1], 'the profile')),
        segment(0xee, bytesOf('Adobe', [0, 100, 0, 0, 0, 0, 1])),
        segment(0xdb, [0, ...new Uint8Array(64)]),
        jpegFrame(8, 4, 0xc2),
        jpegScan,
        segment(0xc4, [0, ...new Uint8Array(16)]),
        jpegScan,
      ),
    );
  });

  it('has no EXIF at all if it is upright', () => {
    expect(latin1(cleaned(plantedJpeg(1)))).not.toContain('Exif');
  });

  it('keeps the pixels, the colours and the orientation of a PNG', () => {
    expect(cleaned(plantedPng)).toEqual(
      png(
        pngHeader(8, 4),
        pngChunk('eXIf', exifOf(8)),
        pngChunk('iCCP', 'the profile'),
        pngChunk('gAMA', [0, 0, 0, 1]),
        pngChunk('IDAT', [1, 2]),
        pngChunk('IDAT', [3]),
      ),
    );
  });

  it('keeps the frames, the profile and the orientation of a WebP', () => {
    expect(cleaned(plantedWebp)).toEqual(
      webp(
        webpHead(0x2a, 8, 4),
        riffChunk('ICCP', 'the profile'),
        webpLoop,
        webpFrame(0, 0, 8, 4, riffChunk('ALPH', [1]), webpLossy(8, 4)),
        webpFrame(2, 2, 6, 2, webpLossy(6, 2)),
        riffChunk('EXIF', exifOf(3)),
      ),
    );
  });

  it('keeps the frames of a GIF and how often they repeat', () => {
    expect(cleaned(plantedGif)).toEqual(gif(8, 4, loop, control, gifFrame(0, 0, 8, 4)));
  });
});

describe('what cannot be cleaned', () => {
  it.each<[string, Uint8Array]>([
    ['a text', bytesOf('hello')],
    ['SVG', bytesOf('<svg/>')],
    ['AVIF', samples.avif],
    ['half a JPEG', samples.jpeg.slice(0, 300)],
    ['a JPEG with two sizes', jpeg(jpegFrame(8, 4), jpegFrame(9, 9), jpegScan)],
    ['nothing', new Uint8Array()],
  ])('is unreadable: %s', (_, bytes) => {
    expect(withoutMetadata(bytes)).toBe('unreadable');
  });

  it('never throws, and is the same picture if it is cleaned', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom(...Object.values(planted)),
        fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(8)), { maxLength: 4 }),
      )
      .map(([bytes, changes]) => {
        const copy = Array.from(bytes);
        for (const [at, value, removed] of changes) copy.splice(at % copy.length, removed % 3, value);
        return Uint8Array.from(copy);
      });
    fc.assert(
      fc.property(mutated, (bytes) => {
        const result = withoutMetadata(bytes);
        if (typeof result === 'string') return;
        expect(pictureOf(result)).toEqual(pictureOf(bytes));
        expect(withoutMetadata(result)).toEqual(result);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the orientation in EXIF', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is read in both orders of bytes: %i', (orientation) => {
    expect(orientationOf(exifOf(orientation))).toBe(orientation);
    expect(orientationOf(littleExif(orientation))).toBe(orientation);
  });

  it('is 1 if the EXIF is damaged or has another number', () => {
    expect(orientationOf(exifOf(9))).toBe(1);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (rest) => {
        for (const exif of [rest, bytesOf('MM\0*', rest), bytesOf('II*\0\x08\0\0\0\x02\0', rest)]) {
          const orientation = orientationOf(exif);
          expect(orientation >= 1 && orientation <= 8).toBe(true);
        }
      }),
    );
  });
});
