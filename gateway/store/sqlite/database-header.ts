import fs from 'node:fs';

/** The first 100 bytes of a database file (https://sqlite.org/fileformat2.html section 1.3). */
export interface Header {
  readonly applicationId: number;
  readonly version: number;
  /** The least size of the file; 0 where the header does not tell it. */
  readonly bytesExpected: number;
}

const headerBytes = 100;

/**
 * Returns undefined when the file is not an SQLite database. Never call it on a file that this process has open through
 * SQLite: closing any descriptor of a file drops all POSIX locks that the process holds on it.
 */
export function readHeader(file: string): Header | undefined {
  const bytes = Buffer.alloc(headerBytes);
  const descriptor = fs.openSync(file, 'r');
  try {
    if (fs.readSync(descriptor, bytes, 0, headerBytes, 0) < headerBytes) return undefined;
  } finally {
    fs.closeSync(descriptor);
  }
  if (bytes.toString('latin1', 0, 16) !== 'SQLite format 3\0') return undefined;
  const pageBytes = bytes.readUInt16BE(16) === 1 ? 65_536 : bytes.readUInt16BE(16);
  // "The in-header database size is only considered to be valid if ... the change counter at offset 24 exactly
  // matches the version-valid-for number at offset 92."
  const sizeIsValid = bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
  return {
    applicationId: bytes.readUInt32BE(68),
    version: bytes.readUInt32BE(60),
    bytesExpected: sizeIsValid ? bytes.readUInt32BE(28) * pageBytes : 0,
  };
}
