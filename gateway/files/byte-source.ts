import type { FileHandle } from 'node:fs/promises';

/** Bytes that can be read anywhere: of a blob, of a file of the user, or of a folder as a packed stream. */
export interface ByteSource {
  readonly size: number;
  /** Reads exactly these bytes into a new array. Throws FileFault. */
  read(position: number, length: number): Promise<Uint8Array>;
}

/** Reads into the array until it is full. Returns false where the file ends before. */
export async function readFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<boolean> {
  for (let filled = 0; filled < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, position + filled);
    if (bytesRead === 0) return false;
    filled += bytesRead;
  }
  return true;
}

/** Writes all the arrays, one behind the other. A disk that is nearly full takes a part of them first. */
export async function writeFully(
  handle: FileHandle,
  parts: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = parts.filter((part) => part.length > 0);
  let place = position;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, place);
    place += bytesWritten;
    rest = withoutBytes(rest, bytesWritten);
  }
}

function withoutBytes(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  return parts.flatMap((part) => {
    const taken = Math.min(left, part.length);
    left -= taken;
    return taken === part.length ? [] : [part.subarray(taken)];
  });
}
