import { describe, expect, it } from 'vitest';
import {
  addressGroup,
  defaultServerPort,
  formatAddress,
  formatForOthers,
  isBroadcastOf,
  isLoopback,
  isOnSubnet,
  isPort,
  isUnicast,
  parseAddress,
  parseHost,
} from './address.ts';

describe('parseAddress', () => {
  it.each([
    ['192.168.1.7:50001', '192.168.1.7', 50_001],
    [' 192.168.1.7 ', '192.168.1.7', defaultServerPort],
    ['localhost:5', '127.0.0.1', 5],
    ['[fe80::1]:50001', 'fe80::1', 50_001],
    ['[fe80::1]', 'fe80::1', defaultServerPort],
    ['fe80:0:0:0:0:0:0:1', 'fe80::1', defaultServerPort],
    ['::ffff:10.0.0.1', '10.0.0.1', defaultServerPort],
  ])('reads %j', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    'example.org',
    '192.168.1',
    '127.1',
    '0x7f000001',
    '192.168.1.256',
    '192.168.1.7:0',
    '192.168.1.7:65536',
    '192.168.1.7:',
    '192.168.1.7:5x',
    '192.168.1.7:5:6',
    '[fe80::1]:0',
    '[192.168.1.7',
    'fe80::1%eth0',
    'fe80:::1',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('reads what formatAddress writes, and equal addresses have equal text', () => {
    const texts = ['[FE80::0001]:5', '[fe80:0::1]:5'].map((text) => formatAddress(parseAddress(text)!));
    expect(texts).toEqual(['[fe80::1]:5', '[fe80::1]:5']);
    for (const text of ['10.0.0.1:5', '[fe80::1]:5']) expect(formatAddress(parseAddress(text)!)).toBe(text);
  });

  it('takes the default port when the text has none', () => {
    expect(parseAddress('10.0.0.1', 7)).toEqual({ host: '10.0.0.1', port: 7 });
    expect(parseAddress('10.0.0.1', 0)).toBeUndefined();
  });
});

describe('a host', () => {
  it('is an IP literal or localhost, and no other name', () => {
    expect(['10.0.0.1', 'FE80::1', 'localhost', 'box.local'].map(parseHost)).toEqual([
      '10.0.0.1',
      'fe80::1',
      '127.0.0.1',
      undefined,
    ]);
  });

  it('is loopback in IPv4, IPv6 and mapped form', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].every(isLoopback)).toBe(true);
    expect(['10.0.0.1', 'fe80::1', 'nonsense'].some(isLoopback)).toBe(false);
  });

  it('is unicast only if a single machine answers there', () => {
    expect(['10.0.0.1', 'fe80::1', '127.0.0.1', '8.8.8.8'].every(isUnicast)).toBe(true);
    const many = ['255.255.255.255', '224.0.0.1', 'ff02::1', '0.0.0.0', '::', '::ffff:224.0.0.1', 'nonsense'];
    expect(many.some(isUnicast)).toBe(false);
  });

  it('is on a subnet if their prefixes agree', () => {
    const lan = { host: '192.168.1.7', prefixBits: 24 };
    expect(['192.168.1.200', '::ffff:192.168.1.9'].every((host) => isOnSubnet(host, lan))).toBe(true);
    expect(['192.168.2.1', 'fe80::1', 'nonsense'].some((host) => isOnSubnet(host, lan))).toBe(false);
    expect(isOnSubnet('fe80::9', { host: 'fe80::1', prefixBits: 64 })).toBe(true);
    expect(isOnSubnet('10.9.9.9', { host: '10.0.0.1', prefixBits: 0 })).toBe(true);
  });
});

describe('a subnet', () => {
  it.each([
    ['192.168.1.255', '192.168.1.7', 24, true],
    ['192.168.1.0', '192.168.1.7', 24, true],
    ['::ffff:192.168.1.255', '192.168.1.7', 24, false],
    ['192.168.1.7', '192.168.1.7', 24, false],
    ['192.168.2.255', '192.168.1.7', 24, false],
    ['10.0.0.255', '10.1.2.3', 8, false],
    ['10.255.255.255', '10.1.2.3', 8, true],
    ['255.255.255.255', '10.1.2.3', 0, true],
    ['10.0.0.3', '10.0.0.1', 30, true],
    ['10.0.0.2', '10.0.0.2', 31, false],
    ['10.0.0.2', '10.0.0.2', 32, false],
    ['fd00::', 'fd00::7', 64, false],
    ['nonsense', '10.0.0.2', 8, false],
  ])('has %s for all its machines, seen from %s/%d: %s', (host, own, prefixBits, isBroadcast) => {
    expect(isBroadcastOf(host, { host: own, prefixBits })).toBe(isBroadcast);
  });
});

describe('an address for other machines', () => {
  it('has no zone', () => {
    expect(formatForOthers({ host: 'fe80::1%eth0', port: 5 })).toBe('[fe80::1]:5');
    expect(formatForOthers({ host: '10.0.0.1', port: 5 })).toBe('10.0.0.1:5');
  });
});

describe('a port', () => {
  it('is a whole number from 1 to 65535', () => {
    expect([1, 65_535].every(isPort)).toBe(true);
    expect([0, 65_536, 1.5, -1, Number.NaN].some(isPort)).toBe(false);
  });
});

describe('addressGroup', () => {
  it.each([
    ['192.168.1.7', '192.168.1.7'],
    ['::ffff:192.168.1.7', '192.168.1.7'],
    ['fd00:0:0:7:1:2:3:4', 'fd00:0:0:7::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['fe80::1', 'fe80::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    ['nonsense', 'nonsense'],
    ['non:sense', 'non:sense'],
  ])('PROTOCOL 7.6: counts %j as %j', (host, group) => {
    expect(addressGroup({ host })).toBe(group);
  });
});
