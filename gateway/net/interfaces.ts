import { networkInterfaces } from 'node:os';
import { type InterfaceAddress, isUnicast, parseHost } from '../../shared/address.ts';

/**
 * Returns the addresses of this machine, with loopback, without IPv6 link-local ones: those mean nothing without the name of
 * an interface, which differs between machines.
 */
export function interfaceAddresses(interfaces: Interfaces = networkInterfaces()): InterfaceAddress[] {
  const addresses: InterfaceAddress[] = [];
  for (const entries of Object.values(interfaces)) {
    for (const { address, cidr } of entries ?? []) {
      const host = parseHost(address);
      const prefixBits = Number(cidr?.split('/')[1]);
      if (host === undefined || !isUnicast(host) || !Number.isInteger(prefixBits)) continue;
      if (isLinkLocalV6(host)) continue;
      addresses.push({ host, prefixBits });
    }
  }
  return addresses;
}

export type Interfaces = Readonly<
  Record<string, readonly { readonly address: string; readonly cidr: string | null }[] | undefined>
>;

/** fe80::/10 (RFC 4291 section 2.4). */
function isLinkLocalV6(host: string): boolean {
  return /^fe[89ab][0-9a-f]:/.test(host);
}
