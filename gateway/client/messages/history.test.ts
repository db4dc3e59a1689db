import { describe, expect, it, onTestFinished } from 'vitest';
import type { ClientStore } from '../../store/client-store.ts';
import { by, sampleConversation, sampleId, sampleMessage } from '../../store/sample.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import { History } from './history.ts';

const bobs = sampleConversation(1);
const timeOf = (number: number) => sampleMessage(number).sentAtMs;

/** A store with messages of bob, and one of carol. */
function storeOf(numbers: readonly number[], sentAtMs = timeOf): ClientStore {
  const store = openClientStore(':memory:');
  onTestFinished(() => store.close());
  store.begin();
  for (const number of numbers) store.messages.insert(sampleMessage(number, { sentAtMs: sentAtMs(number) }));
  store.messages.insert(sampleMessage(900, by(2)));
  store.commit();
  return store;
}

describe('a page from a message on', () => {
  const history = (numbers: readonly number[]) => new History(storeOf(numbers).messages, bobs);
  const pageFrom = (number: number, limit: number) => {
    const searched = history([1, 2, 3, 4, 5]);
    const first = searched.find(sampleId(number));
    if (first === undefined) throw new Error('the message is not found');
    const { messages, hasMore } = searched.pageFrom(first, limit);
    return [messages.map(({ id }) => id), hasMore];
  };

  it('begins with this message, and says whether there are more', () => {
    expect(pageFrom(2, 1)).toEqual([[2].map(sampleId), true]);
    expect(pageFrom(2, 3)).toEqual([[2, 3, 4].map(sampleId), true]);
    expect(pageFrom(2, 4)).toEqual([[2, 3, 4, 5].map(sampleId), false]);
    expect(pageFrom(5, 1)).toEqual([[5].map(sampleId), false]);
  });

  it('finds neither an unknown message nor one of another conversation', () => {
    const searched = history([1]);
    expect(searched.find(sampleId(77))).toBeUndefined();
    expect(searched.find(sampleId(900))).toBeUndefined();
  });
});

describe('the first message of a time', () => {
  const firstSince = (store: ClientStore, sentAtMs: number) =>
    new History(store.messages, bobs).firstSince((message) => message.sentAtMs >= sentAtMs)?.id;

  it('is found between any others', () => {
    const numbers = [3, 5, 6, 20, 400];
    const store = storeOf(numbers);
    for (let number = 0; number <= 401; number++) {
      const expected = numbers.find((each) => each >= number);
      expect(firstSince(store, timeOf(number))).toBe(expected && sampleId(expected));
    }
  });

  it('does not exist in an empty conversation', () => {
    expect(firstSince(storeOf([]), 0)).toBeUndefined();
  });

  it('reads few messages of many', () => {
    const store = storeOf(Array.from({ length: 2_000 }, (_, index) => index + 1));
    let read = 0;
    const late = new History(store.messages, bobs).firstSince(({ sentAtMs }) => {
      read += 1;
      return sentAtMs >= timeOf(700);
    });
    expect(late?.id).toBe(sampleId(700));
    expect(read).toBeLessThanOrEqual(54);
  });

  it('is a late enough one also where clocks were wrong', () => {
    const store = storeOf([1, 2, 3, 4, 5, 6], (number) => timeOf(number === 2 ? 900 : number));
    const found = firstSince(store, timeOf(4));
    expect([sampleId(2), sampleId(4)]).toContain(found);
  });
});
