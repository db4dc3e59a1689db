import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  sampleEpoch,
  sampleId,
  sampleInstallation,
  sampleKey,
  sampleMessage,
  sampleName,
} from '../store/sample.ts';
import { clientSchema } from '../store/sqlite/client-schema.ts';
import { openClientStore } from '../store/sqlite/client-store.ts';
import { serverSchema } from '../store/sqlite/server-schema.ts';
import { openServerStore } from '../store/sqlite/server-store.ts';
import { keptVersion } from './kept-versions.ts';

/**
 * Keeps a database of each role as this program leaves it, for the tests of every later program (schema.test.ts). To
 * be run by whoever has added a migration; what is kept already is never written again.
 *
 *     node gateway/testing/keep-version.ts
 */
keep('client', clientSchema.migrations.length, (file) => {
  const store = openClientStore(file);
  store.begin();
  store.facts.set({
    identity: { secret: Uint8Array.of(1, 2, 3), key: sampleKey(7) },
    installation: sampleInstallation(9),
    nickname: 'alice',
    server: '127.0.0.1:50000',
    serverKey: sampleKey(8),
    serverEpoch: sampleEpoch(4),
    registration: 3,
  });
  store.messages.insert(sampleMessage(1, { text: 'hello' }));
  store.outbox.nextSequence(sampleKey(1));
  store.messages.insert(
    sampleMessage(2, { direction: 'out', installation: sampleInstallation(9), sequence: 1, text: 'hi' }),
  );
  store.messages.insert(sampleMessage(3));
  store.messages.remove(sampleId(3));
  for (const contact of store.contacts.all()) {
    store.contacts.put({
      ...contact,
      nickname: 'bob',
      candidates: ['10.0.0.2:50001'],
      readPlace: 1,
      readSequence: 1,
    });
  }
  store.answers.put('command', { status: 'done' });
  store.commit();
  store.close();
});

keep('server', serverSchema.migrations.length, (file) => {
  const store = openServerStore(file);
  store.begin();
  store.facts.set({
    identity: { secret: Uint8Array.of(1, 2, 3), key: sampleKey(8) },
    epoch: sampleEpoch(4),
  });
  store.names.put(sampleName(1, { nickname: 'bob', candidates: ['10.0.0.2:50001'] }));
  const head = {
    ...{ from: sampleKey(7), to: sampleKey(1), type: 'text', id: sampleId(1) },
    ...{ installation: sampleInstallation(9), sequence: 1 },
  };
  store.mailboxes.put({ head, sealed: Uint8Array.of(4, 5), keptAtMs: 1_000 });
  store.commit();
  store.close();
});

function keep(role: 'client' | 'server', version: number, fill: (file: string) => void): void {
  const kept = keptVersion(role, version);
  // The first ones are kept as SQL (version-1.dump.ts).
  if (version === 1 || fs.existsSync(kept)) return;
  const file = `${kept}.draft`;
  fs.mkdirSync(path.dirname(kept), { recursive: true });
  fill(file);
  fs.writeFileSync(kept, gzipSync(fs.readFileSync(file), { level: 9 }));
  fs.rmSync(file);
  process.stdout.write(`${path.relative(process.cwd(), kept)}\n`);
}
