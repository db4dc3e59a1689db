import { describe, expect, it } from 'vitest';
import {
  formatBanAddress,
  formatBanNickname,
  isBannableAddress,
  parseBanAddress,
  parseBanSubject,
} from './ban.ts';

describe('parseBanSubject', () => {
  it('reads 64 hex digits as a key, an address as either, and anything else as a nickname', () => {
    const key = '3f7a0c1be2d94856a7c8091f2e3d4c5b6a7988776655443322110f0e0d0c0b0a';
    for (const text of [key, key.toUpperCase()]) expect(parseBanSubject(text)).toEqual({ type: 'key', key });
    for (const text of ['192.168.1.7:50001', 'fd00::/64', 'localhost'])
      expect(parseBanSubject(text)).toEqual({ type: 'nickname-or-address', text });
    for (const nickname of ['bob', '10.0.0', key.slice(1), '192.168.1.7/24', 'b:/64'])
      expect(parseBanSubject(nickname)).toEqual({ type: 'nickname', nickname });
  });

  it('reads name: and address: as what they say, so each nickname and each address has a text', () => {
    for (const nickname of ['bob', '192.168.1.7', 'localhost', 'name:bob', 'address:10.0.0.9'])
      expect(parseBanSubject(formatBanNickname(nickname))).toEqual({ type: 'nickname', nickname });
    expect(formatBanNickname('bob')).toBe('bob');
    expect(parseBanSubject(formatBanAddress('10.0.0.9'))).toEqual({ type: 'address', address: '10.0.0.9' });
  });
});

describe('parseBanAddress', () => {
  it('reads what the server prints about an address, and about a ban', () => {
    expect(parseBanAddress('[fd00:0:0:7::9]:50001')).toBe('fd00:0:0:7::/64');
    expect(parseBanAddress('fd00:0:0:7::/64')).toBe('fd00:0:0:7::/64');
    expect(parseBanAddress('fe80::1')).toBe('fe80::1');
    expect(parseBanAddress('example.org')).toBeUndefined();
  });
});

describe('isBannableAddress', () => {
  it('keeps the machine of the server in', () => {
    expect(['127.0.0.1', '::1', '127.5.5.5'].map(isBannableAddress)).toEqual([false, false, false]);
    expect(['192.168.1.7', 'fd00::/64', 'fe80::1'].map(isBannableAddress)).toEqual([true, true, true]);
  });
});
