/** Writes, syncs and departures of a process, read from the output of `strace -yy -s 200`. */
export interface SyncOrder {
  /** Writes to the WAL. */
  readonly writes: number;
  /** Syncs of the WAL to the disk. */
  readonly syncs: number;
  readonly datagrams: number;
  /** Answers to commands, in lines of JSON. */
  readonly answers: number;
  /** Datagrams and answers that left while the WAL held writes that were not on the disk. */
  readonly early: readonly string[];
}

/**
 * Follows the calls of the one thread that writes and sends. Only datagrams and answers confirm something: an event is told while the disk takes
 * its commit.
 */
export function syncOrderOf(lines: Iterable<string>): SyncOrder {
  const order = { writes: 0, syncs: 0, datagrams: 0, answers: 0, early: [] as string[] };
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
      continue;
    }
    const isDatagram = /^\d+<UDP/u.test(target);
    const isAnswer = /^1</u.test(target) && line.includes(String.raw`\"answer\":`);
    if (isDatagram) order.datagrams++;
    if (isAnswer) order.answers++;
    if (unsynced && (isDatagram || isAnswer)) order.early.push(line);
  }
  return order;
}
