import { textAt, uint16, uint32 } from './bytes.ts';
import { type Scan, type ScannedFile } from './scan.ts';

/** The boxes of ISO base media files (ISO/IEC 14496-12), and the numbers in them. */

export interface Box {
  readonly type: string;
  /** Where the content begins and ends. */
  readonly start: number;
  readonly end: number;
}

/** Returns the boxes of the file itself, or undefined if they do not fill it. */
export function* topBoxes(file: ScannedFile): Scan<readonly Box[] | undefined> {
  const boxes: Box[] = [];
  let at = 0;
  while (at < file.size) {
    const head = yield* file.take(at, Math.min(longHeadBytes, file.size - at));
    const box = head === undefined ? undefined : boxAt(head, at, file.size);
    if (box === undefined || boxes.length === boxesMax) return undefined;
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

/** Returns the boxes inside of bytes, or undefined if they do not fill them. */
export function boxesIn(bytes: Uint8Array): readonly Box[] | undefined {
  const boxes: Box[] = [];
  let at = 0;
  while (at < bytes.length) {
    const box = boxAt(bytes.subarray(at, at + longHeadBytes), at, bytes.length);
    if (box === undefined || boxes.length === boxesMax) return undefined;
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

/** Returns the content of the one box of this type. Two of a type would be two truths. */
export function contentOf(bytes: Uint8Array | undefined, type: string): Uint8Array | undefined {
  const found = (bytes && boxesIn(bytes))?.filter((box) => box.type === type) ?? [];
  const [box] = found;
  return box !== undefined && found.length === 1 ? bytes?.subarray(box.start, box.end) : undefined;
}

const longHeadBytes = 16;
const boxesMax = 1_024;

function boxAt(head: Uint8Array, at: number, limit: number): Box | undefined {
  if (head.length < 8) return undefined;
  const short = uint32(head, 0);
  const isLong = short === 1;
  if (isLong && head.length < longHeadBytes) return undefined;
  const headBytes = isLong ? longHeadBytes : 8;
  const size = isLong ? uint32(head, 8) * 2 ** 32 + uint32(head, 12) : short === 0 ? limit - at : short;
  if (size < headBytes || at + size > limit) return undefined;
  return { type: textAt(head, 4, 4), start: at + headBytes, end: at + size };
}

/** Reads the fields of a box one after the other. Past the end they are 0, and `isPastEnd` says so. */
export class Fields {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly version: number;
  readonly flags: number;

  /** Most boxes begin with a version and flags. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.version = bytes[0] ?? 0;
    this.flags = uint32(bytes, 0) & 0xff_ffff;
    this.#at = 4;
  }

  get isPastEnd(): boolean {
    return this.#at > this.#bytes.length;
  }

  /** Takes 0, 1, 2, 4 or 8 bytes. A number of 8 bytes may be inexact: then it is larger than any file. */
  number(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (bytes === 0) return 0;
    if (bytes === 1) return this.#bytes[at] ?? 0;
    if (bytes === 2) return uint16(this.#bytes, at);
    const high = uint32(this.#bytes, at);
    return bytes === 4 ? high : high * 2 ** 32 + uint32(this.#bytes, at + 4);
  }

  text(length: number): string {
    const at = this.#at;
    this.#at += length;
    return textAt(this.#bytes, at, length);
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }
}
