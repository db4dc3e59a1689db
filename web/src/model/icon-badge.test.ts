import { expect, it } from 'vitest';
import { iconWithBadge } from './icon-badge.ts';

it('UI 18: the icon has the count, and 9+ where it has no room for more', () => {
  expect([1, 9, 10, 4_000].map((count) => />([^<>]+)<\/text>/.exec(iconWithBadge(count))?.[1])).toEqual([
    '1',
    '9',
    '9+',
    '9+',
  ]);
});
