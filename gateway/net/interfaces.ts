import {
  type InterfaceAddress,
  isLinkLocalV6,
  isLoopback,
  isUnicast,
  parseHost,
} from '../../shared/address.ts';
import type { NetworkKind } from '../../shared/network-kind.ts';
import { defaultRouteInterfaces } from './default-route.ts';
import { networkKindOf } from './network-kind.ts';
import { systemInterfaces } from './system-interfaces.ts';

/** An address of this machine, with the kind of network that its interface is on. */
export interface OwnAddress extends InterfaceAddress {
  readonly network: NetworkKind;
}

/**
 * Returns the addresses of this machine in the order in which others should try them, loopback last. Addresses of real
 * networks come first: IPv4 before IPv6, because users type those, and the interface of the default route before others.
 * Those of Docker, VPNs and virtual networks follow. IPv6 link-local ones are left out: they mean nothing without the name of
 * an interface, which differs between machines.
 */
export function interfaceAddresses(
  interfaces: Interfaces = systemInterfaces(),
  defaultRoutes: readonly string[] = defaultRouteInterfaces(),
): OwnAddress[] {
  const found: (OwnAddress & { readonly rank: readonly number[] })[] = [];
  for (const [name, entries] of Object.entries(interfaces)) {
    const route = defaultRoutes.indexOf(deviceOf(name));
    const network = networkKindOf(name, { hasDefaultRoute: route >= 0 });
    for (const { address, cidr } of entries ?? []) {
      const host = parseHost(address);
      const prefixBits = Number(cidr?.split('/')[1]);
      if (host === undefined || !isUnicast(host) || !Number.isInteger(prefixBits)) continue;
      if (isLinkLocalV6(host)) continue;
      const rank = [
        Number(isLoopback(host)),
        networkRanks[network],
        Number(isSelfAssigned(host)),
        Number(host.includes(':')),
        route < 0 ? defaultRoutes.length : route,
      ];
      found.push({ host, prefixBits, network, rank });
    }
  }
  return found
    .toSorted((one, other) => compareRanks(one.rank, other.rank))
    .map(({ host, prefixBits, network }) => ({ host, prefixBits, network }));
}

/** So old may `recentInterfaceAddresses` be. */
const recentMs = 1_000;
let recent: { readonly atMs: number; readonly addresses: readonly OwnAddress[] } | undefined;

/** As they are, or were within the last second: many roles of one process ask once a second each, and each answer takes 0.1 ms. */
export function recentInterfaceAddresses(nowMs: number = performance.now()): readonly OwnAddress[] {
  if (recent === undefined || nowMs - recent.atMs >= recentMs)
    recent = { atMs: nowMs, addresses: interfaceAddresses() };
  return recent.addresses;
}

export type Interfaces = Readonly<
  Record<string, readonly { readonly address: string; readonly cidr: string | null }[] | undefined>
>;

/** A second address of an interface has a name such as eth0:1. */
export function deviceOf(name: string): string {
  return name.split(':', 1)[0] ?? name;
}

const networkRanks: Readonly<Record<NetworkKind, number>> = { lan: 0, vpn: 1, virtual: 2, docker: 3 };

/** 169.254.0.0/16 (RFC 3927): a machine takes such an address when its network gives it none. */
function isSelfAssigned(host: string): boolean {
  return host.startsWith('169.254.');
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}
