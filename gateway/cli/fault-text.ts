import { StoreError } from '../store/errors.ts';

/** What the log says of a fault inside. A disk that refuses is no bug: its sentence says all, without a stack. */
export function faultText(error: unknown): string {
  if (error instanceof StoreError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
