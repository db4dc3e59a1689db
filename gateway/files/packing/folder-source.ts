import { packedStartOf, type PackedStart } from '../../../shared/files/packed.ts';
import type { PackedRefusalCode } from '../../../shared/files/refusals.ts';
import type { ByteSource } from '../byte-source.ts';
import { inParallel } from '../in-parallel.ts';
import type { OpenFiles } from '../open-files.ts';
import { readAllOfKnown, readKnown, type KnownFile } from '../path-file.ts';
import { smallFilesAtOnce } from '../small-files.ts';
import { walkFolder, type LeftOut } from './walk-folder.ts';

/** A file in the stream. */
interface Place {
  readonly known: KnownFile;
  /** Where its bytes begin. */
  readonly offset: number;
}

export interface FolderSource {
  readonly type: 'source';
  readonly source: ByteSource;
  readonly leftOut: LeftOut;
}

/** Reads a folder as a packed stream. Its files are not copied: memory has the index, and where each file begins. Throws FileFault. */
export async function openFolder(
  files: OpenFiles,
  folder: string,
): Promise<FolderSource | { readonly type: 'refused'; readonly code: PackedRefusalCode }> {
  const walk = await walkFolder(folder);
  if (walk.type === 'refused') return walk;
  const start = packedStartOf(walk.entries);
  if (start.type === 'refused') return start;
  let offset = start.bytes.length;
  const places: Place[] = [];
  for (const entry of walk.entries) {
    if (entry.type === 'folder') continue;
    places.push({ known: entry.known, offset });
    offset += entry.size;
  }
  return { type: 'source', source: new PackedFolder(files, start, places), leftOut: walk.leftOut };
}

/** Bytes of one file that a read needs. */
interface Span {
  readonly known: KnownFile;
  readonly position: number;
  readonly into: Uint8Array;
}

class PackedFolder implements ByteSource {
  readonly size: number;
  readonly #files: OpenFiles;
  readonly #start: Uint8Array;
  readonly #places: readonly Place[];

  constructor(files: OpenFiles, start: PackedStart, places: readonly Place[]) {
    this.size = start.size;
    this.#files = files;
    this.#start = start.bytes;
    this.#places = places;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    if (position < this.#start.length)
      bytes.set(this.#start.subarray(position, Math.min(position + length, this.#start.length)));
    await inParallel(this.#spans(position, bytes), smallFilesAtOnce, async (span) => this.#read(span));
    return bytes;
  }

  async #read({ known, position, into }: Span): Promise<void> {
    // Most files of a folder are small. They are read once, so they need not stay open.
    if (into.length === known.size) await readAllOfKnown(known, into);
    else await readKnown(this.#files, known, position, into);
  }

  *#spans(position: number, bytes: Uint8Array): Generator<Span> {
    const end = position + bytes.length;
    for (let index = this.#placeAt(position); index < this.#places.length; index++) {
      const place = this.#places[index];
      if (place === undefined || place.offset >= end) return;
      const from = Math.max(position, place.offset);
      const to = Math.min(end, place.offset + place.known.size);
      if (from >= to) continue;
      const into = bytes.subarray(from - position, to - position);
      yield { known: place.known, position: from - place.offset, into };
    }
  }

  /** Returns the index of the last file that begins at this position or before it; 0 without one. */
  #placeAt(position: number): number {
    let [low, high] = [0, this.#places.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#places[middle]?.offset ?? 0) <= position) low = middle;
      else high = middle;
    }
    return low;
  }
}
