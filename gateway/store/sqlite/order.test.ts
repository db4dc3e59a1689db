import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareByOrder } from '../../../shared/message.ts';
import type { ClientStore, NewMessage, StoredMessage } from '../client-store.ts';
import { sampleId, sampleInstallation, sampleKey } from '../sample.ts';
import { openClientStore } from './client-store.ts';

const peer = sampleKey(1);

/** Which stream of sequences a message is of: mine come in order, those of the others in any. */
type Origin = 'mine' | 'first' | 'second';
interface Arrival {
  readonly origin: Origin;
  readonly sequence: number;
}

/** Messages of two installations of the other person in any order, and mine between them in theirs. */
const arrivals: fc.Arbitrary<Arrival[]> = fc
  .record({
    mine: fc.nat(15),
    first: fc.shuffledSubarray(oneTo(12)),
    second: fc.shuffledSubarray(oneTo(6)),
    mix: fc.infiniteStream(fc.nat(2)),
  })
  .map(({ mine, first, second, mix }) => {
    const queues: Record<Origin, number[]> = { mine: oneTo(mine), first: [...first], second: [...second] };
    const order: Origin[] = ['mine', 'first', 'second'];
    const result: Arrival[] = [];
    for (const turn of mix) {
      if (order.every((origin) => queues[origin].length === 0)) break;
      const origin = order[turn]!;
      const sequence = queues[origin].shift();
      if (sequence !== undefined) result.push({ origin, sequence });
    }
    return result;
  });

/** A sender that lies, or came back from a backup: any sequence, any number of times. */
const lies: fc.Arbitrary<Arrival[]> = fc.array(
  fc.record({
    origin: fc.constantFrom<Origin>('mine', 'first', 'second'),
    sequence: fc.integer({ min: 1, max: 6 }),
  }),
  { maxLength: 30 },
);

describe('0004-order', () => {
  it('the messages of each installation stand in the order of their sequence, whatever the arrival', () => {
    fc.assert(
      fc.property(arrivals, (order) => {
        const conversation = conversationAfter(order).at(-1) ?? [];
        expect(conversation).toHaveLength(order.length);
        for (const origin of ['mine', 'first', 'second'] as const) {
          const sequences = conversation
            .filter((message) => originOf(message) === origin)
            .map((message) => message.sequence);
          expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  it('mine stand in the order in which I wrote, each after all that I had seen', () => {
    fc.assert(
      fc.property(arrivals, (order) => {
        const steps = conversationAfter(order);
        for (const [index, arrival] of order.entries()) {
          if (arrival.origin === 'mine') expect(steps[index]!.at(-1)).toMatchObject({ direction: 'out' });
        }
      }),
    );
  });

  it('what has a place keeps it, and no two messages share place and sequence, also when the sender lies', () => {
    fc.assert(
      fc.property(fc.oneof(arrivals, lies), (order) => {
        let before: StoredMessage[] = [];
        for (const conversation of conversationAfter(order)) {
          const ids = new Set(before.map((message) => message.id));
          expect(conversation).toHaveLength(before.length + 1);
          expect(conversation.filter((message) => ids.has(message.id))).toEqual(before);
          expect(conversation).toEqual(conversation.toSorted(compareByOrder));
          const positions = conversation.map((message) => `${message.place}/${message.sequence}`);
          expect(new Set(positions).size).toBe(conversation.length);
          before = conversation;
        }
      }),
    );
  });

  it('pages tell the same order as the whole', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 7 }), (order, limit) => {
        withStore((store) => {
          for (const [index, arrival] of order.entries()) store.messages.insert(messageOf(arrival, index));
          const paged: StoredMessage[] = [];
          let page = store.messages.page(peer, null, limit);
          paged.unshift(...page.messages);
          while (page.older) {
            page = store.messages.page(peer, paged[0]!.id, limit);
            paged.unshift(...page.messages);
          }
          expect(paged).toEqual(store.messages.page(peer, null, order.length + 1).messages);
        });
      }),
    );
  });
});

/** The whole conversation after each arrival. */
function conversationAfter(order: readonly Arrival[]): StoredMessage[][] {
  return withStore((store) =>
    order.map((arrival, index) => {
      store.messages.insert(messageOf(arrival, index));
      return store.messages.page(peer, null, order.length + 1).messages;
    }),
  );
}

function withStore<Result>(use: (store: ClientStore) => Result): Result {
  const store = openClientStore();
  try {
    store.begin();
    return use(store);
  } finally {
    store.close();
  }
}

const installations: Record<Origin, number> = { mine: 9, first: 1, second: 2 };

function messageOf(arrival: Arrival, index: number): NewMessage {
  return {
    id: sampleId(index + 1),
    peer,
    direction: arrival.origin === 'mine' ? 'out' : 'in',
    // The text tells the origin, which a placed message does not.
    text: arrival.origin,
    sentAtMs: 0,
    installation: sampleInstallation(installations[arrival.origin]),
    sequence: arrival.sequence,
  };
}

function originOf(message: StoredMessage): string {
  return message.text;
}

function oneTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
