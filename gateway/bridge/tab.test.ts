import { describe, expect, it, vi } from 'vitest';
import {
  bridgeFrameBytesMax,
  eventLogMax,
  tabCommandsInFlightMax,
  tabQueueBytesMax,
  tabsMax,
} from '../../shared/limits.ts';
import type { GatewayFrame } from '../../shared/bridge/frames.ts';
import type { Outcome } from '../../shared/bridge/commands.ts';
import type { BridgeEvent, NumberedEvent } from '../../shared/bridge/events.ts';
import { RecordingFace, TestTab, cookieFor, emptySnapshot, originOf } from './bridge-under-test.ts';
import { startTestBridge, upgradeStatus, waitingMessages } from './bridge-under-test.ts';
import { eventWindowBytes, Tab, type TabSocket } from './tab.ts';
import { defaultTabTiming } from './tabs.ts';

const epoch = '00000000000000aa';

function numbersOf(frames: readonly GatewayFrame[]): (number | string)[] {
  return frames.map((frame) => (frame.type === 'event' ? frame.number : frame.type));
}

function openTab(face: RecordingFace, socket: TabSocket): Tab {
  const eventText = ({ number, event }: NumberedEvent): string =>
    JSON.stringify({ type: 'event', number, event });
  return new Tab(socket, { face, helloTimeoutMs: 60_000, eventText, onDropped: () => undefined });
}

/** A connection of which the other end takes nothing, until it is flushed. */
class StuckSocket implements TabSocket {
  readonly sent: GatewayFrame[] = [];
  bufferedAmount = 0;
  isPaused = false;
  terminated = false;
  readonly #onFlushed: (() => void)[] = [];
  #onMessage: (data: Buffer, isBinary: boolean) => void = () => undefined;

  on(event: string, listener: (data: Buffer, isBinary: boolean) => void): void {
    if (event === 'message') this.#onMessage = listener;
  }

  receive(frame: unknown): void {
    this.#onMessage(Buffer.from(JSON.stringify(frame)), false);
  }

  send(text: string, onFlushed: () => void): void {
    this.sent.push(JSON.parse(text) as GatewayFrame);
    this.#onFlushed.push(onFlushed);
    this.bufferedAmount += Buffer.byteLength(text);
  }

