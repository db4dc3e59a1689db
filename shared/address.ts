import ipaddr from 'ipaddr.js';

/** A UDP address: an IP literal in canonical form (RFC 5952 for IPv6) and a port from 1 to 65535. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The default port of a server, in the dynamic range: the first example of the original program. */
export const defaultServerPort = 50_000;

/** `192.168.1.7:50000`, `[fe80::1]:50000`. Equal addresses give equal text, so the text serves as a map key. */
export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/**
 * Reads `host:port`, `[ipv6]:port`, a bare IPv4 or IPv6 literal, or `localhost`. `defaultPort` stands for a missing
 * port. Host names are not resolved: a network without internet has no name server.
 */
export function parseAddress(text: string, defaultPort: number = defaultServerPort): Address | undefined {
  const trimmed = text.trim();
  const parts = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(trimmed) ?? /^([^:]+)(?::(\d{1,5}))?$/.exec(trimmed);
  const hostText = parts === null ? trimmed : (parts[1] ?? '');
  const port = parts?.[2] === undefined ? defaultPort : Number(parts[2]);
  const host = parseHost(hostText);
  if (host === undefined || !isPort(port)) return undefined;
  return { host, port };
}

/** The canonical form of an IP literal (a mapped `::ffff:1.2.3.4` becomes IPv4), `localhost` as 127.0.0.1. */
export function parseHost(text: string): string | undefined {
  if (text === 'localhost') return '127.0.0.1';
  // ipaddr.js also accepts `127.1` and `0x7f000001`, which a user does not mean as addresses.
  if (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  if (!ipaddr.isValid(text) || text.includes('%')) return undefined;
  return ipaddr.process(text).toString();
}

/**
 * As `formatAddress`, for other machines. The zone of a link-local address names an interface of this machine alone (RFC 4007
 * section 6).
 */
export function formatForOthers({ host, port }: Address): string {
  return formatAddress({ host: host.split('%', 1)[0] ?? host, port });
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

export function isSameAddress(one: Address, other: Address): boolean {
  return one.port === other.port && one.host === other.host;
}

/**
 * The address at which an answer comes from this host. The whole of 127.0.0.0/8 leads to this machine, but its servers answer from
 * 127.0.0.1. Debian gives the name of a machine the address 127.0.1.1.
 */
export function answeringHost(host: string): string {
  return host.startsWith('127.') ? '127.0.0.1' : host;
}

export function isLoopback(host: string): boolean {
  return rangeOf(host) === 'loopback';
}

/**
 * The addresses that count as one in all limits per address, because one machine can take any of them: `fd00:0:0:7::/64`
 * for IPv6. An IPv4 address, a link-local and a loopback one stand for themselves, without port and zone.
 */
export function addressGroup(address: Pick<Address, 'host'>): string {
  const { host } = address;
  // The hosts of sockets are canonical, and this runs for each packet of a stranger.
  if (!host.includes(':')) return host;
  const [plain = ''] = host.split('%', 1);
  if (!ipaddr.isValid(plain)) return host;
  const ip = ipaddr.process(plain);
  const range = ip.range();
  if (!(ip instanceof ipaddr.IPv6) || range === 'linkLocal' || range === 'loopback') return ip.toString();
  return `${new ipaddr.IPv6([...ip.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}

/** Whether a datagram may go to an address that a peer reports: neither broadcast, multicast nor unspecified. */
export function isUnicast(host: string): boolean {
  const range = rangeOf(host);
  return range !== undefined && range !== 'broadcast' && range !== 'multicast' && range !== 'unspecified';
}

/** Whether the address is of a private network (RFC 1918, 6598, 4193) or link-local. Loopback is not. */
export function isPrivate(host: string): boolean {
  const range = rangeOf(host);
  return (
    range === 'private' || range === 'carrierGradeNat' || range === 'uniqueLocal' || range === 'linkLocal'
  );
}

/** Whether the address is of a local network: RFC 1918, unique-local (RFC 4193) or link-local. That of a provider's NAT is not. */
export function isOfLocalNetwork(host: string): boolean {
  const range = rangeOf(host);
  return range === 'private' || range === 'uniqueLocal' || range === 'linkLocal';
}

/** fe80::/10 (RFC 4291 section 2.4), with or without its zone. */
export function isLinkLocalV6(host: string): boolean {
  return /^fe[89ab][0-9a-f]:/u.test(host);
}

function rangeOf(host: string): string | undefined {
  return ipaddr.isValid(host) ? ipaddr.process(host).range() : undefined;
}

/** An address of one of this machine's interfaces, with the length of its subnet's prefix in bits. */
export interface InterfaceAddress {
  readonly host: string;
  readonly prefixBits: number;
}

/** Whether `host` is the first or the last address of the subnet of `attached`, which stand for all its machines (RFC 922). */
export function isBroadcastOf(host: string, attached: InterfaceAddress): boolean {
  // RFC 3021: a subnet of two addresses has none that stands for both.
  if (host.includes(':') || attached.prefixBits > 30 || !isOnSubnet(host, attached)) return false;
  const number = ipaddr.IPv4.parse(host).octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - attached.prefixBits);
  return number % size === 0 || number % size === size - 1;
}

/** Whether `host` lies in the subnet of `attached`. */
export function isOnSubnet(host: string, attached: InterfaceAddress): boolean {
  if (!ipaddr.isValid(host) || !ipaddr.isValid(attached.host)) return false;
  const address = ipaddr.process(host);
  const network = ipaddr.process(attached.host);
  if (address.kind() !== network.kind()) return false;
  return address.match(network, attached.prefixBits);
}
