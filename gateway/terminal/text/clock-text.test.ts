import { describe, expect, it } from 'vitest';
import { agoTextIn, clockTextIn } from './clock-text.ts';

describe('times at the prompt', () => {
  it('use 24 hours, with midnight as 00', () => {
    expect(clockTextIn('UTC')(Date.UTC(2024, 0, 1, 0, 5))).toBe('00:05');
    expect(clockTextIn('Asia/Kolkata')(Date.UTC(2024, 0, 1, 18, 0))).toBe('23:30');
  });

  it('show a past time as minutes, then as a time of today, then as a date', () => {
    const seenMs = Date.UTC(2025, 10, 3, 14, 5);
    const ago = (afterMs: number) => agoTextIn('UTC')(seenMs, seenMs + afterMs);
    const minuteMs = 60_000;
    expect(ago(-minuteMs / 2)).toBe('just now');
    expect(ago(minuteMs)).toBe('1 minute ago');
    expect(ago(59 * minuteMs)).toBe('59 minutes ago');
    expect(ago(60 * minuteMs)).toBe('today at 14:05');
    expect(ago(24 * 60 * minuteMs)).toBe('on 3 November 2025');
  });

  it('show an impossible time as nothing or dashes', () => {
    expect([agoTextIn('UTC')(3_600_000, 0), agoTextIn('UTC')(-9e15, 0)]).toEqual(['', '']);
    expect(clockTextIn('UTC')(9e15)).toBe('--:--');
  });
});
