import { describe, expect, it } from 'vitest';
import type { MessageId } from '../../shared/ids.ts';
import { offersInFlightMax } from '../../shared/limits.ts';
import { RecipientQueue } from './recipient-queue.ts';

function entry(sequence: number) {
  return { item: { id: `message ${sequence}` as MessageId, sequence } };
}

function sequences(entries: Iterable<ReturnType<typeof entry>>): number[] {
  return Array.from(entries, ({ item }) => item.sequence);
}

describe('a lane', () => {
  it('lets messages leave in the order of their sequence, whatever the order in which they came', () => {
    const lane = new RecipientQueue();
    for (const sequence of [3, 1, 2]) lane.wait(entry(sequence));
    expect(sequences(lane.next())).toEqual([1, 2, 3]);
  });

  it('has a bounded number under way, and the next when one of them is through', () => {
    const lane = new RecipientQueue<ReturnType<typeof entry>>();
    for (let sequence = 1; sequence <= offersInFlightMax + 5; sequence++) lane.wait(entry(sequence));
    const first = lane.next();
    for (const one of first) lane.depart(one);
    expect(sequences(lane.underway)).toEqual(
      Array.from({ length: offersInFlightMax }, (_, index) => index + 1),
    );
    expect(lane.next()).toEqual([]);
    lane.remove(first[7]!);
    expect(sequences(lane.next())).toEqual([offersInFlightMax + 1]);
  });

  it('puts back what did not get through before everything that is younger', () => {
    const lane = new RecipientQueue();
    const [one, two, three] = [entry(1), entry(2), entry(3)];
    for (const each of [one, two, three]) lane.wait(each);
    lane.depart(one);
    lane.depart(two);
    lane.wait(two);
    lane.wait(one);
    lane.wait(one);
    expect(sequences(lane.next())).toEqual([1, 2, 3]);
    expect([...lane.underway]).toEqual([]);
  });

  it('forgets what is removed, wherever it stands', () => {
    const lane = new RecipientQueue();
    const [one, two] = [entry(1), entry(2)];
    lane.wait(one);
    lane.wait(two);
    lane.depart(one);
    lane.remove(one);
    lane.remove(two);
    lane.remove(two);
    expect([lane.hasWaiting, [...lane.underway]]).toEqual([false, []]);
  });
});
