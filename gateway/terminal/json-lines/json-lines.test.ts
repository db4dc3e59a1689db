import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../../shared/bridge/commands.ts';
import type { Delivery } from '../../../shared/message.ts';
import { errors } from '../../../shared/errors.ts';
import { tabCommandsInFlightMax } from '../../../shared/limits.ts';
import {
  alice,
  bob,
  withBob,
  incoming,
  lab,
  messageEvent,
  messageId,
  onlineAsAlice,
  ScriptedGateway,
  server,
  threeContacts,
} from '../frontend/scripted-gateway.ts';
import { parseJsonCommand } from './json-command.ts';
import { runJsonLines } from './json-lines.ts';
import { PipeScreen } from '../screen/pipe-screen.ts';
import { eventually } from '../../system-tests/eventually.ts';

const joined = { session: onlineAsAlice, contacts: threeContacts };

interface Trial {
  readonly input: PassThrough;
  readonly output: PassThrough;
  readonly done: Promise<{ exitCode: number; sentence: string | null }>;
  readonly lines: () => unknown[];
}

function start(gateway: ScriptedGateway, reading = true): Trial {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let text = '';
  output.setEncoding('utf8');
  if (reading) output.on('data', (chunk: string) => (text += chunk));
  const run = runJsonLines(gateway, new PipeScreen(input, output, new PassThrough()));
  const lines = (): unknown[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line): unknown => JSON.parse(line));
  return { input, output, done: run.done, lines };
}

const send = (number: number): string =>
  `${JSON.stringify({ id: `c${number}`, command: { type: 'send', id: messageId(number), conversation: withBob, content: { kind: 'text', text: 'x' } } })}\n`;

afterEach(() => void vi.useRealTimers());

