import path from 'node:path';
import { expect, it } from 'vitest';
import { clientUnderTest, ownMessageTo } from '../../simulation/chat/client-under-test.ts';
import { sampleId, sampleKey } from '../../store/sample.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import { bytesIn, temporaryFolder } from '../../system-tests/temporary-folder.ts';
import { writeNow } from '../../turn/role.ts';

const bob = sampleKey(2);
const secret = 'zanzibarquuxification';

it('the words of a discarded message are in no file of the folder five seconds later', () => {
  const folder = temporaryFolder();
  const store = openClientStore(path.join(folder, 'client.sqlite'));
  writeNow(store, () => {
    store.messages.insert(ownMessageTo(bob, `the ${secret} thing`));
    store.dispatches.setProgress(sampleId(1), bob, { stage: 'failed', code: 'refused' });
  });
  const client = clientUnderTest(store);
  // A client begins with a look for files that have lost their messages.
  writeNow(store, () => client.handleTimeout({ monotonicMs: 0, wallMs: 0 }));
  writeNow(store, () =>
    expect(client.discard({ monotonicMs: 0, wallMs: 0 }, sampleId(1)).status).toBe('done'),
  );
  expect(bytesIn(folder).includes(secret)).toBe(true);
  expect(client.pollTimeout()).toBe(5_000);
  writeNow(store, () => client.handleTimeout({ monotonicMs: 5_000, wallMs: 5_000 }));
  expect(client.pollJob()?.request.type).toBe('erase');
  expect(store.erase()).toBe(true);
  expect(bytesIn(folder).includes(secret)).toBe(false);
  store.close();
});
