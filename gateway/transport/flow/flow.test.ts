import { describe, expect, it } from 'vitest';
import { sendQueueBytesMax, transportMessageBytesMax } from '../../../shared/limits.ts';
import { encodeFrame } from '../../../shared/wire/frames.ts';
import type { FlowParcel } from '../../simulation/transport/flow-lab.ts';
import { FairBudget } from '../fair-budget.ts';
import { pair } from '../../simulation/transport/flow-pair.ts';
import { wholeBudget } from '../../simulation/transport/flow-lab.ts';
import { messageOverheadBytes } from './settings.ts';

describe('a flow', () => {
  it('PROTOCOL 8.3: puts all messages of one tick into one packet, and acknowledges them by one frame', () => {
    const { lab, one, there, back, received, send } = pair();
    for (const text of ['a', 'b', 'c', 'd']) send(text);
    lab.run(100);
    expect(received).toEqual(['chat a', 'chat b', 'chat c', 'chat d']);
    expect(one.acknowledged).toEqual(['a', 'b', 'c', 'd']);
    expect(there.passed.map(({ frames }) => frames.length)).toEqual([4]);
    expect(back.passed.map(({ atMs, frames }) => [atMs, frames.map(({ type }) => type)])).toEqual([
      [7, ['ack']],
    ]);
  });

  it('PROTOCOL 8.4: puts ACKs into packets that leave in the same tick', () => {
    const { lab, other, there, back, send } = pair();
    other.onReceived = () => other.flow.send('chat', new Uint8Array(3), 'answer');
    send('question');
    lab.run(100);
    expect(back.passed.map(({ frames }) => frames.map(({ type }) => type))).toEqual([['ack', 'data']]);
    expect(there.passed.map(({ frames }) => frames.map(({ type }) => type))).toEqual([['data'], ['ack']]);
  });

  it('PROTOCOL 8.5: lets control leave before chat, and chat before bulk', () => {
    const { lab, received, send } = pair();
    for (const channel of ['bulk', 'chat', 'control', 'bulk', 'chat', 'control'] as const)
      send(channel, channel);
    lab.run(100);
    expect(received).toEqual([
      'control control',
      'control control',
      'chat chat',
      'chat chat',
      'bulk bulk',
      'bulk bulk',
    ]);
  });

  it('PROTOCOL 8.6: does not let a hole in one channel hold up another, and keeps the order in its own', () => {
    const { lab, one, there, received, send } = pair();
    let lost = 0;
    there.loses = (frames) =>
      frames.some((frame) => frame.type === 'data' && frame.channel === 'bulk') && lost++ === 0;
    send('first', 'bulk');
    lab.run(1);
    send('second', 'bulk');
    lab.run(1);
    send('word');
    lab.run(12);
    expect(received).toEqual(['chat word']);
    // The peer's endpoint has the second one, its role does not: nothing is told before the first one came.
    expect(one.acknowledged).toEqual(['word']);
    lab.run(500);
    expect(received).toEqual(['chat word', 'bulk first', 'bulk second']);
    expect(one.acknowledged).toEqual(['word', 'first', 'second']);
  });

  it('PROTOCOL 8.7: RFC 9002 6.1.1: sends again only the data that three later packets overtook', () => {
    const { lab, one, there, received, send } = pair();
    there.loses = (_frames, number) => number === 1;
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      send(text);
      lab.run(0.2);
    }
    lab.run(40);
    expect(received).toEqual(['chat a', 'chat b', 'chat c', 'chat d', 'chat e']);
    expect([...one.attempts]).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 1],
      ['d', 1],
      ['e', 1],
    ]);
    expect(one.flow.counters).toMatchObject({ packetsLost: 1, retransmissions: 1, probes: 0 });
    expect(there.passed[5]?.atMs, 'before any timer').toBeLessThan(15);
  });

  it('PROTOCOL 8.8: RFC 9002 6.2: sends two packets after a probe timeout, and doubles the timeout', () => {
    const { lab, one, there, send } = pair();
    send('first');
    lab.run(100);
    const timeoutMs = one.flow.probeTimeoutMs;
    expect(timeoutMs).toBeLessThan(100);
    there.loses = () => true;
    send('second');
    lab.run(300);
    const triesMs = there.passed.slice(1).map(({ atMs }) => atMs - 100);
    const expected = [0, timeoutMs, timeoutMs, 3 * timeoutMs, 3 * timeoutMs, 7 * timeoutMs, 7 * timeoutMs];
    for (const [place, atMs] of expected.entries()) expect(triesMs[place]).toBeCloseTo(atMs, 5);
    expect(one.attempts.get('second')).toBe(triesMs.length);
  });

  it('RFC 9002 6.2.1: an ACK ends the doubling', () => {
    const { lab, one, there, send } = pair();
    send('first');
    lab.run(100);
    there.loses = () => true;
    send('second');
    lab.run(600);
    there.loses = () => false;
    expect(lab.run(1_000, () => one.flow.isIdle)).toBe(true);
    const timeoutMs = one.flow.probeTimeoutMs;
    expect(timeoutMs).toBeLessThan(100);
    const sentAtMs = lab.nowMs;
    there.loses = () => true;
    send('third');
    lab.run(timeoutMs + 1);
    expect(there.passed.filter(({ atMs }) => atMs >= sentAtMs)).toHaveLength(3);
    expect(there.passed.at(-1)?.atMs).toBeCloseTo(sentAtMs + timeoutMs, 5);
  });

  it('PROTOCOL 8.9: declares the peer unreachable after 5 attempts and 2.5 s, and returns all messages in order', () => {
    for (const profile of ['normal', 'classic'] as const) {
      const { lab, one, there, send } = pair(profile);
      there.loses = () => true;
      for (const [place, channel] of (['bulk', 'control', 'chat', 'bulk'] as const).entries())
        send(`${place}`, channel);
      send('large', 'bulk', 100_000);
      lab.run(2_499);
      expect(one.isUnreachable).toBe(false);
      lab.run(1_500);
      expect(one.isUnreachable).toBe(true);
      expect(there.passed.length).toBeGreaterThanOrEqual(5);
      expect(one.flow.takeUnacknowledged()).toEqual(['0', '1', '2', '3', 'large']);
      expect([one.flow.isIdle, one.flow.takeUnacknowledged()]).toEqual([true, []]);
    }
  });

  it('sends PING after 20 s without an acknowledgement, and nothing else while idle', () => {
    const { lab, one, there, back, send } = pair();
    send('word');
    lab.run(19_000);
    expect([there.passed.length, back.passed.length]).toEqual([1, 1]);
    lab.run(2_000);
    // Each side has its own keep-alive.
    expect([there.count('ping'), back.count('ping')]).toEqual([1, 1]);
    lab.run(200_000);
    expect(there.count('ping')).toBeLessThanOrEqual(12);
    expect(one.isUnreachable).toBe(false);
  });

  it('PROTOCOL 8.10: cuts a message that is larger than a packet, and sends only the lost fragment again', () => {
    const { lab, one, there, received, send } = pair();
    there.loses = (_frames, number) => number === 3;
    send('large', 'chat', 20_000);
    lab.run(1_000);
    expect(received).toHaveLength(1);
    expect(one.flow.counters.retransmissions).toBe(1);
    const parts = there.passed.flatMap(({ frames }) => frames).filter((frame) => frame.type === 'data');
    expect(parts.reduce((sum, part) => sum + part.payload.length, 0)).toBeLessThan(20_000 + 1_200);
    // The attempts of a message are those of the part that needed most.
    expect(one.attempts.get('large')).toBe(2);
  });

  it('keeps a message that fits one packet in one packet', () => {
    const { lab, there, received, send } = pair();
    for (let place = 0; place < 6; place++) send(`${place}`, 'chat', 700);
    lab.run(200);
    expect(received).toHaveLength(6);
    expect(there.passed.map(({ frames }) => frames.length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('PROTOCOL 8.11: carries empty messages and those of 512 KiB, and refuses more', () => {
    const { lab, one, received, send } = pair();
    expect(send('too large', 'bulk', transportMessageBytesMax + 1)).toBe(false);
    expect(send('', 'chat', 0)).toBe(true);
    expect(send('largest', 'bulk', transportMessageBytesMax)).toBe(true);
    expect(lab.run(60_000, () => one.flow.isIdle)).toBe(true);
    expect(received).toHaveLength(2);
  });

  it('refuses a message that the queue cannot hold, and accepts it when there is room again', () => {
    const { lab, one, send } = pair();
    const half = transportMessageBytesMax;
    let taken = 0;
    while (send(`${taken}`, 'chat', half)) taken++;
    expect(taken).toBe(Math.floor(sendQueueBytesMax / (half + messageOverheadBytes)));
    expect(lab.run(60_000, () => one.acknowledged.length > 0)).toBe(true);
    expect(send('late', 'chat', half)).toBe(true);
  });

  it('PROTOCOL 8.11: bounds the messages that wait for all peers together, and frees their room by acknowledgements', () => {
    const sendBudget = wholeBudget(3_000);
    const first = pair('normal', { sendBudget });
    const second = pair('normal', { sendBudget });
    expect(first.send('a', 'chat', 2_000)).toBe(true);
    expect(second.send('b', 'chat', 1_000)).toBe(false);
    first.lab.run(100);
    expect(first.one.acknowledged).toEqual(['a']);
    expect(second.send('b', 'chat', 1_000)).toBe(true);
    expect(second.one.flow.takeUnacknowledged()).toEqual(['b']);
    expect(sendBudget.bytes).toBe(0);
  });

  it('PROTOCOL 7.12: ends when messages wait for credit and none is acknowledged for 30 s', () => {
    const { lab, one, send } = pair('normal', { credits: { control: 1 << 20, chat: 0, bulk: 1 << 20 } });
    send('never', 'chat', 100);
    lab.run(25_000);
    send('control', 'control');
    lab.run(29_000);
    expect([one.acknowledged, one.isStalled]).toEqual([['control'], false]);
    lab.run(2_000);
    expect(one.isStalled).toBe(true);
    expect(one.flow.takeUnacknowledged()).toEqual(['never']);
  });

  it('PROTOCOL 7.12: ends when nothing more of an unfinished message comes for 20 s', () => {
    const { other } = pair();
    const part = (offset: number) =>
      encodeFrame({ type: 'data', channel: 'chat', message: 0, offset, total: 3, payload: Uint8Array.of(1) });
    other.flow.handleFrames(0, 0, part(0));
    expect(other.flow.handleTimeout(19_999)).not.toBe('stalled');
    other.flow.handleFrames(19_999, 1, part(1));
    expect(other.flow.handleTimeout(39_998)).not.toBe('stalled');
    expect(other.flow.handleTimeout(39_999)).toBe('stalled');
    other.flow.handleFrames(39_999, 2, part(2));
    expect(other.flow.handleTimeout(100_000)).not.toBe('stalled');
  });

  it('PROTOCOL 7.12: lasts while nothing waits', () => {
    const { lab, one, send } = pair();
    send('word');
    lab.run(100_000);
    expect([one.acknowledged, one.isStalled]).toEqual([['word'], false]);
  });

  it('PROTOCOL 8.12: sends on a channel only as much as the receiver granted, and continues when it grants more', () => {
    const { lab, one, other, back, send } = pair('normal', {
      credits: { control: 1 << 20, chat: 2_000, bulk: 1 << 20 },
    });
    for (let place = 0; place < 40; place++) send(`${place}`, 'chat', 100);
    lab.run(1);
    expect(one.flow.bytesInFlight).toBeLessThan(2_000);
    send('control', 'control');
    lab.run(1_000);
    expect(one.acknowledged).toHaveLength(41);
    expect(back.count('credit')).toBeGreaterThan(2);
    expect(other.budget.bytes).toBe(0);
  });

  it.each([
    [1_000, 100],
    [transportMessageBytesMax + messageOverheadBytes, 100],
    // It uses a little less than half, and what is left is a little too little.
    [2 ** 20, 2 ** 19 - 32 - messageOverheadBytes],
  ])(
    'PROTOCOL 8.21: with a credit of %i bytes, the largest message that fits it follows one of %i bytes',
    (credit, before) => {
      const { lab, one, send } = pair('normal', {
        credits: { control: credit, chat: credit, bulk: credit },
      });
      send('before', 'bulk', before);
      lab.run(10_000);
      send('largest', 'bulk', Math.min(transportMessageBytesMax, credit - messageOverheadBytes));
      lab.run(10_000);
      expect(one.acknowledged).toEqual(['before', 'largest']);
    },
  );

  it('PROTOCOL 8.23: sends a lost CREDIT again', () => {
    const { lab, one, back, send } = pair('normal', {
      credits: { control: 2_000, chat: 2_000, bulk: 2_000 },
    });
    let lost = 0;
    back.loses = (frames) => frames.some(({ type }) => type === 'credit') && lost++ < 2;
    for (let place = 0; place < 40; place++) send(`${place}`, 'chat', 100);
    expect(lab.run(5_000, () => one.flow.isIdle)).toBe(true);
    expect(lost).toBeGreaterThan(2);
  });

  it('PROTOCOL 8.13: does not acknowledge a packet without room for its message, and accepts it once there is room', () => {
    const budget = wholeBudget(2_500);
    const { lab, one, received, there, send } = pair('normal', { budget });
    there.loses = (_frames, number) => number === 0;
    for (const text of ['a', 'b', 'c', 'd', 'e']) send(text, 'chat', 1_000);
    lab.run(6);
    expect(received).toEqual([]);
    expect(budget.bytes).toBeLessThanOrEqual(2_500);
    expect(lab.run(5_000, () => one.flow.isIdle)).toBe(true);
    expect(received.map((text) => text.slice(5, 6))).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(budget.bytes).toBe(0);
  });

  it('PROTOCOL 7.7: takes the message that a channel waits for when the messages behind it fill the share of the connection', () => {
    const whole = 1 << 20;
    const shares = { all: whole, connection: 8_000, group: whole, unknown: whole, notEstablished: whole };
    const budget = new FairBudget(shares, () => undefined);
    const { lab, one, received, there, send } = pair('normal', { budget });
    there.loses = (_frames, number) => number === 0;
    for (const text of ['a', 'b', 'c', 'd', 'e']) send(text, 'chat', 4_000);
    expect(lab.run(5_000, () => one.flow.isIdle)).toBe(true);
    expect(received.map((text) => text.slice(5, 6))).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(budget.bytes).toBe(0);
  });

  it('PROTOCOL 8.14: sends each unreliable message exactly once', () => {
    const { lab, one, other, there } = pair();
    const seen: number[] = [];
    other.onUnreliable = (bytes) => seen.push(bytes[0]!);
    there.loses = (_frames, number) => number === 0;
    for (let round = 0; round < 3; round++) {
      expect(one.flow.sendUnreliable(Uint8Array.of(round))).toBe(true);
      lab.run(500);
    }
    expect(seen).toEqual([1, 2]);
    expect(there.count('unreliable')).toBe(3);
    expect(one.flow.sendUnreliable(new Uint8Array(1_001))).toBe(false);
    expect(one.flow.isIdle).toBe(true);
  });

  it('measures round trips without the ACK delay of the peer', () => {
    const { lab, one, send } = pair();
    for (let count = 0; count < 20; count++) {
      send('word');
      lab.run(50);
    }
    expect(one.flow.rtt.minMs).toBeCloseTo(12);
    expect(one.flow.rtt.smoothedMs).toBeLessThan(12.5);
  });

  it('adapts to a path that reorders: late packets are not sent again and again', () => {
    const { lab, one, there, send } = pair();
    there.handle = (nowMs, parcel) => {
      // Every fourth packet is 3 ms late: more than three overtake it.
      const late = parcel.number % 4 === 0 ? 3 : 0;
      parcels.push({ parcel, atMs: nowMs + 5 + late });
      parcels.sort((first, second) => first.atMs - second.atMs);
    };
    const parcels: { parcel: FlowParcel; atMs: number }[] = [];
    there.pollTransmit = (nowMs) =>
      (parcels[0]?.atMs ?? Infinity) <= nowMs ? parcels.shift()?.parcel : undefined;
    there.pollTimeout = () => parcels[0]?.atMs;
    for (let count = 0; count < 400; count++) {
      send(`${count}`);
      lab.run(0.5);
    }
    lab.run(200);
    expect(one.acknowledged).toHaveLength(400);
    expect(one.flow.counters.packetsLate).toBeGreaterThan(0);
    expect(one.flow.counters.retransmissions).toBeLessThan(10);
  });
});

describe('the classic profile', () => {
  it('PROTOCOL 8.15: keeps one packet with one message in flight, repeats it every 0.5 s, and acknowledges each at once', () => {
    const { lab, one, there, back, received, send } = pair('classic');
    there.loses = (_frames, number) => number < 2;
    for (const text of ['a', 'b', 'c']) send(text);
    lab.run(2_000);
    expect(received).toEqual(['chat a', 'chat b', 'chat c']);
    expect(there.passed.map(({ atMs }) => atMs)).toEqual([0, 500, 1_000, 1_010, 1_020]);
    expect(there.passed.every(({ frames }) => frames.length === 1)).toBe(true);
    expect(back.passed.map(({ atMs }) => atMs)).toEqual([1_005, 1_015, 1_025]);
    expect([...one.attempts]).toEqual([
      ['a', 3],
      ['b', 1],
      ['c', 1],
    ]);
  });
});
