import {
  headBytes,
  readHead,
  readIndex,
  safePathsOf,
  type PackedFile,
} from '../../../shared/files/packed.ts';
import type { PackedRefusalCode } from '../../../shared/files/refusals.ts';
import type { BlobId } from '../../turn/file-disk.ts';
import { BlobFile } from '../blob-file.ts';
import type { BlobFolder } from '../blob-folder.ts';
import type { ByteSource } from '../byte-source.ts';
import { FileFault } from '../file-fault.ts';

/** An entry of a packed stream, under the names that it may have on any disk. */
export type SafeEntry =
  | { readonly type: 'folder'; readonly safePath: readonly string[] }
  | { readonly type: 'file'; readonly safePath: readonly string[]; readonly file: PackedFile };

export interface PackedBlob {
  readonly type: 'packed';
  /** Each folder before what is in it. */
  readonly entries: readonly SafeEntry[];
  readonly source: ByteSource;
}

/** Reads the index of a blob that claims to be a packed stream. Throws FileFault. */
export async function openPacked(
  blobs: BlobFolder,
  blob: BlobId,
): Promise<PackedBlob | { readonly type: 'refused'; readonly code: PackedRefusalCode }> {
  if (!(await blobs.isWhole(blob))) throw new FileFault('file-gone');
  const source = new BlobFile(blobs, blobs.wholeFile(blob), blob.size);
  const head = readHead(await source.read(0, Math.min(headBytes, blob.size)), blob.size);
  if (head.type === 'refused') return head;
  const index = readIndex(await source.read(headBytes, head.indexBytes), head, blob.size);
  if (index.type === 'refused') return index;
  const paths = safePathsOf(index.entries);
  const entries = index.entries.map((entry, number): SafeEntry => {
    const safePath = paths[number] ?? [];
    return entry.type === 'folder' ? { type: 'folder', safePath } : { type: 'file', safePath, file: entry };
  });
  return { type: 'packed', entries, source };
}
