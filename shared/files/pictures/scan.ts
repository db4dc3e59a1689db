/**
 * A scan reads a file in ranges, wherever the file is. It asks for each range with `yield` and goes on with the bytes, so the same parser
 * works on bytes in memory and on a file of which only parts are read.
 */
export type Scan<T> = Generator<Range, T, Uint8Array>;

export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** A file, for instance on a disk. `read` gives fewer bytes than it is asked for only if the file has become shorter. */
export interface ByteReader {
  readonly size: number;
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

export function scanBytes<T>(bytes: Uint8Array, scan: (file: ScannedFile) => Scan<T>): T {
  const steps = scan(new ScannedFile(bytes.length));
  let step = steps.next();
  while (step.done !== true)
    step = steps.next(bytes.subarray(step.value.offset, step.value.offset + step.value.length));
  return step.value;
}

/** Rejects only if `read` does. */
export async function scanReader<T>(reader: ByteReader, scan: (file: ScannedFile) => Scan<T>): Promise<T> {
  const steps = scan(new ScannedFile(reader.size));
  let step = steps.next();
  while (step.done !== true) step = steps.next(await reader.read(step.value.offset, step.value.length));
  return step.value;
}

/** The bytes of a file, read in blocks. It bounds what hostile bytes can cost: past a budget of work, the file seems to end. */
export class ScannedFile {
  readonly size: number;
  #block: Uint8Array = new Uint8Array();
  #blockOffset = 0;
  #steps = 0;
  #bytesRead = 0;

  constructor(size: number) {
    this.size = size;
  }

  /** Returns the bytes of a range, or undefined if it is not all inside of the file. */
  *take(offset: number, length: number): Scan<Uint8Array | undefined> {
    this.#steps++;
    if (this.#steps > stepsMax || !(offset >= 0 && offset + length <= this.size)) return undefined;
    if (!this.#has(offset, length)) {
      const wanted = Math.min(Math.max(length, blockBytes), this.size - offset);
      this.#bytesRead += wanted;
      if (this.#bytesRead > 2 * this.size + spareBytes) return undefined;
      this.#block = yield { offset, length: wanted };
      this.#blockOffset = offset;
      if (!this.#has(offset, length)) return undefined;
    }
    return this.#block.subarray(offset - this.#blockOffset, offset - this.#blockOffset + length);
  }

  /** Returns the bytes from here that are read with one range: at least one, or undefined at the end of the file. */
  *takeSome(offset: number): Scan<Uint8Array | undefined> {
    const first = yield* this.take(offset, 1);
    return first === undefined ? undefined : this.#block.subarray(offset - this.#blockOffset);
  }

  #has(offset: number, length: number): boolean {
    return offset >= this.#blockOffset && offset + length <= this.#blockOffset + this.#block.length;
  }
}

const blockBytes = 64 * 1024;
/** A GIF of 64 MiB has 262,144 parts. */
const stepsMax = 400_000;
/** Parsers that jump read some bytes twice. */
const spareBytes = 1024 * 1024;
