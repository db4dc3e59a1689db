import ipaddr from 'ipaddr.js';
import { isLinkLocalV6, isLoopback, parseHost } from '../../../shared/address.ts';
import type { Link } from '../../discovery/links.ts';
import { defaultRouteInterfaces } from '../default-route.ts';
import { deviceOf } from '../interfaces.ts';
import { networkKindOf } from '../network-kind.ts';
import { systemInterfaces } from '../system-interfaces.ts';

/** What the system says about an address of an interface. */
interface InterfaceEntry {
  readonly address: string;
  readonly cidr: string | null;
  readonly scopeid?: number | undefined;
}

/** Linux lets a socket join 20 groups. */
const linksMax = 16;

/** The links of this machine, real networks first, loopback last. Each interface has one of IPv4 and one of IPv6 at most. */
export function systemLinks(
  interfaces: Readonly<Record<string, readonly InterfaceEntry[] | undefined>> = systemInterfaces(),
  defaultRoutes: readonly string[] = defaultRouteInterfaces(),
  zonesAreNumbers: boolean = process.platform === 'win32',
): Link[] {
  const links = new Map<string, Link>();
  for (const [name, entries] of Object.entries(interfaces)) {
    const device = deviceOf(name);
    const kind = networkKindOf(name, { hasDefaultRoute: defaultRoutes.includes(device) });
    for (const { address, cidr, scopeid = 0 } of entries ?? []) {
      const host = parseHost(address);
      const prefixBits = Number(cidr?.split('/')[1]);
      if (host === undefined || !Number.isInteger(prefixBits)) continue;
      const family = host.includes(':') ? 6 : 4;
      if (family === 6 && !isLinkLocalV6(host)) continue;
      const id = `${device}/${family}`;
      const known = links.get(id);
      if (known !== undefined) {
        if (family === 4) links.set(id, { ...known, subnets: [...known.subnets, { host, prefixBits }] });
        continue;
      }
      const zone = zonesAreNumbers ? String(scopeid) : device;
      links.set(id, {
        id,
        family,
        host: family === 6 ? `${host}%${zone}` : host,
        prefixBits,
        subnets: family === 4 ? [{ host, prefixBits }] : [],
        network: isLoopback(host) ? 'loopback' : kind,
        broadcast: broadcastOf(host, prefixBits),
      });
    }
  }
  return [...links.values()].toSorted((one, other) => rankOf(one) - rankOf(other)).slice(0, linksMax);
}

/** The last address of a subnet of IPv4 with more than two addresses (RFC 922, RFC 3021). */
function broadcastOf(host: string, prefixBits: number): string | null {
  if (host.includes(':') || prefixBits > 30) return null;
  return ipaddr.IPv4.broadcastAddressFromCIDR(`${host}/${prefixBits}`).toString();
}

const networkRanks: Readonly<Record<Link['network'], number>> = {
  lan: 0,
  vpn: 2,
  virtual: 4,
  docker: 6,
  loopback: 8,
};

function rankOf({ network, family }: Link): number {
  return networkRanks[network] + (family === 6 ? 1 : 0);
}
