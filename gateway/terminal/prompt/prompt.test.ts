import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Snapshot } from '../../../shared/bridge/events.ts';
import { done, doneWith, refused } from '../../../shared/command-result.ts';
import { errors } from '../../../shared/errors.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Delivery } from '../../../shared/message.ts';
import {
  alice,
  bob,
  withBob,
  incoming,
  messageEvent,
  messageId,
  onlineAsAlice,
  sampleStatistics,
  ScriptedGateway,
  server,
  threeContacts,
} from '../frontend/scripted-gateway.ts';
import { agoTextIn, clockTextIn } from '../text/clock-text.ts';
import { PipeScreen } from '../screen/pipe-screen.ts';
import type { Exit } from '../screen/screen.ts';
import { runPrompt } from './prompt.ts';
import { eventually } from '../../system-tests/eventually.ts';

const joined: Partial<Snapshot> = { session: onlineAsAlice, contacts: threeContacts };
const joining: Snapshot['session'] = { phase: 'joining', nickname: 'alice', server };

interface Trial {
  readonly gateway: ScriptedGateway;
  /** Standard error so far. */
  readonly notices: () => string[];
  readonly input: PassThrough;
  readonly done: Promise<Exit>;
  readonly stop: () => void;
  /** Standard output so far. */
  readonly lines: () => string[];
}

function start(gateway: ScriptedGateway): Trial {
  const [input, output, notices] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let text = '';
  output.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const run = runPrompt({
    api: gateway,
    screen: () => new PipeScreen(input, output, notices),
    clockText: clockTextIn('UTC'),
    agoText: agoTextIn('UTC'),
    drawCode: () => Promise.resolve([]),
  });
  let said = '';
  notices.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  return {
    gateway,
    input,
    done: run.done,
    stop: () => run.stop(),
    lines: () => text.split('\n').slice(0, -1),
    notices: () => said.split('\n').slice(0, -1),
  };
}

/** Emits this delivery for each `send`, like the gateway. */
function deliverEach(gateway: ScriptedGateway, delivery: Delivery): void {
  gateway.answer = (command) => {
    if (command.type === 'send')
      gateway.tell({ type: 'delivery', conversation: command.conversation, id: command.id, delivery });
    return undefined;
  };
}

/** Waits until the prompt has sent its message and set its timer. */
async function waitsForDelivery({ gateway }: Trial): Promise<void> {
  while (gateway.commandsOf('send').length === 0 || vi.getTimerCount() === 0) await new Promise(setImmediate);
}

