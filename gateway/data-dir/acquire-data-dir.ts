import { lockFolder } from './dir-lock.ts';
import { StartError } from '../runtime/start-error.ts';
import { StoreError } from '../store/errors.ts';

/**
 * Takes a data folder for this process, or tells where the one runs that has it. Gives the release.
 * `url` is where the app can be opened, null for a process without one or before it listens.
 */
export function acquireDataDir(folder: string, sentence: string, url: () => string | null): () => void {
  const result = asStartError(() => lockFolder(folder));
  if (result.locked) {
    const where = result.by === null ? '' : whereabouts(result.by);
    throw new StartError('data-folder-in-use', `${sentence}${where}.`);
  }
  const current = url();
  if (current !== null) result.lock.setUrl(current);
  return () => {
    result.lock.release();
  };
}

/** What a store refuses at the start is a sentence for the person, not a fault of the program. */
export function asStartError<Result>(open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    if (error instanceof StoreError) {
      throw new StartError(error.retry ? 'storage-failed' : 'storage-damaged', error.message, {
        cause: error,
      });
    }
    throw error;
  }
}

function whereabouts({ pid, url }: { readonly pid: number; readonly url: string | null }): string {
  return url === null ? ` (process ${pid})` : ` at ${url} (process ${pid})`;
}
