import { pictureFramesMax } from '../../limits.ts';
import { byteAt, textAt, uint16LittleEndian, uint24LittleEndian, uint32LittleEndian } from './bytes.ts';
import { type PictureSize } from './picture.ts';
import { type Scan, type ScannedFile } from './scan.ts';

/** WebP (RFC 9649): a RIFF file with a lossy (VP8) or lossless (VP8L) picture, or with an extended head (VP8X). */

export interface WebpChunk {
  readonly type: string;
  /** Where the chunk begins, with its type and length, and where it ends, with its padding. */
  readonly start: number;
  readonly dataEnd: number;
  readonly end: number;
}

export const webpHeadBytes = 12;
export const webpFlags = { animation: 0x02, xmp: 0x04, exif: 0x08, alpha: 0x10, profile: 0x20 } as const;

export function* scanWebp(file: ScannedFile): Scan<PictureSize | undefined> {
  const end = yield* endOfWebp(file);
  if (end === undefined) return undefined;
  const webp = new Webp(file);
  const whole = yield* walkWebp(file, webpHeadBytes, end, (chunk) => webp.takes(chunk));
  return whole ? webp.size() : undefined;
}

/** Returns where the RIFF file ends. What follows belongs to no picture. */
export function* endOfWebp(file: ScannedFile): Scan<number | undefined> {
  const head = yield* file.take(4, 4);
  if (head === undefined) return undefined;
  const end = 8 + uint32LittleEndian(head, 0);
  return end <= file.size && end % 2 === 0 ? end : undefined;
}

/** Visits each chunk of a range. Returns false if the chunks do not fill it exactly, or as soon as a visit does. */
export function* walkWebp(
  file: ScannedFile,
  from: number,
  to: number,
  visit: (chunk: WebpChunk) => Scan<boolean>,
): Scan<boolean> {
  let start = from;
  while (start < to) {
    const head = yield* file.take(start, 8);
    if (head === undefined) return false;
    const dataEnd = start + 8 + uint32LittleEndian(head, 4);
    const end = dataEnd + (dataEnd % 2);
    if (end > to) return false;
    if (!(yield* visit({ type: textAt(head, 0, 4), start, dataEnd, end }))) return false;
    start = end;
  }
  return start === to;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

class Webp {
  readonly #file: ScannedFile;
  #chunks = 0;
  #canvas: Size | undefined;
  #isAnimation = false;
  #hasLoop = false;
  /** The picture of a file without animation. */
  #still: Size | undefined;
  #frames = 0;

  constructor(file: ScannedFile) {
    this.#file = file;
  }

  *takes(chunk: WebpChunk): Scan<boolean> {
    const isFirst = this.#chunks++ === 0;
    switch (chunk.type) {
      case 'VP8X':
        return isFirst && (yield* this.#takesHead(chunk));
      case 'VP8 ':
      case 'VP8L':
        if ((!isFirst && this.#canvas === undefined) || this.#isAnimation || this.#still !== undefined)
          return false;
        this.#still = yield* codedSize(this.#file, chunk);
        return this.#still !== undefined;
      case 'ANIM':
        if (this.#hasLoop || !this.#isAnimation || this.#frames > 0) return false;
        this.#hasLoop = true;
        return true;
      case 'ANMF':
        return this.#isAnimation && this.#hasLoop && (yield* this.#takesFrame(chunk));
      default:
        return !isFirst;
    }
  }

  size(): PictureSize | undefined {
    if (this.#isAnimation)
      return this.#canvas && this.#frames > 0 ? { ...this.#canvas, frames: this.#frames } : undefined;
    if (this.#still === undefined || !isSame(this.#still, this.#canvas ?? this.#still)) return undefined;
    return { ...this.#still, frames: 1 };
  }

  *#takesHead(chunk: WebpChunk): Scan<boolean> {
    const data = yield* this.#file.take(chunk.start + 8, 10);
    if (data === undefined || chunk.dataEnd - chunk.start !== 18) return false;
    this.#isAnimation = (byteAt(data, 0) & webpFlags.animation) !== 0;
    this.#canvas = { width: 1 + uint24LittleEndian(data, 4), height: 1 + uint24LittleEndian(data, 7) };
    return true;
  }

  /** A frame has its place and size, perhaps a chunk of alpha, and one picture of exactly this size. */
  *#takesFrame(chunk: WebpChunk): Scan<boolean> {
    const data = yield* this.#file.take(chunk.start + 8, webpFrameHeadBytes);
    const canvas = this.#canvas;
    if (data === undefined || canvas === undefined || ++this.#frames > pictureFramesMax) return false;
    const frame = { width: 1 + uint24LittleEndian(data, 6), height: 1 + uint24LittleEndian(data, 9) };
    const right = 2 * uint24LittleEndian(data, 0) + frame.width;
    const bottom = 2 * uint24LittleEndian(data, 3) + frame.height;
    if (right > canvas.width || bottom > canvas.height) return false;
    const file = this.#file;
    const inside = chunk.start + 8 + webpFrameHeadBytes;
    let coded: Size | undefined;
    const whole = yield* walkWebp(file, inside, chunk.end, function* (part) {
      if (part.type !== 'VP8 ' && part.type !== 'VP8L') return !reservedTypes.has(part.type);
      if (coded !== undefined) return false;
      coded = yield* codedSize(file, part);
      return coded !== undefined;
    });
    return whole && coded !== undefined && isSame(coded, frame);
  }
}

export const webpFrameHeadBytes = 16;
const reservedTypes: ReadonlySet<string> = new Set(['VP8X', 'ANIM', 'ANMF']);

function isSame(one: Size, other: Size): boolean {
  return one.width === other.width && one.height === other.height;
}

/** Returns the size in the first bytes of the coded picture, from which a decoder allocates. */
function* codedSize(file: ScannedFile, chunk: WebpChunk): Scan<Size | undefined> {
  const data = yield* file.take(chunk.start + 8, Math.min(chunk.dataEnd - chunk.start - 8, 10));
  if (data === undefined) return undefined;
  const size = chunk.type === 'VP8 ' ? lossySize(data) : losslessSize(data);
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
}

/** RFC 6386 section 9.1: a key frame, its start code, and 14 bits for each side. */
function lossySize(data: Uint8Array): Size | undefined {
  const isKeyFrame = (byteAt(data, 0) & 1) === 0;
  if (data.length < 10 || !isKeyFrame || textAt(data, 3, 3) !== '\x9D\x01\x2A') return undefined;
  return { width: uint16LittleEndian(data, 6) & 0x3fff, height: uint16LittleEndian(data, 8) & 0x3fff };
}

/** RFC 9649 section 3.4: a signature, 14 bits for each side less 1, a bit for alpha, and 3 bits of version, which are 0. */
function losslessSize(data: Uint8Array): Size | undefined {
  if (data.length < 5 || data[0] !== 0x2f || byteAt(data, 4) >= 0x20) return undefined;
  const bits = uint32LittleEndian(data, 1);
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
}
