import { type Picture, pictureOf, type PictureType } from '../pictures/picture.ts';
import { scanBytes } from '../pictures/scan.ts';
import { gifWithoutMetadata } from './gif.ts';
import { jpegWithoutMetadata } from './jpeg.ts';
import { type Parts } from './parts.ts';
import { pngWithoutMetadata } from './png.ts';
import { webpWithoutMetadata } from './webp.ts';

/**
 * Returns the picture without what it says about its making: EXIF, XMP, IPTC, comments, texts, times, smaller copies of it, and bytes that
 * belong to no part of it. The pixels stay as they are coded, and so do the profile of colours and the orientation, because the picture would
 * look different without them. `unreadable`: the bytes are no such picture, or are AVIF. Then the user has to decide.
 */
export function withoutMetadata(bytes: Uint8Array): Uint8Array | 'unreadable' {
  const picture = pictureOf(bytes);
  if (typeof picture === 'string') return 'unreadable';
  const parts = cleaners[picture.type](bytes);
  const cleaned = parts === undefined ? undefined : joined(parts);
  return cleaned !== undefined && isSame(pictureOf(cleaned), picture) ? cleaned : 'unreadable';
}

const cleaners: Readonly<Record<PictureType, (bytes: Uint8Array) => Parts | undefined>> = {
  jpeg: (bytes) => scanBytes(bytes, (file) => jpegWithoutMetadata(file, bytes)),
  png: (bytes) => scanBytes(bytes, (file) => pngWithoutMetadata(file, bytes)),
  webp: (bytes) => scanBytes(bytes, (file) => webpWithoutMetadata(file, bytes)),
  gif: (bytes) => scanBytes(bytes, (file) => gifWithoutMetadata(file, bytes)),
  // Its boxes have the places of each other.
  avif: () => undefined,
};

function joined(parts: Parts): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function isSame(verdict: Picture | string, picture: Picture): boolean {
  return (
    typeof verdict !== 'string' &&
    verdict.type === picture.type &&
    verdict.width === picture.width &&
    verdict.height === picture.height &&
    verdict.frames === picture.frames
  );
}
