import { StoreError } from '../store/errors.ts';

/** Returns the log's text for an error inside the gateway. A disk error is not a bug, so its sentence needs no stack. */
export function faultText(error: unknown): string {
  if (error instanceof StoreError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