  /** The other end takes everything that is on its way. */
  flush(): void {
    this.bufferedAmount = 0;
    for (const onFlushed of this.#onFlushed.splice(0)) onFlushed();
  }

  ping(): void {
    this.bufferedAmount += 2;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(): void {
    this.terminate();
  }

  terminate(): void {
    this.terminated = true;
  }
}

/** An event that weighs `bytes`. */
function heavy(bytes: number): BridgeEvent {
  return { type: 'other-version', from: 'x'.repeat(bytes), version: 2 };
}

describe('hello', () => {
  it('gives a snapshot, and every event from then on', async () => {
    const face = new RecordingFace();
    face.log.append(waitingMessages(1));
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.hello();
    expect(await tab.next()).toEqual({
      type: 'snapshot',
      position: { epoch, number: 1 },
      snapshot: emptySnapshot,
    });
    face.log.append(waitingMessages(2));
    face.log.append(waitingMessages(3));
    expect(await tab.take(2)).toEqual([
      { type: 'event', number: 2, event: waitingMessages(2) },
      { type: 'event', number: 3, event: waitingMessages(3) },
    ]);
  });

  it('with a position resumes there: what was missed comes, and nothing twice', async () => {
    const face = new RecordingFace();
    for (let count = 1; count <= 5; count++) face.log.append(waitingMessages(count));
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.hello({ epoch, number: 2 });
    expect(await tab.next()).toEqual({ type: 'resumed', position: { epoch, number: 2 } });
    expect(numbersOf(await tab.take(3))).toEqual([3, 4, 5]);
    face.log.append(waitingMessages(6));
    expect(numbersOf(await tab.take(1))).toEqual([6]);
  });

  it.each([
    ['of another start of the gateway', { epoch: 'ffffffffffffffff', number: 1 }],
    ['that the log has moved past', { epoch, number: 1 }],
    ['of the future', { epoch, number: eventLogMax + 1_000 }],
  ])('with a position %s gives a snapshot', async (_which, position) => {
    const face = new RecordingFace();
    for (let count = 1; count <= eventLogMax + 10; count++) face.log.append(waitingMessages(count));
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.hello(position);
    expect(await tab.next()).toMatchObject({
      type: 'snapshot',
      position: { epoch, number: eventLogMax + 10 },
    });
  });

  it('loses and doubles nothing of what happens while the snapshot is taken', async () => {
    const face = new RecordingFace();
    face.onSnapshot = () => face.log.append(waitingMessages(1));
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.hello();
    expect(await tab.next()).toMatchObject({ type: 'snapshot', position: { number: 0 } });
    face.log.append(waitingMessages(2));
    expect(numbersOf(await tab.take(2))).toEqual([1, 2]);
  });

  it('resumes with a backlog that is larger than the queue of a tab', async () => {
    const face = new RecordingFace();
    const count = 3 * Math.ceil(tabQueueBytesMax / 65_536);
    for (let number = 1; number <= count; number++) face.log.append(heavy(65_536));
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.hello({ epoch, number: 0 });
    const numbers = numbersOf(await tab.take(count + 1));
    expect(numbers).toEqual(['resumed', ...Array.from({ length: count }, (_, index) => index + 1)]);
  });

  it('gives a snapshot that is larger than the queue of a tab, and the answers behind it', async () => {
    const face = new RecordingFace();
    face.snapshotNow = { ...emptySnapshot, lab: 'x'.repeat(3 * tabQueueBytesMax) };
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.hello();
    tab.send({ type: 'command', id: 'a', command: { type: 'leave' } });
    expect((await tab.next()).type).toBe('snapshot');
    expect((await tab.next()).type).toBe('answer');
  });

  it('is followed by a fresh snapshot when a reset overtook what was on its way', () => {
    const face = new RecordingFace();
    const socket = new StuckSocket();
    const tab = openTab(face, socket);
    socket.receive({ type: 'hello', version: 1 });
    face.log.append(heavy(2 * eventWindowBytes));
    face.log.append(waitingMessages(2));
    face.log.append({ type: 'reset', snapshot: emptySnapshot });
    socket.flush();
    face.log.append(waitingMessages(4));
    expect(numbersOf(socket.sent)).toEqual(['snapshot', 1, 'snapshot', 4]);
    expect(socket.sent[2]).toMatchObject({ position: { epoch, number: 3 } });
    tab.close();
  });

  it('brings every tab the same events', async () => {
    const face = new RecordingFace();
    const bridge = await startTestBridge({ face });
    const cookie = await cookieFor(bridge);
    const tabs = await Promise.all([1, 2, 3].map(() => TestTab.open(bridge, {}, cookie)));
    for (const tab of tabs) {
      tab.hello();
      await tab.next();
    }
    face.log.append(waitingMessages(7));
    for (const tab of tabs)
      expect(await tab.next()).toEqual({ type: 'event', number: 1, event: waitingMessages(7) });
  });
});

describe('commands', () => {
  it('are carried out with their id, and answered', async () => {
    const face = new RecordingFace();
    const refused: Outcome = {
      status: 'refused',
      code: 'not-joined',
      sentence: 'Join a chat first.',
      retry: false,
    };
    face.answer = async (id) => (id === 'a' ? { status: 'done' } : refused);
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.hello();
    tab.send({ type: 'command', id: 'a', command: { type: 'host', nickname: 'alice' } });
    tab.send({ type: 'command', id: 'b', command: { type: 'register' } });
    expect((await tab.take(3)).slice(1)).toEqual([
      { type: 'answer', id: 'a', outcome: { status: 'done' } },
      { type: 'answer', id: 'b', outcome: refused },
    ]);
    expect(face.executed).toEqual([
      { id: 'a', command: { type: 'host', nickname: 'alice' } },
      { id: 'b', command: { type: 'register' } },
    ]);
  });

  it('are answered after the events that they led to', async () => {
    const face = new RecordingFace();
    face.answer = async () => {
      face.log.append(waitingMessages(1));
      return { status: 'done' };
    };
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.hello();
    tab.send({ type: 'command', id: 'a', command: { type: 'leave' } });
    expect(numbersOf(await tab.take(3))).toEqual(['snapshot', 1, 'answer']);
  });

  it('past the maximum in flight wait in the socket, and all are answered', async () => {
    const face = new RecordingFace();
    const gate = Promise.withResolvers<undefined>();
    const full = Promise.withResolvers<undefined>();
    face.answer = async () => {
      if (face.executed.length === tabCommandsInFlightMax) full.resolve(undefined);
      await gate.promise;
      return { status: 'done' };
    };
    const tab = await TestTab.open(await startTestBridge({ face }));
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
    ['another version', '{"type":"hello","version":2}'],
    ['a command before hello', '{"type":"command","id":"a","command":{"type":"leave"}}'],
    ['a broken position', '{"type":"hello","version":1,"position":{"epoch":"x","number":-1}}'],
  ])('is told so and let go: %s', async (_what, text) => {
    const face = new RecordingFace();
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.socket.send(text);
    expect(await tab.next()).toMatchObject({
      type: 'protocol-error',
      sentence: expect.stringMatching(/\w/) as unknown,
    });
    expect((await tab.closed).code).toBe(1008);
    expect(face.executed).toEqual([]);
  });

  it.each([
    ['an unknown command', '{"type":"command","id":"a","command":{"type":"format-disk"}}'],
    ['a command without id', '{"type":"command","command":{"type":"leave"}}'],
    ['a second hello', '{"type":"hello","version":1}'],
    ['a message id that is none', '{"type":"command","id":"a","command":{"type":"retry","id":"1"}}'],
  ])('is told so and let go, also after hello: %s', async (_what, text) => {
    const face = new RecordingFace();
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.hello();
    await tab.next();
    tab.socket.send(text);
    expect((await tab.next()).type).toBe('protocol-error');
    expect((await tab.closed).code).toBe(1008);
    expect(face.executed).toEqual([]);
    expect(face.listenerCount).toBe(0);
  });

  it('is let go for binary frames', async () => {
    const tab = await TestTab.open(await startTestBridge());
    tab.socket.send(Buffer.from('{"type":"hello","version":1}'), { binary: true });
    expect((await tab.next()).type).toBe('protocol-error');
    expect((await tab.closed).code).toBe(1008);
  });

  it('is let go for frames past the maximum, which are not read to their end', async () => {
    const tab = await TestTab.open(await startTestBridge());
    tab.socket.send('x'.repeat(bridgeFrameBytesMax + 1));
    expect((await tab.closed).code).toBe(1009);
  });

  it('may fill a frame up to the maximum', async () => {
    const face = new RecordingFace();
    const tab = await TestTab.open(await startTestBridge({ face }));
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

describe('a tab that does not read', () => {
  it('costs no more than its window, however much happens, and is dropped when the log has moved past it', () => {
    const face = new RecordingFace();
    const socket = new StuckSocket();
    const tab = openTab(face, socket);
    socket.receive({ type: 'hello', version: 1 });
    for (let count = 0; count < eventLogMax; count++) face.log.append(heavy(8 * 1024));
    expect(socket.bufferedAmount).toBeGreaterThan(eventWindowBytes - 16 * 1024);
    expect(socket.bufferedAmount).toBeLessThan(eventWindowBytes + 16 * 1024);
    expect(socket.terminated).toBe(false);
    for (let count = 0; count < 64; count++) face.log.append(heavy(8 * 1024));
    expect(socket.terminated).toBe(true);
    expect(face.listenerCount).toBe(0);
    tab.ping();
    expect(socket.bufferedAmount).toBeLessThan(eventWindowBytes + 16 * 1024);
  });

  it('costs no more than its window when it comes back to a long backlog', () => {
    const face = new RecordingFace();
    for (let count = 0; count < 256; count++) face.log.append(heavy(8 * 1024));
    const socket = new StuckSocket();
    const tab = openTab(face, socket);
    socket.receive({ type: 'hello', version: 1, position: { epoch, number: 0 } });
    expect(socket.bufferedAmount).toBeGreaterThan(eventWindowBytes - 16 * 1024);
    expect(socket.bufferedAmount).toBeLessThan(eventWindowBytes + 16 * 1024);
    tab.close();
  });

  it('is cut off when the log has moved past it, and resumes with a snapshot', async () => {
    const face = new RecordingFace();
    const bridge = await startTestBridge({ face });
    const cookie = await cookieFor(bridge);
    const slow = await TestTab.open(bridge, {}, cookie);
    const healthy = await TestTab.open(bridge, {}, cookie);
    for (const tab of [slow, healthy]) {
      tab.hello();
      await tab.next();
    }
    slow.socket.pause();
    // 64 MiB towards a tab that takes none of it, beyond what the kernel holds for it; the other one takes all.
    const [batches, perBatch] = [32, 256];
    for (let batch = 0; batch < batches; batch++) {
      for (let count = 0; count < perBatch; count++) face.log.append(heavy(8 * 1024));
      await healthy.take(perBatch);
    }
    await vi.waitFor(() => expect(face.listenerCount).toBe(1));
    slow.socket.resume();
    // Its end of the connection still had what the window and the kernel held; then it was cut off.
    expect((await slow.closed).code).toBe(1006);
    const again = await TestTab.open(bridge, {}, cookie);
    again.hello({ epoch, number: 1 });
    expect(await again.next()).toMatchObject({ type: 'snapshot', position: { number: batches * perBatch } });
  });

  it('is dropped when it asks on without taking its answers', async () => {
    const face = new RecordingFace();
    const sentence = 'x'.repeat(1024 * 1024);
    face.answer = async () => ({ status: 'refused', code: 'internal', sentence, retry: true });
    const tab = await TestTab.open(await startTestBridge({ face }));
    tab.hello();
    await tab.next();
    tab.socket.pause();
    for (let id = 0; id < 64; id++) tab.send({ type: 'command', id: String(id), command: { type: 'leave' } });
    await vi.waitFor(() => expect(face.listenerCount).toBe(0));
    tab.socket.resume();
    expect((await tab.closed).code).toBe(1006);
  });

  it('is dropped when it answers no ping', async () => {
    const face = new RecordingFace();
    const timing = { ...defaultTabTiming, pingIntervalMs: 10 };
    const tab = await TestTab.open(await startTestBridge({ face, timing }), { autoPong: false });
    tab.hello();
    expect((await tab.closed).code).toBe(1006);
    await vi.waitFor(() => expect(face.listenerCount).toBe(0));
  });

  it('stays as long as it answers pings', async () => {
    const timing = { ...defaultTabTiming, pingIntervalMs: 5 };
    const tab = await TestTab.open(await startTestBridge({ timing }));
    tab.hello();
    await tab.next();
    for (let count = 0; count < 10; count++) {
      await new Promise((resolve) => tab.socket.once('ping', resolve));
    }
    expect(tab.socket.readyState).toBe(tab.socket.OPEN);
  });
});

it('tabs past the maximum are refused before the upgrade, until one goes', async () => {
  const bridge = await startTestBridge();
  const cookie = await cookieFor(bridge);
  const tabs: TestTab[] = [];
  while (tabs.length < tabsMax) tabs.push(await TestTab.open(bridge, {}, cookie));
  const headers = { origin: originOf(bridge), cookie };
  expect(await upgradeStatus(bridge, headers)).toBe(503);
  tabs[0]?.socket.close();
  await tabs[0]?.closed;
  await vi.waitFor(async () => expect(await upgradeStatus(bridge, headers)).toBe(101));
});

it('a gateway that stops says 1001 to its tabs, and does not wait for those that are gone', async () => {
  const face = new RecordingFace();
  const timing = { ...defaultTabTiming, closeTimeoutMs: 20 };
  const bridge = await startTestBridge({ face, timing });
  const cookie = await cookieFor(bridge);
  const tab = await TestTab.open(bridge, {}, cookie);
  const gone = await TestTab.open(bridge, {}, cookie);
  gone.socket.pause();
  tab.hello();
  await tab.next();
  await bridge.close();
  expect((await tab.closed).code).toBe(1001);
  expect(face.listenerCount).toBe(0);
});

it('an answer that comes after its tab has gone hurts nobody', async () => {
  const face = new RecordingFace();
  const answer = Promise.withResolvers<Outcome>();
  face.answer = () => answer.promise;
  const bridge = await startTestBridge({ face });
  const cookie = await cookieFor(bridge);
  const tab = await TestTab.open(bridge, {}, cookie);
  tab.hello();
  tab.send({ type: 'command', id: 'a', command: { type: 'leave' } });
  await vi.waitFor(() => expect(face.executed).toHaveLength(1));
  tab.socket.terminate();
  await vi.waitFor(() => expect(face.listenerCount).toBe(0));
  answer.resolve({ status: 'done' });
  const next = await TestTab.open(bridge, {}, cookie);
  next.hello();
  expect((await next.next()).type).toBe('snapshot');
});
