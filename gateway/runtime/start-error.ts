import type { ErrorCode } from '../../shared/errors.ts';
import { StoreError } from '../store/errors.ts';
import { storeFailure } from '../store/sqlite/failure.ts';

/**
 * Why a gateway did not start: a port in use or restricted, a data folder in use, a damaged or newer database. The
 * program prints the sentence without a stack, and exits with `exitCode`.
 */
export class StartError extends Error {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly exitCode = 1;

  constructor(code: ErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'StartError';
    this.code = code;
    this.sentence = sentence;
  }
}

/** Runs `open`. Where the disk refuses at the start, that is a sentence for the user, not a fault of the program. */
export function asStartError<Result>(open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    const failure = storeFailureOf(error);
    if (failure === undefined) throw error;
    const isWhole = failure.retry || failure.code === 'file-exists';
    const code = isWhole ? 'storage-failed' : 'storage-damaged';
    throw new StartError(code, failure.message, { cause: error });
  }
}

/** Errors of node:fs name the path. Those of sockets do not. */
function storeFailureOf(error: unknown): StoreError | undefined {
  if (error instanceof StoreError) return error;
  if (!(error instanceof Error && 'path' in error && typeof error.path === 'string')) return undefined;
  const failure = storeFailure(error, error.path);
  return failure instanceof StoreError ? failure : undefined;
}

/** `what` names the sort of port: "UDP port", "HTTP port". */
export function portUnavailable(what: string, port: number, cause?: unknown): StartError {
  return new StartError(
    'port-unavailable',
    `${what} ${port} is in use or restricted; choose another one, preferably from the dynamic range 49152 to 65535.`,
    { cause },
  );
}
