import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../system-tests/temporary-folder.ts';
import { DatabaseFile } from './database-file.ts';

it('closes its file once, so that it never closes or syncs another one with the same descriptor', async () => {
  const file = path.join(temporaryFolder(), 'diary.sqlite');
  for (const each of [file, `${file}-wal`]) fs.writeFileSync(each, '');
  const disk = new DatabaseFile(file);
  const sync = disk.syncLater();
  disk.close();
  await sync;
  const others = Array.from({ length: 8 }, (_, index) => fs.openSync(`${file}-${index}`, 'w'));
  await expect(disk.syncLater()).rejects.toThrow('a sync of a file that is closed');
  for (const other of others) fs.closeSync(other);
});
