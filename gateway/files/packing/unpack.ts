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
import { smallFilesAtOnce, writeSmallFile } from '../small-files.ts';
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
      for (const run of runsOf(packed.entries)) await writeRun(draft, packed.source, run);
      return undefined;
    },
  });
}

async function makeFolders(draft: string, entries: readonly SafeEntry[]): Promise<void> {
  for (const { type, safePath } of entries)
    if (type === 'folder') await fs.mkdir(path.join(draft, ...safePath), { mode: 0o700 });
}

type FileEntry = Extract<SafeEntry, { readonly type: 'file' }>;

/** Files that follow one another in the stream, and are read together: a large one alone, small ones up to the bytes of a piece. */
function* runsOf(entries: readonly SafeEntry[]): Generator<readonly FileEntry[]> {
  let run: FileEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (entry.type === 'folder') continue;
    if (run.length > 0 && bytes + entry.file.size > pieceBytes) {
      yield run;
      [run, bytes] = [[], 0];
    }
    run.push(entry);
    bytes += entry.file.size;
  }
  if (run.length > 0) yield run;
}

/** Nothing has these paths: the folder is new, and no two entries have the same path. */
async function writeRun(draft: string, source: ByteSource, run: readonly FileEntry[]): Promise<void> {
  const [first] = run;
  if (first === undefined) return;
  const start = first.file.offset;
  const length = run.reduce((sum, { file }) => sum + file.size, 0);
  if (length > pieceBytes) return writeLarge(path.join(draft, ...first.safePath), source, first.file);
  const bytes = await source.read(start, length);
  await inParallel(run, smallFilesAtOnce, async ({ safePath, file }) => {
    const place = path.join(draft, ...safePath);
    await writeSmallFile(place, bytes.subarray(file.offset - start, file.offset - start + file.size));
  });
}

async function writeLarge(place: string, source: ByteSource, { offset, size }: PackedFile): Promise<void> {
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
