import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exifOf } from '../exif.ts';
import { isPreview, isWithinPictureLimits, pictureOf, pictureOfReader } from './picture.ts';
import { type ByteReader, scanBytes } from './scan.ts';
import {
  bigEndian,
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
  pngFrame,
  pngHeader,
  replaced,
  riffChunk,
  samples,
  segment,
  webp,
  webpFrame,
  webpHead,
  webpLoop,
  webpLossy,
} from './test-pictures.ts';

const data = pngChunk('IDAT', [1, 2, 3]);
const animatedPng = png(
  pngHeader(8, 4),
  pngChunk('acTL', [...bigEndian(2), ...bigEndian(0)]),
  pngFrame(0, [8, 4, 0, 0]),
  data,
  pngFrame(1, [2, 2, 6, 2]),
  pngChunk('fdAT', [...bigEndian(2), 1]),
);
const animatedWebp = webp(
  webpHead(2, 8, 4),
  webpLoop,
  webpFrame(0, 0, 8, 4, webpLossy(8, 4)),
  webpFrame(2, 2, 6, 2, riffChunk('ALPH', [1]), webpLossy(6, 2)),
);
const animatedGif = gif(8, 4, bytesOf([0x21, 0xf9, 1, 0, 0]), gifFrame(0, 0, 8, 4), gifFrame(6, 2, 2, 2));
const avif = samples.avif;

const pictures = {
  ...samples,
  animatedPng,
  animatedWebp,
  animatedGif,
  turnedJpeg: jpeg(segment(0xe1, bytesOf('Exif\0\0', exifOf(6))), jpegFrame(8, 4), jpegScan, jpegScan),
};

describe('a picture that programs made', () => {
  it.each([
    ['png', 'png', 21, 13, 1],
    ['jpeg', 'jpeg', 21, 13, 1],
    ['webpLossy', 'webp', 21, 13, 1],
    ['webpLossless', 'webp', 21, 13, 1],
    ['webpAlpha', 'webp', 21, 13, 1],
    ['webpAnimation', 'webp', 21, 13, 3],
    ['avif', 'avif', 21, 13, 1],
    ['avifAlpha', 'avif', 21, 13, 1],
    ['avifTurned', 'avif', 13, 21, 1],
    ['avifSequence', 'avif', 21, 13, 3],
    ['animatedPng', 'png', 8, 4, 2],
    ['animatedWebp', 'webp', 8, 4, 2],
    ['animatedGif', 'gif', 8, 4, 2],
    ['turnedJpeg', 'jpeg', 4, 8, 1],
  ] as const)('has its type, size on the screen and frames: %s', (name, type, width, height, frames) => {
    expect(pictureOf(pictures[name])).toEqual({ type, width, height, frames });
  });

  it.each(Object.entries(pictures))('is unreadable if it is cut off anywhere: %s', (name, bytes) => {
    for (let end = 12; end < bytes.length; end++) {
      const verdict = pictureOf(bytes.slice(0, end));
      // Most decoders do not need the last byte of a GIF, nor do they need another frame.
      if (name === 'animatedGif' && typeof verdict !== 'string')
        expect(verdict).toMatchObject({ width: 8, height: 4 });
      else expect([end, verdict]).toEqual([end, expect.stringMatching(/unreadable|not-a-picture/)]);
    }
  });

  it.each(Object.entries(pictures))('is the same picture with other bytes behind it: %s', (name, bytes) => {
    const longer = bytesOf(bytes, 'something else');
    // In ISO media files, there is no end but that of the file.
    expect(pictureOf(longer)).toEqual(name.startsWith('avif') ? 'unreadable' : pictureOf(bytes));
  });
});

