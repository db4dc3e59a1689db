import { describe, expect, it } from 'vitest';
import type { Ban } from '../../../shared/ban.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { banRows } from './ban-list.ts';

describe('banRows', () => {
  it('names each ban by its nickname, key or address, the newest first, without those that have ended', () => {
    const key = 'ab'.repeat(32) as PeerKey;
    const bans: Ban[] = [
      { banned: { type: 'key', key, nickname: 'bob' }, untilMs: null },
      { banned: { type: 'key', key, nickname: null }, untilMs: 11 },
      { banned: { type: 'address', address: '10.0.0.9' }, untilMs: 10 },
      { banned: { type: 'address', address: 'fd00::/64' }, untilMs: null },
    ];
    expect(banRows(bans, 10).map(({ name, untilMs }) => [name, untilMs])).toEqual([
      ['fd00::/64', null],
      ['abababab', 11],
      ['bob', null],
    ]);
  });
});
