/** What a process did with its disk and its network, read from the output of `strace -yy`. */
export interface SyncOrder {
  /** Times that something was written to the WAL. */
  readonly writes: number;
  /** Times that the WAL was brought to the disk. */
  readonly syncs: number;
  /** Datagrams, lines and frames that left. */
  readonly departures: number;
  /** What left while the WAL held words that were not on the disk. */
  readonly early: readonly string[];
}

/** Follows the calls of one thread, in which a gateway does both. Writes to standard error promise nothing. */
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
