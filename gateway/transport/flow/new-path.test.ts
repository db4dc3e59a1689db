import { describe, expect, it } from 'vitest';
import { pair } from '../../simulation/transport/flow-pair.ts';

const initialWindowPackets = 10;

describe('a new path', () => {
  it('PROTOCOL 5.14: starts with the initial window and no round trip time', () => {
    const { lab, one, there, back, received, send } = pair();
    send('much', 'chat', 300_000);
    lab.run(2_000);
    expect(one.flow.rtt.smoothedMs).toBeLessThan(15);
    // The old path is gone with what is on it, and the new one is slow.
    send('more', 'chat', 300_000);
    lab.run(4);
    expect(one.flow.bytesInFlight).toBeGreaterThan(initialWindowPackets * 1_200);
    there.lose();
    there.delayMs = back.delayMs = 100;
    one.flow.beginPath(lab.nowMs);
    expect([one.flow.bytesInFlight, one.flow.rtt.hasSample]).toEqual([0, false]);
    const before = there.passed.length;
    lab.run(1);
    expect(there.passed.length - before).toBe(initialWindowPackets);
    lab.run(5_000);
    expect(received.map((text) => text.slice(0, 9))).toEqual(['chat much', 'chat more']);
    expect(one.flow.rtt.minMs).toBeGreaterThanOrEqual(200);
  });

  it('PROTOCOL 5.14: learns nothing from late ACKs of the old path, and does not send their data a third time', () => {
    const { lab, one, there, received, send } = pair();
    for (const text of ['a', 'b', 'c']) {
      send(text);
      lab.run(1);
    }
    one.flow.beginPath(lab.nowMs);
    lab.run(9);
    expect(one.acknowledged).toEqual(['a', 'b']);
    expect([one.flow.rtt.hasSample, one.flow.counters.packetsLate]).toEqual([false, 2]);
    lab.run(1_000);
    expect(one.acknowledged).toEqual(['a', 'b', 'c']);
    expect(one.flow.counters.packetsLate).toBe(3);
    expect(received).toEqual(['chat a', 'chat b', 'chat c']);
    // Once on the old path, once together on the new one.
    expect(there.count('data')).toBe(6);
    expect(one.flow.rtt.minMs).toBeGreaterThanOrEqual(10);
  });

  it('PROTOCOL 5.14: starts counting attempts again, so that a nearly unreachable peer gets the full time', () => {
    const { lab, one, there, send } = pair();
    send('to the old one');
    there.loses = () => true;
    lab.run(2_400);
    one.flow.beginPath(lab.nowMs);
    lab.run(2_400);
    expect(one.isUnreachable).toBe(false);
    lab.run(2_000);
    expect(one.isUnreachable).toBe(true);
  });

  it('gets a probe at once, with the oldest unacknowledged data or a PING', () => {
    const { lab, one, there, send } = pair();
    one.flow.probe();
    lab.run(0);
    expect(there.passed.map(({ frames }) => frames.map(({ type }) => type))).toEqual([['ping'], ['ping']]);
    lab.run(100);
    send('late', 'bulk', 40_000);
    lab.run(1);
    const before = there.passed.length;
    one.flow.probe();
    lab.run(0);
    // The window is full: only probes may leave.
    expect(there.passed.slice(before).flatMap(({ frames }) => frames.map(({ type }) => type))).toEqual([
      'data',
      'data',
    ]);
  });
});
