import { describe, expect, it } from 'vitest';
import { directoryRecord, endRecord, localHeader, sumOf, zipSizeOf, type ZipEntry } from './zip-records.ts';

const time = new Date(2026, 10, 30, 13, 37, 42);

function entryOf(size: number): ZipEntry {
  return { name: Buffer.from('a/ü.bin'), isFolder: false, size, sumBehind: size > 1_000 };
}

describe('a record of a zip', () => {
  it('has numbers of 64 bits only where 32 do not hold them', () => {
    for (const size of [0, 1_000, 1_001, 2 ** 32 - 2]) {
      expect(localHeader(entryOf(size), 7, time).length).toBe(38);
      expect(sumOf(entryOf(size), 7).length).toBe(16);
      expect(directoryRecord({ ...entryOf(size), crc: 7, offset: 2 ** 32 - 2 }, time).length).toBe(54);
    }
    const large = entryOf(2 ** 40);
    expect(localHeader(large, 7, time).length).toBe(58);
    expect(sumOf(large, 7).readBigUInt64LE(16)).toBe(2n ** 40n);
    const record = directoryRecord({ ...large, crc: 7, offset: 2 ** 41 }, time);
    expect(record.readUInt32LE(24)).toBe(0xffff_ffff);
    expect(record.readBigUInt64LE(record.length - 8)).toBe(2n ** 41n);
    expect(record.readBigUInt64LE(record.length - 16)).toBe(2n ** 40n);
  });

  it('at the end names where the directory is, also of a very large file', () => {
    expect(endRecord(3, 100, 50).length).toBe(22);
    const end = endRecord(65_535, 2 ** 33, 5_000_000);
    expect(end.length).toBe(98);
    expect(end.readBigUInt64LE(48)).toBe(2n ** 33n);
    expect(end.readBigUInt64LE(64)).toBe(2n ** 33n + 5_000_000n);
  });

  it('has the time of day as DOS counts it', () => {
    const header = localHeader(entryOf(1), 0, time);
    expect(header.readUInt16LE(10)).toBe((13 << 11) | (37 << 5) | 21);
    expect(header.readUInt16LE(12)).toBe((46 << 9) | (11 << 5) | 30);
  });

  it('adds up to the size that was said before', () => {
    const entries = [0, 999, 5_000, 2 ** 33, 1].map(entryOf);
    let place = 0;
    let directory = 0;
    for (const entry of entries) {
      directory += directoryRecord({ ...entry, crc: 0, offset: place }, time).length;
      place += localHeader(entry, 0, time).length + entry.size;
      if (entry.sumBehind) place += sumOf(entry, 0).length;
    }
    expect(zipSizeOf(entries)).toBe(place + directory + endRecord(5, place, directory).length);
  });
});
