import { describe, expect, it } from 'vitest';
import { batchItemsMax } from '../../../shared/limits.ts';
import { sampleConversation, sampleId } from '../../store/sample.ts';
import type { BatchContent } from '../../store/client-store.ts';
import { Batches } from './batches.ts';

const conversation = sampleConversation(1);

function acknowledge(...numbers: number[]): BatchContent {
  return { kind: 'acknowledge', items: numbers.map(sampleId) };
}

function reaction(number: number, emoji = '👍'): BatchContent {
  return { kind: 'reaction', items: [{ of: sampleId(number), emoji, on: true }] };
}

describe('the batches of a conversation', () => {
  it('PROTOCOL 10.10: leave a second apart, the first at once', () => {
    const batches = new Batches();
    expect(batches.add(5_000, conversation, sampleId(1), reaction(1))).toBe(5_000);
    expect(batches.add(5_400, conversation, sampleId(2), reaction(2))).toBe(6_000);
    expect(batches.add(5_500, conversation, sampleId(3), acknowledge(3))).toBe(7_000);
    expect(batches.add(5_600, sampleConversation(2), sampleId(4), reaction(4))).toBe(5_600);
    expect(batches.add(8_000, conversation, sampleId(5), reaction(5))).toBe(8_000);
  });

  it('take what follows until they leave, but nothing about the same thing and nothing of another kind', () => {
    const batches = new Batches();
    batches.add(0, conversation, sampleId(1), reaction(1));
    expect(batches.openFor(100, conversation, reaction(2))).toBeUndefined();
    batches.add(100, conversation, sampleId(2), reaction(2));
    expect(batches.openFor(200, conversation, reaction(3))).toBe(sampleId(2));
    expect(batches.openFor(200, conversation, reaction(3))).toBeUndefined();
    expect(batches.openFor(200, conversation, reaction(3, '🎉'))).toBe(sampleId(2));
    expect(batches.openFor(200, conversation, acknowledge(4))).toBeUndefined();
    expect(batches.openFor(200, sampleConversation(2), reaction(5))).toBeUndefined();
    expect(batches.openFor(1_000, conversation, reaction(6))).toBeUndefined();
  });

  it('take no more items than a content may have', () => {
    const batches = new Batches();
    batches.add(0, conversation, sampleId(1), acknowledge(1));
    batches.add(0, conversation, sampleId(2), acknowledge(2));
    const many = Array.from({ length: batchItemsMax - 1 }, (_, index) => 10 + index);
    expect(batches.openFor(0, conversation, acknowledge(...many))).toBe(sampleId(2));
    expect(batches.openFor(0, conversation, acknowledge(1_000))).toBeUndefined();
  });
});
