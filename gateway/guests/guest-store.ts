import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { takeRestored } from '../data-dir/backup.ts';
import { makeFolder } from '../data-dir/data-dir.ts';
import { guestRecordName, readGuestRecord, type DeskRecord } from '../data-dir/guest-record.ts';
import { replaceFile } from '../data-dir/private-file.ts';
import { StoreError } from '../store/errors.ts';

export interface GuestStore {
  /** Returns undefined without a record. Throws StoreError for one that cannot be read: a new record would forget all guests. */
  load(): DeskRecord | undefined;
  /** Throws StoreError when the disk refuses. */
  save(record: DeskRecord): void;
}

/** Keeps the record in `folder`/guests.json, readable by its owner only. A crash leaves the old or the new one. */
export function fileGuestStore(folder: string): GuestStore {
  const file = join(folder, guestRecordName);
  return {
    load: () => {
      takeRestored(folder, guestRecordName);
      if (!existsSync(file)) return undefined;
      const record = readGuestRecord(file);
      if (record !== undefined) return record;
      throw new StoreError(
        'damaged',
        `The record of guests ${file} cannot be read. Restore a backup, or move the file away: then your guests are new ones.`,
      );
    },
    save: (record) => {
      makeFolder(folder);
      replaceFile(file, JSON.stringify(record));
    },
  };
}
