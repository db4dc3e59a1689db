import { describe, expect, it } from 'vitest';
import { faultText } from './fault-text.ts';
import { storeFailure } from '../store/sqlite/failure.ts';

describe('faultText', () => {
  it('gives one sentence without a stack for a full disk', () => {
    // As node:sqlite throws it: https://sqlite.org/rescode.html#full
    const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
    expect(faultText(storeFailure(full, '/data/client.sqlite'))).toBe(
      'The disk of /data/client.sqlite is full. Make room.',
    );
  });

  it('gives the stack of a bug', () => {
    expect(faultText(new TypeError('a bug'))).toMatch(/^TypeError: a bug\n {4}at .*fault-text\.test\.ts/);
    expect(faultText('thrown without an Error')).toBe('thrown without an Error');
  });
});
