import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentText } from '../../../../shared/content-text.ts';
import { compareMessages } from '../../../../shared/message.ts';
import type { ClientStore, NewMessage, StoredMessage } from '../../client-store.ts';
import {
  sampleConversation,
  sampleId,
  sampleInstallation,
  sampleMessage,
  sampleOwn,
  sampleMe,
  text,
} from '../../sample.ts';
import { openClientStore } from './client-store.ts';

const conversation = sampleConversation(1);

/** Which installation wrote a message. The user's own messages come in order, those of the peer in any. */
type Origin = 'mine' | 'first' | 'second';
interface Arrival {
  readonly origin: Origin;
  readonly sequence: number;
}

/** Messages of two installations of the peer in any order, mixed with messages of the user in their order. */
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

/** A sender that lies or was restored from a backup: any sequence, any number of times. */
const arbitraryArrivals: fc.Arbitrary<Arrival[]> = fc.array(
  fc.record({
    origin: fc.constantFrom<Origin>('mine', 'first', 'second'),
    sequence: fc.integer({ min: 1, max: 6 }),
  }),
  { maxLength: 30 },
);

describe('the order of a conversation (0004-order)', () => {
  it('has the messages of each installation by sequence, in whatever order they arrive', () => {
    fc.assert(
      fc.property(arrivals, (order) => {
        const messages = conversationAfter(order).at(-1) ?? [];
        expect(messages).toHaveLength(order.length);
        for (const origin of ['mine', 'first', 'second'] as const) {
          const sequences = messages
            .filter((message) => originOf(message) === origin)
            .map((message) => message.position.minor);
          expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  it('has each message of the user after everything that the user had seen', () => {
    fc.assert(
      fc.property(arrivals, (order) => {
        const steps = conversationAfter(order);
        for (const [index, arrival] of order.entries()) {
          if (arrival.origin === 'mine') expect(steps[index]!.at(-1)).toMatchObject({ author: sampleMe });
        }
      }),
    );
  });

  it('never changes for messages that have a position, and no two messages share one, also when the sender lies', () => {
    fc.assert(
      fc.property(fc.oneof(arrivals, arbitraryArrivals), (order) => {
        let before: StoredMessage[] = [];
        for (const messages of conversationAfter(order)) {
          const ids = new Set(before.map((message) => message.id));
          expect(messages).toHaveLength(before.length + 1);
          expect(messages.filter((message) => ids.has(message.id))).toEqual(before);
          expect(messages).toEqual(messages.toSorted(compareMessages));
          const positions = messages.map((message) => `${message.position.major}/${message.position.minor}`);
          expect(new Set(positions).size).toBe(messages.length);
          before = messages;
        }
      }),
    );
  });

  it('is the same in pages as in the whole', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 7 }), (order, limit) => {
        withStore((store) => {
          for (const [index, arrival] of order.entries()) store.messages.insert(messageOf(arrival, index));
          const paged: StoredMessage[] = [];
          let page = store.messages.page(conversation, null, limit);
          paged.unshift(...page.messages);
          while (page.hasMore) {
            page = store.messages.page(conversation, paged[0]!.id, limit);
            paged.unshift(...page.messages);
          }
          expect(paged).toEqual(store.messages.page(conversation, null, order.length + 1).messages);
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
      return store.messages.page(conversation, null, order.length + 1).messages;
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

function messageOf({ origin, sequence }: Arrival, index: number): NewMessage {
  const change = {
    id: sampleId(index + 1),
    // The text tells the origin, which a stored message does not.
    ...text(origin),
    sequence,
    installation: sampleInstallation(installations[origin]),
  };
  return origin === 'mine' ? sampleOwn(index, change) : sampleMessage(index, change);
}

function originOf(message: StoredMessage): string {
  return contentText(message.content);
}

function oneTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
