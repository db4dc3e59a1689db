import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../system-tests/temporary-folder.ts';
import { sampleId, sampleKey } from '../sample.ts';
import { openClientStore } from './client-store.ts';

const writer = fileURLToPath(new URL('../../system-tests/killed-writer.ts', import.meta.url));

describe('kill -9 of a writer', () => {
  it('DESIGN 7: what was told after its commit is there, again and again', async () => {
    const file = path.join(temporaryFolder(), 'client.sqlite');
    let told = 0;
    for (let round = 1; round <= 3; round++) {
      // Each round is long enough for SQLite to move the WAL into the database once or more.
      told = await tellUntilKilled(file, told + 1, told + round * 150);
      const store = openClientStore(file);
      const { messages } = store.messages.page(sampleKey(1), null, told + 2);
      // The one after it may have been committed without being told.
      expect([told, told + 1]).toContain(messages.length);
      expect(messages.map((message) => message.sequence)).toEqual(messages.map((_, index) => index + 1));
      expect(store.messages.find(sampleId(told))?.text).toBe(`text ${told}`);
      told = messages.length;
      store.close();
    }
  }, 60_000);
});

/** Lets a process write until it has told `enough`, kills it, and gives the last number that it told. */
async function tellUntilKilled(file: string, first: number, enough: number): Promise<number> {
  const child = spawn(process.execPath, [writer, file, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = first - 1;
  for await (const line of createInterface(child.stdout)) {
    last = Number(line);
    if (last === enough) child.kill('SIGKILL');
  }
  return last;
}
