import type { PeerKey } from '../../shared/ids.ts';

interface Entry {
  readonly version: number;
  readonly key: PeerKey;
}

/** The rows that somebody lacks, and the version that they lead to. */
export interface RosterDelta {
  readonly keys: readonly PeerKey[];
  readonly to: number;
  /** Nothing newer is there. */
  readonly last: boolean;
}

/**
 * In which order the rows of the client table changed last. Whoever has everything up to a version lacks what stands
 * behind it: finding that takes time with what is lacking, not with the table, and no row is ever told twice in it.
 */
export class RosterLog {
  /** Versions rise. An entry whose row has changed again since is stale, and skipped. */
  #entries: Entry[];
  readonly #versions: Map<PeerKey, number>;
  #version: number;

  /** `version`: the highest that was ever given. */
  constructor(rows: Iterable<Entry>, version: number) {
    this.#entries = [...rows].toSorted((one, other) => one.version - other.version);
    this.#versions = new Map(this.#entries.map((entry) => [entry.key, entry.version]));
    this.#version = version;
  }

  get version(): number {
    return this.#version;
  }

  /** The version with which the row changed last; 0 for one that never did. */
  versionOf(key: PeerKey): number {
    return this.#versions.get(key) ?? 0;
  }

  /** The row has changed: gives the version with which that is told. */
  touch(key: PeerKey): number {
    const version = ++this.#version;
    this.#versions.set(key, version);
    this.#entries.push({ version, key });
    if (this.#entries.length > 2 * this.#versions.size + staleEntriesMin)
      this.#entries = this.#entries.filter((entry) => this.#isFresh(entry));
    return version;
  }

  /** Of a row that is gone nothing is told any more. */
  forget(key: PeerKey): void {
    this.#versions.delete(key);
  }

  /** What has changed after `version`, at most so many rows, those that changed longest ago first. */
  since(version: number, rowsMax: number): RosterDelta {
    const keys: PeerKey[] = [];
    let to = version;
    for (let index = this.#indexAfter(version); index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      if (entry === undefined || !this.#isFresh(entry)) continue;
      if (keys.length === rowsMax) return { keys, to, last: false };
      keys.push(entry.key);
      to = entry.version;
    }
    return { keys, to: this.#version, last: true };
  }

  #isFresh({ key, version }: Entry): boolean {
    return this.#versions.get(key) === version;
  }

  /** The first entry with a larger version, by halving. */
  #indexAfter(version: number): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#entries[middle]?.version ?? Infinity) > version) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const staleEntriesMin = 64;
