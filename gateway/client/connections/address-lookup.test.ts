import { describe, expect, it } from 'vitest';
import type { PeerKey } from '../../../shared/ids.ts';
import { sampleKey } from '../../store/sample.ts';
import { AddressLookup } from './address-lookup.ts';

function newLookup() {
  const asked: PeerKey[] = [];
  return { asked, lookup: new AddressLookup((peer) => asked.push(peer)) };
}

describe('an address lookup', () => {
  it('asks about each peer once, about a bounded number at a time, in order', () => {
    const { asked, lookup } = newLookup();
    const peers = Array.from({ length: 40 }, (_, index) => sampleKey(index));
    for (const peer of [...peers, ...peers]) lookup.about(0, peer);
    expect(asked).toEqual(peers.slice(0, 16));
    for (const peer of peers) {
      expect(lookup.isAbout(peer)).toBe(true);
      lookup.answered(1, peer);
      expect(lookup.isAbout(peer)).toBe(false);
    }
    expect(asked).toEqual(peers);
  });

  it('gives up after 3 s without an answer, and makes room for the next', () => {
    const { asked, lookup } = newLookup();
    for (let number = 0; number < 17; number++) lookup.about(number, sampleKey(number));
    expect(lookup.pollTimeout()).toBe(3_000);
    expect(lookup.handleTimeout(2_999)).toEqual([]);
    expect(lookup.handleTimeout(3_001)).toEqual([sampleKey(0), sampleKey(1)]);
    expect(asked.at(-1)).toBe(sampleKey(16));
  });

  it('forgets its questions with the connection on which it asked', () => {
    const { asked, lookup } = newLookup();
    lookup.about(0, sampleKey(1));
    lookup.forgetAll();
    expect([lookup.isAbout(sampleKey(1)), lookup.pollTimeout()]).toEqual([false, undefined]);
    lookup.about(5, sampleKey(1));
    expect(asked).toHaveLength(2);
  });
});
