import { describe, expect, it } from 'vitest';
import { faultText } from './fault-text.ts';
import { storeFailure } from '../store/sqlite/failure.ts';

describe('faultText', () => {
  it('of a full disk is one sentence, however often it is full', () => {
    // As node:sqlite throws it: https://sqlite.org/rescode.html#full
    const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
    expect(faultText(storeFailure(full, '/data/client.sqlite'))).toBe(
      'The disk refuses to serve /data/client.sqlite: database or disk is full.',
    );
  });

  it('of a bug has its stack', () => {
    expect(faultText(new TypeError('a bug'))).toMatch(/^TypeError: a bug\n {4}at .*fault-text\.test\.ts/);
    expect(faultText('thrown by somebody')).toBe('thrown by somebody');
  });
});
