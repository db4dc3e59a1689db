import { setImmediate as nextTick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BusyPoll } from './busy-poll.ts';

function at(startMs: number) {
  const clock = { nowMs: startMs };
  const poll = new BusyPoll(() => clock.nowMs);
  return { clock, poll, turn: () => poll.around(() => {}), isPolling: () => poll.isPolling };
}

describe('BusyPoll', () => {
  it('polls after turns that follow each other within microseconds, until no datagram arrives for a moment', async () => {
    const { clock, poll, turn } = at(1_000);
    turn();
    expect(poll.isPolling).toBe(false);
    clock.nowMs += 0.02;
    turn();
    expect(poll.isPolling).toBe(true);
    for (let tick = 0; tick < 3; tick++) await nextTick();
    expect(poll.isPolling).toBe(true);
    clock.nowMs += 0.05;
    turn();
    clock.nowMs += 0.05;
    await nextTick();
    expect(poll.isPolling).toBe(true);
    clock.nowMs += 0.05;
    await nextTick();
    await nextTick();
    expect(poll.isPolling).toBe(false);
  });

  it('never polls when datagrams are further apart', async () => {
    const { clock, poll, turn } = at(1_000);
    for (let datagram = 0; datagram < 5; datagram++) {
      turn();
      await nextTick();
      expect(poll.isPolling).toBe(false);
      clock.nowMs += 0.2;
    }
  });

  it('rests after many polls in vain, and not after a few', async () => {
    const { clock, turn, isPolling } = at(1_000);
    const pollsIn = async (pairs: number, isAnswered: (pair: number) => boolean): Promise<number> => {
      let polls = 0;
      for (let pair = 0; pair < pairs; pair++) {
        clock.nowMs += 1;
        turn();
        clock.nowMs += 0.01;
        turn();
        if (!isPolling()) continue;
        polls++;
        clock.nowMs += 0.03;
        if (isAnswered(pair)) turn();
        clock.nowMs += 0.2;
        while (isPolling()) await nextTick();
      }
      return polls;
    };
    expect(await pollsIn(500, (pair) => pair % 50 === 0)).toBe(500);
    expect(await pollsIn(1_000, () => false)).toBeLessThan(70);
    expect(await pollsIn(1_100, () => true)).toBeGreaterThan(900);
  });

  it('counts from the end of a turn, which may have waited for the disk', () => {
    const { clock, poll } = at(1_000);
    const slowTurn = (): void => poll.around(() => (clock.nowMs += 5));
    slowTurn();
    clock.nowMs += 0.02;
    slowTurn();
    expect(poll.isPolling).toBe(true);
    poll.close();
  });

  it('ends when it is closed', () => {
    const { clock, poll, turn } = at(1_000);
    turn();
    clock.nowMs += 0.02;
    turn();
    poll.close();
    expect(poll.isPolling).toBe(false);
  });
});
