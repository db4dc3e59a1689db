import { describe, expect, it } from 'vitest';
import type { Command, Answer } from '../../../shared/bridge/commands.ts';
import type { TabFrame } from '../../../shared/bridge/frames.ts';
import { carol, idOf, me, withBob } from '../../../shared/model/samples.ts';
import { CommandQueue } from './command-queue.ts';
import { MemoryStorage } from '../browser/storage.ts';
import { BrowserCommandStorage } from './command-storage.ts';

/** A tab over a storage that outlives it. */
class Tab {
  connected = true;
  readonly sent: TabFrame[] = [];
  readonly answered: string[] = [];
  readonly queue: CommandQueue;

  constructor(storage: MemoryStorage, firstId = 1) {
    let nextId = firstId;
    this.queue = new CommandQueue({
      send: (frame) => {
        if (this.connected) this.sent.push(frame);
        return this.connected;
      },
      newId: () => `c${nextId++}`,
      nowMs: () => 42,
      storage: new BrowserCommandStorage(storage),
      answered: (stored, answer, sentBefore) =>
        this.answered.push(`${stored.id} ${answer.status}${sentBefore ? ' again' : ''}`),
    });
  }

  get ids(): string[] {
    return this.sent.map((frame) => (frame.type === 'command' ? frame.id : frame.type));
  }
}

const done: Answer = { status: 'done' };
const send = (number: number): Command => ({
  type: 'send',
  id: idOf(number),
  conversation: withBob,
  content: { kind: 'text', text: `text ${number}` },
});

function ready(storage = new MemoryStorage(), firstId = 1): Tab {
  const tab = new Tab(storage, firstId);
  tab.queue.setOwner(me);
  tab.queue.resume();
  return tab;
}

describe('a command', () => {
  it('leaves at once and resolves with its answer', async () => {
    const tab = ready();
    const answer = tab.queue.execute(send(1));
    expect(tab.sent).toEqual([{ type: 'command', id: 'c1', command: send(1) }]);
    tab.queue.answer('c1', done);
    expect(await answer).toEqual(done);
  });

  it('ignores a second answer, and an answer to an unknown id', () => {
    const tab = ready();
    void tab.queue.execute(send(1));
    tab.queue.answer('c1', done);
    tab.queue.answer('c1', done);
    tab.queue.answer('other', done);
    expect(tab.answered).toEqual(['c1 done']);
  });
});

describe('unanswered commands', () => {
  it('leave again in order with the same ids after a reconnect', () => {
    const tab = ready();
    void tab.queue.execute(send(1));
    tab.queue.pause();
    tab.connected = false;
    void tab.queue.execute(send(2));
    expect(tab.ids).toEqual(['c1']);
    tab.connected = true;
    tab.queue.resume();
    expect(tab.ids).toEqual(['c1', 'c1', 'c2']);
    tab.queue.answer('c1', done);
    tab.queue.answer('c2', done);
    expect(tab.answered).toEqual(['c1 done again', 'c2 done']);
  });

  it('do not leave again once they are answered', () => {
    const tab = ready();
    void tab.queue.execute(send(1));
    tab.queue.answer('c1', done);
    tab.queue.resume();
    expect(tab.ids).toEqual(['c1']);
  });

  it('leave again from the storage with the same message id after the tab died', () => {
    const storage = new MemoryStorage();
    const first = ready(storage);
    first.queue.pause();
    void first.queue.execute(send(1));
    void first.queue.execute(send(2));

    const second = new Tab(storage, 100);
    second.queue.resume();
    expect(second.queue.setOwner(me).map((stored) => stored.typedAtMs)).toEqual([42, 42]);
    expect(second.sent).toEqual([
      { type: 'command', id: 'c1', command: send(1) },
      { type: 'command', id: 'c2', command: send(2) },
    ]);
    second.queue.answer('c1', done);
    second.queue.answer('c2', done);
    expect(storage.length).toBe(0);
  });

  it('never make a user join or leave because of a click in an earlier tab', () => {
    const storage = new MemoryStorage();
    const tab = ready(storage);
    for (const command of [{ type: 'leave' }, { type: 'register' }, { type: 'deregister' }] as const) {
      void tab.queue.execute(command);
    }
    void tab.queue.execute({ type: 'host', nickname: 'alice' });
    expect(storage.length).toBe(0);
    expect(tab.ids).toHaveLength(4);
  });
});

describe('stored commands belong to one user', () => {
  it('another user’s gateway at the same address never gets them', () => {
    const storage = new MemoryStorage();
    const mine = ready(storage);
    mine.queue.pause();
    void mine.queue.execute(send(1));

    const other = new Tab(storage);
    other.queue.resume();
    expect(other.queue.setOwner(carol)).toEqual([]);
    expect(other.sent).toEqual([]);
    expect(storage.length).toBe(1);
  });

  it('they leave when their user is back, even within one tab', () => {
    const tab = ready();
    tab.queue.pause();
    void tab.queue.execute(send(1));
    tab.queue.setOwner(null);
    tab.queue.resume();
    tab.queue.setOwner(carol);
    expect(tab.sent).toEqual([]);
    tab.queue.setOwner(me);
    expect(tab.ids).toEqual(['c1']);
  });
});

describe('the storage', () => {
  it('ignores entries of an older version or of another program', () => {
    const storage = new MemoryStorage();
    storage.setItem(`chatagram:command:${me}:1`, '{"id":"1"}');
    storage.setItem(`chatagram:command:${me}:2`, 'not JSON');
    storage.setItem('something else', '7');
    expect(new BrowserCommandStorage(storage).all(me)).toEqual([]);
  });

  it('keeps a refused message apart until the user decides', () => {
    const storage = new BrowserCommandStorage(new MemoryStorage());
    const stored = { id: 'c1', owner: me, command: send(1), typedAtMs: 1 };
    const refused = { ...stored, refusal: { code: 'storage-failed' as const, retry: true } };
    storage.put(refused);
    expect(storage.all(me)).toEqual([]);
    expect(storage.refused(me)).toEqual([refused]);
    storage.remove(stored);
    expect(storage.refused(me)).toEqual([]);
  });
});
