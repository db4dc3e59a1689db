import { expect, it } from 'vitest';
import { sizeText } from './size-text.ts';

it('A size in words is rounded up, and never nothing for something.', () => {
  const sizes = [0, 1, 1_023, 1_024, 1_025, 1_024 ** 2 - 1, 3.31 * 1_024 ** 2, 200 * 1_024 ** 3, 1_024 ** 4];
  expect(sizes.map(sizeText)).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1 KiB',
    '1.1 KiB',
    '1024 KiB',
    '3.4 MiB',
    '200 GiB',
    '1 TiB',
  ]);
});
