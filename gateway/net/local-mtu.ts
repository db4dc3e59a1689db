import { readFileSync } from 'node:fs';
import { isLoopback, isOnSubnet } from '../../shared/address.ts';
import { datagramBytesBase } from '../../shared/limits.ts';
import { deviceOf, type Interfaces } from './interfaces.ts';
import { systemInterfaces } from './system-interfaces.ts';

/** IP and UDP headers, without options (RFC 791, RFC 8200, RFC 768). */
const headerBytes = { ipv4: 20 + 8, ipv6: 40 + 8 } as const;
/** The smallest MTU of loopback on any system (macOS). */
const loopbackMtu = 16_384;

/**
 * Returns the largest UDP payload, in bytes, that leaves this machine for `host` as one IP packet, by the MTU of the
 * interface on its subnet. For other or unknown hosts it returns the size that every path carries. It is needed because no
 * option of node:dgram forbids fragmentation, so that a probe alone could not find the limit.
 */
export function localDatagramBytesMax(
  host: string,
  interfaces: Interfaces = systemInterfaces(),
  mtuOf: (name: string) => number | undefined = systemMtu,
): number {
  const headers = host.includes(':') ? headerBytes.ipv6 : headerBytes.ipv4;
  // All interfaces share the subnet of link-local IPv6, so the zone tells which one it is.
  const zone = host.split('%')[1];
  for (const [name, addresses] of Object.entries(interfaces)) {
    if (zone !== undefined && zone !== name) continue;
    for (const { address, cidr } of addresses ?? []) {
      const prefixBits = Number(cidr?.split('/')[1]);
      if (!Number.isInteger(prefixBits) || !isOnSubnet(host, { host: address, prefixBits })) continue;
      const mtu = mtuOf(name) ?? (isLoopback(address) ? loopbackMtu : undefined);
      return mtu === undefined ? datagramBytesBase : Math.max(datagramBytesBase, mtu - headers);
    }
  }
  return datagramBytesBase;
}

/** Linux has the MTU in a file; other systems reveal it only to native programs. */
function systemMtu(name: string): number | undefined {
  try {
    const mtu = Number(readFileSync(`/sys/class/net/${deviceOf(name)}/mtu`, 'utf8'));
    return Number.isInteger(mtu) ? mtu : undefined;
  } catch {
    return undefined;
  }
}
