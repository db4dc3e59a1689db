import { describe, expect, it } from 'vitest';
import { ConnectionRate, FairRate } from './fair-rate.ts';

const rates = { all: { burst: 100, perSecond: 100 }, group: { burst: 10, perSecond: 5 } };

/** How many tokens in a row the group gets. */
function takeAll(rate: FairRate, nowMs: number, name: string, most = 1_000): number {
  const group = rate.groupOf(nowMs, name);
  let taken = 0;
  while (taken < most && rate.take(nowMs, group)) taken++;
  return taken;
}

describe('a rate that many share', () => {
  it('PROTOCOL 7.8: gives an address group its share while others take all they get', () => {
    const rate = new FairRate(rates, 100);
    expect(takeAll(rate, 0, 'greedy')).toBe(51);
    expect(takeAll(rate, 0, 'other')).toBe(10);
    expect(takeAll(rate, 1_000, 'greedy')).toBe(51);
    expect(takeAll(rate, 1_000, 'other')).toBe(5);
  });

  it('PROTOCOL 7.8: gives nothing when the tokens of all are gone, and only the group that took too many owes them', () => {
    const rate = new FairRate(rates, 100);
    const group = rate.groupOf(0, 'one');
    expect(rate.take(0, group)).toBe(true);
    rate.charge(group, 1_000_000);
    expect(takeAll(rate, 0, 'other')).toBe(0);
    expect(takeAll(rate, 100, 'other')).toBe(10);
    expect(takeAll(rate, 200, 'one')).toBe(0);
    expect(takeAll(rate, 200, 'third')).toBe(10);
  });

  it('forgets address groups with a full bucket, and the oldest past the maximum', () => {
    const rate = new FairRate(rates, 20);
    for (let number = 0; number < 1_000; number++) takeAll(rate, number * 10_000, `${number}`, 3);
    expect(rate.groupCount).toBeLessThan(5);
    for (let number = 0; number < 1_000; number++) takeAll(rate, 1e7, `again ${number}`, 1);
    expect(rate.groupCount).toBeLessThanOrEqual(21);
  });

  it('never forgets an address group with a connection', () => {
    const shared = new FairRate(rates, 2);
    const connection = { burst: 1_000, perSecond: 1 };
    const ofClass = { connection, shared };
    const one = new ConnectionRate({ unknown: ofClass, registered: ofClass }, 0, 'mine', 'unknown');
    while (one.take(0));
    for (let number = 0; number < 100; number++) takeAll(shared, 0, `${number}`, 1);
    expect(takeAll(shared, 0, 'mine')).toBe(0);
    one.release();
  });
});

describe('the rate of a connection', () => {
  function newRate(): ConnectionRate {
    const shared = () =>
      new FairRate({ all: { burst: 1e6, perSecond: 1 }, group: { burst: 1e6, perSecond: 1 } }, 10);
    const ofClasses = {
      unknown: { connection: { burst: 20, perSecond: 10 }, shared: shared() },
      registered: { connection: { burst: 50, perSecond: 10 }, shared: shared() },
    };
    return new ConnectionRate(ofClasses, 0, 'here', 'unknown');
  }
  const takeMany = (rate: ConnectionRate, nowMs: number): number => {
    let taken = 0;
    while (taken < 1_000 && rate.take(nowMs)) taken++;
    return taken;
  };

  it('PROTOCOL 7.8: depends on the class', () => {
    const rate = newRate();
    expect(takeMany(rate, 0)).toBe(20);
    expect(takeMany(rate, 1_000)).toBe(10);
    rate.assign(1_000, 'here', 'unknown');
    expect(takeMany(rate, 1_000)).toBe(0);
    rate.assign(1_000, 'here', 'registered');
    expect(takeMany(rate, 1_000)).toBe(50);
  });

  it('PROTOCOL 7.8: gives a token for each packet that the peer must acknowledge, up to four full buckets', () => {
    const rate = newRate();
    rate.earn(5);
    expect(takeMany(rate, 0)).toBe(25);
    rate.earn(5);
    expect(takeMany(rate, 0)).toBe(5);
    rate.earn(1_000);
    // Earned tokens stay, and time adds nothing to it.
    expect(takeMany(rate, 60_000)).toBe(80);
  });

  it('PROTOCOL 7.8: counts what a packet turned out to cost', () => {
    const rate = newRate();
    expect(rate.take(0)).toBe(true);
    rate.charge(29);
    expect(takeMany(rate, 0)).toBe(0);
    expect(takeMany(rate, 1_000)).toBe(0);
    expect(takeMany(rate, 1_100)).toBe(1);
  });

  it('PROTOCOL 7.8: lets a group send more at once for each connection, also when a connection is classified again', () => {
    const rate = { burst: 10, burstPerConnection: 5, perSecond: 1 };
    const shared = new FairRate({ all: { burst: 10_000, perSecond: 1 }, group: rate }, 8);
    const own = { burst: 10_000, perSecond: 1 };
    const rates = { unknown: { connection: own, shared }, registered: { connection: own, shared } };
    const connections = [1, 2, 3].map(() => new ConnectionRate(rates, 0, 'group', 'registered'));
    const group = shared.groupOf(0, 'group');
    expect(group.fill(0)).toBe(25);
    connections[0]!.assign(0, 'group', 'registered');
    expect(group.fill(0)).toBe(25);
    connections[0]!.charge(25);
    for (const one of connections) one.release();
    expect([group.fill(0), group.fill(60_000)]).toEqual([0, 10]);
  });
});
