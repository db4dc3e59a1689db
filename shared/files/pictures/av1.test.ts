import { describe, expect, it } from 'vitest';
import { codedPicture } from './av1.ts';
import { scanBytes } from './scan.ts';

/** Writes the fields of a unit as `value:bits`, and the head of the unit with its type and length. */
function unit(type: number, fields: string): readonly number[] {
  const bits = fields
    .trim()
    .split(/\s+/)
    .map((field) => {
      const [value = '', count = '1'] = field.split(':');
      return Number(value).toString(2).padStart(Number(count), '0');
    })
    .join('');
  const bytes = bits.match(/.{1,8}/g)?.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)) ?? [];
  return [(type << 3) | 2, bytes.length, ...bytes];
}

function sizeOf(...units: readonly (readonly number[])[]): unknown {
  const bytes = Uint8Array.from(units.flat());
  return scanBytes(bytes, (file) => codedPicture(file, 0, bytes.length));
}

const size = '9:4 9:4 639:10 479:10';
/** A profile, one bit for still pictures, and the short form of the header. */
const still = unit(1, `0:3 1 1 0:5 ${size} 0:3 0:8`);
/** The long form: no timing, no delays, one operating point; then no numbers of frames, no tools, and all choices for each frame. */
const film = unit(1, `0:3 0 0 0 0 0:5 0:12 0:5 ${size} 0 0:3 0:4 0 1 1 0:8`);
/** The long form with timing, a model of the decoder, numbers of frames, an order and no choices. */
const timedFilm = unit(
  1,
  `0:3 0 0 1 1:32 1:32 0 1 3:5 1:32 4:5 5:5 0 0:5 0:12 8:5 0 1 0:9 ${size} 1 1:4 2:3 0:3 0:4 1 0:2 0 1 0 0 0:3 0:8`,
);
const keyFrame = '0 0:2 1';

describe('the units of AV1', () => {
  it.each([
    ['a still picture', [still, unit(6, '0:8')]],
    ['a film', [film, unit(6, `${keyFrame} 0 0 0 0:8`)]],
    ['a film with motion by pixels', [film, unit(6, `${keyFrame} 0 1 1 0 0:8`)]],
    ['a film with timing', [timedFilm, unit(6, `${keyFrame} 3:6 0 0:6 0 0:8`)]],
    ['a film that shows an earlier frame', [film, unit(3, '1 0:7')]],
    ['a film with the same header twice', [film, unit(6, `${keyFrame} 0 0 0 0:8`), film]],
    ['other units around it', [unit(2, '0:1'), film, unit(5, '0:8'), unit(6, `${keyFrame} 0 0 0 0:8`)]],
  ])('have the size of the sequence: %s', (_, units) => {
    expect(sizeOf(...units)).toMatchObject({ width: 640, height: 480 });
  });

  it.each([
    ['a frame with a size of its own', [film, unit(6, `${keyFrame} 0 0 1 0:8`)]],
    ['such a frame after motion by pixels', [film, unit(6, `${keyFrame} 0 1 1 1 0:8`)]],
    ['such a frame with timing', [timedFilm, unit(6, `${keyFrame} 3:6 0 0:6 1 0:8`)]],
    ['a frame that switches', [film, unit(6, '0 3:2 1 0 0 0 0:8')]],
    ['a frame with half a header', [timedFilm, unit(6, keyFrame)]],
    ['a sequence with half a header', [unit(1, '0:3 1 1 0:5 15:4 15:4'), unit(6, '0:8')]],
    ['a frame before the sequence', [unit(6, '0:8'), still]],
    ['no frame', [still]],
    [
      'a second sequence of another size',
      [still, unit(6, '0:8'), unit(1, '0:3 1 1 0:5 15:4 15:4 9999:16 9999:16 0:8')],
    ],
    ['a list of tiles', [still, unit(6, '0:8'), unit(8, '0:8')]],
    ['a unit that is longer than the rest', [still, [0x32, 100, 0]]],
    ['a length that does not end', [still, [0x32, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]]],
    ['a forbidden bit', [still, [0xb2, 1, 0]]],
    ['nothing', []],
  ])('have no size that is known: %s', (_, units) => {
    expect(sizeOf(...units)).toBeUndefined();
  });
});
