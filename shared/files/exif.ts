import { byteAt, uint16, uint16LittleEndian, uint32, uint32LittleEndian } from './pictures/bytes.ts';

/** The one field of EXIF that changes how a picture looks: 1 is upright, 2 to 8 are turned or mirrored. */

/** Returns the orientation in a block of EXIF, which is a TIFF file; 1 if it has none or is damaged. */
export function orientationOf(exif: Uint8Array): number {
  const isLittleEndian = byteAt(exif, 0) === 0x49;
  const short = isLittleEndian ? uint16LittleEndian : uint16;
  const long = isLittleEndian ? uint32LittleEndian : uint32;
  const order = uint16(exif, 0);
  if ((order !== 0x4949 && order !== 0x4d4d) || short(exif, 2) !== 42) return 1;
  const directory = long(exif, 4);
  const entries = short(exif, directory);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * entry;
    if (at + 12 > exif.length) return 1;
    if (short(exif, at) !== orientationTag) continue;
    const value = short(exif, at + 8);
    return short(exif, at + 2) === shortType && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

const orientationTag = 0x0112;
const shortType = 3;

/** Returns a block of EXIF that says nothing but the orientation. */
export function exifOf(orientation: number): Uint8Array {
  // The byte order, 42, the offset of the directory, its number of entries, the entry, and no next directory.
  const exif = new Uint8Array(26);
  exif.set([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1], 0);
  exif.set([1, 0x12, 0, shortType, 0, 0, 0, 1, 0, orientation], 10);
  return exif;
}

/** Orientations from 5 on turn a picture by a quarter. */
export function turned(
  width: number,
  height: number,
  orientation: number,
): { readonly width: number; readonly height: number } {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
