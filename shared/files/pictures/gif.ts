import { pictureFramesMax } from '../../limits.ts';
import { byteAt, uint16LittleEndian } from './bytes.ts';
import { type PictureSize } from './picture.ts';
import { type Scan, type ScannedFile } from './scan.ts';

/** GIF 87a and 89a. */

export interface GifPart {
  /** The label of an extension, or `frame`. */
  readonly kind: number | 'frame';
  readonly start: number;
  readonly end: number;
}

export function* scanGif(file: ScannedFile): Scan<PictureSize | undefined> {
  const screen = yield* file.take(6, 4);
  if (screen === undefined) return undefined;
  const width = uint16LittleEndian(screen, 0);
  const height = uint16LittleEndian(screen, 2);
  let frames = 0;
  const whole = yield* walkGif(file, function* ({ kind, start }) {
    if (kind !== 'frame') return true;
    const place = yield* file.take(start + 1, 8);
    if (place === undefined) return false;
    const right = uint16LittleEndian(place, 0) + uint16LittleEndian(place, 4);
    const bottom = uint16LittleEndian(place, 2) + uint16LittleEndian(place, 6);
    frames++;
    // Decoders would take another screen than the one that the file has.
    if (uint16LittleEndian(place, 4) === 0 || uint16LittleEndian(place, 6) === 0) return false;
    return right <= width && bottom <= height && frames <= pictureFramesMax;
  });
  return whole && frames > 0 ? { width, height, frames } : undefined;
}

/** Returns where the first part begins, after the screen and its colours. */
export function* gifHeadEnd(file: ScannedFile): Scan<number | undefined> {
  const flags = yield* file.take(10, 3);
  return flags === undefined ? undefined : 13 + colourBytes(byteAt(flags, 0));
}

/**
 * Visits each part up to the end of the picture. Returns false if the file ends inside of a part, or as soon as a visit does. Many files lack
 * the byte that ends them, and decoders do not mind.
 */
export function* walkGif(file: ScannedFile, visit: (part: GifPart) => Scan<boolean>): Scan<boolean> {
  let start = yield* gifHeadEnd(file);
  while (start !== file.size) {
    if (start === undefined) return false;
    const introducer = yield* file.take(start, 1);
    if (introducer === undefined) return false;
    if (introducer[0] === 0x3b) return true;
    const part = yield* partAt(file, start, byteAt(introducer, 0));
    if (part === undefined || !(yield* visit(part))) return false;
    start = part.end;
  }
  return true;
}

function* partAt(file: ScannedFile, start: number, introducer: number): Scan<GifPart | undefined> {
  if (introducer === 0x21) {
    const label = yield* file.take(start + 1, 1);
    const end = label === undefined ? undefined : yield* endOfBlocks(file, start + 2);
    return label === undefined || end === undefined ? undefined : { kind: byteAt(label, 0), start, end };
  }
  if (introducer !== 0x2c) return undefined;
  const flags = yield* file.take(start + 9, 1);
  if (flags === undefined) return undefined;
  const dataStart = start + 10 + colourBytes(byteAt(flags, 0));
  const codeBits = yield* file.take(dataStart, 1);
  if (codeBits === undefined || byteAt(codeBits, 0) < 1 || byteAt(codeBits, 0) > 11) return undefined;
  const end = yield* endOfBlocks(file, dataStart + 1);
  return end === undefined ? undefined : { kind: 'frame', start, end };
}

/** Blocks have a length before them, and the last one has 0. */
function* endOfBlocks(file: ScannedFile, start: number): Scan<number | undefined> {
  let at = start;
  for (;;) {
    const length = yield* file.take(at, 1);
    if (length === undefined) return undefined;
    at += 1 + byteAt(length, 0);
    if (length[0] === 0) return at;
  }
}

function colourBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}
