import { describe, expect, it } from 'vitest';
import { candidatesMax } from '../../shared/limits.ts';
import { interfaceAddresses, recentInterfaceAddresses, type Interfaces } from './interfaces.ts';

/** An interface with these addresses, each with its prefix. */
function on(...cidrs: string[]) {
  return cidrs.map((cidr) => ({ address: cidr.split('/')[0] ?? '', cidr }));
}

function hostsOf(interfaces: Interfaces, defaultRoutes: readonly string[]): string[] {
  return interfaceAddresses(interfaces, defaultRoutes).map(({ host }) => host);
}

describe('interfaceAddresses', () => {
  it('gives unicast addresses in canonical form, without link-local IPv6, loopback last', () => {
    expect(
      interfaceAddresses(
        {
          lo: on('127.0.0.1/8', '::1/128'),
          wifi: on('192.168.1.7/24', '2001:0DB8::0001/64', 'fe80::1234/64'),
          odd: [{ address: '10.0.0.1', cidr: null }],
          gone: undefined,
        },
        [],
      ),
    ).toEqual([
      { host: '192.168.1.7', prefixBits: 24, network: 'lan' },
      { host: '2001:db8::1', prefixBits: 64, network: 'lan' },
      { host: '127.0.0.1', prefixBits: 8, network: 'lan' },
      { host: '::1', prefixBits: 128, network: 'lan' },
    ]);
  });

  it('gives the interface of the default route first, then other LANs, then VPN, virtual networks and Docker', () => {
    const interfaces = {
      lo: on('127.0.0.1/8'),
      docker0: on('172.17.0.1/16'),
      tun0: on('10.8.0.2/24', 'fd08::2/64'),
      virbr0: on('192.168.122.1/24'),
      eth1: on('10.0.0.5/8'),
      eth0: on('192.168.1.7/24', '2001:db8::7/64'),
    };
    expect(hostsOf(interfaces, ['tun0', 'eth0'])).toEqual([
      '192.168.1.7',
      '10.0.0.5',
      '2001:db8::7',
      '10.8.0.2',
      'fd08::2',
      '192.168.122.1',
      '172.17.0.1',
      '127.0.0.1',
    ]);
  });

  it('gives an address that the machine took for itself after those of a real network', () => {
    expect(hostsOf({ en1: on('169.254.3.4/16'), en0: on('192.168.1.7/24', 'fd00::7/64') }, [])).toEqual([
      '192.168.1.7',
      'fd00::7',
      '169.254.3.4',
    ]);
  });

  it('keeps the LAN’s own address among the first ones, however many others there are', () => {
    const bridges: Record<string, ReturnType<typeof on>> = {};
    for (let number = 0; number < 12; number++) {
      const name = `br-${number.toString(16).padStart(12, '0')}`;
      bridges[name] = on(`172.${18 + number}.0.1/16`, `fd0${number.toString(16)}::1/64`);
    }
    const wifi = on(...Array.from({ length: 9 }, (_, number) => `2001:db8::${number + 1}/64`));
    const interfaces = { ...bridges, wlan0: wifi, eth0: on('192.168.1.7/24') };
    for (const routes of [[], ['wlan0'], ['eth0', 'wlan0']])
      expect(hostsOf(interfaces, routes)[0], routes.join()).toBe('192.168.1.7');
    expect(hostsOf(interfaces, []).slice(0, candidatesMax - 1)).toContain('2001:db8::1');
  });

  it('finds the loopback address of this machine', () => {
    expect(interfaceAddresses()).toContainEqual({ host: '127.0.0.1', prefixBits: 8, network: 'lan' });
  });
});

describe('recentInterfaceAddresses', () => {
  it('asks the system once a second', () => {
    const startMs = performance.now() + 60_000;
    const first = recentInterfaceAddresses(startMs);
    expect(first).toEqual(interfaceAddresses());
    expect(recentInterfaceAddresses(startMs + 999)).toBe(first);
    expect(recentInterfaceAddresses(startMs + 1_000)).not.toBe(first);
  });
});
