import { describe, expect, it } from 'vitest';
import { StoreError } from '../../store/errors.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { FaultyDisk } from './faulty-disk.ts';

/**
 * As on Linux: the sync of the commit that makes `isCommitted` true fails, and each later one succeeds, although the commit is not on the
 * disk (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
function failSyncOnce(disk: FaultyDisk, isCommitted: () => boolean): void {
  let hasFailed = false;
  disk.sync = () => {
    if (hasFailed || !isCommitted()) return;
    hasFailed = true;
    throw Object.assign(new Error('i/o error'), { code: 'EIO', errno: -5, syscall: 'fdatasync' });
  };
}

describe('a disk that fails to take a commit, and says so once', () => {
  it('of a recipient: it confirms nothing more, and fails once', () => {
    const chat = new ChatFixture();
    const [alice, bob] = chat.online('alice', 'bob');
    failSyncOnce(bob.disk, () => bob.textsFrom(alice).length > 0);
    const id = alice.say(bob, 'is this safe?');
    chat.simulation.pass(300_000);
    expect(bob.textsFrom(alice)).toEqual(['is this safe?']);
    expect([alice.stateOf(id), chat.simulation.faults.length]).toEqual(['stored', 1]);
    expect(() => bob.say(alice, 'not saved')).toThrow(StoreError);
  });

  it('of the server: it confirms and delivers nothing more, says that it cannot store, and fails once', () => {
    const chat = new ChatFixture();
    const [alice, bob] = chat.online('alice', 'bob');
    chat.leaves(bob, alice);
    const { store, disk } = chat.server;
    failSyncOnce(disk, () => store.mailboxes.count(bob.key) > 0);
    const id = alice.say(bob, 'is this safe?');
    chat.simulation.pass(300_000);
    expect(store.mailboxes.count(bob.key)).toBe(1);
    expect([alice.stateOf(id), chat.simulation.faults.length]).toEqual(['sending', 1]);
    const next = alice.say(bob, 'and this?');
    chat.simulation.pass(10_000);
    expect(alice.messagesWith(bob).find((message) => message.id === next)?.delivery).toMatchObject({
      state: 'waiting',
      reason: 'server-disk-full',
    });
  });
});
