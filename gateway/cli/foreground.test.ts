import { describe, expect, it } from 'vitest';
import { mayReadTerminal } from './foreground.ts';

describe('mayReadTerminal', () => {
  it('allows a process in the foreground to read and refuses one in the background', () => {
    expect(mayReadTerminal('10 (node) S 9 10 9 34816 10 4194304')).toBe(true);
    expect(mayReadTerminal('10 (node) S 9 10 9 34816 9 4194304')).toBe(false);
    expect(mayReadTerminal('10 (a) b (c) S 9 10 9 34816 9 4194304')).toBe(false);
  });
});
