import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../system-tests/temporary-folder.ts';
import { sampleId, sampleConversation } from '../../sample.ts';
import { openClientStore } from './client-store.ts';

const writer = fileURLToPath(new URL('../../../system-tests/killed-writer.ts', import.meta.url));

describe('a store after its writer is killed', () => {
  it('holds every record that the writer reported after its commit, through several kills', async () => {
    const file = path.join(temporaryFolder(), 'client.sqlite');
    let reported = 0;
    for (let round = 1; round <= 3; round++) {
      // Each round is long enough for SQLite to move the WAL into the database at least once.
      reported = await writeUntilKilled(file, reported + 1, reported + round * 150);
      const store = openClientStore(file);
      const { messages } = store.messages.page(sampleConversation(1), null, reported + 2);
      // The next record may have been committed without a report.
      expect([reported, reported + 1]).toContain(messages.length);
      expect(messages.map(({ position }) => position.minor)).toEqual(messages.map((_, index) => index + 1));
      expect(store.messages.find(sampleId(reported))?.content).toEqual({
        kind: 'text',
        text: `text ${reported}`,
      });
      reported = messages.length;
      store.close();
    }
  }, 60_000);
});

/** Runs a writer until it reports `enough`, kills it, and returns the last number that it reported. */
async function writeUntilKilled(file: string, first: number, enough: number): Promise<number> {
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
