import { constants } from 'node:fs';
import fs from 'node:fs/promises';
import type { BlobId } from '../turn/file-disk.ts';
import type { BlobFolder } from './blob-folder.ts';
import { FileFault } from './file-fault.ts';
import { saveNewFile, type SaveAnswer } from './new-place.ts';

/**
 * Saves a whole blob at a path that is free, for its owner only, and on the disk for good. A disk that can shares the bytes with the
 * blob.
 */
export async function saveFile(blobs: BlobFolder, blob: BlobId, target: string): Promise<SaveAnswer> {
  return saveNewFile({
    target,
    bytes: blob.size,
    make: async (draft) => {
      if (!(await blobs.isWhole(blob))) throw new FileFault('file-gone');
      await fs.copyFile(blobs.wholeFile(blob), draft, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      const handle = await fs.open(draft, constants.O_RDWR);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
      return undefined;
    },
  });
}
