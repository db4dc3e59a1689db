import fs from 'node:fs/promises';
import path from 'node:path';
import { checkFileName } from '../../../shared/files/names.ts';
import type { PackedFolder } from '../../../shared/files/packed.ts';
import { leftOutNamedMax, packedDepthMax, packedEntriesMax } from '../../../shared/limits.ts';
import { FileFault, sourceFault } from '../file-fault.ts';
import { inParallel } from '../in-parallel.ts';
import { lookAt, type Found, type KnownFile } from '../path-file.ts';
import { smallFilesAtOnce } from '../small-files.ts';

/** A file in a folder that is to be packed. */
export interface WalkedFile {
  readonly type: 'file';
  /** Names from the folder down. */
  readonly path: readonly string[];
  readonly size: number;
  readonly known: KnownFile;
}

/** What in a folder is not packed: links, pipes, devices, sockets, names that no index can have, and what was gone when it was read. */
export interface LeftOut {
  readonly count: number;
  /** The first of them, as paths below the folder. */
  readonly first: readonly string[];
}

export interface Walk {
  readonly type: 'walk';
  /** Each folder before what is in it, in the order of their names. */
  readonly entries: readonly (PackedFolder | WalkedFile)[];
  readonly leftOut: LeftOut;
}

export type WalkRefusal = {
  readonly type: 'refused';
  readonly code: 'packed-too-many-entries' | 'packed-too-deep';
};

/** Reads what is in a folder and below it. No link is followed. Throws FileFault. */
export async function walkFolder(folder: string): Promise<Walk | WalkRefusal> {
  return new Walker(folder).walk();
}

interface Named {
  readonly path: readonly string[];
  readonly found: Found | undefined;
}

class Walker {
  readonly #folder: string;
  readonly #entries: (PackedFolder | WalkedFile)[] = [];
  #names = 0;
  #leftOut = 0;
  readonly #firstLeftOut: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  async walk(): Promise<Walk | WalkRefusal> {
    // The next one is last.
    const waiting: Named[] = [];
    let below: readonly string[] | undefined = [];
    while (below !== undefined) {
      if (below.length > packedDepthMax) return { type: 'refused', code: 'packed-too-deep' };
      const names = await this.#namesIn(below);
      if (names === undefined) return { type: 'refused', code: 'packed-too-many-entries' };
      waiting.push(...(await this.#look(below, names)).toReversed());
      below = this.#takeUntilFolder(waiting);
    }
    const leftOut = { count: this.#leftOut, first: this.#firstLeftOut };
    return { type: 'walk', entries: this.#entries, leftOut };
  }

  /** Takes what waits. Returns the path of the first folder, which is to be read next. */
  #takeUntilFolder(waiting: Named[]): readonly string[] | undefined {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { path: place, found } = next;
      if (found === undefined || found.type === 'other' || checkFileName(place.at(-1) ?? '') !== 'ok') {
        this.#leaveOut(place);
      } else if (found.type === 'folder') {
        this.#entries.push({ type: 'folder', path: place });
        return place;
      } else {
        this.#entries.push({ type: 'file', path: place, size: found.file.size, known: found.file });
      }
    }
    return undefined;
  }

  #leaveOut(place: readonly string[]): void {
    this.#leftOut++;
    if (this.#firstLeftOut.length < leftOutNamedMax) this.#firstLeftOut.push(place.join('/'));
  }

  /** Returns the names in a folder in their order. Undefined once there are too many in all. */
  async #namesIn(below: readonly string[]): Promise<string[] | undefined> {
    const names: string[] = [];
    try {
      for await (const { name } of await fs.opendir(path.join(this.#folder, ...below))) {
        names.push(name);
        this.#names++;
        if (this.#names > packedEntriesMax) return undefined;
      }
    } catch (error) {
      throw sourceFault(error);
    }
    return names.toSorted();
  }

  async #look(below: readonly string[], names: readonly string[]): Promise<Named[]> {
    const looked = names.map((name): Named => ({ path: [...below, name], found: undefined }));
    await inParallel(looked.entries(), smallFilesAtOnce, async ([index, named]) => {
      const found = await lookUnlessGone(path.join(this.#folder, ...named.path));
      looked[index] = { path: named.path, found };
    });
    return looked;
  }
}

/** A name that is not UTF-8 is found by no path. */
async function lookUnlessGone(place: string): Promise<Found | undefined> {
  try {
    return await lookAt(place);
  } catch (error) {
    if (error instanceof FileFault && error.code === 'file-gone') return undefined;
    throw error;
  }
}
