import { describe, expect, it } from 'vitest';
import { eventLogMax, tabsMax, tabsProvingMax } from '../../shared/limits.ts';
import type { Answer } from '../../shared/bridge/commands.ts';
import { RecordingGateway, TestTab, browserFor, originOf } from './bridge-under-test.ts';
import { startTestBridge, upgradeStatus } from './bridge-under-test.ts';
import { ephemeralWindowBytes, eventWindowBytes } from './tab.ts';
import { defaultTabTiming } from './tabs.ts';

import { heavy, openTab, sampleEphemeral, StuckSocket } from './stuck-socket.ts';
import { eventually } from '../system-tests/eventually.ts';
const epoch = '00000000000000aa';

describe('a tab that does not read', () => {
  it('costs no more than its window, however much happens, and is dropped when the log has moved past it', () => {
    const api = new RecordingGateway();
    const socket = new StuckSocket();
    const tab = openTab(api, socket);
    socket.hello();
    for (let count = 0; count < eventLogMax; count++) api.log.append(heavy(8 * 1024));
    expect(socket.bufferedAmount).toBeGreaterThan(eventWindowBytes - 16 * 1024);
    expect(socket.bufferedAmount).toBeLessThan(eventWindowBytes + 16 * 1024);
    expect(socket.terminated).toBe(false);
    for (let count = 0; count < 64; count++) api.log.append(heavy(8 * 1024));
    expect(socket.terminated).toBe(true);
    expect(api.listenerCount).toBe(0);
    tab.ping();
    expect(socket.bufferedAmount).toBeLessThan(eventWindowBytes + 16 * 1024);
  });

  it('gets numbered events first, and only the newest of the ephemeral ones', () => {
    const api = new RecordingGateway();
    const socket = new StuckSocket();
    const tab = openTab(api, socket);
    socket.hello();
    while (socket.bufferedAmount < ephemeralWindowBytes) api.log.append(heavy(8 * 1024));
    const taken = socket.sent.length;
    for (let round = 0; round < 1_000; round++) api.ephemeral?.put(sampleEphemeral(round));
    api.log.append(heavy(1));
    expect(socket.sent.slice(taken).map(({ type }) => type)).toEqual(['event']);
    socket.flush();
    expect(socket.sent.slice(taken)).toMatchObject([
      { type: 'event' },
      { type: 'ephemeral', event: { statistics: { client: { connections: 999 } } } },
    ]);
    tab.close();
    api.ephemeral?.put(sampleEphemeral(1_000));
    socket.flush();
    expect(socket.sent.slice(taken)).toHaveLength(2);
  });

  it('costs no more than its window when it comes back to a long backlog', () => {
    const api = new RecordingGateway();
    for (let count = 0; count < 256; count++) api.log.append(heavy(8 * 1024));
    const socket = new StuckSocket();
    const tab = openTab(api, socket);
    socket.hello({ epoch, number: 0 });
    expect(socket.bufferedAmount).toBeGreaterThan(eventWindowBytes - 16 * 1024);
    expect(socket.bufferedAmount).toBeLessThan(eventWindowBytes + 16 * 1024);
    tab.close();
  });

  it('is cut off when the log has moved past it, and resumes with a snapshot', async () => {
    const api = new RecordingGateway();
    const bridge = await startTestBridge({ api });
    const browser = await browserFor(bridge);
    const slow = await TestTab.open(bridge, {}, browser);
    const healthy = await TestTab.open(bridge, {}, browser);
    for (const tab of [slow, healthy]) {
      tab.hello();
      await tab.next();
    }
    slow.socket.pause();
    // 64 MiB towards a tab that takes none of it, beyond what the kernel holds for it; the other one takes all.
    const [batches, perBatch] = [32, 256];
    for (let batch = 0; batch < batches; batch++) {
      for (let count = 0; count < perBatch; count++) api.log.append(heavy(8 * 1024));
      await healthy.take(perBatch);
    }
    await eventually(() => expect(api.listenerCount).toBe(1));
    slow.socket.resume();
    // Its end of the connection still had what the window and the kernel held; then it was cut off.
    expect((await slow.closed).code).toBe(1006);
    const again = await TestTab.open(bridge, {}, browser);
    again.hello({ epoch, number: 1 });
    expect(await again.next()).toMatchObject({ type: 'snapshot', cursor: { number: batches * perBatch } });
  });

  it('is dropped when it asks on without taking its answers', async () => {
    const api = new RecordingGateway();
    const sentence = 'x'.repeat(1024 * 1024);
    api.answer = async () => ({ status: 'refused', code: 'internal', sentence, retry: true });
    const tab = await TestTab.open(await startTestBridge({ api }));
    tab.hello();
    await tab.next();
    tab.socket.pause();
    for (let id = 0; id < 64; id++) tab.send({ type: 'command', id: String(id), command: { type: 'leave' } });
    await eventually(() => expect(api.listenerCount).toBe(0));
    tab.socket.resume();
    expect((await tab.closed).code).toBe(1006);
  });

  it('is dropped when it answers no ping', async () => {
    const api = new RecordingGateway();
    const timing = { ...defaultTabTiming, pingIntervalMs: 10 };
    const tab = await TestTab.open(await startTestBridge({ api, timing }), { autoPong: false });
    tab.hello();
    expect((await tab.closed).code).toBe(1006);
    await eventually(() => expect(api.listenerCount).toBe(0));
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
  const browser = await browserFor(bridge);
  const tabs: TestTab[] = [];
  while (tabs.length < tabsMax) {
    const tab = await TestTab.open(bridge, {}, browser);
    tab.hello();
    expect((await tab.next()).type).toBe('snapshot');
    tabs.push(tab);
  }
  const headers = { origin: originOf(bridge), cookie: browser.cookie };
  expect(await upgradeStatus(bridge, headers)).toBe(503);
  tabs[0]?.socket.close();
  await tabs[0]?.closed;
  await eventually(async () => expect(await upgradeStatus(bridge, headers)).toBe(101));
});

it('tabs that do not prove their key never take the place of others: the oldest of them is cut off', async () => {
  const bridge = await startTestBridge();
  const browser = await browserFor(bridge);
  const live = await TestTab.open(bridge, {}, browser);
  live.hello();
  await live.next();
  const silent: TestTab[] = [];
  while (silent.length < tabsProvingMax + 2) silent.push(await TestTab.open(bridge, {}, browser));
  expect((await silent[0]?.closed)?.code).toBe(1006);
  expect((await silent[1]?.closed)?.code).toBe(1006);
  const next = await TestTab.open(bridge, {}, browser);
  next.hello();
  expect((await next.next()).type).toBe('snapshot');
  live.send({ type: 'command', id: 'a', command: { type: 'leave' } });
  expect((await live.next()).type).toBe('answer');
});

it('a gateway that stops says 1001 to its tabs, and does not wait for those that are gone', async () => {
  const api = new RecordingGateway();
  const timing = { ...defaultTabTiming, closeTimeoutMs: 20 };
  const bridge = await startTestBridge({ api, timing });
  const browser = await browserFor(bridge);
  const tab = await TestTab.open(bridge, {}, browser);
  const gone = await TestTab.open(bridge, {}, browser);
  gone.socket.pause();
  tab.hello();
  await tab.next();
  await bridge.close();
  expect((await tab.closed).code).toBe(1001);
  expect(api.listenerCount).toBe(0);
});

it('an answer that comes after its tab has gone changes nothing', async () => {
  const api = new RecordingGateway();
  const answer = Promise.withResolvers<Answer>();
  api.answer = () => answer.promise;
  const bridge = await startTestBridge({ api });
  const browser = await browserFor(bridge);
  const tab = await TestTab.open(bridge, {}, browser);
  tab.hello();
  tab.send({ type: 'command', id: 'a', command: { type: 'leave' } });
  await eventually(() => expect(api.executed).toHaveLength(1));
  tab.socket.terminate();
  await eventually(() => expect(api.listenerCount).toBe(0));
  answer.resolve({ status: 'done' });
  const next = await TestTab.open(bridge, {}, browser);
  next.hello();
  expect((await next.next()).type).toBe('snapshot');
});
