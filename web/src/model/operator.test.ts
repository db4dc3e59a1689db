import { describe, expect, it } from 'vitest';
import { initialState } from '../../../shared/model/chat.ts';
import { plotValues, recentRate, refusalSeries, sizeText } from './operator.ts';
import { isServerOnly } from './server-only.ts';

const hosting = { port: 50_000, addresses: [], here: '127.0.0.1:50000', joinCode: null, movedFrom: null };
const words = { code: (code: string) => `refused: ${code}`, all: 'all', others: 'others' };

describe("the operator's page", () => {
  it('is the only screen of a gateway that runs a server and no client', () => {
    expect(isServerOnly({ ...initialState, hosting })).toBe(true);
    expect(isServerOnly(initialState)).toBe(false);
    const session = { phase: 'joining', nickname: 'alice', server: { address: '10.0.0.1:50000' } } as const;
    expect(isServerOnly({ session, hosting })).toBe(false);
  });

  it('writes sizes in units that people read, and never nothing for something', () => {
    const sizes = [0, 1, 1_023, 1_024, 1_100, 3_565_158, 1_048_575, 7e12];
    const english = new Intl.NumberFormat('en');
    expect(sizes.map((bytes) => sizeText(bytes, english))).toEqual([
      '0 B',
      '1 B',
      '1,023 B',
      '1 KiB',
      '1.1 KiB',
      '3.4 MiB',
      '1,024 KiB',
      '6.4 TiB',
    ]);
    expect(sizeText(6_452, new Intl.NumberFormat('de'))).toBe('6,4 KiB');
  });

  it('puts few counts at the end of the five minutes of a plot', () => {
    const values = plotValues([4, 5]);
    expect(values).toHaveLength(300);
    expect(values.slice(-3)).toEqual([null, 4, 5]);
    expect(plotValues(Array.from({ length: 400 }, (_, second) => second))).toHaveLength(300);
  });

  it('says the rate of the last five seconds', () => {
    expect(recentRate([])).toBe(0);
    expect(recentRate([1_000, 1, 2, 3, 4, 5])).toBe(3);
  });

  it('plots the two most frequent refusals, and all others together with the dropped datagrams', () => {
    const refused = ['banned', 'nickname-taken', 'too-often'].map((code) => ({ code, counts: [1, 2] }));
    const series = refusalSeries({ refused, dropped: [{ code: 'forged', counts: [5, 5] }] }, words);
    expect(series.map(({ label }) => label)).toEqual([
      'refused: banned',
      'refused: nickname-taken',
      'others',
    ]);
    expect(series[2]?.values.slice(-2)).toEqual([6, 7]);
    expect(refusalSeries({ refused: [], dropped: [] }, words).map(({ label }) => label)).toEqual(['all']);
  });
});
