import { crc32 } from '../crc32.ts';
import { exifOf, orientationOf } from '../exif.ts';
import { pngSignatureBytes, walkPng } from '../pictures/png.ts';
import { type Scan, type ScannedFile } from '../pictures/scan.ts';
import { latin1Bytes, type Parts } from './parts.ts';

export function* pngWithoutMetadata(file: ScannedFile, bytes: Uint8Array): Scan<Parts | undefined> {
  const kept: Uint8Array[] = [];
  let orientation = 1;
  // eslint-disable-next-line require-yield -- the bytes are here, so nothing is asked for
  const whole = yield* walkPng(file, function* ({ type, start, end }) {
    if (type === 'eXIf') orientation = orientationOf(bytes.subarray(start + 8, end - 4));
    else if (neededChunks.has(type)) kept.push(bytes.subarray(start, end));
    return true;
  });
  const [header, ...rest] = kept;
  if (!whole || header === undefined) return undefined;
  const exif = orientation === 1 ? [] : [chunk('eXIf', exifOf(orientation))];
  return [bytes.subarray(0, pngSignatureBytes), header, ...exif, ...rest];
}

/** Pixels, colours and animation. Any other chunk can carry words. */
const neededChunks: ReadonlySet<string> = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD acTL fcTL fdAT'.split(' '),
);

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(latin1Bytes(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}
