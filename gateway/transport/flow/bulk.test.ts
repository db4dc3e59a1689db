import { describe, expect, it } from 'vitest';
import { datagramBytesMax } from '../../../shared/limits.ts';
import { Copa } from '../congestion/copa.ts';
import { DelayTarget } from '../congestion/delay-target.ts';
import { pair } from '../../simulation/transport/flow-pair.ts';

/** Two flows that count how many controllers of bulk they have made, and keep the newest controllers. */
function watchedPair() {
  const chat: Copa[] = [];
  const bulk: DelayTarget[] = [];
  const flows = pair('normal', {
    controller: () => {
      const controller = new Copa();
      chat.push(controller);
      return controller;
    },
    bulkController: (nowMs, rtt) => {
      const controller = new DelayTarget(nowMs, rtt);
      bulk.push(controller);
      return controller;
    },
  });
  return { ...flows, chat: () => chat[0]!, bulk };
}

describe('bulk beside control and chat', () => {
  it('PROTOCOL 8.25: has packets of its own', () => {
    const { lab, there, send, received } = pair();
    for (let round = 0; round < 30; round++) {
      send(`file ${round}`, 'bulk', 5_000);
      send(`word ${round}`, 'chat', 300);
      send(`order ${round}`, 'control', 20);
      lab.run(7);
    }
    lab.run(1_000);
    expect(received).toHaveLength(90);
    const channelsOf = there.passed.map(
      ({ frames }) => new Set(frames.flatMap((frame) => (frame.type === 'data' ? [frame.channel] : []))),
    );
    expect(channelsOf.some((channels) => channels.has('bulk'))).toBe(true);
    expect(channelsOf.filter((channels) => channels.has('bulk') && channels.size > 1)).toEqual([]);
  });

  it('PROTOCOL 8.25: leaves room in the window of chat, and its losses change nothing there', () => {
    const { lab, one, there, send, chat, bulk } = watchedPair();
    send('a word');
    lab.run(100);
    const before = chat().windowBytes;
    for (let part = 0; part < 20; part++) send(`file ${part}`, 'bulk', 50_000);
    lab.run(120);
    const grown = bulk[0]!.windowBytes;
    expect(one.flow.bytesInFlight).toBeGreaterThan(before);
    there.loses = (frames, number) =>
      number % 3 > 0 && frames.some((frame) => frame.type === 'data' && frame.channel === 'bulk');
    lab.run(120);
    expect(bulk[0]!.windowBytes).toBeLessThan(grown);
    expect(chat().windowBytes).toBe(before);
    const from = there.passed.length;
    for (let word = 0; word < 8; word++) send(`word ${word}`, 'chat', 1_100);
    lab.run(0);
    const words = there.passed
      .slice(from)
      .flatMap(({ frames }) => frames.filter(({ type }) => type === 'data'));
    expect(words).toHaveLength(8);
  });

  it('PROTOCOL 8.25: keeps its window when packets of chat are lost', () => {
    const { lab, one, there, send, bulk } = watchedPair();
    for (let part = 0; part < 40; part++) send(`file ${part}`, 'bulk', 50_000);
    lab.run(40);
    there.loses = (frames) => frames.some((frame) => frame.type === 'data' && frame.channel === 'chat');
    const windows: number[] = [];
    for (let word = 0; word < 20; word++) {
      send(`word ${word}`, 'chat', 1_100);
      lab.run(2);
      windows.push(bulk[0]!.windowBytes);
    }
    expect(one.flow.counters.packetsLost).toBeGreaterThan(5);
    expect(windows).toEqual(windows.toSorted((first, second) => first - second));
  });

  it('PROTOCOL 8.25: waits for chat that waits for its own window', () => {
    const { lab, there, send } = pair();
    send('file', 'bulk', 400_000);
    send('much', 'chat', 100_000);
    lab.run(0);
    const sent = there.passed.flatMap(({ frames }) => frames);
    expect(sent.filter((frame) => frame.type === 'data' && frame.channel === 'chat').length).toBeGreaterThan(
      5,
    );
    expect(sent.filter((frame) => frame.type === 'data' && frame.channel === 'bulk')).toEqual([]);
  });

  it('does not wait for chat that waits for the credit of the peer', () => {
    const { lab, send, received } = pair('normal', { credits: { control: 1 << 20, chat: 0, bulk: 1 << 20 } });
    send('never', 'chat');
    send('file', 'bulk', 100_000);
    lab.run(2_000);
    expect(received.map((text) => text.slice(0, 9))).toEqual(['bulk file']);
  });

  it('has a controller only on a path that it uses', () => {
    const { lab, one, send, bulk } = watchedPair();
    for (let word = 0; word < 100; word++) {
      send('a word');
      lab.run(20);
    }
    expect(bulk).toEqual([]);
    send('file', 'bulk', 10_000);
    lab.run(1_000);
    expect(bulk).toHaveLength(1);
    one.flow.beginPath(lab.nowMs);
    send('a word');
    lab.run(1_000);
    expect(bulk).toHaveLength(1);
    send('file', 'bulk', 10_000);
    lab.run(1_000);
    expect(bulk).toHaveLength(2);
  });

  it('PROTOCOL 5.16: looks for larger datagrams', () => {
    const { lab, one, send } = pair('normal', { localDatagramBytesMax: () => datagramBytesMax });
    for (let part = 0; part < 4; part++) send(`file ${part}`, 'bulk', 100_000);
    lab.run(2_000);
    expect(one.flow.isIdle).toBe(true);
    expect(one.flow.datagramBytes).toBe(datagramBytesMax);
  });

  it('PROTOCOL 8.9: finds out after 2.5 s and more that the peer is gone', () => {
    const { lab, one, there, send } = pair();
    for (let part = 0; part < 8; part++) send(`file ${part}`, 'bulk', 100_000);
    lab.run(50);
    there.loses = () => true;
    lab.run(2_400);
    expect(one.isUnreachable).toBe(false);
    lab.run(2_000);
    expect(one.isUnreachable).toBe(true);
  });

  it('PROTOCOL 8.15: has one packet under way with classic, as all channels together', () => {
    const { lab, there, received, send } = pair('classic');
    send('file', 'bulk', 3_000);
    send('word');
    let mostUnderWay = 0;
    for (let step = 0; step < 200; step++) {
      lab.run(1);
      const data = there.passed.filter(
        ({ frames, atMs }) => atMs > lab.nowMs - 10 && frames.some(({ type }) => type === 'data'),
      );
      mostUnderWay = Math.max(mostUnderWay, data.length);
    }
    expect(mostUnderWay).toBe(1);
    expect(received.map((text) => text.slice(0, 9))).toEqual(['chat word', 'bulk file']);
  });
});
