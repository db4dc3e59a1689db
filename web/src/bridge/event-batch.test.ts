import { describe, expect, it } from 'vitest';
import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import { EventBatch } from './event-batch.ts';

const event = (count: number): BridgeEvent => ({ type: 'waiting-messages', count });

function batchAt() {
  const clock = { nowMs: 1_000 };
  const drawn: number[][] = [];
  let timer: (() => void) | undefined;
  const batch = new EventBatch(
    {
      nowMs: () => clock.nowMs,
      after: (_delayMs, callback) => {
        timer = callback;
        return () => (timer = undefined);
      },
    },
    (events) => drawn.push(events.map((one) => (one.type === 'waiting-messages' ? one.count : 0))),
  );
  return { clock, drawn, batch, ring: () => timer?.(), isRinging: () => timer !== undefined };
}

describe('events that arrive faster than the page can draw them', () => {
  it('a single event is passed on at once', () => {
    const { batch, drawn } = batchAt();
    batch.add(event(1));
    expect(drawn).toEqual([[1]]);
  });

  it('a flood is passed on together, in order and without loss', () => {
    const { batch, drawn, clock, ring } = batchAt();
    for (const count of [1, 2, 3, 4]) batch.add(event(count));
    expect(drawn).toEqual([[1]]);
    clock.nowMs += 50;
    ring();
    expect(drawn).toEqual([[1], [2, 3, 4]]);
  });

  it('what follows a drawing of the page itself is passed on together, and what came with it after it', () => {
    const { batch, drawn, clock, ring } = batchAt();
    const called: number[] = [];
    batch.drawsNow();
    batch.afterwards(() => called.push(drawn.length));
    batch.add(event(1));
    batch.afterwards(() => called.push(drawn.length));
    clock.nowMs += 30;
    batch.drawsNow();
    batch.add(event(2));
    expect(drawn).toEqual([]);
    expect(called).toEqual([0]);
    clock.nowMs += 20;
    ring();
    expect(drawn).toEqual([[1, 2]]);
    expect(called).toEqual([0, 1]);
    clock.nowMs += 50;
    batch.add(event(3));
    expect(called).toEqual([0, 1]);
  });

  it('after a pause, the next event is passed on at once again', () => {
    const { batch, drawn, clock } = batchAt();
    batch.add(event(1));
    clock.nowMs += 50;
    batch.add(event(2));
    expect(drawn).toEqual([[1], [2]]);
  });

  it('flush lets nothing overtake the events, and passes none on twice', () => {
    const { batch, drawn, isRinging } = batchAt();
    batch.add(event(1));
    batch.add(event(2));
    batch.flush();
    batch.flush();
    expect(drawn).toEqual([[1], [2]]);
    expect(isRinging()).toBe(false);
  });
});
