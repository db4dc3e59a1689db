import { exifOf, orientationOf } from '../exif.ts';
import { textAt } from '../pictures/bytes.ts';
import { exifHeadBytes, isExif, jpegFrames, jpegMarkers, walkJpeg } from '../pictures/jpeg.ts';
import { type Scan, type ScannedFile } from '../pictures/scan.ts';
import { latin1Bytes, type Parts } from './parts.ts';

/** Keeps what decoding needs. Behind the end, phones put further pictures and films. */
export function* jpegWithoutMetadata(file: ScannedFile, bytes: Uint8Array): Scan<Parts | undefined> {
  const kept: Uint8Array[] = [];
  let head: Uint8Array | undefined;
  let orientation: number | undefined;
  // eslint-disable-next-line require-yield -- the bytes are here, so nothing is asked for
  const whole = yield* walkJpeg(file, function* ({ marker, start, end }) {
    const data = bytes.subarray(start + 4, end);
    if (marker === 'data' || neededMarkers.has(marker)) kept.push(bytes.subarray(start, end));
    else if (marker === jpegMarkers.app0) head ??= densityOf(data);
    else if (marker === jpegMarkers.app1 && isExif(data))
      orientation ??= orientationOf(data.subarray(exifHeadBytes));
    else if (marker === jpegMarkers.app2 && textAt(data, 0, profileHead.length) === profileHead)
      kept.push(bytes.subarray(start, end));
    else if (marker === jpegMarkers.app14 && textAt(data, 0, 5) === 'Adobe' && data.length >= adobeBytes)
      kept.push(segment(jpegMarkers.app14, data.subarray(0, adobeBytes)));
    return true;
  });
  if (!whole) return undefined;
  const turn = orientation ?? 1;
  return [
    Uint8Array.of(0xff, jpegMarkers.startOfImage),
    ...(head === undefined ? [] : [head]),
    ...(turn === 1 ? [] : [segment(jpegMarkers.app1, [...latin1Bytes('Exif\0\0'), ...exifOf(turn)])]),
    ...kept,
    Uint8Array.of(0xff, jpegMarkers.endOfImage),
  ];
}

const neededMarkers: ReadonlySet<number> = new Set([
  ...jpegFrames,
  jpegMarkers.quantizationTables,
  jpegMarkers.huffmanTables,
  jpegMarkers.restartInterval,
  jpegMarkers.startOfScan,
]);

const profileHead = 'ICC_PROFILE\0';
/** The name, a version, two flags, and whether colours are mixed. */
const adobeBytes = 12;

/** Returns the head of JFIF with the density of pixels, and without a smaller copy of the picture. */
function densityOf(data: Uint8Array): Uint8Array | undefined {
  if (textAt(data, 0, 5) !== 'JFIF\0' || data.length < 14) return undefined;
  return segment(jpegMarkers.app0, [...data.subarray(0, 12), 0, 0]);
}

function segment(marker: number, data: Uint8Array | readonly number[]): Uint8Array {
  const length = data.length + 2;
  return Uint8Array.of(0xff, marker, length >> 8, length & 0xff, ...data);
}
