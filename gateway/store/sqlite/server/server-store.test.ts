import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  sampleEpoch,
  sampleId,
  sampleInstallation,
  sampleMailKeyId,
  sampleKey,
  sampleName,
} from '../../sample.ts';
import { describeServerStore } from '../../server-store.contract.ts';
import { openServerStore } from './server-store.ts';
import { temporaryFolder } from '../../../system-tests/temporary-folder.ts';

describe('ServerStore in memory', () => describeServerStore(() => openServerStore()));

describe('ServerStore in a file', () => {
  describeServerStore(() => openServerStore(path.join(temporaryFolder(), 'server.sqlite')));

  it('holds the same records after it is opened again', () => {
    const file = path.join(temporaryFolder(), 'server.sqlite');
    const name = sampleName(1, { candidates: ['10.0.0.1:5'], version: 4 });
    const head = {
      format: 1,
      from: sampleKey(1),
      to: sampleKey(2),
      type: 'text',
      id: sampleId(1),
      keyId: sampleMailKeyId(4),
    };
    const mail = { head, sealed: Uint8Array.of(1), keptAtMs: 7 };
    const bounce = {
      id: sampleId(2),
      sender: sampleKey(1),
      recipient: sampleKey(2),
      code: 'wrong-key',
      retryAfterMs: 5,
    };
    const before = openServerStore(file);
    before.begin();
    before.names.put(name);
    before.mailboxes.put(mail);
    before.bounces.put(bounce);
    before.facts.set({ epoch: sampleEpoch(1) });
    before.commit();
    before.close();

    const after = openServerStore(file);
    expect(after.names.all()).toEqual([name]);
    expect(after.names.highestVersion()).toBe(4);
    expect(after.mailboxes.waiting(sampleKey(2), [sampleInstallation(1)], new Set(), 10)).toEqual([
      { ...mail, number: 1 },
    ]);
    expect(after.bounces.waiting(sampleKey(1), 10)).toEqual([bounce]);
    expect(after.facts.get().epoch).toBe(sampleEpoch(1));
    after.close();
  });
});
