import { describe, expect, it } from 'vitest';
import {
  bridgeFrameBytesMax,
  eventLogMax,
  tabCommandsInFlightMax,
  tabQueueBytesMax,
} from '../../shared/limits.ts';
import type { GatewayFrame } from '../../shared/bridge/frames.ts';
import type { Answer } from '../../shared/bridge/commands.ts';
import { RecordingGateway, TestTab, browserFor, emptySnapshot, tabNonce } from './bridge-under-test.ts';
import { startTestBridge, waitingMessages } from './bridge-under-test.ts';
import { eventWindowBytes } from './tab.ts';
import { defaultTabTiming } from './tabs.ts';

import { heavy, openTab, StuckSocket } from './stuck-socket.ts';
const epoch = '00000000000000aa';

function numbersOf(frames: readonly GatewayFrame[]): (number | string)[] {
  return frames.map((frame) => (frame.type === 'event' ? frame.number : frame.type));
}

describe('hello', () => {
  it('gives a snapshot, and every event from then on', async () => {
    const api = new RecordingGateway();
    api.log.append(waitingMessages(1));
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello();
    expect(await tab.next()).toEqual({
      type: 'snapshot',
      cursor: { epoch, number: 1 },
      snapshot: emptySnapshot,
    });
    api.log.append(waitingMessages(2));
    api.log.append(waitingMessages(3));
    expect(await tab.take(2)).toEqual([
      { type: 'event', number: 2, event: waitingMessages(2) },
      { type: 'event', number: 3, event: waitingMessages(3) },
    ]);
  });

  it('with a cursor resumes there: what was missed comes, and nothing twice', async () => {
    const api = new RecordingGateway();
    for (let count = 1; count <= 5; count++) api.log.append(waitingMessages(count));
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello({ epoch, number: 2 });
    expect(await tab.next()).toEqual({ type: 'resumed', cursor: { epoch, number: 2 } });
    expect(numbersOf(await tab.take(3))).toEqual([3, 4, 5]);
    api.log.append(waitingMessages(6));
    expect(numbersOf(await tab.take(1))).toEqual([6]);
  });

  it.each([
    ['of another start of the gateway', { epoch: 'ffffffffffffffff', number: 1 }],
    ['that the log has moved past', { epoch, number: 1 }],
    ['of the future', { epoch, number: eventLogMax + 1_000 }],
  ])('with a cursor %s gives a snapshot', async (_which, cursor) => {
    const api = new RecordingGateway();
    for (let count = 1; count <= eventLogMax + 10; count++) api.log.append(waitingMessages(count));
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello(cursor);
    expect(await tab.next()).toMatchObject({
      type: 'snapshot',
      cursor: { epoch, number: eventLogMax + 10 },
    });
  });

  it('loses and doubles nothing of what happens while the snapshot is taken', async () => {
    const api = new RecordingGateway();
    api.onSnapshot = () => api.log.append(waitingMessages(1));
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello();
    expect(await tab.next()).toMatchObject({ type: 'snapshot', cursor: { number: 0 } });
    api.log.append(waitingMessages(2));
    expect(numbersOf(await tab.take(2))).toEqual([1, 2]);
  });

  it('resumes with a backlog that is larger than the queue of a tab', async () => {
    const api = new RecordingGateway();
    const count = 3 * Math.ceil(tabQueueBytesMax / 65_536);
    for (let number = 1; number <= count; number++) api.log.append(heavy(65_536));
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello({ epoch, number: 0 });
    const numbers = numbersOf(await tab.take(count + 1));
    expect(numbers).toEqual(['resumed', ...Array.from({ length: count }, (_, index) => index + 1)]);
  });

  it('gives a snapshot that is larger than the queue of a tab, and the answers behind it', async () => {
    const api = new RecordingGateway();
    api.snapshotNow = { ...emptySnapshot, lab: 'x'.repeat(3 * tabQueueBytesMax) };
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello();
    tab.send({ type: 'command', id: 'a', command: { type: 'leave' } });
    expect((await tab.next()).type).toBe('snapshot');
    expect((await tab.next()).type).toBe('answer');
  });

  it('is followed by a fresh snapshot when a reset overtook what was on its way', () => {
    const api = new RecordingGateway();
    const socket = new StuckSocket();
    const tab = openTab(api, socket);
    socket.hello();
    api.log.append(heavy(2 * eventWindowBytes));
    api.log.append(waitingMessages(2));
    api.log.append({ type: 'reset', snapshot: emptySnapshot });
    socket.flush();
    api.log.append(waitingMessages(4));
    expect(numbersOf(socket.sent)).toEqual(['proof', 'snapshot', 1, 'snapshot', 4]);
    expect(socket.sent[3]).toMatchObject({ cursor: { epoch, number: 3 } });
    tab.close();
  });

  it('brings every tab the same events', async () => {
    const api = new RecordingGateway();
    const bridge = await startTestBridge({ api });
    const browser = await browserFor(bridge);
    const tabs = await Promise.all([1, 2, 3].map(() => TestTab.open(bridge, {}, browser)));
    for (const tab of tabs) {
      tab.hello();
      await tab.next();
    }
    api.log.append(waitingMessages(7));
    for (const tab of tabs)
      expect(await tab.next()).toEqual({ type: 'event', number: 1, event: waitingMessages(7) });
  });
});

