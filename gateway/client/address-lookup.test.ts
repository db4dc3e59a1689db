import { describe, expect, it } from 'vitest';
import type { PeerKey } from '../../shared/ids.ts';
import { sampleKey } from '../store/sample.ts';
import { AddressLookup } from './address-lookup.ts';

function inquiry() {
  const asked: PeerKey[] = [];
  return { asked, questions: new AddressLookup((peer) => asked.push(peer)) };
}

describe('questions for somebody’s addresses', () => {
  it('are asked once, a bounded number at a time, in their order', () => {
    const { asked, questions } = inquiry();
    const everybody = Array.from({ length: 40 }, (_, index) => sampleKey(index));
    for (const peer of [...everybody, ...everybody]) questions.about(0, peer);
    expect(asked).toEqual(everybody.slice(0, 16));
    for (const peer of everybody) {
      expect(questions.isAbout(peer)).toBe(true);
      questions.answered(1, peer);
      expect(questions.isAbout(peer)).toBe(false);
    }
    expect(asked).toEqual(everybody);
  });

  it('that nobody answers are over after 3 s, and make room for the next', () => {
    const { asked, questions } = inquiry();
    for (let number = 0; number < 17; number++) questions.about(number, sampleKey(number));
    expect(questions.pollTimeout()).toBe(3_000);
    expect(questions.handleTimeout(2_999)).toEqual([]);
    expect(questions.handleTimeout(3_001)).toEqual([sampleKey(0), sampleKey(1)]);
    expect(asked.at(-1)).toBe(sampleKey(16));
  });

  it('are forgotten with the connection on which they were asked', () => {
    const { asked, questions } = inquiry();
    questions.about(0, sampleKey(1));
    questions.forgetAll();
    expect([questions.isAbout(sampleKey(1)), questions.pollTimeout()]).toEqual([false, undefined]);
    questions.about(5, sampleKey(1));
    expect(asked).toHaveLength(2);
  });
});
