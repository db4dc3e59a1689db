import { describe, expect, it } from 'vitest';
import { printedIdsMax } from '../../../shared/limits.ts';
import { alice, bob, incoming, messageId } from '../frontend/scripted-gateway.ts';
import { MessageNumbers } from './message-numbers.ts';

describe('MessageNumbers', () => {
  it('gives each message one number, and no number twice', () => {
    const numbers = new MessageNumbers();
    const [one, two] = [incoming(bob, 1, 'one'), incoming(bob, 2, 'two')];
    expect([one, two, one].map((message) => numbers.give(message, alice))).toEqual([1, 2, 1]);
    expect(numbers.find(2)).toMatchObject({ id: two.id, author: bob });
    expect(numbers.numberOf(one.id)).toBe(1);
    expect(numbers.find(3)).toBeUndefined();
  });

  it('follows the reactions of the user', () => {
    const numbers = new MessageNumbers();
    const message = incoming(bob, 1, 'one');
    numbers.give(message, alice);
    numbers.update({ ...message, reactions: [{ emoji: '👍', keys: [bob, alice] }] }, alice);
    expect(numbers.find(1)?.ownEmoji).toEqual(new Set(['👍']));
    numbers.update({ ...incoming(bob, 2, 'no number'), reactions: [] }, alice);
    expect(numbers.numberOf(messageId(2))).toBeUndefined();
  });

  it('forgets the oldest numbers, and still uses none twice', () => {
    const numbers = new MessageNumbers();
    for (let index = 0; index <= printedIdsMax; index++) numbers.give(incoming(bob, index, 'x'), alice);
    expect([numbers.find(1), numbers.numberOf(messageId(0))]).toEqual([undefined, undefined]);
    expect(numbers.give(incoming(bob, 0, 'x'), alice)).toBe(printedIdsMax + 2);
  });
});
