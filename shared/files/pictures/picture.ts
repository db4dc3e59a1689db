import {
  pictureBytesMax,
  picturePixelsMax,
  pictureSidePixelsMax,
  filePreviewBytesMax,
  previewSidePixelsMax,
} from '../../limits.ts';
import { scanAvif } from './avif.ts';
import { textAt } from './bytes.ts';
import { scanGif } from './gif.ts';
import { scanJpeg } from './jpeg.ts';
import { scanPng } from './png.ts';
import { type ByteReader, type Scan, scanBytes, type ScannedFile, scanReader } from './scan.ts';
import { scanWebp } from './webp.ts';

/** What a browser allocates for a picture. Width and height are those on the screen, after the rotation that the file asks for. */
export interface Picture {
  readonly type: PictureType;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

export type PictureType = 'png' | 'jpeg' | 'gif' | 'webp' | 'avif';

/**
 * `not-a-picture`: the bytes belong to no such type, whatever the name says. `unreadable`: they begin as one, but are truncated,
 * contradict themselves, or use what these parsers do not know. Such a file is never shown: another parser could see another size.
 */
export type PictureVerdict = Picture | 'not-a-picture' | 'unreadable';

export function pictureOf(bytes: Uint8Array): PictureVerdict {
  return scanBytes(bytes, scanPicture);
}

/** The same for a file that is read in parts of at most 1 MiB, mostly 64 KiB. It rejects only if the reader does. */
export function pictureOfReader(reader: ByteReader): Promise<PictureVerdict> {
  return scanReader(reader, scanPicture);
}

/** Whether a page may show the picture. A browser draws each frame in the size of the whole picture. */
export function isWithinPictureLimits({ width, height, frames }: Picture): boolean {
  return (
    width * height * frames <= picturePixelsMax &&
    width <= pictureSidePixelsMax &&
    height <= pictureSidePixelsMax
  );
}

/** Whether a page may show these bytes as the preview of a file. A preview does not move. */
export function isPreview(bytes: Uint8Array): boolean {
  if (bytes.length > filePreviewBytesMax) return false;
  const picture = pictureOf(bytes);
  if (typeof picture === 'string') return false;
  return (
    picture.width <= previewSidePixelsMax && picture.height <= previewSidePixelsMax && picture.frames === 1
  );
}

function* scanPicture(file: ScannedFile): Scan<PictureVerdict> {
  const type = yield* scanType(file);
  if (type === undefined) return 'not-a-picture';
  if (file.size > pictureBytesMax) return 'unreadable';
  const size = yield* parsers[type](file);
  return size === undefined ? 'unreadable' : { type, ...size };
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** Each returns undefined for what is unreadable. */
const parsers: Readonly<Record<PictureType, (file: ScannedFile) => Scan<PictureSize | undefined>>> = {
  png: scanPng,
  jpeg: scanJpeg,
  gif: scanGif,
  webp: scanWebp,
  avif: scanAvif,
};

function* scanType(file: ScannedFile): Scan<PictureType | undefined> {
  const start = yield* file.take(0, Math.min(file.size, brandsBytesMax));
  if (start === undefined) return undefined;
  if (textAt(start, 0, 8) === '\x89PNG\r\n\x1A\n') return 'png';
  if (textAt(start, 0, 3) === '\xFF\xD8\xFF') return 'jpeg';
  if (/^GIF8[79]a$/.test(textAt(start, 0, 6))) return 'gif';
  if (textAt(start, 0, 4) === 'RIFF' && textAt(start, 8, 4) === 'WEBP') return 'webp';
  return textAt(start, 4, 4) === 'ftyp' && hasAvifBrand(start) ? 'avif' : undefined;
}

/** Brands are the one that the file is made for, a version, and those that it also fits. */
function hasAvifBrand(start: Uint8Array): boolean {
  for (let at = 8; at + 4 <= start.length; at += at === 8 ? 8 : 4) {
    const brand = textAt(start, at, 4);
    if (brand === 'avif' || brand === 'avis') return true;
  }
  return false;
}
const brandsBytesMax = 256;
