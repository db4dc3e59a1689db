/**
 * The records of a .zip (APPNOTE.TXT 6.3.10 of PKWARE) without compression. A file with more than a piece has its sum behind its bytes,
 * because they are read only once. Numbers that 32 bits do not hold are in a ZIP64 extra field.
 */

export interface ZipEntry {
  /** UTF-8, with slashes. The name of a folder ends with one. */
  readonly name: Uint8Array;
  readonly isFolder: boolean;
  readonly size: number;
  /** Whether the sum stands behind the bytes. */
  readonly sumBehind: boolean;
}

/** An entry that was written. */
export interface WrittenEntry extends ZipEntry {
  readonly crc: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const max32 = 0xffff_ffff;
const max16 = 0xffff;
const localBytes = 30;
const centralBytes = 46;
const endBytes = 22;
const zip64EndBytes = 56 + 20;
const utf8Flag = 0x0800;
const sumBehindFlag = 0x0008;
/** ZIP64 came with version 4.5. */
const version = 45;
const unix = 3;

/** What stands before the bytes of an entry. `crc` is ignored where the sum stands behind. */
export function localHeader(entry: ZipEntry, crc: number, time: Date): Buffer {
  const { name, size, sumBehind } = entry;
  const isLarge = size > max32;
  const extraBytes = isLarge ? 20 : 0;
  const header = Buffer.alloc(localBytes + name.length + extraBytes);
  header.writeUInt32LE(0x0403_4b50, 0);
  writeCommon(header, 4, entry, time);
  const known = sumBehind ? 0 : size;
  header.writeUInt32LE(sumBehind ? 0 : crc, 14);
  header.writeUInt32LE(isLarge ? max32 : known, 18);
  header.writeUInt32LE(isLarge ? max32 : known, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extraBytes, 28);
  header.set(name, localBytes);
  if (isLarge) writeExtra(header, localBytes + name.length, [known, known]);
  return header;
}

/** What stands behind the bytes of an entry with `sumBehind`. */
export function sumOf({ size }: ZipEntry, crc: number): Buffer {
  const isLarge = size > max32;
  const record = Buffer.alloc(sumBytes(size));
  record.writeUInt32LE(0x0807_4b50, 0);
  record.writeUInt32LE(crc, 4);
  for (const place of isLarge ? [8, 16] : [8, 12]) writeSize(record, place, size, isLarge);
  return record;
}

/** The entry in the directory at the end. */
export function directoryRecord(entry: WrittenEntry, time: Date): Buffer {
  const { name, size, offset, isFolder, crc } = entry;
  const large = largeNumbersOf(size, offset);
  const record = Buffer.alloc(directoryBytes(entry, offset));
  record.writeUInt32LE(0x0201_4b50, 0);
  record.writeUInt16LE((unix << 8) | version, 4);
  writeCommon(record, 6, entry, time);
  record.writeUInt32LE(crc, 16);
  record.writeUInt32LE(Math.min(size, max32), 20);
  record.writeUInt32LE(Math.min(size, max32), 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(large.length === 0 ? 0 : 4 + 8 * large.length, 30);
  // For its owner only, as everything that Chatagram saves.
  record.writeUInt16LE(isFolder ? 0o40_700 : 0o100_600, 40);
  record.writeUInt16LE(isFolder ? 0x10 : 0, 38);
  record.writeUInt32LE(Math.min(offset, max32), 42);
  record.set(name, centralBytes);
  if (large.length > 0) writeExtra(record, centralBytes + name.length, large);
  return record;
}

/** The end of the file. */
export function endRecord(entries: number, start: number, bytes: number): Buffer {
  const isLarge = needsZip64End(entries, start, bytes);
  const end = Buffer.alloc((isLarge ? zip64EndBytes : 0) + endBytes);
  if (isLarge) {
    end.writeUInt32LE(0x0606_4b50, 0);
    writeSize(end, 4, 44, true);
    end.writeUInt16LE((unix << 8) | version, 12);
    end.writeUInt16LE(version, 14);
    for (const [index, value] of [entries, entries, bytes, start].entries())
      writeSize(end, 24 + 8 * index, value, true);
    end.writeUInt32LE(0x0706_4b50, 56);
    writeSize(end, 64, start + bytes, true);
    end.writeUInt32LE(1, 72);
  }
  const place = end.length - endBytes;
  end.writeUInt32LE(0x0605_4b50, place);
  end.writeUInt16LE(Math.min(entries, max16), place + 8);
  end.writeUInt16LE(Math.min(entries, max16), place + 10);
  end.writeUInt32LE(Math.min(bytes, max32), place + 12);
  end.writeUInt32LE(Math.min(start, max32), place + 16);
  return end;
}

/** Returns the size of the whole file. */
export function zipSizeOf(entries: readonly ZipEntry[]): number {
  let start = 0;
  let directory = 0;
  for (const entry of entries) {
    const { name, size, sumBehind } = entry;
    directory += directoryBytes(entry, start);
    start += localBytes + name.length + (size > max32 ? 20 : 0) + size + (sumBehind ? sumBytes(size) : 0);
  }
  return start + directory + endRecord(entries.length, start, directory).length;
}

function needsZip64End(entries: number, start: number, bytes: number): boolean {
  return entries >= max16 || start >= max32 || bytes >= max32;
}

/** Returns the numbers of a directory record that 32 bits do not hold, in the order of the extra field. */
function largeNumbersOf(size: number, offset: number): number[] {
  return [...(size >= max32 ? [size, size] : []), ...(offset >= max32 ? [offset] : [])];
}

function directoryBytes({ name, size }: ZipEntry, offset: number): number {
  const large = largeNumbersOf(size, offset).length;
  return centralBytes + name.length + (large === 0 ? 0 : 4 + 8 * large);
}

function sumBytes(size: number): number {
  return size > max32 ? 24 : 16;
}

/** The version that a reader needs, the flags, no compression, and the time: in both records of an entry. */
function writeCommon(record: Buffer, place: number, { sumBehind }: ZipEntry, time: Date): void {
  record.writeUInt16LE(version, place);
  record.writeUInt16LE(utf8Flag | (sumBehind ? sumBehindFlag : 0), place + 2);
  record.writeUInt16LE(0, place + 4);
  const seconds = (time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1);
  const days = (Math.max(0, time.getFullYear() - 1980) << 9) | ((time.getMonth() + 1) << 5) | time.getDate();
  record.writeUInt16LE(seconds, place + 6);
  record.writeUInt16LE(days & max16, place + 8);
}

function writeExtra(record: Buffer, place: number, numbers: readonly number[]): void {
  record.writeUInt16LE(1, place);
  record.writeUInt16LE(8 * numbers.length, place + 2);
  for (const [index, value] of numbers.entries()) writeSize(record, place + 4 + 8 * index, value, true);
}

function writeSize(record: Buffer, place: number, value: number, isLarge: boolean): void {
  if (isLarge) record.writeBigUInt64LE(BigInt(value), place);
  else record.writeUInt32LE(value, place);
}
