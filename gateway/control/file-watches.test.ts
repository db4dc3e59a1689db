import { expect, test } from 'vitest';
import { parseMessageId } from '../../shared/ids.ts';
import { EphemeralSubscription } from './ephemeral-subscription.ts';
import { FileWatches } from './file-watches.ts';

test('A frontend that watches files gets their newest progress, until it wants no more.', () => {
  const of = parseMessageId('0198c0de-4b1d-7000-8000-000000000001');
  if (of === undefined) throw new Error('no id of a message');
  const watches = new FileWatches();
  const frontend = new EphemeralSubscription(() => undefined);
  watches.tell({ type: 'file-progress', of, peer: null, pieces: 1 });
  expect(frontend.take()).toBeUndefined();
  watches.watch(frontend);
  watches.tell({ type: 'file-progress', of, peer: null, pieces: 2 });
  watches.tell({ type: 'file-progress', of, peer: null, pieces: 3 });
  expect(frontend.take()).toEqual({ type: 'file-progress', of, peer: null, pieces: 3 });
  watches.forget(frontend);
  watches.tell({ type: 'file-progress', of, peer: null, pieces: 4 });
  expect(frontend.take()).toBeUndefined();
});
