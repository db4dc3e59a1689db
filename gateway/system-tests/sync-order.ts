/** Writes, syncs and departures of a process, read from the output of `strace -yy`. */
export interface SyncOrder {
  /** Writes to the WAL. */
  readonly writes: number;
  /** Syncs of the WAL to the disk. */
  readonly syncs: number;
  /** Datagrams, lines and frames that left. */
  readonly departures: number;
  /** Departures while the WAL held writes that were not on the disk. */
  readonly early: readonly string[];
}

/** Follows the calls of the one thread that writes and sends. Output to standard error confirms nothing, and is ignored. */
export function syncOrderOf(lines: Iterable<string>): SyncOrder {
  const order = { writes: 0, syncs: 0, departures: 0, early: [] as string[] };
  let unsynced = false;
  for (const line of lines) {
    const [, call, target = ''] = /^(\w+)\((\d+<.*?)(?:, |\) )/u.exec(line) ?? [];
    if (call === undefined) continue;
    const isWal = target.includes('.sqlite-wal>');
    if (isWal && /^p?write/u.test(call)) {
      order.writes++;
      unsynced = true;
    } else if (isWal && /^fd?(ata)?sync$/u.test(call)) {
      order.syncs++;
      unsynced = false;
    } else if (/^\d+<(UDP|TCP)/u.test(target) || /^1</u.test(target)) {
      order.departures++;
      if (unsynced) order.early.push(line);
    }
  }
  return order;
}
