import { pictureFramesMax } from '../../limits.ts';
import { orientationOf, turned } from '../exif.ts';
import { byteAt, textAt, uint32 } from './bytes.ts';
import { type PictureSize } from './picture.ts';
import { type Scan, type ScannedFile } from './scan.ts';

/** PNG (third edition of the W3C), with the chunks of animations. */

export interface PngChunk {
  readonly type: string;
  /** Where the chunk begins, with its length, and where it ends, with its checksum. */
  readonly start: number;
  readonly end: number;
}

/** Of one chunk, as much as a parser needs. A chunk that only its type matters for is not read. */
const readBytes: Readonly<Record<string, number>> = { IHDR: 13, acTL: 8, fcTL: 26, fdAT: 4, eXIf: 64 * 1024 };

export const pngSignatureBytes = 8;

export function* scanPng(file: ScannedFile): Scan<PictureSize | undefined> {
  const png = new Png();
  const whole = yield* walkPng(file, function* (chunk) {
    const length = chunk.end - chunk.start - 12;
    const data = yield* file.take(chunk.start + 8, Math.min(length, readBytes[chunk.type] ?? 0));
    return data !== undefined && png.takes(chunk.type, data, length);
  });
  return whole ? png.size() : undefined;
}

/** Visits each chunk up to IEND. Returns false if the file ends before, or as soon as a visit does. */
export function* walkPng(file: ScannedFile, visit: (chunk: PngChunk) => Scan<boolean>): Scan<boolean> {
  let start = pngSignatureBytes;
  for (;;) {
    const head = yield* file.take(start, 8);
    if (head === undefined) return false;
    const type = textAt(head, 4, 4);
    const end = start + 12 + uint32(head, 0);
    if (!/^[A-Za-z]{4}$/.test(type) || end > file.size) return false;
    if (!(yield* visit({ type, start, end }))) return false;
    if (type === 'IEND') return true;
    start = end;
  }
}

class Png {
  #width = 0;
  #height = 0;
  #orientation = 1;
  #data: 'before' | 'inside' | 'after' = 'before';
  /** Of an animation. */
  #promisedFrames: number | undefined;
  #frames = 0;
  #nextSequence = 0;
  /** Whether the last frame has no data yet. */
  #isFrameEmpty = false;

  /** Returns whether the chunk may be here. */
  takes(type: string, data: Uint8Array, length: number): boolean {
    if ((type === 'IHDR') !== (this.#width === 0)) return false;
    if (this.#data === 'inside' && type !== 'IDAT') this.#data = 'after';
    switch (type) {
      case 'IHDR':
        return length === 13 && this.#takesHeader(data);
      case 'acTL':
        return length === 8 && this.#takesAnimation(data);
      case 'fcTL':
        return this.#promisedFrames === undefined || (length === 26 && this.#takesFrame(data));
      case 'fdAT':
        return this.#promisedFrames === undefined || (length > 4 && this.#takesFrameData(data));
      case 'IDAT':
        if (this.#data === 'after') return false;
        this.#data = 'inside';
        this.#isFrameEmpty = false;
        return true;
      case 'eXIf':
        this.#orientation = orientationOf(data);
        return true;
      case 'PLTE':
        return true;
      case 'IEND':
        return length === 0;
      default:
        // A capital says that no decoder may go on without knowing the chunk.
        return type.charAt(0) === type.charAt(0).toLowerCase();
    }
  }

  size(): PictureSize | undefined {
    if (this.#data === 'before') return undefined;
    const size = turned(this.#width, this.#height, this.#orientation);
    if (this.#promisedFrames === undefined) return { ...size, frames: 1 };
    return this.#frames === this.#promisedFrames && !this.#isFrameEmpty
      ? { ...size, frames: this.#frames }
      : undefined;
  }

  #takesHeader(data: Uint8Array): boolean {
    this.#width = uint32(data, 0);
    this.#height = uint32(data, 4);
    if (!isSide(this.#width) || !isSide(this.#height)) return false;
    const depths = depthsOfColours[byteAt(data, 9)] ?? [];
    return depths.includes(byteAt(data, 8)) && data[10] === 0 && data[11] === 0 && byteAt(data, 12) <= 1;
  }

  #takesAnimation(data: Uint8Array): boolean {
    if (this.#promisedFrames !== undefined || this.#data !== 'before') return false;
    this.#promisedFrames = uint32(data, 0);
    return this.#promisedFrames >= 1 && this.#promisedFrames <= pictureFramesMax;
  }

  #takesFrame(data: Uint8Array): boolean {
    const [width, height, x, y] = [uint32(data, 4), uint32(data, 8), uint32(data, 12), uint32(data, 16)];
    if (!this.#takesSequence(data) || this.#isFrameEmpty) return false;
    this.#frames++;
    this.#isFrameEmpty = true;
    if (width === 0 || height === 0 || x + width > this.#width || y + height > this.#height) return false;
    // The frame that is also the still picture has its size.
    return this.#data !== 'before' || (width === this.#width && height === this.#height);
  }

  #takesFrameData(data: Uint8Array): boolean {
    this.#isFrameEmpty = false;
    return this.#frames > 0 && this.#data === 'after' && this.#takesSequence(data);
  }

  #takesSequence(data: Uint8Array): boolean {
    return uint32(data, 0) === this.#nextSequence++;
  }
}

function isSide(pixels: number): boolean {
  return pixels >= 1 && pixels < 2 ** 31;
}

/** The bits of a sample that each type of colour may have. */
const depthsOfColours: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
