import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BridgeEvent, NumberedEvent } from '../../shared/bridge/events.ts';
import { EventLog } from './event-log.ts';

const epoch = '00112233445566aa';

function makeLog(max?: number): { log: EventLog; errors: unknown[] } {
  const errors: unknown[] = [];
  const options = { epoch, onListenerError: (error: unknown) => errors.push(error) };
  return { log: new EventLog(max === undefined ? options : { ...options, max }), errors };
}

function waiting(count: number): BridgeEvent {
  return { type: 'waiting-messages', count };
}

const reset: BridgeEvent = {
  type: 'reset',
  snapshot: {
    session: { phase: 'none' },
    hosting: null,
    guests: null,
    lab: null,
    contacts: [],
    conversations: [],
    rooms: [],
    movedConversations: [],
    settings: null,
    profiles: [],
  },
};

describe('EventLog', () => {
  it('numbers events from 1 and tells its position', () => {
    const { log } = makeLog();
    expect(log.cursor()).toEqual({ epoch, number: 0 });
    expect(log.append(waiting(1))).toEqual({ number: 1, event: waiting(1) });
    expect(log.append(waiting(2)).number).toBe(2);
    expect(log.cursor()).toEqual({ epoch, number: 2 });
  });

  it('gives what came after a position, and nothing at the newest one', () => {
    const { log } = makeLog();
    for (const count of [1, 2, 3]) log.append(waiting(count));
    expect(log.since({ epoch, number: 1 })?.map((entry) => entry.number)).toEqual([2, 3]);
    expect(log.since({ epoch, number: 3 })).toEqual([]);
  });

  it('knows nothing of another epoch or of the future', () => {
    const { log } = makeLog();
    log.append(waiting(1));
    expect(log.since({ epoch: 'ffffffffffffffff', number: 1 })).toBeUndefined();
    expect(log.since({ epoch, number: 2 })).toBeUndefined();
  });

  it('keeps one list of guests, the newest, whichever of its events a frontend has missed', () => {
    const { log } = makeLog();
    const guestsOf = (limit: number): BridgeEvent => ({
      type: 'guests',
      guests: {
        isOn: true,
        link: null,
        origins: [],
        limit,
        asks: false,
        fault: null,
        guests: [],
        waiting: [],
      },
    });
    log.append(guestsOf(1));
    log.append(waiting(1));
    log.append(guestsOf(2));
    const [first, second, third] = log.since({ epoch, number: 0 }) ?? [];
    expect([first?.number, second, third]).toEqual([
      1,
      { number: 2, event: waiting(1) },
      { number: 3, event: guestsOf(2) },
    ]);
    expect(first?.event).toBe(third?.event);
  });

  it('keeps at most `max` events, and admits what it no longer has', () => {
    const { log } = makeLog(3);
    for (let count = 1; count <= 5; count++) log.append(waiting(count));
    expect(log.since({ epoch, number: 2 })?.map((entry) => entry.number)).toEqual([3, 4, 5]);
    expect(log.since({ epoch, number: 1 })).toBeUndefined();
  });

  it('lets a reset take the place of everything before it', () => {
    const { log } = makeLog();
    for (const event of [waiting(1), waiting(2), reset, waiting(3)]) log.append(event);
    expect(log.since({ epoch, number: 2 })?.map((entry) => entry.number)).toEqual([3, 4]);
    expect(log.since({ epoch, number: 1 })).toBeUndefined();
  });

  it('never skips or repeats: any position gives exactly the events after it, or undefined', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        (resets, max) => {
          const { log } = makeLog(max);
          for (const isReset of resets) log.append(isReset ? reset : waiting(1));
          for (let number = 0; number <= resets.length; number++) {
            const numbers = log.since({ epoch, number })?.map((entry) => entry.number);
            if (numbers === undefined) continue;
            expect(numbers).toEqual(
              Array.from({ length: resets.length - number }, (_, index) => number + index + 1),
            );
          }
          expect(log.since(log.cursor())).toEqual([]);
        },
      ),
    );
  });
});

describe('EventLog listeners', () => {
  it('hear every event from their subscription on, until they unsubscribe', () => {
    const { log } = makeLog();
    const heard: number[] = [];
    log.append(waiting(1));
    const subscription = log.subscribe((entry) => heard.push(entry.number));
    log.append(waiting(2));
    log.append(waiting(3));
    subscription.unsubscribe();
    log.append(waiting(4));
    expect(heard).toEqual([2, 3]);
  });

  it('are not hurt by one that throws', () => {
    const { log, errors } = makeLog();
    const heard: number[] = [];
    log.subscribe(() => {
      throw new Error('a broken frontend');
    });
    log.subscribe((entry) => heard.push(entry.number));
    log.append(waiting(1));
    log.append(waiting(2));
    expect(heard).toEqual([1, 2]);
    expect(errors).toHaveLength(2);
  });

  it('hear in order, also when one of them appends', () => {
    const { log } = makeLog();
    const heard: number[] = [];
    log.subscribe((entry) => {
      if (entry.number === 1) log.append(waiting(2));
    });
    log.subscribe((entry) => heard.push(entry.number));
    log.append(waiting(1));
    expect(heard).toEqual([1, 2]);
  });

  it('do not hear what was appended before they came, even if it is still being told', () => {
    const { log } = makeLog();
    const late: NumberedEvent[] = [];
    const first = log.subscribe(() => {
      first.unsubscribe();
      log.subscribe((entry) => late.push(entry));
    });
    log.append(waiting(1));
    log.append(waiting(2));
    expect(late.map((entry) => entry.number)).toEqual([2]);
  });

  it('hear nothing after unsubscribing, even in the middle of an event', () => {
    const { log } = makeLog();
    const heard: number[] = [];
    log.subscribe(() => second.unsubscribe());
    const second = log.subscribe((entry) => heard.push(entry.number));
    log.append(waiting(1));
    expect(heard).toEqual([]);
  });
});