/** Waits until the prompt has sent so many messages and waits for them. */
async function allAreSent({ gateway }: Trial, count: number): Promise<void> {
  while (gateway.commandsOf('send').length < count) await new Promise(setImmediate);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

function deliver({ gateway }: Trial, index: number): void {
  const delivery = { state: 'delivered', later: false } as const;
  gateway.tell({
    type: 'delivery',
    conversation: withBob,
    id: gateway.commandsOf('send')[index]!.id,
    delivery,
  });
}

afterEach(() => void vi.useRealTimers());

describe('the prompt over a pipe', () => {
  it('prints the client table and sends the rest of the line verbatim', async () => {
    const trial = start(new ScriptedGateway(joined));
    deliverEach(trial.gateway, { state: 'stored' });
    trial.input.end('clients\nsend BOB  two  words\n');
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
    expect(trial.lines()).toEqual([
      'alice | Online',
      'bob | Offline',
      'Carol | Online',
      'bob is away. Your message waits on the server.',
    ]);
    expect(trial.gateway.commandsOf('send')).toMatchObject([
      { conversation: withBob, content: { text: ' two  words' } },
    ]);
  });

  it('switches stop-and-wait with a peer and prints the statistics', async () => {
    const trial = start(new ScriptedGateway(joined));
    trial.gateway.answer = (command) =>
      command.type === 'statistics' ? { status: 'done', result: sampleStatistics } : undefined;
    trial.input.end('classic BOB on\nclassic bob off\nclassic dave on\nstats\n');
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
    expect(trial.lines().slice(0, 4)).toEqual([
      'Stop-and-wait with bob is on.',
      'Stop-and-wait with bob is off.',
      'No Record of that Client',
      'peer        address            round trip  sent  received  lost  resent  largest',
    ]);
    expect(trial.gateway.commandsOf('set-classic')).toEqual([
      { type: 'set-classic', peer: bob, classic: true },
      { type: 'set-classic', peer: bob, classic: false },
    ]);
    expect(trial.gateway.commandsOf('statistics')).toEqual([{ type: 'statistics', peer: null }]);
  });

  it('blocks a person by nickname or by key, marks them in the client table, and lists their keys', async () => {
    const stranger = 'ab'.repeat(32) as PeerKey;
    const contacts = threeContacts.map((contact) =>
      contact.key === bob ? { ...contact, blocked: true } : contact,
    );
    const trial = start(new ScriptedGateway({ ...joined, contacts }));
    trial.gateway.answer = ({ type }) =>
      type === 'blocked-keys' ? doneWith({ keys: [bob, stranger] }) : undefined;
    trial.input.end(`block bob\nblock ${stranger.toUpperCase()}\nblock dave\nclients\nblocked\n`);
    await trial.done;
    expect(trial.gateway.commandsOf('block').map(({ peer }) => peer)).toEqual([bob, stranger]);
    expect(trial.lines().filter((line) => line.includes('|') || line.includes('unblock'))).toEqual([
      'They still see when you are online. To undo this, type unblock bob.',
      `They still see when you are online. To undo this, type unblock ${stranger}.`,
      'alice | Online',
      'bob | Offline, blocked',
      'Carol | Online',
      `bob | ${bob}`,
      `new person (key abababab) | ${stranger}`,
    ]);
    expect(trial.lines()).toContain('No Record of that Client');
  });

  it('prints "No Record of that Client", sends nothing, and exits with 1', async () => {
    const trial = start(new ScriptedGateway(joined));
    trial.input.end('send dave hello\n');
    expect(await trial.done).toEqual({
      exitCode: 1,
      sentence: 'Not sent: a message for dave (No Record of that Client).',
    });
    expect(trial.lines()).toEqual(['No Record of that Client']);
    expect(trial.gateway.commandsOf('send')).toEqual([]);
  });

  it('waits at the end for messages in progress and exits with 0', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const trial = start(new ScriptedGateway(joined));
    trial.input.end('send bob hello\n');
    await waitsForDelivery(trial);
    await vi.advanceTimersByTimeAsync(9_000);
    const { id } = trial.gateway.commandsOf('send')[0]!;
    trial.gateway.tell({
      type: 'delivery',
      conversation: withBob,
      id,
      delivery: { state: 'delivered', later: false },
    });
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
    expect(trial.lines()).toEqual(['bob received your message.']);
  });

  it('waits as long as messages arrive, says how many, and exits with 0', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const trial = start(new ScriptedGateway(joined));
    trial.input.end('send bob one\nsend bob two\nsend bob three\n');
    await allAreSent(trial, 3);
    for (const arrived of [1, 2]) {
      await vi.advanceTimersByTimeAsync(9_000);
      deliver(trial, arrived - 1);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(trial.notices()).toEqual([
      'Delivered or taken by the server: a message. Waiting for 2 messages. What waits is saved here: Ctrl-C ends the waiting, and the next start sends it.',
      'Delivered or taken by the server: 2 messages. Waiting for a message.',
    ]);
    deliver(trial, 2);
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
    expect(trial.notices().at(-1)).toBe('Delivered or taken by the server: 3 messages. None waits.');
  });

  it('waits while messages of an earlier run arrive, which go first', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const trial = start(new ScriptedGateway(joined));
    trial.input.end('send bob hello\n');
    await allAreSent(trial, 1);
    trial.gateway.tell({
      type: 'delivery',
      conversation: withBob,
      id: messageId(1),
      delivery: { state: 'stored' },
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(trial.notices()).toEqual([
      'Delivered or taken by the server: nothing yet. Messages that were saved earlier go first. Waiting for a message. What waits is saved here: Ctrl-C ends the waiting, and the next start sends it.',
    ]);
    deliver(trial, 0);
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
  });

  it('says at the end how many messages arrived and how many wait, and waits no longer than 10 minutes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const trial = start(new ScriptedGateway(joined));
    const isDone = vi.fn();
    void trial.done.then(isDone);
    trial.input.end('send bob x\n'.repeat(100));
    await allAreSent(trial, 100);
    for (let round = 0; round < 60; round++) {
      expect(isDone).not.toHaveBeenCalled();
      deliver(trial, round);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(await trial.done).toEqual({
      exitCode: 1,
      sentence:
        'Delivered or taken by the server: 60 messages. Not delivered yet, but saved here and sent at the next start: 40 messages for bob.',
    });
    expect(trial.notices()).toHaveLength(59);
  });

  it.each([
    ['joining', joining],
    [
      'unreachable',
      { phase: 'unreachable', me: alice, nickname: 'alice', server, sinceMs: 0, nextAttemptAtMs: 5 },
    ],
  ] as const)('exits with 1 and a sentence when the server does not answer (%s)', async (_, session) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const trial = start(new ScriptedGateway({ session, contacts: threeContacts }));
    trial.input.end('clients\n');
    const isDone = vi.fn();
    void trial.done.then(isDone);
    while (isDone.mock.calls.length === 0) {
      await vi.advanceTimersByTimeAsync(1_000);
      await new Promise(setImmediate);
    }
    expect(await trial.done).toEqual({
      exitCode: 1,
      sentence: `The server at ${server.address} did not answer.`,
    });
    expect(trial.lines()).toContain('bob | Offline');
  });

  it('waits 10 s at most without a delivery, and names the messages that were not delivered', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const trial = start(new ScriptedGateway(joined));
    const isDone = vi.fn();
    void trial.done.then(isDone);
    trial.input.end('send bob hello\n');
    await waitsForDelivery(trial);
    await vi.advanceTimersByTimeAsync(9_900);
    expect(isDone).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect(await trial.done).toEqual({
      exitCode: 1,
      sentence: 'Not delivered yet, but saved here and sent at the next start: a message for bob.',
    });
  });

  it('delays commands until the server has answered and sent its table', async () => {
    const trial = start(new ScriptedGateway({ session: joining }));
    trial.input.end('send bob hello\n');
    deliverEach(trial.gateway, { state: 'delivered', later: false });
    await new Promise(setImmediate);
    expect(trial.gateway.commands).toEqual([]);
    trial.gateway.tell({ type: 'session', session: onlineAsAlice });
    await new Promise(setImmediate);
    expect(trial.gateway.commands).toEqual([]);
    trial.gateway.tell({ type: 'contacts', contacts: threeContacts });
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
  });

  it('exits with 1 and the original sentence when the nickname is taken', async () => {
    const trial = start(new ScriptedGateway({ session: joining }));
    const refused = { phase: 'refused', me: alice, nickname: 'alice', server } as const;
    trial.gateway.tell({
      type: 'session',
      session: { ...refused, code: 'nickname-taken', suggestion: 'alice2' },
    });
    expect(await trial.done).toEqual({
      exitCode: 1,
      sentence: 'You could not join the chat. No command of the input was executed.',
    });
    expect(trial.lines()).toEqual(['Nickname is already taken. alice2 is free.']);
  });

  it('dereg waits for sent messages and says Bye, and reg comes back online', async () => {
    const trial = start(new ScriptedGateway(joined));
    trial.input.write('send bob hello\ndereg\nreg\n');
    await eventually(() => expect(trial.gateway.commandsOf('send')).toHaveLength(1));
    await new Promise(setImmediate);
    expect(trial.gateway.commandsOf('deregister')).toEqual([]);
    const { id } = trial.gateway.commandsOf('send')[0]!;
    trial.gateway.tell({ type: 'delivery', conversation: withBob, id, delivery: { state: 'stored' } });
    await eventually(() => expect(trial.gateway.commandsOf('register')).toHaveLength(1));
    trial.gateway.tell({ type: 'session', session: onlineAsAlice });
    trial.input.end();
    await trial.done;
    expect(trial.lines().slice(0, 2)).toEqual(["You're Offline. Bye.", "You're Online."]);
  });

  it('prints the refusal of a command', async () => {
    const trial = start(new ScriptedGateway(joined));
    trial.gateway.answer = () => ({
      status: 'refused',
      code: 'message-too-long',
      sentence: 'Too long.',
      retry: false,
    });
    trial.input.end('send bob hello\n');
    expect(await trial.done).toEqual({ exitCode: 1, sentence: 'Not sent: a message for bob (Too long).' });
    expect(trial.lines()).toEqual(['Too long.']);
  });

  it('prints arriving messages and marks them as read', async () => {
    const trial = start(new ScriptedGateway(joined));
    trial.gateway.tell({ type: 'waiting-messages', count: 2 });
    for (const number of [1, 2]) trial.gateway.tell(messageEvent(incoming(bob, number, `m${number}`)));
    await eventually(() => expect(trial.lines()).toHaveLength(3));
    expect(trial.lines()).toEqual(['You Have Messages', '[14:03] bob: m1', '[14:03] bob: m2']);
    expect(trial.gateway.commandsOf('mark-read').at(-1)).toEqual({
      type: 'mark-read',
      conversation: withBob,
      id: messageId(2),
    });
    trial.input.end();
    await trial.done;
  });

  it('prints unread messages, also those older than the snapshot', async () => {
    const all = [1, 2, 3, 4].map((number) => incoming(bob, number, `m${number}`));
    const conversation = {
      conversation: withBob,
      unread: 3,
      mentions: 0,
      notify: 'all' as const,
      messages: all.slice(3),
      hasMore: true,
    };
    const gateway = new ScriptedGateway({ ...joined, conversations: [conversation] });
    gateway.answer = (command) =>
      command.type === 'history'
        ? { status: 'done', result: { messages: all.slice(0, 3), hasMore: false } }
        : undefined;
    const trial = start(gateway);
    await eventually(() => expect(trial.lines()).toHaveLength(4));
    expect(trial.lines()).toEqual([
      'You Have Messages',
      '[14:03] bob: m2',
      '[14:03] bob: m3',
      '[14:03] bob: m4',
    ]);
    trial.input.end();
    await trial.done;
  });

  it('stops at once with exit code 0 when asked to end', async () => {
    const trial = start(new ScriptedGateway(joined));
    trial.input.write('send bob hello\n');
    await eventually(() => expect(trial.gateway.commandsOf('send')).toHaveLength(1));
    trial.stop();
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
  });

  it('quit ends it like the end of the input', async () => {
    const trial = start(new ScriptedGateway(joined));
    deliverEach(trial.gateway, { state: 'stored' });
    trial.input.write('send bob hello\nquit\nclients\n');
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
    expect(trial.lines()).toEqual(['bob is away. Your message waits on the server.']);
  });

  it('prints nothing more and ends when the reader has gone', async () => {
    const gateway = new ScriptedGateway(joined);
    const [input, output] = [new PassThrough(), new PassThrough()];
    const { done } = runPrompt({
      api: gateway,
      screen: () => new PipeScreen(input, output, new PassThrough()),
      clockText: clockTextIn('UTC'),
      agoText: agoTextIn('UTC'),
      drawCode: () => Promise.resolve([]),
    });
    output.destroy(new Error('EPIPE'));
    gateway.tell(messageEvent(incoming(bob, 1, 'x')));
    expect(await done).toEqual({ exitCode: 0, sentence: null });
  });
});

