import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from './gateway.ts';
import { eventually } from './system-tests/eventually.ts';
import { gatewayOptions } from './system-tests/gateway-options.ts';
import { runPrompt } from './terminal/prompt/prompt.ts';
import { PipeScreen } from './terminal/screen/pipe-screen.ts';
import type { RunningFrontend } from './terminal/screen/screen.ts';

/** Users at prompts of real gateways, with real sockets on loopback: what one types, the others read. */

const running: { readonly gateway: Gateway; readonly prompt: RunningFrontend }[] = [];
afterEach(async () => {
  await Promise.all(
    running.splice(0).map(async ({ gateway, prompt }) => {
      prompt.stop();
      await prompt.done;
      await gateway.close();
    }),
  );
});

interface User {
  readonly gateway: Gateway;
  /** Types a line. */
  type(line: string): void;
  /** Resolves when a printed line matches. */
  reads(line: string | RegExp): Promise<void>;
  printed(): readonly string[];
}

async function user(nickname: string, port: number | null): Promise<User> {
  const gateway = await startGateway(gatewayOptions());
  const joined = await gateway.api.execute(
    `join-${nickname}`,
    port === null
      ? { type: 'host', nickname }
      : { type: 'join', nickname, server: { address: `127.0.0.1:${port}` } },
  );
  expect(joined).toEqual({ status: 'done' });
  const [input, output] = [new PassThrough(), new PassThrough()];
  let text = '';
  output.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const prompt = runPrompt({
    api: gateway.api,
    screen: () => new PipeScreen(input, output, new PassThrough()),
    clockText: () => '14:03',
    agoText: () => '',
    drawCode: () => Promise.resolve([]),
  });
  running.push({ gateway, prompt });
  const printed = (): string[] => text.split('\n').slice(0, -1);
  return {
    gateway,
    printed,
    type: (line) => void input.write(`${line}\n`),
    reads: (line) =>
      eventually(() =>
        expect(printed()).toContainEqual(typeof line === 'string' ? line : expect.stringMatching(line)),
      ),
  };
}

async function chatOfTwo() {
  const alice = await user('alice', null);
  const bob = await user('bob', alice.gateway.api.snapshot().snapshot.hosting?.port ?? 0);
  await eventually(() => {
    for (const { gateway } of [alice, bob]) {
      const { contacts, rooms } = gateway.api.snapshot().snapshot;
      expect(contacts.map(({ nickname }) => nickname).toSorted()).toEqual(['alice', 'bob']);
      expect(rooms.map(({ name }) => name)).toEqual(['everyone']);
    }
  });
  return { alice, bob };
}

