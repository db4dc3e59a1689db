import { describe, expect, it } from 'vitest';
import { heldMessagesMax, heldSendersMax } from '../../../shared/limits.ts';
import { sampleKey } from '../../store/sample.ts';
import { HeldSenders } from './held-senders.ts';

/** Holds messages, and remembers the order in which they were accepted. */
function setUp() {
  const held = new HeldSenders();
  const accepted: string[] = [];
  const hold = (nowMs: number, sender: number, text: string) =>
    held.hold(nowMs, sampleKey(sender), () => void accepted.push(text));
  return { held, accepted, hold };
}

describe('senders that no roster has named', () => {
  it('PROTOCOL 6.64: have their messages accepted in order once they are named, and others still wait', () => {
    const { held, accepted, hold } = setUp();
    hold(0, 1, 'one');
    hold(5, 2, 'other');
    hold(9, 1, 'two');
    held.releaseIf((sender) => sender === sampleKey(1));
    expect(accepted).toEqual(['one', 'two']);
  });

  it('PROTOCOL 6.64: wait for 2 s after their first message at the most', () => {
    const { held, accepted, hold } = setUp();
    hold(0, 1, 'one');
    hold(1_500, 1, 'two');
    hold(1_600, 2, 'other');
    expect(held.pollTimeout()).toBe(2_000);
    held.handleTimeout(1_999);
    expect(accepted).toEqual([]);
    held.handleTimeout(2_000);
    expect(accepted).toEqual(['one', 'two']);
    expect(held.pollTimeout()).toBe(3_600);
  });

  it('PROTOCOL 6.64: wait no longer when their share is full, which touches no other sender', () => {
    const { held, accepted, hold } = setUp();
    hold(0, 1, 'quiet');
    for (let number = 1; number <= heldMessagesMax; number++) hold(0, 2, `loud ${number}`);
    expect(accepted).toHaveLength(heldMessagesMax);
    expect(accepted).not.toContain('quiet');
    expect(held.pollTimeout()).toBe(2_000);
  });

  it('PROTOCOL 6.64: past the limit of senders, the one that has waited longest waits no longer', () => {
    const { accepted, hold } = setUp();
    for (let sender = 1; sender <= heldSendersMax; sender++) hold(sender, sender, `from ${sender}`);
    expect(accepted).toEqual([]);
    hold(100, 100, 'newest');
    expect(accepted).toEqual(['from 1']);
  });

  it('are forgotten without an acceptance when the user goes offline', () => {
    const { held, accepted, hold } = setUp();
    hold(0, 1, 'one');
    held.clear();
    held.handleTimeout(5_000);
    expect([accepted, held.pollTimeout()]).toEqual([[], undefined]);
  });
});
