import { describe, expect, it } from 'vitest';
import { neighbours } from './neighbours.ts';
import { systemLinks } from './system-links.ts';

const interfaces = {
  lo: [
    { address: '127.0.0.1', cidr: '127.0.0.1/8' },
    { address: '::1', cidr: '::1/128' },
  ],
  docker0: [{ address: '172.17.0.1', cidr: '172.17.0.1/16' }],
  tun0: [{ address: '10.8.0.2', cidr: '10.8.0.2/32' }],
  eth0: [
    { address: '192.168.1.7', cidr: '192.168.1.7/24' },
    { address: '10.0.0.7', cidr: '10.0.0.7/24' },
    { address: 'fd00::7', cidr: 'fd00::7/64' },
    { address: 'fe80::7', cidr: 'fe80::7/64', scopeid: 3 },
  ],
  'eth0:1': [{ address: '192.168.2.7', cidr: '192.168.2.7/24' }],
  broken: [{ address: 'x', cidr: null }],
  gone: undefined,
};

describe('systemLinks', () => {
  it('PROTOCOL 11.4: has one link for each interface and family, of IPv6 with the link-local address and its zone', () => {
    const links = systemLinks(interfaces, ['eth0'], false);
    expect(links.map(({ id, host, network }) => [id, host, network])).toEqual([
      ['eth0/4', '192.168.1.7', 'lan'],
      ['eth0/6', 'fe80::7%eth0', 'lan'],
      ['tun0/4', '10.8.0.2', 'vpn'],
      ['docker0/4', '172.17.0.1', 'docker'],
      ['lo/4', '127.0.0.1', 'loopback'],
    ]);
    expect(links[0]?.subnets.map(({ host }) => host)).toEqual(['192.168.1.7', '10.0.0.7', '192.168.2.7']);
    expect(links.map(({ broadcast }) => broadcast)).toEqual([
      '192.168.1.255',
      null,
      null,
      '172.17.255.255',
      '127.255.255.255',
    ]);
  });

  it('names zones by their numbers where the system does so', () => {
    const hosts = systemLinks(interfaces, ['eth0'], true).map(({ host }) => host);
    expect(hosts).toContain('fe80::7%3');
  });

  it('has 16 links at most, those of real networks first', () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => {
        const name = index < 30 ? `br-0123456789${String(index).padStart(2, '0')}` : `eth${index}`;
        return [name, [{ address: `10.${index}.0.1`, cidr: `10.${index}.0.1/24` }]];
      }),
    );
    const links = systemLinks(many, [], false);
    expect(links).toHaveLength(16);
    expect(links.slice(0, 10).every(({ id }) => id.startsWith('eth'))).toBe(true);
  });
});

describe('neighbours', () => {
  it('gives the hosts with a known hardware address', () => {
    const table = [
      'IP address       HW type     Flags       HW address            Mask     Device',
      '192.168.1.1      0x1         0x2         aa:bb:cc:dd:ee:ff     *        eth0',
      '192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0',
      'x',
      '',
    ].join('\n');
    expect(neighbours(table)).toEqual(['192.168.1.1']);
    expect(neighbours('')).toEqual([]);
  });
});
