import fs, { type BigIntStats } from 'node:fs';

/**
 * Reads and writes small files by the thousand. The callbacks of node:fs cost a fifth of its promises, and with 32 files at once the
 * threads do not wait for the event loop: then it takes as long as calls that block.
 */
export const smallFilesAtOnce = 32;

/** Fills the bytes with those of a file, if it is `right`, and returns whether it did. Rejects with an error of the system. */
export async function readSmallFile(
  path: string,
  flags: number,
  bytes: Uint8Array,
  right: (stats: BigIntStats) => boolean,
): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  fs.open(path, flags, (openError, descriptor) => {
    if (openError !== null) return reject(openError);
    const end = (error: Error | null, isDone: boolean) => {
      fs.close(descriptor, () => (error === null ? resolve(isDone) : reject(error)));
    };
    fs.fstat(descriptor, { bigint: true }, (statError, stats) => {
      if (statError !== null || !right(stats)) return end(statError, false);
      fs.read(descriptor, bytes, 0, bytes.length, 0, (readError, count) => {
        end(readError, count === bytes.length);
      });
    });
  });
  return promise;
}

/** Makes a new file, for its owner only. Rejects with an error of the system, also where something has the path. */
export async function writeSmallFile(path: string, bytes: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  fs.writeFile(path, bytes, { flag: 'wx', mode: 0o600 }, (error) =>
    error === null ? resolve(undefined) : reject(error),
  );
  await promise;
}
