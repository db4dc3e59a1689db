import { describe, expect, it } from 'vitest';
import { ipv4Link } from '../simulation/discovery/simulated-lan.ts';
import { searchTargets } from './search.ts';

function hostsOf(...input: Parameters<typeof searchTargets>): string[] {
  return searchTargets(...input).map(({ host }) => host);
}

describe('searchTargets', () => {
  it('PROTOCOL 11.18: names all hosts of a /24 once, the known neighbours first, then the nearest', () => {
    const hosts = hostsOf([ipv4Link('192.168.1.7')], ['192.168.1.200', '8.8.8.8', '192.168.1.0', 'x']);
    expect(hosts.slice(0, 4)).toEqual(['192.168.1.200', '192.168.1.6', '192.168.1.8', '192.168.1.5']);
    expect(hosts).toHaveLength(253);
    expect(new Set(hosts).size).toBe(253);
    for (const missing of ['192.168.1.7', '192.168.1.0', '192.168.1.255'])
      expect(hosts).not.toContain(missing);
  });

  it('PROTOCOL 11.18: asks 256 addresses at most, of several networks in turn', () => {
    const links = [
      ipv4Link('192.168.1.7'),
      ipv4Link('10.1.2.3', { id: 'wlan0/4', prefixBits: 8, broadcast: '10.255.255.255' }),
    ];
    const targets = searchTargets(links, ['10.200.0.1']);
    expect(targets).toHaveLength(256);
    expect(targets[0]).toEqual({ link: 'wlan0/4', host: '10.200.0.1' });
    expect(targets.filter(({ link }) => link === 'eth0/4')).toHaveLength(128);
    expect(targets.slice(1).every(({ host }) => /^(?:192\.168\.1|10\.1\.2)\./u.test(host))).toBe(true);
  });

  it('PROTOCOL 11.18: asks no public neighbour, also where the subnet has public addresses', () => {
    const wide = ipv4Link('172.16.0.7', { prefixBits: 8, broadcast: '172.255.255.255' });
    const hosts = hostsOf([wide], ['172.200.0.1', '172.20.0.1']);
    expect(hosts[0]).toBe('172.20.0.1');
    expect(hosts).not.toContain('172.200.0.1');
  });

  it.each([
    ['public', ipv4Link('8.8.8.8')],
    ['loopback', ipv4Link('127.0.0.1', { network: 'loopback', prefixBits: 8 })],
    ['a VPN', ipv4Link('10.8.0.2', { network: 'vpn' })],
    ['Docker', ipv4Link('172.17.0.1', { network: 'docker', prefixBits: 16 })],
    ['virtual machines', ipv4Link('192.168.122.1', { network: 'virtual' })],
    ['IPv6', ipv4Link('fe80::1%eth0', { family: 6, prefixBits: 64, broadcast: null })],
    ['an address alone', ipv4Link('10.0.0.1', { prefixBits: 32, broadcast: null })],
  ])('PROTOCOL 11.18: asks nothing on a link that is %s', (_name, link) => {
    expect(searchTargets([link], [])).toEqual([]);
  });

  it('asks the other end of a subnet of two addresses', () => {
    expect(hostsOf([ipv4Link('10.0.0.0', { prefixBits: 31, broadcast: null })], [])).toEqual(['10.0.0.1']);
  });
});