describe('what is not one of the five types', () => {
  it.each([
    ['nothing', ''],
    ['a letter', 'G'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"/>'],
    ['HTML', '<!doctype html><img>'],
    ['BMP', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x08\0\0\0\x04\0\0\0'],
    ['TIFF', 'II*\0\x08\0\0\0'],
    ['an icon', '\0\0\x01\0\x01\0\x10\x10\0\0'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['a film', '\0\0\0\x18ftypisom\0\0\0\0isommp42'],
    ['sound in RIFF', 'RIFF\x04\0\0\0WAVE'],
    ['half a signature of PNG', '\x89PNG'],
  ])('is not a picture: %s', (_, text) => {
    expect(pictureOf(bytesOf(text))).toBe('not-a-picture');
  });
});

describe('a picture that contradicts itself', () => {
  it.each<[string, Uint8Array]>([
    ['PNG with two headers', png(pngHeader(8, 4), pngHeader(8, 4), data)],
    ['PNG without its header first', png(data, pngHeader(8, 4))],
    ['PNG without pixels', png(pngHeader(8, 4))],
    ['PNG of no width', png(pngHeader(0, 4), data)],
    ['PNG of 2^31 pixels', png(pngHeader(2 ** 31, 4), data)],
    [
      'PNG with a kind of colour that does not exist',
      replaced(png(pngHeader(8, 4), data), bytesOf([8, 6, 0, 0, 0]), bytesOf([8, 5, 0, 0, 0])),
    ],
    ['PNG with pixels in two places', png(pngHeader(8, 4), data, pngChunk('tEXt'), data)],
    ['PNG with an unknown chunk that matters', png(pngHeader(8, 4), pngChunk('ABCD'), data)],
    [
      'PNG with a chunk longer than the file',
      bytesOf('\x89PNG\r\n\x1A\n', pngHeader(8, 4), bigEndian(2 ** 31), 'IDAT'),
    ],
    [
      'PNG with more frames than it says',
      png(
        pngHeader(8, 4),
        pngChunk('acTL', [0, 0, 0, 1, 0, 0, 0, 0]),
        pngFrame(0, [8, 4, 0, 0]),
        data,
        pngFrame(1, [8, 4, 0, 0]),
        pngChunk('fdAT', [...bigEndian(2), 1]),
      ),
    ],
    [
      'PNG with fewer frames than it says',
      replaced(animatedPng, bytesOf('acTL', bigEndian(2)), bytesOf('acTL', bigEndian(3))),
    ],
    [
      'PNG with a frame outside of it',
      replaced(
        animatedPng,
        bytesOf(...[2, 2, 6, 2].map((n) => bigEndian(n))),
        bytesOf(...[2, 2, 7, 2].map((n) => bigEndian(n))),
      ),
    ],
    [
      'PNG with a first frame of another size',
      replaced(
        animatedPng,
        bytesOf(...[8, 4, 0, 0].map((n) => bigEndian(n))),
        bytesOf(...[8, 3, 0, 0].map((n) => bigEndian(n))),
      ),
    ],
    [
      'PNG with frames in disorder',
      replaced(animatedPng, bytesOf('fdAT', bigEndian(2)), bytesOf('fdAT', bigEndian(3))),
    ],
    [
      'PNG with 4,097 frames',
      png(pngHeader(8, 4), pngChunk('acTL', [...bigEndian(4_097), ...bigEndian(0)]), data),
    ],
    ['JPEG with two sizes', jpeg(jpegFrame(8, 4), jpegFrame(9_000, 9_000), jpegScan)],
    [
      'JPEG with a second size behind its data',
      jpeg(jpegFrame(8, 4), jpegScan, jpegFrame(9_000, 9_000), jpegScan),
    ],
    ['JPEG with its size after its data', jpeg(jpegScan, jpegFrame(8, 4))],
    ['JPEG without data', jpeg(jpegFrame(8, 4))],
    ['JPEG of no height', jpeg(jpegFrame(8, 0), jpegScan)],
    ['JPEG with arithmetic codes', jpeg(jpegFrame(8, 4, 0xc9), jpegScan)],
    ['JPEG inside of itself', jpeg(jpeg(jpegFrame(8, 4), jpegScan))],
    ['JPEG with bytes between its segments', jpeg(jpegFrame(8, 4), bytesOf([0]), jpegScan)],
    ['JPEG with a segment of no length', jpeg(jpegFrame(8, 4), bytesOf([0xff, 0xe0, 0, 1]), jpegScan)],
    ['JPEG with a height that follows later', jpeg(jpegFrame(8, 4), jpegScan, segment(0xdc, [0, 9]))],
    ['GIF without a frame', gif(8, 4)],
    ['GIF with a frame that is larger than it', gif(8, 4, gifFrame(0, 0, 9_000, 9_000))],
    ['GIF with a frame beside it', gif(8, 4, gifFrame(0, 0, 8, 4), gifFrame(1, 0, 8, 4))],
    ['GIF with a frame of no size', gif(8, 4, gifFrame(0, 0, 0, 4))],
    ['GIF with something else in it', gif(8, 4, gifFrame(0, 0, 8, 4), bytesOf('x'))],
    ['GIF with 4,097 frames', gif(1, 1, ...Array.from({ length: 4_097 }, () => gifFrame(0, 0, 1, 1)))],
    ['WebP with a picture of another size than its canvas', webp(webpHead(0, 8, 4), webpLossy(9_000, 9_000))],
    [
      'WebP with a frame of another size than its picture',
      webp(webpHead(2, 8, 4), webpLoop, webpFrame(0, 0, 8, 4, webpLossy(9_000, 9_000))),
    ],
    [
      'WebP with a frame outside of it',
      webp(webpHead(2, 8, 4), webpLoop, webpFrame(2, 0, 8, 4, webpLossy(8, 4))),
    ],
    ['WebP with two pictures', webp(webpLossy(8, 4), webpLossy(8, 4))],
    [
      'WebP with two pictures in a frame',
      webp(webpHead(2, 8, 4), webpLoop, webpFrame(0, 0, 8, 4, webpLossy(8, 4), webpLossy(8, 4))),
    ],
    [
      'WebP with a frame in a frame',
      webp(
        webpHead(2, 8, 4),
        webpLoop,
        webpFrame(0, 0, 8, 4, webpFrame(0, 0, 8, 4, webpLossy(8, 4)), webpLossy(8, 4)),
      ),
    ],
    ['WebP with frames and a still picture', webp(webpHead(2, 8, 4), webpLoop, webpLossy(8, 4))],
    ['WebP with frames that its head does not tell of', webp(webpHead(0, 8, 4), webpLossy(8, 4), webpLoop)],
    ['WebP with two heads', webp(webpHead(0, 8, 4), webpHead(0, 8, 4), webpLossy(8, 4))],
    ['WebP without a picture', webp(webpHead(0, 8, 4))],
    ['WebP that is shorter than its chunk', webp(riffChunk('VP8 ', [0, 0]))],
    ['WebP without a key frame', webp(riffChunk('VP8 ', [1, 0, 0, 0x9d, 1, 0x2a, 8, 0, 4, 0]))],
    [
      'AVIF of another size than its bits',
      replaced(avif, bytesOf(bigEndian(21), bigEndian(13)), bytesOf(bigEndian(20), bigEndian(13))),
    ],
    ['AVIF without a size', replaced(avif, bytesOf('ispe'), bytesOf('ispx'))],
    [
      'AVIF with two sizes of one item',
      replaced(avif, bytesOf([4, 1, 2, 0x83, 4]), bytesOf([4, 1, 1, 0x83, 4])),
    ],
    [
      'AVIF with a property that does not exist',
      replaced(avif, bytesOf([4, 1, 2, 0x83, 4]), bytesOf([4, 1, 9, 0x83, 4])),
    ],
    ['AVIF that is cut out of a larger picture', replaced(avif, bytesOf('pixi'), bytesOf('clap'))],
    ['AVIF that is a grid', replaced(avif, bytesOf('av01Color'), bytesOf('gridColor'))],
    [
      'AVIF with a primary item that does not exist',
      replaced(avif, bytesOf('pitm', bigEndian(0), [0, 1]), bytesOf('pitm', bigEndian(0), [0, 2])),
    ],
    [
      'AVIF with a box of no length',
      replaced(avif, bytesOf(bigEndian(20), 'ispe'), bytesOf(bigEndian(4), 'ispe')),
    ],
    ['AVIF with a box longer than the file', replaced(avif, bytesOf('meta'), bytesOf([0, 0, 0, 0]))],
    [
      'AVIF with its data outside of the file',
      replaced(avif, bytesOf(bigEndian(76), 'mdat').subarray(0, 4), bytesOf(bigEndian(2 ** 31))),
    ],
    [
      'AVIF sequence with samples of another size',
      replaced(
        samples.avifSequence,
        bytesOf(bigEndian(0x15, 2), [0, 0x0d, 0, 0x48]),
        bytesOf(bigEndian(0x14, 2), [0, 0x0d, 0, 0x48]),
      ),
    ],
    [
      'AVIF sequence with a million samples',
      replaced(
        samples.avifSequence,
        bytesOf('stsz', bigEndian(0), bigEndian(0), bigEndian(3)),
        bytesOf('stsz', bigEndian(0), bigEndian(0), bigEndian(1_000_000)),
      ),
    ],
    [
      'AVIF sequence with too few samples',
      replaced(
        samples.avifSequence,
        bytesOf('stsz', bigEndian(0), bigEndian(0), bigEndian(3)),
        bytesOf('stsz', bigEndian(0), bigEndian(0), bigEndian(2)),
      ),
    ],
  ])('is unreadable: %s', (_, bytes) => {
    expect(pictureOf(bytes)).toBe('unreadable');
  });
});

describe('a file that is read in parts', () => {
  /** Counts what is read. */
  function readerOf(bytes: Uint8Array): ByteReader & { reads: number; bytesRead: number; longest: number } {
    return {
      size: bytes.length,
      reads: 0,
      bytesRead: 0,
      longest: 0,
      async read(offset, length) {
        this.reads++;
        this.bytesRead += length;
        this.longest = Math.max(this.longest, length);
        return bytes.slice(offset, offset + length);
      },
    };
  }

  it.each(Object.entries(pictures))('gives the same picture: %s', async (_, bytes) => {
    expect(await pictureOfReader(readerOf(bytes))).toEqual(pictureOf(bytes));
  });

  it('is read only where its structure is', async () => {
    const large = png(pngHeader(8, 4), pngChunk('IDAT', new Uint8Array(4_000_000)));
    const reader = readerOf(large);
    expect(await pictureOfReader(reader)).toMatchObject({ width: 8, height: 4 });
    expect(reader.reads).toBeLessThanOrEqual(3);
    expect(reader.longest).toBeLessThanOrEqual(64 * 1024);
  });

  it('is unreadable if it becomes shorter', async () => {
    const { size } = readerOf(samples.png);
    const shorter = { size, read: async (offset: number) => samples.png.slice(offset, 300) };
    expect(await pictureOfReader(shorter)).toBe('unreadable');
  });

  it('costs bounded work, even if it has only tiny parts', async () => {
    const tinyBlocks = new Uint8Array(1_000_000).fill(1);
    const hostile = [
      bytesOf(
        'GIF89a',
        littleEndian(8, 2),
        littleEndian(4, 2),
        [0, 0, 0],
        [0x21, 0xfe],
        tinyBlocks,
        [0, 0x3b],
      ),
      bytesOf(samples.avif, ...Array.from({ length: 100_000 }, () => bytesOf(bigEndian(8), 'free'))),
      bytesOf([0xff, 0xd8], new Uint8Array(1_000_000).fill(0xff)),
    ];
    for (const bytes of hostile) {
      const reader = readerOf(bytes);
      expect(await pictureOfReader(reader)).toBe('unreadable');
      expect(reader.bytesRead).toBeLessThanOrEqual(2 * bytes.length + 2 * 1024 * 1024);
    }
  });

  it('costs bounded work, even if the items of an AVIF have thousands of empty parts', () => {
    const itemWithParts = bytesOf(bigEndian(1, 2), bigEndian(0, 2), bigEndian(0xffff, 2));
    const items = Array.from({ length: 0xffff }, () => itemWithParts);
    const places = bytesOf(bigEndian(0), [0, 0], bigEndian(0xffff, 2), ...items);
    const box = bytesOf(bigEndian(places.length + 8), 'iloc', places);
    const metaStart = latin1(avif).indexOf('meta') - 4;
    const boxes = latin1(avif).indexOf('hdlr') - 4;
    const meta = bytesOf(bigEndian(box.length + 12), 'meta', bigEndian(0), box);
    expect(pictureOf(bytesOf(avif.subarray(0, metaStart), meta, avif.subarray(boxes)))).toBe('unreadable');
  });

  it('seems to end when the budget of work is used up', () => {
    const taken = scanBytes(new Uint8Array(10), function* (file) {
      let count = 0;
      while ((yield* file.take(0, 1)) !== undefined) count++;
      return count;
    });
    expect(taken).toBe(400_000);
  });
});

describe('hostile bytes', () => {
  const mutated = fc
    .tuple(
      fc.constantFrom(...Object.values(pictures)),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x3b, 0x2c), fc.nat(8)), {
        maxLength: 6,
      }),
      fc.nat(4_000),
    )
    .map(([bytes, changes, end]) => {
      const copy = Array.from(bytes.slice(0, end + 20));
      // Replaces, removes or inserts a byte.
      for (const [at, value, removed] of changes) copy.splice(at % copy.length, removed % 3, value);
      return Uint8Array.from(copy);
    });

  it('never throw, and give a picture of a size or none', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        const verdict = pictureOf(bytes);
        if (typeof verdict === 'string') return;
        expect(verdict.width * verdict.height * verdict.frames).toBeGreaterThan(0);
        expect(Number.isSafeInteger(verdict.width * verdict.frames)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('behind any signature never throw', () => {
    const starts = [
      '\x89PNG\r\n\x1A\n',
      '\xFF\xD8\xFF',
      'GIF89a',
      'RIFF\x40\0\0\0WEBP',
      '\0\0\0\x10ftypavif\0\0\0\0',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 400 }), (start, rest) => {
        expect(['object', 'string']).toContain(typeof pictureOf(bytesOf(start, rest)));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the limits of pictures', () => {
  it.each([
    [4_000, 10_000, 1, true],
    [4_001, 10_000, 1, false],
    [1_000, 1_000, 40, true],
    [1_000, 1_000, 41, false],
    [40_000, 1, 1, false],
    [1, 40_000, 1, false],
  ])('hold for all frames together: %i x %i, %i frames', (width, height, frames, isWithin) => {
    expect(isWithinPictureLimits({ type: 'png', width, height, frames })).toBe(isWithin);
  });

  it.each<[string, Uint8Array, boolean]>([
    ['a small picture', samples.webpLossy, true],
    ['the largest', webp(webpLossy(512, 512)), true],
    ['one that is too wide', webp(webpLossy(513, 1)), false],
    ['one that moves', samples.webpAnimation, false],
    ['one of more than 8 KiB', png(pngHeader(8, 4), pngChunk('IDAT', new Uint8Array(8 * 1024))), false],
    ['no picture', bytesOf('<svg/>'), false],
  ])('hold for a preview: %s', (_, bytes, isOne) => {
    expect(isPreview(bytes)).toBe(isOne);
  });
});
