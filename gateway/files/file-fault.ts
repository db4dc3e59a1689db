import type { FileDiskAnswer, FileDiskFailure } from '../turn/file-disk.ts';
import { isSystemError } from '../store/sqlite/failure.ts';

/** Why the disk does not do what was asked of it. */
export class FileFault extends Error {
  readonly code: FileDiskFailure;

  constructor(code: FileDiskFailure, options?: ErrorOptions) {
    super(`the disk of files: ${code}`, options);
    this.code = code;
  }
}

/** Returns what `run` finds, or the code of its fault. Only a bug throws. */
export async function answered<Found extends object>(
  run: () => Promise<Found>,
): Promise<FileDiskAnswer<Found>> {
  try {
    return { type: 'done', ...(await run()) };
  } catch (error) {
    return { type: 'failed', code: ownFault(error).code };
  }
}

/** The fault of a file in `blobs/`, or of one that Chatagram makes. Throws what is a bug. */
export function ownFault(error: unknown): FileFault {
  if (error instanceof FileFault) return error;
  const code = systemCodeOf(error);
  if (code === undefined) throw error;
  if (code === 'ENOENT') return new FileFault('file-gone', { cause: error });
  return new FileFault(fullCodes.has(code) ? 'disk-full' : 'disk-refused', { cause: error });
}

/** The fault of a file of the user that is read. Throws what is a bug. */
export function sourceFault(error: unknown): FileFault {
  if (error instanceof FileFault) return error;
  const code = systemCodeOf(error);
  if (code === undefined) throw error;
  if (goneCodes.has(code)) return new FileFault('file-gone', { cause: error });
  // A link stands now where a file was: O_NOFOLLOW.
  return new FileFault(code === 'ELOOP' ? 'file-changed' : 'disk-refused', { cause: error });
}

export function systemCodeOf(error: unknown): string | undefined {
  return isSystemError(error) && error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

const fullCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
/** ESTALE: a network disk knows the file no longer. ENXIO: a device or a socket without its other end. */
const goneCodes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'ENXIO', 'ENODEV']);