describe('JSON lines', () => {
  it('begin with cursor and snapshot, followed by every event with its number', async () => {
    const gateway = new ScriptedGateway(joined);
    const trial = start(gateway);
    await new Promise(setImmediate);
    gateway.tell({ type: 'waiting-messages', count: 1 }, messageEvent(incoming(bob, 1, 'a\u001b[2J\nb')));
    trial.input.end();
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
    expect(trial.lines()).toEqual([
      { cursor: { epoch: '0123456789abcdef', number: 0 }, snapshot: gateway.state },
      { number: 1, event: { type: 'waiting-messages', count: 1 } },
      { number: 2, event: messageEvent(incoming(bob, 1, 'a\u001b[2J\nb')) },
    ]);
  });

  it('answer each command under its id, done or refused', async () => {
    const gateway = new ScriptedGateway(joined);
    gateway.answer = ({ type }) =>
      type === 'leave' ? { status: 'refused', code: 'not-joined', sentence: 'No.', retry: false } : undefined;
    const trial = start(gateway);
    trial.input.end('{"id":"1","command":{"type":"register"}}\n\n{"id":"2","command":{"type":"leave"}}\n');
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
    expect(trial.lines()).toContainEqual({ id: '1', answer: { status: 'done' } });
    expect(trial.lines()).toContainEqual({
      id: '2',
      answer: { status: 'refused', code: 'not-joined', sentence: 'No.', retry: false },
    });
  });

  it('answer a line that is not a command with an error, and go on', async () => {
    const gateway = new ScriptedGateway(joined);
    const trial = start(gateway);
    trial.input.end('hello\n{"id":"1"}\n{"id":"2","command":{"type":"register"}}\n');
    await trial.done;
    expect(trial.lines().filter((line) => 'error' in (line as object))).toHaveLength(2);
    expect(gateway.commands).toEqual([{ id: '2', command: { type: 'register' } }]);
  });

  it('wait at the end until all sent messages are stored or delivered', async () => {
    const gateway = new ScriptedGateway(joined);
    const trial = start(gateway);
    trial.input.end(send(1) + send(2));
    await eventually(() => expect(gateway.commandsOf('send')).toHaveLength(2));
    gateway.tell({
      type: 'delivery',
      conversation: withBob,
      id: messageId(1),
      delivery: { state: 'stored' },
    });
    gateway.tell({
      type: 'delivery',
      conversation: withBob,
      id: messageId(2),
      delivery: { state: 'delivered', later: false },
    });
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
  });

  it('wait at the end until the rooms have the entries, and name what a room refuses', async () => {
    const gateway = new ScriptedGateway({ ...joined, rooms: [lab] });
    const trial = start(gateway);
    const entry = (number: number) =>
      `${JSON.stringify({ id: `c${number}`, command: { type: 'room-archive', id: messageId(number), room: lab.room } })}\n`;
    trial.input.end(entry(1) + entry(2));
    await eventually(() => expect(gateway.commandsOf('room-archive')).toHaveLength(2));
    const content = { kind: 'notice', entry: { kind: 'archive' } } as const;
    const delivery = { state: 'in-room', delivered: 0, read: 0, of: 2 } as const;
    const notice = {
      ...incoming(bob, 1, ''),
      conversation: lab.conversation,
      author: alice,
      content,
      delivery,
    };
    gateway.tell(messageEvent(notice));
    gateway.tell({ type: 'room-refused', room: lab.room, id: messageId(2), code: 'archived' });
    expect(await trial.done).toEqual({
      exitCode: 1,
      sentence: `Not sent: a change of #lab (${errors.archived.sentence.slice(0, -1)}).`,
    });
  });

  it('wait at the end until the changes of messages have arrived', async () => {
    const gateway = new ScriptedGateway(joined);
    const trial = start(gateway);
    const of = messageId(9);
    const line = (number: number, command: object) =>
      `${JSON.stringify({ id: `c${number}`, command: { ...command, id: messageId(number), conversation: withBob, of } })}\n`;
    const changes = [{ type: 'edit', text: 'x' }, { type: 'close-poll' }, { type: 'delete' }];
    trial.input.end(changes.map((change, index) => line(index + 1, change)).join(''));
    await eventually(() => expect(gateway.commandsOf('delete')).toHaveLength(1));
    const tell = (number: number, delivery: Delivery) =>
      gateway.tell({ type: 'delivery', conversation: withBob, id: messageId(number), delivery });
    tell(1, { state: 'delivered', later: false });
    tell(2, { state: 'stored' });
    tell(3, { state: 'failed', code: 'message-expired' });
    expect(await trial.done).toEqual({
      exitCode: 1,
      sentence: `Not sent: a change for bob (${errors['message-expired'].sentence.slice(0, -1)}).`,
    });
  });

  it('exit with 1 and name the refused messages', async () => {
    const gateway = new ScriptedGateway(joined);
    gateway.answer = () => ({
      status: 'refused',
      code: 'message-empty',
      sentence: 'Nothing to send.',
      retry: false,
    });
    const trial = start(gateway);
    trial.input.end(send(1));
    expect(await trial.done).toEqual({
      exitCode: 1,
      sentence: 'Not sent: a message for bob (Nothing to send).',
    });
  });

  it('learn from the history that repeated messages had arrived', async () => {
    const gateway = new ScriptedGateway(joined);
    const delivery = { state: 'delivered', later: false } as const;
    gateway.answer = (command) =>
      command.type === 'history'
        ? {
            status: 'done',
            result: { messages: [{ ...incoming(bob, 1, 'x'), author: alice, delivery }], hasMore: false },
          }
        : undefined;
    const trial = start(gateway);
    trial.input.end(send(1));
    expect(await trial.done).toEqual({ exitCode: 0, sentence: null });
  });

  it('exit with 1 when the server refused the nickname', async () => {
    const refused = { phase: 'refused', me: alice, nickname: 'alice', server } as const;
    const gateway = new ScriptedGateway({
      session: { ...refused, code: 'nickname-taken', suggestion: null },
    });
    const trial = start(gateway);
    trial.input.end();
    expect(await trial.done).toEqual({
      exitCode: 1,
      sentence: 'You could not join the chat. No command of the input was executed.',
    });
  });

  it('exit with 1 and a sentence when the server does not answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const trial = start(new ScriptedGateway({ session: { phase: 'joining', nickname: 'alice', server } }));
    trial.input.end();
    while (vi.getTimerCount() === 0) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await trial.done).toEqual({
      exitCode: 1,
      sentence: `The server at ${server.address} did not answer.`,
    });
  });

  it('read no further command while many are unanswered', async () => {
    const gateway = new ScriptedGateway(joined);
    const gate = Promise.withResolvers<Answer>();
    gateway.answer = () => gate.promise;
    const trial = start(gateway);
    for (let number = 1; number <= tabCommandsInFlightMax + 50; number++) {
      trial.input.write(`{"id":"c${number}","command":{"type":"register"}}\n`);
    }
    trial.input.end();
    await eventually(() => expect(gateway.commands).toHaveLength(tabCommandsInFlightMax));
    await new Promise(setImmediate);
    expect(gateway.commands).toHaveLength(tabCommandsInFlightMax);
    gate.resolve({ status: 'done' });
    await trial.done;
    expect(gateway.commands).toHaveLength(tabCommandsInFlightMax + 50);
  });

  it('keep memory bounded for a reader that stops, and give it a snapshot later', async () => {
    const gateway = new ScriptedGateway(joined, 100);
    const trial = start(gateway, false);
    await new Promise(setImmediate);
    for (let number = 1; number <= 5_000; number++) {
      gateway.tell(messageEvent(incoming(bob, number, 'x'.repeat(1_000))));
      if (number % 100 === 0) await new Promise(setImmediate);
    }
    expect(trial.output.writableLength + trial.output.readableLength).toBeLessThan(200_000);
    let text = '';
    trial.output.on('data', (chunk: string) => (text += chunk));
    trial.input.end();
    await trial.done;
    const last = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as unknown;
    expect(last).toEqual({ cursor: { epoch: '0123456789abcdef', number: 5_000 }, snapshot: gateway.state });
  });
});

describe('parseJsonCommand', () => {
  it('returns a command or an error for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseJsonCommand(text)).toHaveProperty('error');
      }),
    );
  });

  it('says where a command is wrong', () => {
    const parsed = parseJsonCommand('{"id":"1","command":{"type":"send","id":"x","to":"y","text":"z"}}');
    expect(parsed).toMatchObject({ error: expect.stringContaining('/command') as string });
  });
});
