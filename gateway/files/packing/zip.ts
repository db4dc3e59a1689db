import { crc32 } from 'node:zlib';
import type { PackedRefusalCode } from '../../../shared/files/refusals.ts';
import { pieceBytes } from '../../../shared/files/tree.ts';
import type { BlobId } from '../../turn/file-disk.ts';
import type { BlobFolder } from '../blob-folder.ts';
import type { ByteSource } from '../byte-source.ts';
import { openPacked, type SafeEntry } from './packed-blob.ts';
import {
  directoryRecord,
  endRecord,
  localHeader,
  sumOf,
  zipSizeOf,
  type WrittenEntry,
  type ZipEntry,
} from './zip-records.ts';

export interface Zip {
  readonly type: 'zip';
  readonly size: number;
  /** Made as fast as its reader takes it. Throws FileFault. */
  readonly parts: AsyncIterable<Uint8Array>;
}

/**
 * Makes a .zip of a packed stream, without compression, for a browser. `time` is that of all its files: a packed stream has none.
 * Throws FileFault.
 */
export async function zipOf(
  blobs: BlobFolder,
  blob: BlobId,
  time: Date,
): Promise<Zip | { readonly type: 'refused'; readonly code: PackedRefusalCode }> {
  const packed = await openPacked(blobs, blob);
  if (packed.type === 'refused') return packed;
  const entries = packed.entries.map((entry) => ({ ...zipEntryOf(entry), offset: offsetOf(entry) }));
  return { type: 'zip', size: zipSizeOf(entries), parts: partsOf(packed.source, entries, time) };
}

interface EntryToZip extends ZipEntry {
  /** Where its bytes begin in the packed stream. */
  readonly offset: number;
}

function zipEntryOf(entry: SafeEntry): ZipEntry {
  const isFolder = entry.type === 'folder';
  const name = Buffer.from(entry.safePath.join('/') + (isFolder ? '/' : ''));
  const size = isFolder ? 0 : entry.file.size;
  return { name, isFolder, size, sumBehind: size > pieceBytes };
}

function offsetOf(entry: SafeEntry): number {
  return entry.type === 'folder' ? 0 : entry.file.offset;
}

async function* partsOf(
  source: ByteSource,
  entries: readonly EntryToZip[],
  time: Date,
): AsyncGenerator<Uint8Array> {
  const written: WrittenEntry[] = [];
  let place = 0;
  for (const entry of entries) {
    const offset = place;
    let crc = 0;
    for await (const part of entryParts(source, entry, time, (sum) => (crc = sum))) {
      place += part.length;
      yield part;
    }
    written.push({ ...entry, crc, offset });
  }
  const start = place;
  // Thousands of short records one by one would cost more than their bytes.
  for (let from = 0; from < written.length; from += recordsAtOnce) {
    const records = written.slice(from, from + recordsAtOnce).map((entry) => directoryRecord(entry, time));
    const part = Buffer.concat(records);
    place += part.length;
    yield part;
  }
  yield endRecord(written.length, start, place - start);
}

const recordsAtOnce = 512;

async function* entryParts(
  source: ByteSource,
  entry: EntryToZip,
  time: Date,
  onSum: (crc: number) => void,
): AsyncGenerator<Uint8Array> {
  if (!entry.sumBehind) {
    const bytes = await source.read(entry.offset, entry.size);
    const crc = crc32(bytes);
    onSum(crc);
    yield Buffer.concat([localHeader(entry, crc, time), bytes]);
    return;
  }
  yield localHeader(entry, 0, time);
  let crc = 0;
  for (let position = 0; position < entry.size; position += pieceBytes) {
    const bytes = await source.read(entry.offset + position, Math.min(pieceBytes, entry.size - position));
    crc = crc32(bytes, crc);
    yield bytes;
  }
  onSum(crc);
  yield sumOf(entry, crc);
}
