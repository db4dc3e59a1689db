import type { PeerKey } from '../../shared/ids.ts';

interface Entry {
  readonly version: number;
  readonly key: PeerKey;
}

/** The rows that a subscriber lacks, and the version that they lead to. */
export interface RosterDelta {
  readonly keys: readonly PeerKey[];
  readonly to: number;
  /** Nothing newer exists. */
  readonly last: boolean;
}

/**
 * The order in which the rows of the client table last changed. A subscriber at a version lacks the entries behind it.
 * Finding them takes time in proportion to what is lacking, not to the table, and lists no row twice.
 */
export class RosterLog {
  /** Versions rise. An entry is stale, and skipped, if its row has changed since. */
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

  /** Entries in memory, stale ones included. */
  get entryCount(): number {
    return this.#entries.length;
  }

  /** The version at which the row last changed; 0 for one that never did. */
  versionOf(key: PeerKey): number {
    return this.#versions.get(key) ?? 0;
  }

  /** Records a change of the row and returns its new version. */
  touch(key: PeerKey): number {
    const version = ++this.#version;
    this.#versions.set(key, version);
    this.#entries.push({ version, key });
    if (this.#entries.length > 2 * this.#versions.size + staleEntriesMin)
      this.#entries = this.#entries.filter((entry) => this.#isFresh(entry));
    return version;
  }

  /** Drops a removed row from the log. */
  forget(key: PeerKey): void {
    this.#versions.delete(key);
  }

  /** Returns what has changed after `version`, at most `rowsMax` rows, the earliest changes first. */
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

  /** Returns the index of the first entry with a larger version, by binary search. */
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
