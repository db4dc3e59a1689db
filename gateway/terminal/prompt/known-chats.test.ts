import { expect, it } from 'vitest';
import type { KnownChat } from '../../../shared/bridge/chats.ts';
import { doneWith } from '../../../shared/command-result.ts';
import { onlineAsAlice } from '../frontend/scripted-gateway.ts';
import { runLines } from './prompt-under-test.ts';

const known: KnownChat[] = [
  {
    chat: '0000000000000001',
    nickname: 'alice',
    server: { address: '192.168.1.7:50000' },
    hosted: true,
    lastOpenedMs: 0,
    waiting: 0,
    open: true,
  },
  {
    chat: '0000000000000002',
    nickname: 'ally',
    server: { address: '10.0.0.9:50000', key: 'k7q2-m4xd-9f3a-t6nz' },
    hosted: false,
    lastOpenedMs: 0,
    waiting: 2,
    open: false,
  },
];

function run(lines: string, endsHosting: boolean) {
  return runLines({ session: onlineAsAlice }, lines, (command) =>
    command.type === 'chats' ? doneWith({ chats: known, endsHosting }) : undefined,
  );
}

it('lists the chats of this computer with a number, and what waits in each', async () => {
  const { printed } = await run('chats', false);
  expect(printed).toContain('1 | alice | hosted on this computer | open');
  expect(printed.join('\n')).toMatch(
    /2 \| ally \| 10\.0\.0\.9:50000#k7q2-m4xd-9f3a-t6nz \| opened .* \| 2 messages wait/u,
  );
});

it('switches to a chat by its number, and says what becomes of the other one', async () => {
  const { commands, printed } = await run('switch 2', false);
  expect(commands.at(-1)).toEqual({ type: 'switch-chat', chat: '0000000000000002', endHosting: false });
  expect(printed.join(' ')).toContain('What you wrote there waits until you open it again.');
});

it('ends a server only when the command is repeated', async () => {
  const once = await run('switch 2', true);
  expect(once.commands.some(({ type }) => type === 'switch-chat')).toBe(false);
  expect(once.printed).toContain('To end it, type switch 2 again.');
  const twice = await run('switch 2\nswitch 2', true);
  expect(twice.commands.at(-1)).toMatchObject({ type: 'switch-chat', endHosting: true });
});

it('refuses a number without a chat, and the chat that is open', async () => {
  const { printed } = await run('switch 7\nswitch 1', false);
  expect(printed).toContain('There is no chat 7. Type chats for the list.');
  expect(printed).toContain('This chat is open.');
});
