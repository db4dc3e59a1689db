import { describe, expect, it } from 'vitest';
import { sampleKey } from '../store/sample.ts';
import { decideShare, type AskingPeer, type PeerUsage } from './mailbox-shares.ts';

const quotas = { messages: 10, bytes: 1_000 };

const known = (number: number, messages: number, bytes = messages): PeerUsage => ({
  peer: sampleKey(number),
  isKnown: true,
  messages,
  bytes,
});
const unknown = (number: number, messages: number, bytes = messages): PeerUsage => ({
  ...known(number, messages, bytes),
  isKnown: false,
});
const asks = (number: number, isKnown: boolean, bytes = 1): AskingPeer => ({
  peer: sampleKey(number),
  isKnown,
  bytes,
});

const fits = { type: 'fits' };
const full = { type: 'full' };
const newestOf = (number: number) => ({ type: 'gives-way', loser: sampleKey(number), envelope: 'newest' });
const longestOf = (number: number) => ({ type: 'gives-way', loser: sampleKey(number), envelope: 'longest' });

describe('PROTOCOL 6.24: the room in a mailbox', () => {
  it('is half for senders that its owner does not know, together', () => {
    const four = [unknown(1, 2), unknown(2, 2)];
    expect(decideShare(four, asks(3, false), quotas)).toEqual(fits);
    expect(decideShare([...four, unknown(3, 1)], asks(1, false), quotas)).toEqual(full);
    expect(decideShare([...four, unknown(3, 1)], asks(1, true), quotas)).toEqual(fits);
    expect(decideShare([unknown(1, 1, 450)], asks(2, false, 50), quotas)).toEqual(fits);
    expect(decideShare([unknown(1, 1, 450)], asks(1, false, 51), quotas)).toEqual(full);
  });

  it('is taken from the sender that uses most of it, in the measure that is full', () => {
    expect(decideShare([unknown(1, 3), unknown(2, 2)], asks(3, false), quotas)).toEqual(newestOf(1));
    expect(decideShare([unknown(1, 1, 300), unknown(2, 4, 200)], asks(3, false, 90), quotas)).toEqual(
      newestOf(2),
    );
    expect(decideShare([unknown(1, 1, 300), unknown(2, 2, 200)], asks(3, false, 90), quotas)).toEqual(
      longestOf(1),
    );
    expect(decideShare([known(1, 6), known(2, 4)], asks(3, true), quotas)).toEqual(newestOf(1));
  });

  it('is refused to the sender that would use most of it, or as much as the others', () => {
    expect(decideShare([unknown(1, 3), unknown(2, 2)], asks(1, false), quotas)).toEqual(full);
    expect(decideShare([unknown(1, 3), unknown(2, 2)], asks(2, false), quotas)).toEqual(full);
    expect(decideShare([unknown(1, 5)], asks(1, false), quotas)).toEqual(full);
    expect(decideShare([known(1, 5), known(2, 5)], asks(1, true), quotas)).toEqual(full);
    expect(decideShare([], asks(1, true, 1_001), quotas)).toEqual(full);
  });

  it('is taken from an unknown sender among equals, by a known one', () => {
    const half = [known(2, 5), unknown(1, 5)];
    expect(decideShare([...half], asks(3, true), quotas)).toEqual(newestOf(1));
    const equals = [known(2, 4), unknown(1, 2), known(4, 4)];
    expect(decideShare(equals, { ...asks(5, true) }, quotas)).toEqual(newestOf(2));
    expect(decideShare([unknown(1, 1), ...manyKnown(9)], asks(20, true), quotas)).toEqual(newestOf(1));
    expect(decideShare(manyKnown(10), asks(20, true), quotas)).toEqual(full);
  });

  it('is never taken from a known sender by an unknown one', () => {
    expect(decideShare([known(1, 10)], asks(2, false), quotas)).toEqual(full);
    expect(decideShare([known(1, 8), unknown(3, 2)], asks(2, false), quotas)).toEqual(newestOf(3));
    expect(decideShare([known(1, 8), unknown(3, 1), unknown(4, 1)], asks(2, false), quotas)).toEqual(full);
  });
});

function manyKnown(count: number): PeerUsage[] {
  return Array.from({ length: count }, (_, index) => known(30 + index, 1));
}
