import { expect, it, vi } from 'vitest';
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
  chat.simulation.until('all stored', () => ids.every((id) => alice.storedStageOf(id) === 'stored'), 60_000);
  const events = handleEvent.mock.calls.map(([, event]) => event);
  const refusals = events.filter((event) => event.type === 'undelivered' && event.cause === 'queue-full');
  expect(refusals.length).toBeGreaterThan(0);
  expect(events.some((event) => event.type === 'writable' && event.channel === 'chat')).toBe(true);
});
