import fs from 'node:fs';
import path from 'node:path';
import { storeFailure } from '../store/sqlite/failure.ts';

/**
 * A restored database waits beside its place until whoever has the folder takes it: at once where no gateway runs on
 * it, else at that gateway's next start.
 */
export function waitingName(database: string): string {
  return `${database}.restored`;
}

/**
 * Puts a restored database that waits here into its place, for whoever has locked the folder. What was there before
 * is kept under the name that is given back; undefined where nothing waits, or nothing was there. Throws StoreError.
 */
export function takeRestored(folder: string, database: string): string | undefined {
  const waiting = path.join(folder, waitingName(database));
  const place = path.join(folder, database);
  try {
    if (!fs.existsSync(waiting)) return undefined;
    const aside = fs.existsSync(place) || fs.existsSync(`${place}-wal`) ? freeNameBeside(place) : undefined;
    // A crash in between leaves no database under its name, and the restored one waiting: it is taken at the next start.
    for (const end of ['-wal', '-shm', '']) {
      if (aside !== undefined && fs.existsSync(place + end)) fs.renameSync(place + end, aside + end);
    }
    fs.renameSync(waiting, place);
    return aside;
  } catch (error) {
    throw storeFailure(error, place);
  }
}

function freeNameBeside(place: string): string {
  for (let number = 1; ; number++) {
    const name = `${place}.before-restore-${number}`;
    if (!fs.existsSync(name) && !fs.existsSync(`${name}-wal`)) return name;
  }
}
