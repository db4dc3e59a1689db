import { describe, expect, it } from 'vitest';
import { type SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

describe('a bad network', () => {
  it.each([1, 2, 3, 4, 5])(
    'delivers 200 messages each way once and in order under loss and duplication (seed %i)',
    (seed) => {
      const chat = new ChatFixture({ lossPercent: 20, duplicatePercent: 10 }, seed);
      const [alice, bob] = chat.online('alice', 'bob');
      const count = 200;
      for (let index = 0; index < count; index++) {
        alice.say(bob, `a${index}`);
        bob.say(alice, `b${index}`);
      }
      const delivered = (one: SimulatedClient): number =>
        one.events.filter((event) => event.type === 'delivery' && event.delivery.state === 'delivered')
          .length;
      chat.simulation.until(
        'all delivered',
        () => delivered(alice) === count && delivered(bob) === count,
        3_600_000,
      );
      expect(bob.textsFrom(alice)).toEqual(Array.from({ length: count }, (_, index) => `a${index}`));
      expect(alice.textsFrom(bob)).toEqual(Array.from({ length: count }, (_, index) => `b${index}`));
    },
  );
});
