import fs from 'node:fs/promises';
import path from 'node:path';
import type { PackedFile } from '../../../shared/files/packed.ts';
import type { PackedRefusalCode } from '../../../shared/files/refusals.ts';
import { pieceBytes } from '../../../shared/files/tree.ts';
import type { BlobId } from '../../turn/file-disk.ts';
import { toMake, type BlobFolder } from '../blob-folder.ts';
import { writeFully, type ByteSource } from '../byte-source.ts';
import { inParallel } from '../in-parallel.ts';
import { saveNewFolder, type SaveAnswer } from '../new-place.ts';
import { openPacked, type SafeEntry } from './packed-blob.ts';

/**
 * Unpacks a packed stream into a new folder at a path that is free, for its owner only. It writes nothing outside of that folder, and
 * leaves nothing of it when it fails. Single files are not synced: the blob still has them.
 */
export async function unpack(
  blobs: BlobFolder,
  blob: BlobId,
  target: string,
): Promise<SaveAnswer<PackedRefusalCode>> {
  return saveNewFolder<PackedRefusalCode>({
    target,
    bytes: blob.size,
    make: async (draft) => {
      const packed = await openPacked(blobs, blob);
      if (packed.type === 'refused') return packed.code;
      await fs.mkdir(draft, { mode: 0o700 });
      await makeFolders(draft, packed.entries);
      await inParallel(packed.entries, filesAtOnce, async (entry) => {
        if (entry.type === 'file')
          await writeFile(path.join(draft, ...entry.safePath), packed.source, entry.file);
      });
      return undefined;
    },
  });
}

const filesAtOnce = 8;

async function makeFolders(draft: string, entries: readonly SafeEntry[]): Promise<void> {
  for (const { type, safePath } of entries)
    if (type === 'folder') await fs.mkdir(path.join(draft, ...safePath), { mode: 0o700 });
}

/** Nothing has this path: the folder is new, and no two entries have the same path. */
async function writeFile(place: string, source: ByteSource, { offset, size }: PackedFile): Promise<void> {
  const handle = await fs.open(place, toMake, 0o600);
  try {
    for (let position = 0; position < size; position += pieceBytes) {
      const bytes = await source.read(offset + position, Math.min(pieceBytes, size - position));
      await writeFully(handle, [bytes], position);
    }
  } finally {
    await handle.close();
  }
}
