import { expect, it } from 'vitest';
import { bob, carol, withBob } from '../../shared/model/samples.ts';
import { EphemeralSubscription } from './ephemeral-subscription.ts';
import { TypingWatches } from './typing-watches.ts';

it('TypingWatches tells each subscriber at once and at each change, and the newest replaces the earlier', () => {
  const now = { conversation: withBob, people: [bob] };
  const watches = new TypingWatches(() => [now]);
  const [one, other] = [0, 1].map(() => new EphemeralSubscription(() => undefined)) as [
    EphemeralSubscription,
    EphemeralSubscription,
  ];
  watches.watch(one);
  expect(one.take()).toEqual({ type: 'typing', ...now });
  expect(one.take()).toBeUndefined();
  watches.tell({ conversation: withBob, people: [carol] });
  watches.tell({ conversation: withBob, people: [] });
  expect(one.take()).toEqual({ type: 'typing', conversation: withBob, people: [] });
  expect(one.take()).toBeUndefined();
  expect(other.take()).toBeUndefined();
  watches.forget(one);
  watches.tell(now);
  expect(one.take()).toBeUndefined();
});
