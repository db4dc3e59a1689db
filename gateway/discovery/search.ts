import type { Link } from './links.ts';

/** PROTOCOL 11.17. */
const searchAddressesMax = 256;

export interface SearchTarget {
  readonly link: string;
  readonly host: string;
}

/** The addresses that a search asks, in their order (PROTOCOL 11.18). `neighbours`: hosts that the system knows. */
export function searchTargets(links: readonly Link[], neighbours: readonly string[]): SearchTarget[] {
  const searched = links.filter(isSearched);
  const targets = new Map<string, SearchTarget>();
  const add = (link: Link, number: number): void => {
    const host = formatIpv4(number);
    const known = targets.has(host) || searched.some((each) => each.host === host);
    if (targets.size < searchAddressesMax && !known) targets.set(host, { link: link.id, host });
  };
  for (const neighbour of neighbours) {
    const number = ipv4Number(neighbour);
    const link = searched.find((each) => number !== undefined && isHostOf(each, number));
    if (link !== undefined && number !== undefined && isPrivateIpv4(neighbour)) add(link, number);
  }
  const ranges = searched.map((link) => ({ link, hosts: hostsNear(link) }));
  for (let index = 0; ranges.some(({ hosts }) => index < hosts.length); index++) {
    for (const { link, hosts } of ranges) {
      const number = hosts[index];
      if (number !== undefined) add(link, number);
    }
  }
  return [...targets.values()];
}

/** The networks that a search may ask, as text: another text permits another search. */
export function searchedNetworks(links: readonly Link[]): string {
  return links
    .filter(isSearched)
    .map(({ host, prefixBits }) => `${host}/${prefixBits}`)
    .join();
}

function isSearched({ family, network, host }: Link): boolean {
  return family === 4 && network === 'lan' && isPrivateIpv4(host);
}

/** RFC 1918 and RFC 3927. */
function isPrivateIpv4(host: string): boolean {
  const [first = 0, second = 0] = host.split('.').map(Number);
  if (first === 10 || (first === 192 && second === 168)) return true;
  return (first === 172 && second >= 16 && second <= 31) || (first === 169 && second === 254);
}

/** The hosts of the subnet, or of the 256 addresses around the own one if the subnet has more. The nearest ones come first. */
function hostsNear(link: Link): number[] {
  const own = ipv4Number(link.host) ?? 0;
  const size = Math.min(256, 2 ** (32 - link.prefixBits));
  const first = own - (own % size);
  return Array.from({ length: size }, (_, index) => first + index)
    .filter((number) => isHostOf(link, number))
    .toSorted((one, other) => Math.abs(one - own) - Math.abs(other - own));
}

/** Whether a number is an address of the subnet that stands for one machine. */
function isHostOf({ host, prefixBits }: Link, number: number): boolean {
  const own = ipv4Number(host) ?? 0;
  const size = 2 ** (32 - prefixBits);
  const first = own - (own % size);
  if (number < first || number >= first + size) return false;
  // RFC 3021: a subnet of two addresses has none that stands for both.
  return size <= 2 || (number !== first && number !== first + size - 1);
}

function ipv4Number(host: string): number | undefined {
  const octets = host.split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => !Number.isInteger(octet) || octet < 0 || octet > 255))
    return undefined;
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

function formatIpv4(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
