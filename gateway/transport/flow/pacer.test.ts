import { describe, expect, it } from 'vitest';
import { bulkBurst, Pacer, promptBurst } from './pacer.ts';

const packetBytes = 1_200;

/** How many packets leave at this moment. */
function burst(pacer: Pacer, nowMs: number, bytesPerMs: number): number {
  let packets = 0;
  for (; packets < 10_000 && pacer.isOpen(nowMs, bytesPerMs); packets++) pacer.onSent(packetBytes);
  return packets;
}

describe('the pacer', () => {
  it('PROTOCOL 8.5: lets a burst of 10 packets of chat leave after a pause, and two of bulk', () => {
    for (const [kind, most] of [
      [promptBurst, 10],
      [bulkBurst, 2],
    ] as const) {
      const pacer = new Pacer(0, kind);
      burst(pacer, 0, 1_200);
      expect(burst(pacer, 10_000, 1_200)).toBe(most);
    }
  });

  it('PROTOCOL 8.27: lets all bulk leave at once that was due while a timer was late, but not more than 2 ms of it', () => {
    const pacer = new Pacer(0, bulkBurst);
    const bytesPerMs = 120_000;
    burst(pacer, 0, bytesPerMs);
    expect(burst(pacer, 1, bytesPerMs)).toBeGreaterThan(95);
    expect(burst(pacer, 21, bytesPerMs)).toBeGreaterThan(195);
    expect(burst(pacer, 41, bytesPerMs)).toBeLessThan(205);
  });

  it('keeps no credit of a burst that the window has cut short', () => {
    const pacer = new Pacer(0, bulkBurst);
    burst(pacer, 0, 12_000);
    expect(pacer.isOpen(2, 12_000)).toBe(true);
    pacer.onSent(packetBytes);
    expect(burst(pacer, 2.1, 12_000)).toBeLessThan(4);
  });
});
