import { exifOf, orientationOf } from '../exif.ts';
import { byteAt } from '../pictures/bytes.ts';
import { exifHeadBytes, isExif } from '../pictures/jpeg.ts';
import { type Scan, type ScannedFile } from '../pictures/scan.ts';
import {
  endOfWebp,
  walkWebp,
  type WebpChunk,
  webpFlags,
  webpFrameHeadBytes,
  webpHeadBytes,
} from '../pictures/webp.ts';
import { latin1Bytes, type Parts } from './parts.ts';

export function* webpWithoutMetadata(file: ScannedFile, bytes: Uint8Array): Scan<Parts | undefined> {
  const end = yield* endOfWebp(file);
  if (end === undefined) return undefined;
  const kept: Uint8Array[] = [];
  let head: Uint8Array | undefined;
  let orientation: number | undefined;
  const whole = yield* walkWebp(file, webpHeadBytes, end, function* (chunk) {
    const data = bytes.subarray(chunk.start + 8, chunk.dataEnd);
    if (chunk.type === 'VP8X') head = Uint8Array.from(data);
    else if (chunk.type === 'EXIF') orientation ??= exifOrientation(data);
    else if (chunk.type === 'ANMF') return yield* addFrame(file, bytes, chunk, kept);
    else if (pictureChunks.has(chunk.type) || (head !== undefined && extendedChunks.has(chunk.type)))
      addChunk(kept, chunk.type, [data]);
    return true;
  });
  if (!whole) return undefined;
  const turn = head === undefined ? 1 : (orientation ?? 1);
  const exif: Uint8Array[] = [];
  if (turn !== 1) addChunk(exif, 'EXIF', [exifOf(turn)]);
  const extended: Uint8Array[] = [];
  if (head !== undefined) {
    head[0] = (byteAt(head, 0) & keptFlags) | (turn === 1 ? 0 : webpFlags.exif);
    addChunk(extended, 'VP8X', [head]);
  }
  const content = [...extended, ...kept, ...exif];
  return [chunkHead('RIFF', 4 + lengthOf(content)), Uint8Array.from(latin1Bytes('WEBP')), ...content];
}

const keptFlags = webpFlags.animation | webpFlags.alpha | webpFlags.profile;
const pictureChunks: ReadonlySet<string> = new Set(['VP8 ', 'VP8L']);
const extendedChunks: ReadonlySet<string> = new Set(['ICCP', 'ANIM', 'ALPH']);
const frameChunks: ReadonlySet<string> = new Set(['ALPH', 'VP8 ', 'VP8L']);

/** A frame can have chunks of its own that no decoder knows. */
function* addFrame(file: ScannedFile, bytes: Uint8Array, frame: WebpChunk, to: Uint8Array[]): Scan<boolean> {
  const start = frame.start + 8;
  const inside = start + webpFrameHeadBytes;
  const parts = [bytes.subarray(start, inside)];
  // eslint-disable-next-line require-yield -- the bytes are here, so nothing is asked for
  const whole = yield* walkWebp(file, inside, frame.end, function* ({ type, start: partStart, dataEnd }) {
    if (frameChunks.has(type)) addChunk(parts, type, [bytes.subarray(partStart + 8, dataEnd)]);
    return true;
  });
  addChunk(to, 'ANMF', parts);
  return whole;
}

/** Some programs write the head of a JPEG segment into the chunk. */
function exifOrientation(data: Uint8Array): number {
  return orientationOf(isExif(data) ? data.subarray(exifHeadBytes) : data);
}

function addChunk(to: Uint8Array[], type: string, data: Parts): void {
  const length = lengthOf(data);
  to.push(chunkHead(type, length), ...data);
  if (length % 2 === 1) to.push(new Uint8Array(1));
}

function chunkHead(type: string, length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  bytes.set(latin1Bytes(type));
  new DataView(bytes.buffer).setUint32(4, length, true);
  return bytes;
}

function lengthOf(parts: Parts): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