describe('rooms at the prompt', () => {
  it('#everyone is there, and what one writes all read', async () => {
    const { alice, bob } = await chatOfTwo();
    bob.type('send #everyone hello all');
    await alice.reads('[14:03] #everyone bob: hello all');
    await bob.reads('Your message is in #everyone.');
    bob.type('rooms');
    await bob.reads('#everyone | member | 2 members');
  });

  it('a person who is invited to an open room is told so', async () => {
    const { alice, bob } = await chatOfTwo();
    alice.type('create #lab');
    await alice.reads('[14:03] #lab You created the room.');
    alice.type('invite #lab bob');
    await bob.reads('You are invited into #lab. To join it, type join #lab.');
    bob.type('join #lab');
    await alice.reads('[14:03] #lab bob joined.');
  });

  it('a room is created, found, joined, and used by several kinds of messages', async () => {
    const { alice, bob } = await chatOfTwo();
    alice.type('numbers on');
    bob.type('numbers on');
    alice.type('create #lab');
    await alice.reads('[14:03] #lab You created the room.');
    bob.type('rooms');
    await bob.reads('#lab | 1 member');
    bob.type('join #LAB');
    await alice.reads('[14:03] #lab bob joined.');
    alice.type('send #lab the printer is free, @bob');
    await bob.reads('[14:03] 1 #lab alice: (mentions you) the printer is free, @bob');
    bob.type('reply 1 thanks');
    await alice.reads('[14:03] 2 #lab bob: (reply to 1) thanks');
    bob.type('react 1 👍');
    await alice.reads('#lab bob reacted with 👍 to message 1.');
    alice.type('edit 1 the printer is broken');
    await bob.reads('#lab alice changed message 1: the printer is broken');
    alice.type('poll #lab "When?" "Monday" "Friday"');
    await bob.reads(/^\[14:03\] 3 #lab alice: \(poll\) When\?$/u);
    bob.type('vote 3 2');
    await alice.reads('#lab bob voted for Friday in message 3.');
    alice.type('announce #lab read this');
    await bob.reads('[14:03] 4 #lab alice: (announcement) read this');
    bob.type('ack 4');
    await alice.reads('#lab bob has read the announcement in message 4.');
    alice.type('readers 4');
    await alice.reads(/^(Read by|Delivered to) \(1\): bob$/u);
    alice.type('delete 1');
    await bob.reads('#lab alice deleted message 1.');
  });

  it('the same commands work between two people', async () => {
    const { alice, bob } = await chatOfTwo();
    alice.type('numbers on');
    bob.type('numbers on');
    alice.type('send bob hello');
    await bob.reads('[14:03] 1 alice: hello');
    bob.type('reply 1 hi');
    await alice.reads('[14:03] 2 bob: (reply to 1) hi');
    bob.type('react 1 👍');
    await alice.reads('bob reacted with 👍 to message 1.');
    bob.type('react 1 👍');
    await alice.reads('bob took 👍 back from message 1.');
    alice.type('edit 1 good morning');
    await bob.reads('alice changed message 1: good morning');
    alice.type('announce bob read this');
    await bob.reads('[14:03] 3 alice: (announcement) read this');
    bob.type('ack 3');
    await alice.reads('bob has read the announcement in message 3.');
    alice.type('poll bob "Tea?" "yes" "no"');
    await bob.reads(/^\[14:03\] 4 alice: \(poll\) Tea\?$/u);
    bob.type('vote 4 yes');
    await alice.reads('bob voted for yes in message 4.');
    alice.type('close-poll 4');
    await bob.reads('alice closed the poll in message 4: yes 1, no 0');
    alice.type('delete 1');
    await bob.reads('alice deleted message 1.');
    bob.type('edit 1 mine now');
    await bob.reads(/^This is not your message/u);
  });

  it('its owner moderates it, and a removed member reads nothing more', async () => {
    const { alice, bob } = await chatOfTwo();
    alice.type('create #lab by-invitation');
    await alice.reads('[14:03] #lab You created the room.');
    bob.type('join #lab');
    await bob.reads(/^No such room/u);
    alice.type('invite #lab bob');
    await bob.reads('You are invited into #lab. To join it, type join #lab.');
    bob.type('join #lab');
    await alice.reads('[14:03] #lab bob joined.');
    alice.type('mode #lab moderated');
    await bob.reads('[14:03] #lab alice changed the mode: only moderators post.');
    bob.type('send #lab hi');
    await bob.reads('Only moderators post in this room at the moment.');
    alice.type('role #lab bob moderator');
    await bob.reads('[14:03] #lab alice gave you the role moderator.');
    bob.type('send #lab now I can');
    await alice.reads('[14:03] #lab bob: now I can');
    alice.type('remove #lab bob');
    await bob.reads('[14:03] #lab alice removed you.');
    alice.type('send #lab he is gone');
    await alice.reads('Your message is in #lab.');
    alice.type('send bob you are out');
    await bob.reads('[14:03] alice: you are out');
    expect(bob.printed().join('\n')).not.toContain('he is gone');
  });

  it('the operator lists the rooms by size, names an owner, and ends a room', async () => {
    const { alice, bob } = await chatOfTwo();
    bob.type('create #lab');
    await bob.reads('[14:03] #lab You created the room.');
    alice.type('join #lab');
    await alice.reads('[14:03] #lab You joined.');
    alice.type('rooms');
    await alice.reads('On your server, the largest first:');
    await alice.reads(/^#lab \| 2 members \| \d+ entries \| \d+ KiB$/u);
    alice.type('owner #lab alice');
    await bob.reads('[14:03] #lab The operator of the server made alice the only owner.');
    alice.type('end-room #lab');
    await bob.reads('[14:03] #lab The operator of the server ended the room.');
    bob.type('send #lab hello?');
    await bob.reads(/^The operator of the server has ended this room/u);
  });

  it('a muted room is silent until the user wants to read it', async () => {
    const { alice, bob } = await chatOfTwo();
    bob.type('notify #everyone mentions');
    await bob.reads(/^Of #everyone, only messages that mention you/u);
    alice.type('send #everyone noise');
    alice.type('send #everyone for @bob');
    await bob.reads('[14:03] #everyone alice: (mentions you) for @bob');
    expect(bob.printed().join('\n')).not.toContain('noise');
    bob.type('notify #everyone all');
    await bob.reads('[14:03] #everyone alice: noise');
  });
});
