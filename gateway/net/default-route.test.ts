import { describe, expect, it } from 'vitest';
import { defaultRouteInterfaces } from './default-route.ts';

const header = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';

function ipv4Route(device: string, destination: string, flags: string, metric: number, mask: string): string {
  return `${device}\t${destination}\t0102A8C0\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0   `;
}

describe('defaultRouteInterfaces', () => {
  it('gives the interfaces with a default route, by metric, those of IPv4 first', () => {
    const ipv4 = [
      header,
      ipv4Route('wlan0', '00000000', '0003', 600, '00000000'),
      ipv4Route('docker0', '000011AC', '0001', 0, '0000FFFF'),
      ipv4Route('eth0', '00000000', '0003', 100, '00000000'),
      ipv4Route('eth0', '0002A8C0', '0001', 100, '00FFFFFF'),
      // Half of all addresses, as OpenVPN routes them.
      ipv4Route('tun0', '00000000', '0003', 0, '00000080'),
      // A route that is down, and one that refuses.
      ipv4Route('eth1', '00000000', '0002', 0, '00000000'),
      ipv4Route('eth2', '00000000', '0201', 0, '00000000'),
      '',
    ].join('\n');
    const zeros = '0'.repeat(32);
    const ipv6 = [
      `${zeros} 00 ${zeros} 00 fd000000000000000000000000000001 00000400 00000003 00000000 00000003     eth3`,
      `${zeros} 00 ${zeros} 00 fd000000000000000000000000000001 00000064 00000003 00000000 00000003     eth0`,
      `fd000000000000000000000000000000 40 ${zeros} 00 ${zeros} 00000100 00000001 00000000 00000001     eth4`,
      `${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo`,
      '',
    ].join('\n');
    expect(defaultRouteInterfaces({ ipv4, ipv6 })).toEqual(['eth0', 'wlan0', 'eth3']);
  });

  it('gives none without tables, or with damaged ones', () => {
    expect(defaultRouteInterfaces({ ipv4: '', ipv6: '' })).toEqual([]);
    expect(defaultRouteInterfaces({ ipv4: `${header}\nx`, ipv6: 'x\n\ny 00' })).toEqual([]);
  });
});
