import { expect, it, vi } from 'vitest';
import type { MessageId } from '../../../shared/ids.ts';
import { messageTextBytesMax, offersInFlightMax, sendQueueBytesMax } from '../../../shared/limits.ts';
import { ChatFixture } from './chat-fixture.ts';

it('stores all messages on the server although the queue to the server was full', () => {
  const chat = new ChatFixture({ delayMs: 200 });
  const [alice, ...others] = chat.online('alice', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k');
  expect(others.length * offersInFlightMax * messageTextBytesMax).toBeGreaterThan(sendQueueBytesMax);
  for (const other of others) {
    chat.part(alice, other);
    chat.leaves(other, alice);
  }
  const handleEvent = vi.spyOn(alice.role, 'handleEvent');
  const text = 'x'.repeat(messageTextBytesMax);
  const ids = others.flatMap((other) =>
    Array.from({ length: offersInFlightMax }, () => alice.say(other, text)),
  );
  const isStored = (id: MessageId): boolean => alice.storedStageOf(id) === 'stored';
  const waiting = ids.values();
  let next = waiting.next();
  chat.simulation.until(
    'all stored',
    () => {
      while (next.done !== true && isStored(next.value)) next = waiting.next();
      return next.done === true;
    },
    60_000,
  );
  expect(ids.every(isStored)).toBe(true);
  const events = handleEvent.mock.calls.map(([, event]) => event);
  const refusals = events.filter((event) => event.type === 'undelivered' && event.cause === 'queue-full');
  expect(refusals.length).toBeGreaterThan(0);
  expect(events.some((event) => event.type === 'writable' && event.channel === 'chat')).toBe(true);
});
