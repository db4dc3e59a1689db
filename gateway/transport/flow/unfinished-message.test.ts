import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transportMessageBytesMax } from '../../../shared/limits.ts';
import { wholeBudget } from '../../simulation/transport/flow-lab.ts';
import { UnfinishedMessage } from './unfinished-message.ts';

function newBudget(bytes = 1 << 20) {
  const whole = wholeBudget(bytes);
  return { whole, share: whole.open('10.0.0.1', 'unknown') };
}

describe('an unfinished message', () => {
  it('PROTOCOL 8.13: takes memory for the bytes that came, and not for the length that its sender announces', () => {
    const { whole, share } = newBudget();
    const message = UnfinishedMessage.begin(transportMessageBytesMax, share, false)!;
    expect(message.add(0, new Uint8Array(8), false)).toBe(true);
    expect(message.add(500_000, new Uint8Array(8), false)).toBe(true);
    expect(whole.bytes).toBeLessThanOrEqual(1_000);
    expect(message.memoryBytes).toBe(whole.bytes);
  });

  it('PROTOCOL 8.13: takes the bytes that came, and 128 for each part', () => {
    const { whole, share } = newBudget();
    const message = UnfinishedMessage.begin(transportMessageBytesMax, share, false)!;
    for (let at = 0; at < transportMessageBytesMax; at += 1_024) {
      expect(message.add(at, new Uint8Array(1_024), false)).toBe(true);
      expect(whole.bytes).toBe(at + 1_024 + 128 * (at / 1_024 + 1) + 384);
    }
    expect(message.join()).toHaveLength(transportMessageBytesMax);
  });

  it('joins fragments that come in any order, in any cut and several times', () => {
    const fragments = fc.array(fc.record({ at: fc.nat(299), length: fc.integer({ min: 1, max: 80 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fragments, (all) => {
        const { whole, share } = newBudget();
        const original = Uint8Array.from({ length: 300 }, (_, place) => (place * 7) & 255);
        const message = UnfinishedMessage.begin(300, share, false)!;
        const arrived = new Set<number>();
        const add = (at: number, end: number) => {
          expect(message.add(at, original.subarray(at, end), false)).toBe(true);
          for (let place = at; place < end; place++) arrived.add(place);
          expect(message.join() !== undefined).toBe(arrived.size === 300);
          expect(whole.bytes).toBe(message.memoryBytes);
        };
        for (const { at, length } of all) add(at, Math.min(300, at + length));
        add(0, 300);
        expect(message.join()).toEqual(original);
      }),
    );
  });

  it('PROTOCOL 8.13: changes nothing without room, and takes the same fragment when there is room', () => {
    const { whole, share } = newBudget(2_000);
    const message = UnfinishedMessage.begin(3_000, share, false)!;
    expect(message.add(1_000, new Uint8Array(1_000).fill(2), false)).toBe(true);
    const before = whole.bytes;
    expect(message.add(0, new Uint8Array(1_000).fill(1), false)).toBe(false);
    expect(message.add(2_000, new Uint8Array(1_000).fill(3), false)).toBe(false);
    expect(whole.bytes).toBe(before);
    const roomy = newBudget(100_000);
    const again = UnfinishedMessage.begin(3_000, roomy.share, false)!;
    for (const place of [1, 0, 2]) {
      expect(again.add(place * 1_000, new Uint8Array(1_000).fill(place + 1), false)).toBe(true);
    }
    expect(again.join()?.filter((_byte, place) => place % 1_000 === 0)).toEqual(Uint8Array.of(1, 2, 3));
  });
});
