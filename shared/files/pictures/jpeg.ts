import { orientationOf, turned } from '../exif.ts';
import { byteAt, textAt, uint16 } from './bytes.ts';
import { type PictureSize } from './picture.ts';
import { type Scan, type ScannedFile } from './scan.ts';

/** JPEG (ITU-T T.81), as browsers decode it: Huffman codes, 8 bits, baseline or progressive. */

export interface JpegPart {
  /** The second byte of the marker, or `data` for what follows the head of a scan. */
  readonly marker: number | 'data';
  readonly start: number;
  readonly end: number;
}

export const jpegMarkers = {
  startOfImage: 0xd8,
  endOfImage: 0xd9,
  startOfScan: 0xda,
  quantizationTables: 0xdb,
  restartInterval: 0xdd,
  huffmanTables: 0xc4,
  app0: 0xe0,
  app1: 0xe1,
  app2: 0xe2,
  app14: 0xee,
  app15: 0xef,
  comment: 0xfe,
} as const;

/** Baseline, extended and progressive. Browsers decode no others. */
export const jpegFrames: readonly number[] = [0xc0, 0xc1, 0xc2];

export function* scanJpeg(file: ScannedFile): Scan<PictureSize | undefined> {
  const seen: { size?: PictureSize; orientation?: number; hasData: boolean } = { hasData: false };
  const whole = yield* walkJpeg(file, function* ({ marker, start, end }) {
    if (marker === 'data') seen.hasData = true;
    else if (jpegFrames.includes(marker)) {
      const frame = yield* file.take(start + 4, end - start - 4);
      // A second frame would be another size.
      if (frame === undefined || seen.size !== undefined || seen.hasData) return false;
      const size = frameSize(frame);
      if (size === undefined) return false;
      seen.size = size;
    } else if (marker === jpegMarkers.startOfScan) return seen.size !== undefined;
    else if (marker === jpegMarkers.app1 && seen.orientation === undefined) {
      const data = yield* file.take(start + 4, end - start - 4);
      if (data === undefined) return false;
      if (isExif(data)) seen.orientation = orientationOf(data.subarray(exifHeadBytes));
    }
    return true;
  });
  const { size, orientation = 1, hasData } = seen;
  if (!whole || !hasData || size === undefined) return undefined;
  return { ...size, ...turned(size.width, size.height, orientation) };
}

/** Whether the content of APP1 is EXIF, after a head of 6 bytes. */
export function isExif(data: Uint8Array): boolean {
  return textAt(data, 0, exifHeadBytes) === 'Exif\0\0';
}
export const exifHeadBytes = 6;

/**
 * Visits each part up to the end of the picture. Returns false if the file ends before, or has something else, or as soon as a visit
 * does. Bytes between parts are something else: decoders skip them in different ways.
 */
export function* walkJpeg(file: ScannedFile, visit: (part: JpegPart) => Scan<boolean>): Scan<boolean> {
  let start = 2;
  for (;;) {
    const marker = yield* markerAt(file, start);
    if (marker === undefined) return false;
    if (marker.code === jpegMarkers.endOfImage) return true;
    if (!isSegment(marker.code)) return false;
    const length = yield* file.take(marker.end, 2);
    if (length === undefined || uint16(length, 0) < 2) return false;
    const end = marker.end + uint16(length, 0);
    if (end > file.size) return false;
    if (!(yield* visit({ marker: marker.code, start: marker.end - 2, end }))) return false;
    start = end;
    if (marker.code !== jpegMarkers.startOfScan) continue;
    const dataEnd = yield* endOfData(file, end);
    if (dataEnd === undefined || !(yield* visit({ marker: 'data', start: end, end: dataEnd }))) return false;
    start = dataEnd;
  }
}

/** A marker may have any number of 0xFF before it. */
function* markerAt(
  file: ScannedFile,
  start: number,
): Scan<{ readonly code: number; readonly end: number } | undefined> {
  let at = start;
  let bytes = yield* file.take(at, 2);
  if (byteAt(bytes ?? none, 0) !== 0xff) return undefined;
  while (bytes !== undefined && bytes[1] === 0xff) bytes = yield* file.take(++at, 2);
  return bytes === undefined ? undefined : { code: byteAt(bytes, 1), end: at + 2 };
}

const none = new Uint8Array();

/** Tables, frames, scans, comments and the segments of programs. Not: arithmetic codes, hierarchies, a height that follows later. */
function isSegment(code: number): boolean {
  return (
    jpegFrames.includes(code) ||
    code === jpegMarkers.huffmanTables ||
    code === jpegMarkers.startOfScan ||
    code === jpegMarkers.quantizationTables ||
    code === jpegMarkers.restartInterval ||
    (code >= jpegMarkers.app0 && code <= jpegMarkers.app15) ||
    code === jpegMarkers.comment
  );
}

/** Returns where the coded data ends: at the first marker that is no restart. In the data, 0xFF is followed by 0. */
function* endOfData(file: ScannedFile, start: number): Scan<number | undefined> {
  let at = start;
  let before = 0;
  for (;;) {
    const bytes = yield* file.takeSome(at);
    if (bytes === undefined) return undefined;
    const marker = markerIn(bytes, before);
    if (marker !== -1) return at + marker - 1;
    before = byteAt(bytes, bytes.length - 1);
    at += bytes.length;
  }
}

/** Returns where the code of the first such marker is, or -1. `before` is the byte before these. */
function markerIn(bytes: Uint8Array, before: number): number {
  let isMarker = before === 0xff;
  // An iterator of entries takes ten times as long.
  for (let index = 0; index < bytes.length; index++) {
    const code = bytes[index];
    if (code === undefined) break;
    if (isMarker && code !== 0 && code !== 0xff && (code < 0xd0 || code > 0xd7)) return index;
    isMarker = code === 0xff;
  }
  return -1;
}

function frameSize(frame: Uint8Array): PictureSize | undefined {
  const height = uint16(frame, 1);
  const width = uint16(frame, 3);
  const components = byteAt(frame, 5);
  const isUsual = [1, 3, 4].includes(components) && frame.length === 6 + 3 * components && frame[0] === 8;
  return isUsual && width > 0 && height > 0 ? { width, height, frames: 1 } : undefined;
}
