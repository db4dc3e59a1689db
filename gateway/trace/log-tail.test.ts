import { describe, expect, it } from 'vitest';
import { logLineLengthMax, logLinesMax } from '../../shared/limits.ts';
import { LogTail } from './log-tail.ts';

describe('the newest lines of the log', () => {
  it('have numbers, so that a page asks only for those that it lacks', () => {
    const tail = new LogTail(() => 5);
    tail.add('server', 'one');
    tail.add('store', 'two');
    expect(tail.number).toBe(2);
    expect(tail.since(1)).toEqual([{ number: 2, wallMs: 5, layer: 'store', text: 'two' }]);
    expect(tail.since(2)).toEqual([]);
  });

  it('are bounded in number and in length', () => {
    const tail = new LogTail(() => 5);
    for (let number = 1; number <= logLinesMax + 7; number++) tail.add('server', 'x'.repeat(10_000));
    expect(tail.since(0)).toHaveLength(logLinesMax);
    expect(tail.since(0)[0]).toMatchObject({ number: 8, text: 'x'.repeat(logLineLengthMax) });
  });
});
