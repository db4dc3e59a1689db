import { isLinkLocalV6, isOnSubnet, type Address, type InterfaceAddress } from '../../shared/address.ts';
import type { NetworkKind } from '../../shared/network-kind.ts';

/** One interface of this machine with one family of addresses. */
export interface Link {
  /** The name of the interface with the family: `eth0/4`. */
  readonly id: string;
  readonly family: 4 | 6;
  /** The own address there. That of IPv6 is link-local and has its zone. */
  readonly host: string;
  readonly prefixBits: number;
  /** All addresses of IPv4 that the interface has, the own one first. */
  readonly subnets: readonly InterfaceAddress[];
  readonly network: NetworkKind | 'loopback';
  /** The address of all machines of the subnet; null where it has none. */
  readonly broadcast: string | null;
}

/** A datagram that leaves by one link. */
export interface LinkDatagram {
  readonly link: string;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** The link by which this host is reached, undefined for a host outside of all subnets. */
export function linkTo(links: readonly Link[], host: string): Link | undefined {
  return links.find((link) => isOnLink(link, host));
}

/** A link-local address of IPv6 is on the link of its zone, an address of IPv4 on the link of its subnet. */
export function isOnLink({ family, host: own, subnets }: Link, host: string): boolean {
  const [plain = '', zone = ''] = host.split('%');
  if (family === 6) return isLinkLocalV6(plain) && zone === own.split('%')[1];
  return zone === '' && subnets.some((subnet) => isOnSubnet(plain, subnet));
}
