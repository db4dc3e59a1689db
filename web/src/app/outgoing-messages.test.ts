import { describe, expect, it } from 'vitest';
import type { Answer, Command } from '../../../shared/bridge/commands.ts';
import { idOf, me, withBob, withCarol } from '../../../shared/model/samples.ts';
import type { StoredCommand } from '../bridge/checked-schemas.ts';
import { BrowserCommandStorage } from '../bridge/command-storage.ts';
import { MemoryStorage } from '../browser/storage.ts';
import { OutgoingMessages } from './outgoing-messages.svelte.ts';
import { contentText } from '../../../shared/content-text.ts';

class Tab {
  readonly executed: Command[] = [];
  readonly storage = new BrowserCommandStorage(new MemoryStorage());
  readonly outgoing: OutgoingMessages;
  #ids = 0;

  constructor() {
    this.outgoing = new OutgoingMessages({
      execute: (command) => this.executed.push(command),
      storage: this.storage,
      newMessageId: () => idOf(++this.#ids),
      nowMs: () => 42,
    });
    this.outgoing.setOwner(me, []);
  }

  /** Answers the newest command as the queue does, which has taken it out of the storage. */
  answer(answer: Answer, sentBefore = false): void {
    this.outgoing.answered(storedOf(this.executed.at(-1)!), answer, sentBefore);
  }

  states(): string[] {
    return this.outgoing.all.map(({ content, state }) => `${contentText(content)}: ${state.kind}`);
  }
}

const hello = { kind: 'text', text: 'hello' } as const;
const storedOf = (command: Command): StoredCommand => ({ id: 'c1', owner: me, command, typedAtMs: 42 });
const refused: Answer = { status: 'refused', code: 'storage-failed', sentence: '', retry: true };

describe('a message on its way to the gateway', () => {
  it('waits in the tab, is saved, and gives way to the gateway’s own message', () => {
    const tab = new Tab();
    tab.outgoing.send(withBob, hello);
    expect(tab.executed).toEqual([{ type: 'send', id: idOf(1), conversation: withBob, content: hello }]);
    expect(tab.states()).toEqual(['hello: in-tab']);
    tab.answer({ status: 'done' });
    expect(tab.states()).toEqual(['hello: saved']);
    tab.outgoing.remove(idOf(1));
    expect(tab.states()).toEqual([]);
  });

  it('disappears after an answer to a repeated command, because its message came with the snapshot', () => {
    const tab = new Tab();
    tab.outgoing.send(withBob, hello);
    tab.answer({ status: 'done' }, true);
    expect(tab.states()).toEqual([]);
  });

  it('stays refused across a reload, until Retry sends it again with the same id', () => {
    const tab = new Tab();
    tab.outgoing.send(withBob, hello);
    tab.answer(refused);
    tab.outgoing.setOwner(me, []);
    expect(tab.states()).toEqual(['hello: refused']);
    tab.outgoing.retry(idOf(1));
    expect(tab.states()).toEqual(['hello: in-tab']);
    expect(tab.executed).toHaveLength(2);
    expect(tab.executed[1]).toEqual(tab.executed[0]);
    expect(tab.storage.refused(me)).toEqual([]);
  });

  it('is gone from screen and storage after Discard of a refused message', () => {
    const tab = new Tab();
    tab.outgoing.send(withBob, hello);
    tab.answer(refused);
    tab.outgoing.discard(idOf(1));
    expect(tab.states()).toEqual([]);
    expect(tab.storage.refused(me)).toEqual([]);
    expect(tab.executed).toHaveLength(1);
  });

  it('comes back after a reload from the commands that are sent again', () => {
    const first = new Tab();
    first.outgoing.send(withBob, hello);
    const second = new Tab();
    second.outgoing.setOwner(me, [storedOf(first.executed[0]!)]);
    expect(second.states()).toEqual(['hello: in-tab']);
  });

  it('moves to the new conversation when the user accepts a new key, and stays there when the answer comes', () => {
    const tab = new Tab();
    tab.outgoing.send(withBob, hello);
    tab.outgoing.moveConversation(withBob, withCarol);
    tab.answer({ status: 'done' });
    expect(tab.outgoing.all.map(({ conversation }) => conversation)).toEqual([withCarol]);
  });
});

it('Retry and Discard of a message that the gateway has are commands to the gateway', () => {
  const tab = new Tab();
  tab.outgoing.retry(idOf(7));
  tab.outgoing.discard(idOf(8));
  expect(tab.executed).toEqual([
    { type: 'retry', id: idOf(7) },
    { type: 'discard', id: idOf(8) },
  ]);
});
