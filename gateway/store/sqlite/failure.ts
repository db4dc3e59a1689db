import { diskFaultSentence } from '../disk-fault.ts';
import { StoreError } from '../errors.ts';

/**
 * Turns errors of SQLite with a cause outside the program into a StoreError. Every other error (a constraint, a wrong
 * statement) is a bug and stays as it is.
 */
export function storeFailure(error: unknown, file: string): Error {
  if (isSystemError(error)) return refused(file, error);
  const resultCode = primaryResultCode(error);
  if (resultCode === undefined) return asError(error);
  if (damagedCodes.has(resultCode)) return damaged(file, error);
  if (refusedCodes.has(resultCode)) return refused(file, error);
  return asError(error);
}

export function damaged(file: string, cause: unknown): StoreError {
  return new StoreError('damaged', `The database ${file} is damaged (${reason(cause)}). ${whatToDo}`, {
    cause,
  });
}

/** Tells the user what to do about a damaged database. */
export const whatToDo = 'Restore a backup (chatagram restore <file>), or move the file away to start fresh.';

function refused(file: string, cause: unknown): StoreError {
  return new StoreError('disk-refused', diskFaultSentence(codeOf(cause), file, reason(cause)), { cause });
}

// https://sqlite.org/rescode.html: the low byte of an extended result code is the primary one.
const damagedCodes = new Set([/* SQLITE_CORRUPT */ 11, /* SQLITE_NOTADB */ 26]);
const refusedCodes = new Set([
  /* SQLITE_PERM */ 3, /* SQLITE_BUSY */ 5, /* SQLITE_LOCKED */ 6, /* SQLITE_NOMEM */ 7,
  /* SQLITE_READONLY */ 8, /* SQLITE_IOERR */ 10, /* SQLITE_FULL */ 13, /* SQLITE_CANTOPEN */ 14,
  /* SQLITE_PROTOCOL */ 15, /* SQLITE_NOLFS */ 22, /* SQLITE_AUTH */ 23,
]);

export function primaryResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

function codeOf(error: unknown): string | number | undefined {
  if (isSystemError(error)) return error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return primaryResultCode(error);
}

/** Whether node:fs threw the error. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'errno' in error;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
