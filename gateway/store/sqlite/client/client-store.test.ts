import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeClientKeys } from '../../client-keys.contract.ts';
import { describeClientStore } from '../../client-store.contract.ts';
import { describeMessageChanges } from '../../message-changes.contract.ts';
import { describeUnreadCounts } from '../../unread-count.contract.ts';
import { describeSearch } from '../../search.contract.ts';
import {
  sampleConversation,
  sampleId,
  sampleIdentity,
  sampleInstallation,
  sampleKey,
  sampleMessage,
  sampleOwn,
} from '../../sample.ts';
import { openClientStore } from './client-store.ts';
import { temporaryFolder } from '../../../system-tests/temporary-folder.ts';

describe('ClientStore in memory', () => describeClientStore(() => openClientStore()));
describe('searches in a ClientStore', () => describeSearch(() => openClientStore()));
describe('searches in a ClientStore that indexes each message by itself', () =>
  describeSearch(() => openClientStore(undefined, { waitingRowsMax: 1 })));
describe('changed messages in a ClientStore', () => describeMessageChanges(() => openClientStore()));
describe('unread counts in a ClientStore', () => describeUnreadCounts(() => openClientStore()));
describe('keys in a ClientStore', () => describeClientKeys(() => openClientStore()));
describe('keys in a ClientStore that indexes each message by itself', () =>
  describeClientKeys(() => openClientStore(undefined, { waitingRowsMax: 1 })));

describe('ClientStore in a file', () => {
  describeClientStore(() => openClientStore(path.join(temporaryFolder(), 'client.sqlite')));

  it('is after a restart what it was', () => {
    const file = path.join(temporaryFolder(), 'client.sqlite');
    const before = openClientStore(file);
    const identity = sampleIdentity(7);
    before.begin();
    before.facts.set({ identity, installation: sampleInstallation(9), registration: 3 });
    before.messages.insert(sampleMessage(1));
    before.conversations.nextSequence(sampleConversation(1));
    before.messages.insert(sampleOwn(2, { sequence: 1 }));
    before.messages.insert(sampleMessage(3));
    before.messages.remove(sampleId(3));
    before.answers.put('command', { status: 'done' });
    before.blocks.put(sampleKey(4));
    before.blocks.putUnopened(sampleKey(4), sampleId(4), 10);
    before.commit();
    const page = before.messages.page(sampleConversation(1), null, 10);
    before.close();

    const after = openClientStore(file);
    expect(after.facts.get()).toMatchObject({
      identity,
      installation: sampleInstallation(9),
      registration: 3,
    });
    expect(after.messages.page(sampleConversation(1), null, 10)).toEqual(page);
    expect(page.messages).toHaveLength(2);
    expect(after.dispatches.open().map((item) => item.id)).toEqual([sampleId(2)]);
    expect(after.answers.find('command')).toEqual({ status: 'done' });
    expect(after.blocks.all()).toEqual([sampleKey(4)]);
    expect(after.blocks.hasUnopened(sampleKey(4), sampleId(4))).toBe(true);
    after.begin();
    expect(after.conversations.nextSequence(sampleConversation(1))).toBe(2);
    expect(after.messages.insert(sampleMessage(3))).toBeUndefined();
    after.commit();
    after.close();
  });

  it('a turn that has not been committed when the store closes is undone', () => {
    const file = path.join(temporaryFolder(), 'client.sqlite');
    const before = openClientStore(file);
    before.begin();
    before.savepoint(() => before.messages.insert(sampleMessage(1)));
    before.close();
    const after = openClientStore(file);
    expect(after.messages.find(sampleId(1))).toBeUndefined();
    after.close();
  });
});
