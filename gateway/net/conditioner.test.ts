import { describe, expect, it } from 'vitest';
import { Conditioner } from './conditioner.ts';
import { type LabSpec, perfectLabSpec } from './lab-spec.ts';

interface Numbered {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Sends `count` datagrams, one each millisecond, and gives what comes out with its time. */
function pass(spec: Partial<LabSpec>, count: number): { atMs: number; datagram: Numbered }[] {
  const conditioner = new Conditioner<Numbered>({ ...perfectLabSpec, ...spec });
  const out: { atMs: number; datagram: Numbered }[] = [];
  const drain = (nowMs: number) => {
    for (
      let next = conditioner.pollTransmit(nowMs);
      next !== undefined;
      next = conditioner.pollTransmit(nowMs)
    ) {
      out.push({ atMs: nowMs, datagram: next });
    }
  };
  for (let number = 0; number < count; number++) {
    conditioner.handle(number, { number, bytes: Uint8Array.of(1, 2, 3, 4) });
    drain(number);
  }
  for (let atMs = conditioner.pollTimeout(); atMs !== undefined; atMs = conditioner.pollTimeout())
    drain(atMs);
  return out;
}

describe('Conditioner', () => {
  it('passes everything unchanged, at once and in order when it has no faults', () => {
    const out = pass({}, 100);
    expect(out.map(({ datagram }) => datagram.number)).toEqual(
      Array.from({ length: 100 }, (_, number) => number),
    );
    expect(out.every(({ atMs, datagram }) => atMs === datagram.number)).toBe(true);
  });

  it('loses and duplicates about as often as specified', () => {
    expect(pass({ lossPercent: 20 }, 10_000).length).toBeGreaterThan(7_800);
    expect(pass({ lossPercent: 20 }, 10_000).length).toBeLessThan(8_200);
    expect(pass({ duplicatePercent: 10 }, 10_000).length).toBeGreaterThan(10_800);
    expect(pass({ duplicatePercent: 10 }, 10_000).length).toBeLessThan(11_200);
    expect(pass({ lossPercent: 100 }, 100)).toEqual([]);
  });

  it('flips exactly one bit of a corrupted datagram, and never changes the given bytes', () => {
    for (const { datagram } of pass({ corruptPercent: 100, duplicatePercent: 50 }, 100)) {
      const flipped = [1, 2, 3, 4].map((byte, index) => byte ^ (datagram.bytes[index] ?? 0));
      const bits = flipped.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
      expect(bits).toBe(1);
    }
  });

  it('lets later datagrams overtake a reordered one', () => {
    const numbers = pass({ reorderPercent: 10 }, 200).map(({ datagram }) => datagram.number);
    expect(numbers).not.toEqual([...numbers].sort((one, other) => one - other));
    expect(new Set(numbers).size).toBe(200);
  });

  it('delays by the delay, plus or minus the jitter', () => {
    for (const { atMs, datagram } of pass({ delayMs: 50, jitterMs: 10 }, 200)) {
      expect(atMs - datagram.number).toBeGreaterThanOrEqual(40);
      expect(atMs - datagram.number).toBeLessThanOrEqual(60);
    }
  });

  it('repeats exactly with the same seed, and not with another one', () => {
    const spec = {
      lossPercent: 30,
      duplicatePercent: 30,
      reorderPercent: 30,
      corruptPercent: 30,
      jitterMs: 5,
    };
    expect(pass({ ...spec, seed: 1 }, 300)).toEqual(pass({ ...spec, seed: 1 }, 300));
    expect(pass({ ...spec, seed: 1 }, 300)).not.toEqual(pass({ ...spec, seed: 2 }, 300));
  });

  it('accepts an empty datagram', () => {
    const conditioner = new Conditioner<Numbered>({ ...perfectLabSpec, corruptPercent: 100 });
    conditioner.handle(0, { number: 0, bytes: new Uint8Array(0) });
    expect(conditioner.pollTransmit(0)?.bytes).toEqual(new Uint8Array(0));
  });
});
