import { describe, expect, it } from 'vitest';
import { BottleneckLink, type BottleneckSpec } from './bottleneck-link.ts';

const spec: BottleneckSpec = {
  bitsPerSecond: 1_000_000,
  queuePackets: 4,
  delayMs: 10,
  lossPercent: 0,
  bursts: null,
  seed: 1,
};
/** With its headers 125 bytes: 1 ms at 1 Mbit/s. */
const packet = { bytes: new Uint8Array(97) };

function arrivalsMs(link: BottleneckLink<typeof packet>): number[] {
  const arrivals: number[] = [];
  for (let atMs = link.pollTimeout(); atMs !== undefined; atMs = link.pollTimeout()) {
    while (link.pollTransmit(atMs) !== undefined) arrivals.push(atMs);
  }
  return arrivals;
}

describe('BottleneckLink', () => {
  it('passes packets one after the other, at its rate, after its delay', () => {
    const link = new BottleneckLink<typeof packet>(spec);
    for (let count = 0; count < 3; count++) link.handle(0, packet);
    expect(arrivalsMs(link)).toEqual([11, 12, 13]);
    link.handle(20, packet);
    expect(arrivalsMs(link)).toEqual([31]);
  });

  it('drops packets that find its queue full', () => {
    const link = new BottleneckLink<typeof packet>(spec);
    for (let count = 0; count < 6; count++) link.handle(0, packet);
    link.handle(1.5, packet);
    expect([link.overflows, link.queuedMost]).toEqual([2, 4]);
    expect(arrivalsMs(link)).toEqual([11, 12, 13, 14, 15]);
  });

  it('loses packets at random or in bursts as often as specified', () => {
    const lossesOf = (change: Partial<BottleneckSpec>): { share: number; longestRun: number } => {
      const link = new BottleneckLink<typeof packet>({ ...spec, queuePackets: 20_000, ...change });
      for (let count = 0; count < 10_000; count++) link.handle(count, packet);
      const arrived = new Set(arrivalsMs(link));
      let run = 0;
      let longestRun = 0;
      for (let count = 0; count < 10_000; count++) {
        run = arrived.has(count + 11) ? 0 : run + 1;
        longestRun = Math.max(longestRun, run);
      }
      return { share: 1 - arrived.size / 10_000, longestRun };
    };
    const random = lossesOf({ lossPercent: 10 });
    expect(random.share).toBeGreaterThan(0.08);
    expect(random.share).toBeLessThan(0.12);
    // A tenth of the time in the bad state, which loses everything: as much, but together.
    const bursts = lossesOf({ bursts: { beginPercent: 1, endPercent: 9, lossPercent: 100 } });
    expect(bursts.share).toBeGreaterThan(0.06);
    expect(bursts.share).toBeLessThan(0.14);
    expect(bursts.longestRun).toBeGreaterThan(3 * random.longestRun);
  });
});
