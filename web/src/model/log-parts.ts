import type { TimelineRow } from './timeline.ts';

/** Rows that follow one another. While its rows stay the same, a chunk stays the same object. */
export interface RowChunk {
  /** The key of its first row, when the chunk was made. */
  readonly key: string;
  readonly rows: readonly TimelineRow[];
}

/** The rows of the log from the top: windowed ones, then those that are always in the page. */
export interface LogParts {
  readonly older: readonly TimelineRow[];
  readonly newest: readonly RowChunk[];
}

/** The browser lays out and paints a chunk again when one of its rows changes. The others keep their picture. */
export const chunkRows = 20;
/** So many of the newest rows are always in the page: the browser finds their words, and a selection may reach over them. */
export const newestRows = 100;
/** Rows leave the page in whole chunks, a few at a time, so that one message costs little. */
const surplusRows = 2 * chunkRows;
const chunksLeavingMax = 3;

/**
 * Parts the rows of a log. One more row at the end changes the last chunk, and nothing else: virtua would visit each of the rows.
 * Parts that did not change stay the same objects.
 */
export class LogPartition {
  #parts: LogParts = { older: [], newest: [] };

  /** `isAtEnd`: the reader sees the newest row, so that rows which are far above may leave the page. */
  partsOf(rows: readonly TimelineRow[], isAtEnd: boolean): LogParts {
    const starts = new Set(this.#parts.newest.map(({ key }) => key));
    const known = rows.findIndex(({ key }) => starts.has(key));
    const from = Math.max(0, Math.min(known === -1 ? rows.length : known, rows.length - newestRows));
    const chunks = chunksOf(rows.slice(from), starts);
    const leaving = isAtEnd ? chunksLeaving(chunks) : 0;
    const olderCount = from + chunks.slice(0, leaving).reduce((sum, chunk) => sum + chunk.length, 0);
    this.#parts = {
      older: kept(this.#parts.older, rows.slice(0, olderCount)),
      newest: this.#keptChunks(chunks.slice(leaving)),
    };
    return this.#parts;
  }

  #keptChunks(chunks: readonly (readonly TimelineRow[])[]): readonly RowChunk[] {
    const before = new Map(this.#parts.newest.map((chunk) => [chunk.key, chunk]));
    return chunks.map((rows) => {
      const key = rows[0]?.key ?? '';
      const chunk = before.get(key);
      return chunk !== undefined && kept(chunk.rows, rows) === chunk.rows ? chunk : { key, rows };
    });
  }
}

/** A chunk begins where one began before, and where the one above is full. */
function chunksOf(rows: readonly TimelineRow[], starts: ReadonlySet<string>): TimelineRow[][] {
  const chunks: TimelineRow[][] = [];
  for (const row of rows) {
    const last = chunks.at(-1);
    if (last === undefined || last.length >= chunkRows || starts.has(row.key)) chunks.push([row]);
    else last.push(row);
  }
  return chunks;
}

function chunksLeaving(chunks: readonly (readonly TimelineRow[])[]): number {
  let left = chunks.reduce((sum, { length }) => sum + length, 0);
  if (left <= newestRows + surplusRows) return 0;
  let leaving = 0;
  for (const { length } of chunks.slice(0, chunksLeavingMax)) {
    if (left - length < newestRows) break;
    left -= length;
    leaving += 1;
  }
  return leaving;
}

/** Returns the rows that were there before, if these are the same. */
function kept(before: readonly TimelineRow[], rows: readonly TimelineRow[]): readonly TimelineRow[] {
  const isSame = before.length === rows.length && rows.every((row, index) => row === before[index]);
  return isSame ? before : rows;
}