describe('the prompt at a server that requires a join code', () => {
  const refusedWith = (
    code: 'join-code-required' | 'join-code-wrong' | 'too-many-tries',
  ): Snapshot['session'] => ({
    phase: 'refused',
    me: alice,
    nickname: 'alice',
    server,
    code,
    suggestion: null,
  });

  /** A user who types these answers to the question. */
  function startTyping(gateway: ScriptedGateway, answers: string[]) {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const pipe = new PipeScreen(input, output, new PassThrough());
    const screen = Object.assign(pipe, { interactive: true, secret: () => Promise.resolve(answers.shift()) });
    let text = '';
    output.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const run = runPrompt({
      api: gateway,
      screen: () => screen,
      clockText: clockTextIn('UTC'),
      agoText: agoTextIn('UTC'),
      drawCode: () => Promise.resolve([]),
    });
    return { input, done: run.done, lines: () => text.split('\n').slice(0, -1) };
  }

  it('asks until the server lets the user in, and then runs commands', async () => {
    const gateway = new ScriptedGateway({ session: refusedWith('join-code-required') });
    const isInvalid = (text: string) => text.length < 16;
    gateway.answer = (command) => {
      if (command.type !== 'register') return undefined;
      const text = command.joinCode ?? '';
      if (isInvalid(text)) return refused('join-code-invalid');
      const refusal = text.startsWith('0') ? 'join-code-wrong' : 'too-many-tries';
      const isRight = text.startsWith('9');
      gateway.tell({ type: 'session', session: isRight ? onlineAsAlice : refusedWith(refusal) });
      return done;
    };
    const typed = ['short', '0000-0000-0000-0000', '1111-1111-1111-1111', '9f3a-t6nz-k7q2-m4xd'];
    const trial = startTyping(gateway, [...typed]);
    trial.input.end('dereg\n');
    expect(await trial.done).toMatchObject({ exitCode: 0 });
    expect(gateway.commandsOf('register').map(({ joinCode }) => joinCode)).toEqual(typed);
    expect(trial.lines()).toEqual([
      errors['join-code-required'].sentence,
      errors['join-code-invalid'].sentence,
      errors['join-code-wrong'].sentence,
      errors['too-many-tries'].sentence,
      "You're Offline. Bye.",
    ]);
  });

  it('gives up with a user who types nothing, and with a script', async () => {
    const session = refusedWith('join-code-required');
    expect(await startTyping(new ScriptedGateway({ session }), ['']).done).toMatchObject({ exitCode: 1 });
    const script = start(new ScriptedGateway({ session }));
    expect(await script.done).toMatchObject({ exitCode: 1 });
    expect(script.gateway.commandsOf('register')).toEqual([]);
  });
});
