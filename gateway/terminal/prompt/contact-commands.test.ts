import { describe, expect, it } from 'vitest';
import { doneWith, refused } from '../../../shared/command-result.ts';
import type { KeyConflict } from '../../../shared/bridge/schema.ts';
import type { Delivery } from '../../../shared/message.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { ChatModel } from '../frontend/chat-model.ts';
import {
  alice,
  bob,
  carol,
  emptySnapshot,
  incoming,
  messageId,
  onlineAsAlice,
  ScriptedGateway,
  withBob,
} from '../frontend/scripted-gateway.ts';
import { talkCommands } from './chat-commands.ts';
import { contactCommands } from './contact-commands.ts';
import type { Lines } from './prompt-command.ts';
import { contextOf } from './prompt-under-test.ts';

const groups = Array.from({ length: 12 }, (_, index) => String(index).padStart(5, '0'));
const newKey = 'dd'.repeat(32) as PeerKey;

/** A prompt with Bob as the only contact. */
function promptWithBob(bobsRow: { readonly keyConflict?: KeyConflict; readonly verified?: boolean } = {}) {
  const snapshot = {
    ...emptySnapshot,
    session: onlineAsAlice,
    contacts: [{ key: bob, nickname: 'bob', online: true, ...bobsRow }],
  };
  const gateway = new ScriptedGateway(snapshot);
  gateway.answer = ({ type }) => (type === 'safety-number' ? doneWith({ groups }) : undefined);
  const context = contextOf({
    model: new ChatModel(snapshot),
    execute: (command) => gateway.execute('1', command),
    find: async (name) => ({ conversation: withBob, name }),
    failedChanges: () => [],
  });
  const run = async (word: string, choice: string | null = null): Promise<Lines> => {
    const command = [...contactCommands, ...talkCommands].find((row) => row.word === word);
    if (command === undefined) throw new Error(`no command ${word}`);
    const typed = { nickname: 'bob', room: '', number: 0, choice, text: '' };
    return command.about === 'chat' ? command.run(context, typed) : command.run(context, bob, typed);
  };
  return { gateway, run };
}

function sent(number: number, delivery: Delivery) {
  return { ...incoming(bob, number, 'x'), author: alice, delivery };
}

describe('contact commands', () => {
  it('safety shows the number in three rows, and whether the user has compared it', async () => {
    const lines = await promptWithBob({ verified: true }).run('safety');
    expect(lines.slice(1)).toEqual([
      '  00000 00001 00002 00003',
      '  00004 00005 00006 00007',
      '  00008 00009 00010 00011',
      'You have compared this number, and it matched.',
    ]);
  });

  it('safety also shows the number of a new key', async () => {
    const { gateway, run } = promptWithBob({ keyConflict: { type: 'changed', newKey, refused: false } });
    expect((await run('safety'))[4]).toContain('Safety number with the new key of bob');
    expect(gateway.commandsOf('safety-number').map(({ peer }) => peer)).toEqual([bob, newKey]);
  });

  it('verify and unverify set and clear the mark', async () => {
    const { gateway, run } = promptWithBob();
    expect(await run('verify')).toEqual(['The safety number with bob is now marked as compared.']);
    expect(await run('unverify')).toEqual(['The safety number with bob is no longer marked as compared.']);
    expect(gateway.commandsOf('set-verified').map(({ verified }) => verified)).toEqual([true, false]);
  });

  it('block and unblock name the person, say what it means, and execute for the key', async () => {
    const { gateway, run } = promptWithBob();
    gateway.answer = ({ type }) => (type === 'blocked-keys' ? doneWith({ keys: [bob] }) : undefined);
    expect(await run('block')).toEqual([
      'You have blocked bob. Nothing goes to them, and their messages are not shown.',
      'They still see when you are online. To undo this, type unblock bob.',
    ]);
    expect(await run('unblock')).toEqual([
      'bob is no longer blocked. What they sent while they were blocked stays gone.',
    ]);
    expect(gateway.commandsOf('block')).toEqual([{ type: 'block', peer: bob }]);
    expect(gateway.commandsOf('unblock')).toEqual([{ type: 'unblock', peer: bob }]);
  });

  it('unblock executes nothing for a person who is not blocked', async () => {
    const { gateway, run } = promptWithBob();
    gateway.answer = ({ type }) => (type === 'blocked-keys' ? doneWith({ keys: [carol] }) : undefined);
    expect(await run('unblock')).toEqual(['bob is not blocked.']);
    expect(gateway.commandsOf('unblock')).toEqual([]);
  });

  it('allow names the person, says what it means, and executes for the key', async () => {
    const { gateway, run } = promptWithBob();
    expect(await run('allow')).toEqual([
      'You have allowed bob. All their messages are taken, also those that wait.',
    ]);
    expect(gateway.commandsOf('allow')).toEqual([{ type: 'allow', peer: bob }]);
  });

  it('accept and refuse decide on a new key', async () => {
    const { gateway, run } = promptWithBob({ keyConflict: { type: 'changed', newKey, refused: false } });
    expect(await run('accept')).toEqual(['You accepted the new key of bob.']);
    expect(await run('refuse')).toEqual([]);
    expect(gateway.commandsOf('accept-key')).toEqual([{ type: 'accept-key', peer: bob, key: newKey }]);
    expect(gateway.commandsOf('refuse-key')).toEqual([{ type: 'refuse-key', peer: bob, key: newKey }]);
  });

  it('accept decides for the pinned key if the nickname means the new one', async () => {
    const { gateway, run } = promptWithBob({
      keyConflict: { type: 'not-pinned', pinned: carol, refused: false },
    });
    await run('accept');
    expect(gateway.commandsOf('accept-key')).toEqual([{ type: 'accept-key', peer: carol, key: bob }]);
  });

  it('accept without a new key executes nothing', async () => {
    const { gateway, run } = promptWithBob();
    expect(await run('accept')).toEqual(['There is no pending key change for bob.']);
    expect(gateway.commands).toEqual([]);
  });

  it('retry and discard take the failed messages only', async () => {
    const { gateway, run } = promptWithBob();
    const messages = [
      sent(1, { state: 'failed', code: 'message-expired' }),
      sent(2, { state: 'stored' }),
      sent(3, { state: 'failed', code: 'message-expired' }),
    ];
    gateway.answer = ({ type }) => (type === 'history' ? doneWith({ messages, hasMore: false }) : undefined);
    expect(await run('retry')).toEqual(['Sending 2 messages again.']);
    expect(gateway.commandsOf('retry').map(({ id }) => id)).toEqual([messageId(1), messageId(3)]);
    expect(await run('discard')).toEqual(['Discarded 2 messages. They may have arrived anyway.']);
    expect(gateway.commandsOf('history')[0]).toMatchObject({ conversation: withBob });
  });

  it('retry without a failed message says so', async () => {
    const { gateway, run } = promptWithBob();
    gateway.answer = ({ type }) =>
      type === 'history' ? doneWith({ messages: [], hasMore: false }) : undefined;
    expect(await run('retry')).toEqual(['No message to bob has failed.']);
  });

  it('print the sentence of a refusal', async () => {
    const { gateway, run } = promptWithBob();
    gateway.answer = () => refused('not-joined', 'Join a chat first.');
    for (const word of ['safety', 'verify', 'block', 'unblock', 'allow', 'retry', 'discard', 'classic']) {
      expect(await run(word, 'on')).toEqual(['Join a chat first.']);
    }
  });
});