describe('commands', () => {
  it('are executed with their id, and answered', async () => {
    const api = new RecordingGateway();
    const refused: Answer = {
      status: 'refused',
      code: 'not-joined',
      sentence: 'Join a chat first.',
      retry: false,
    };
    api.answer = async (id) => (id === 'a' ? { status: 'done' } : refused);
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello();
    tab.send({ type: 'command', id: 'a', command: { type: 'host', nickname: 'alice' } });
    tab.send({ type: 'command', id: 'b', command: { type: 'register' } });
    expect((await tab.take(3)).slice(1)).toEqual([
      { type: 'answer', id: 'a', answer: { status: 'done' } },
      { type: 'answer', id: 'b', answer: refused },
    ]);
    expect(api.executed).toEqual([
      { id: 'a', command: { type: 'host', nickname: 'alice' } },
      { id: 'b', command: { type: 'register' } },
    ]);
  });

  it('are answered after the events that they led to', async () => {
    const api = new RecordingGateway();
    api.answer = async () => {
      api.log.append(waitingMessages(1));
      return { status: 'done' };
    };
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello();
    tab.send({ type: 'command', id: 'a', command: { type: 'leave' } });
    expect(numbersOf(await tab.take(3))).toEqual(['snapshot', 1, 'answer']);
  });

  it('past the maximum in flight wait in the socket, and all are answered', async () => {
    const api = new RecordingGateway();
    const gate = Promise.withResolvers<undefined>();
    const full = Promise.withResolvers<undefined>();
    api.answer = async () => {
      if (api.executed.length === tabCommandsInFlightMax) full.resolve(undefined);
      await gate.promise;
      return { status: 'done' };
    };
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello();
    const count = 20 * tabCommandsInFlightMax;
    for (let id = 0; id < count; id++)
      tab.send({ type: 'command', id: String(id), command: { type: 'leave' } });
    await full.promise;
    gate.resolve(undefined);
    const frames = await tab.take(count + 1);
    expect(frames.slice(1).map((frame) => (frame.type === 'answer' ? frame.id : frame.type))).toEqual(
      Array.from({ length: count }, (_, index) => String(index)),
    );
  });
});

describe('a tab that does not speak the contract', () => {
  it.each([
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['an unknown frame', '{"type":"goodbye"}'],
    ['a hello without version', '{"type":"hello"}'],
    ['a hello without nonce', '{"type":"hello","version":1}'],
    ['a command before hello', '{"type":"command","id":"a","command":{"type":"leave"}}'],
    ['a proof before hello', '{"type":"prove","signature":""}'],
    ['a broken cursor', '{"type":"prove","signature":"","cursor":{"epoch":"x","number":-1}}'],
  ])('is told so and let go: %s', async (_what, text) => {
    const api = new RecordingGateway();
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.socket.send(text);
    expect(await tab.next()).toMatchObject({
      type: 'protocol-error',
      sentence: expect.stringMatching(/\w/) as unknown,
    });
    expect((await tab.closed).code).toBe(1008);
    expect(api.executed).toEqual([]);
  });

  it.each([
    ['an unknown command', '{"type":"command","id":"a","command":{"type":"format-disk"}}'],
    ['a command without id', '{"type":"command","command":{"type":"leave"}}'],
    ['a second hello', `{"type":"hello","version":1,"nonce":"${tabNonce}"}`],
    ['a second proof', '{"type":"prove","signature":""}'],
    ['an invalid message id', '{"type":"command","id":"a","command":{"type":"retry","id":"1"}}'],
  ])('is told so and let go, also after hello: %s', async (_what, text) => {
    const api = new RecordingGateway();
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello();
    await tab.next();
    tab.socket.send(text);
    expect((await tab.next()).type).toBe('protocol-error');
    expect((await tab.closed).code).toBe(1008);
    expect(api.executed).toEqual([]);
    expect(api.listenerCount).toBe(0);
  });

  it('of another version is told so by the gateway that it knows, after both proofs', async () => {
    const bridge = await startTestBridge();
    const tab = await TestTab.open(bridge);
    tab.hello(undefined, 2);
    expect(await tab.next()).toMatchObject({ type: 'protocol-error' });
    expect((await tab.closed).code).toBe(1008);
  });

  it('is let go for binary frames', async () => {
    const tab = await TestTab.open(await startTestBridge());
    tab.socket.send(Buffer.from(`{"type":"hello","version":1,"nonce":"${tabNonce}"}`), { binary: true });
    expect((await tab.next()).type).toBe('protocol-error');
    expect((await tab.closed).code).toBe(1008);
  });

  it('is let go for frames past the maximum, which are not read to their end', async () => {
    const tab = await TestTab.open(await startTestBridge());
    tab.socket.send('x'.repeat(bridgeFrameBytesMax + 1));
    expect((await tab.closed).code).toBe(1009);
  });

  it('may fill a frame up to the maximum', async () => {
    const api = new RecordingGateway();
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello();
    const frame = { type: 'command', id: 'a', command: { type: 'host', nickname: '' } };
    frame.command.nickname = 'x'.repeat(bridgeFrameBytesMax - JSON.stringify(frame).length);
    tab.send(frame);
    expect(numbersOf(await tab.take(2))).toEqual(['snapshot', 'answer']);
  });

  it('is let go when it never says hello', async () => {
    const timing = { ...defaultTabTiming, helloTimeoutMs: 10 };
    const tab = await TestTab.open(await startTestBridge({ timing }));
    expect((await tab.next()).type).toBe('protocol-error');
    expect((await tab.closed).code).toBe(1008);
  });
});
