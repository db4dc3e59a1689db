import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../net/seeded-random.ts';
import { bytesIn, temporaryFolder } from '../../../system-tests/temporary-folder.ts';
import type { OwnMailKey } from '../../client-store.ts';
import { sampleInstallation, sampleMailKeyId, sampleMessage, text } from '../../sample.ts';
import { openClientStore } from './client-store.ts';

const random = new SeededRandom(1);

function key(number: number): OwnMailKey {
  return {
    keyId: sampleMailKeyId(number),
    kind: 'one-time',
    installation: sampleInstallation(1),
    secretKey: random.bytes(32),
    expiresAtMs: 1_700_000_000_000,
    madeAtMs: 1_700_000_000_000,
    replacedAtMs: null,
  };
}

/** Returns which of the secrets are somewhere in the files of the database. */
function found(file: string, keys: readonly OwnMailKey[]): string[] {
  const bytes = bytesIn(path.dirname(file));
  return keys.filter(({ secretKey }) => bytes.includes(Buffer.from(secretKey))).map(({ keyId }) => keyId);
}

describe('a removed mail key', () => {
  it('PROTOCOL 9.27: is in no byte of the database and its WAL after an erasure, while the others are', () => {
    const file = path.join(temporaryFolder(), 'client.sqlite');
    const store = openClientStore(file);
    const inTurn = (run: () => void): void => {
      store.begin();
      store.savepoint(run);
      store.commit();
    };
    let kept: OwnMailKey[] = [];
    const removed: OwnMailKey[] = [];
    let number = 0;
    // Many keys come and go between messages, so that pages fill, split and merge.
    for (let round = 0; round < 40; round++) {
      inTurn(() => {
        for (let count = random.below(48); count > 0; count--) {
          const made = key(++number);
          store.mailKeys.put([made]);
          kept.push(made);
        }
      });
      const used = kept.filter(() => random.below(3) === 0);
      for (const each of used)
        inTurn(() => {
          store.messages.insert(sampleMessage(++number, text(`message ${number}`)));
          store.mailKeys.remove(each.keyId);
        });
      removed.push(...used);
      kept = kept.filter((each) => !used.includes(each));
      if (round % 8 !== 7) continue;
      expect(store.erase()).toBe(true);
      expect(fs.statSync(`${file}-wal`).size).toBe(0);
      expect(found(file, removed)).toEqual([]);
      expect(found(file, kept)).toHaveLength(kept.length);
    }
    expect(removed.length).toBeGreaterThan(300);
    store.close();
  });

  it('is still in the WAL before the erasure, and while another process reads', () => {
    const file = path.join(temporaryFolder(), 'client.sqlite');
    const store = openClientStore(file);
    const only = key(1);
    store.begin();
    store.mailKeys.put([only]);
    store.commit();
    const reader = new DatabaseSync(file, { readOnly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM mail_key').get();
    store.begin();
    store.mailKeys.remove(only.keyId);
    store.commit();
    expect(store.erase()).toBe(false);
    expect(found(file, [only])).toEqual([only.keyId]);
    reader.exec('COMMIT');
    reader.close();
    expect(store.erase()).toBe(true);
    expect(found(file, [only])).toEqual([]);
    store.close();
  });
});
