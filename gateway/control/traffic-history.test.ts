import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { TrafficSchema } from '../../shared/bridge/administration.ts';
import { TrafficHistory, type TrafficCounters } from './traffic-history.ts';

function counters(change: Partial<TrafficCounters> = {}): TrafficCounters {
  const none = { datagramsReceived: 0, datagramsSent: 0, bytesReceived: 0, bytesSent: 0 };
  return { ...none, refused: {}, dropped: {}, ...change };
}

describe('the traffic of a server', () => {
  it('is the difference between two samples, from the second one on', () => {
    const history = new TrafficHistory();
    history.add(counters({ datagramsReceived: 100, bytesSent: 7_000 }));
    expect(history.view().datagramsReceived).toEqual([]);
    history.add(counters({ datagramsReceived: 130, bytesSent: 7_500 }));
    history.add(counters({ datagramsReceived: 131, bytesSent: 7_500 }));
    expect(history.view()).toMatchObject({ datagramsReceived: [30, 1], bytesSent: [500, 0], refused: [] });
  });

  it('counts refusals and drops by code, the most frequent code first', () => {
    const history = new TrafficHistory();
    history.add(counters({ refused: { 'nickname-taken': 5 } }));
    history.add(counters({ refused: { 'nickname-taken': 6 }, dropped: { forged: 2 } }));
    history.add(counters({ refused: { 'nickname-taken': 6, banned: 3 }, dropped: { forged: 2 } }));
    expect(history.view()).toMatchObject({
      refused: [
        { code: 'banned', counts: [0, 3] },
        { code: 'nickname-taken', counts: [1, 0] },
      ],
      dropped: [{ code: 'forged', counts: [2, 0] }],
    });
  });

  it('covers five minutes, and forgets a code with them', () => {
    const history = new TrafficHistory();
    for (let second = 0; second <= 1_000; second++)
      history.add(counters({ datagramsReceived: second, refused: second < 10 ? {} : { banned: 1 } }));
    const view = history.view();
    expect(view.datagramsReceived).toHaveLength(300);
    expect(view.refused).toEqual([]);
    expect(Value.Check(TrafficSchema, { ...view, connections: 0, logNumber: 0 })).toBe(true);
  });
});
