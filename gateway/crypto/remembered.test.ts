import { describe, expect, it } from 'vitest';
import { Remembered } from './remembered.ts';

describe('what is remembered', () => {
  it('is computed once, also where there is no result, until others have taken its place', () => {
    const computed: string[] = [];
    const remembered = new Remembered<string, string | undefined>(2);
    const ask = (key: string): string | undefined =>
      remembered.get(key, () => {
        computed.push(key);
        return key === 'nothing' ? undefined : `of ${key}`;
      });
    expect([ask('a'), ask('nothing'), ask('a'), ask('nothing')]).toEqual([
      'of a',
      undefined,
      'of a',
      undefined,
    ]);
    expect(computed).toEqual(['a', 'nothing']);
    ask('b');
    ask('a');
    expect(computed).toEqual(['a', 'nothing', 'b', 'a']);
  });
});
