import { describe, expect, it } from 'vitest';
import type { MessageId } from '../../../shared/ids.ts';
import { offersInFlightMax } from '../../../shared/limits.ts';
import { RecipientQueue } from './recipient-queue.ts';

function entry(sequence: number) {
  return { id: `message ${sequence}` as MessageId, sequence };
}

function sequences(entries: Iterable<ReturnType<typeof entry>>): number[] {
  return Array.from(entries, (each) => each.sequence);
}

describe('a recipient queue', () => {
  it('lets messages leave in the order of their sequence, in whatever order they were added', () => {
    const queue = new RecipientQueue();
    for (const sequence of [3, 1, 2]) queue.wait(entry(sequence));
    expect(sequences(queue.next())).toEqual([1, 2, 3]);
  });

  it('has a bounded number in flight, and the next when one of them is done', () => {
    const queue = new RecipientQueue<ReturnType<typeof entry>>();
    for (let sequence = 1; sequence <= offersInFlightMax + 5; sequence++) queue.wait(entry(sequence));
    const first = queue.next();
    for (const one of first) queue.depart(one);
    expect(sequences(queue.inFlight)).toEqual(
      Array.from({ length: offersInFlightMax }, (_, index) => index + 1),
    );
    expect(queue.next()).toEqual([]);
    queue.remove(first[7]!);
    expect(sequences(queue.next())).toEqual([offersInFlightMax + 1]);
  });

  it('puts an entry that comes back before everything younger', () => {
    const queue = new RecipientQueue();
    const [one, two, three] = [entry(1), entry(2), entry(3)];
    for (const each of [one, two, three]) queue.wait(each);
    queue.depart(one);
    queue.depart(two);
    queue.wait(two);
    queue.wait(one);
    queue.wait(one);
    expect(sequences(queue.next())).toEqual([1, 2, 3]);
    expect([...queue.inFlight]).toEqual([]);
  });

  it('forgets a removed entry, wherever it stands', () => {
    const queue = new RecipientQueue();
    const [one, two] = [entry(1), entry(2)];
    queue.wait(one);
    queue.wait(two);
    queue.depart(one);
    queue.remove(one);
    queue.remove(two);
    queue.remove(two);
    expect([queue.hasWaiting, [...queue.inFlight]]).toEqual([false, []]);
  });
});
