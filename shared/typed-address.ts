import ipaddr from 'ipaddr.js';
import { answeringHost, defaultServerPort, isPort, type Address } from './address.ts';
import { parseNamedKey, type NamedKey } from './join-address.ts';
import { splitJoinAddress, type JoinAddressParts } from './join-address-text.ts';
import { parseJoinCode } from './join-code.ts';

/**
 * Reads addresses as users write them. docs/ADDRESSES.md has a table of examples, which is its test. Addresses that programs
 * exchange have one form only, and are read by shared/address.ts.
 */

/** The host of a typed address: an IP literal in canonical form, or the name of a host, which only a resolver understands. */
export type TypedHost =
  { readonly type: 'ip'; readonly host: string } | { readonly type: 'name'; readonly name: string };

export interface TypedAddress {
  readonly host: TypedHost;
  readonly port: number;
}

/** The addresses that a typed address stands for, the best one first. `name`: the host's name, if the user typed one. */
export interface ResolvedAddress {
  readonly addresses: readonly [Address, ...Address[]];
  readonly name: string | null;
}

/** Each reason for which a typed address is refused. */
export type AddressErrorCode =
  | 'address-invalid'
  | 'address-ipv4-form'
  | 'address-unspecified'
  | 'address-broadcast'
  | 'address-multicast'
  | 'address-reserved'
  | 'address-zone-missing'
  | 'port-invalid'
  | 'port-missing';

export interface AddressError {
  readonly error: AddressErrorCode;
}

export interface AddressOptions {
  /** Stands for a missing port; null: the address must name its port. */
  readonly defaultPort?: number | null;
  /** True for an address to listen at: there, 0.0.0.0 and :: mean all addresses of the machine, and port 0 any port. */
  readonly toListen?: boolean;
  /** True for an address that only names a machine, and that nothing is sent to: a link-local one needs no zone. */
  readonly zoneOptional?: boolean;
}

export function readAddress(typed: string, options: AddressOptions = {}): TypedAddress | AddressError {
  const { defaultPort = defaultServerPort, toListen = false } = options;
  const place = placeOf(tidyAddress(typed));
  if (place === undefined) return { error: 'address-invalid' };
  const { host: hostText, port: portText } = splitPort(place);
  const host = readHost(hostText, options);
  if ('error' in host) return host;
  if (portText === undefined)
    return defaultPort === null ? { error: 'port-missing' } : { host, port: defaultPort };
  const port = readPort(portText, toListen);
  return port === undefined ? { error: 'port-invalid' } : { host, port };
}

/** Writes a typed address in the form of all others: `192.168.1.7:50000`, `[fd00::7]:50000`, `alice-pc.local:50000`. */
export function formatTypedAddress({ host, port }: TypedAddress): string {
  if (host.type === 'name') return `${host.name}:${port}`;
  return host.host.includes(':') ? `[${host.host}]:${port}` : `${host.host}:${port}`;
}

/** A server as a user names it, with its key where the user has that. */
export interface TypedServer extends TypedAddress {
  readonly key?: NamedKey | undefined;
}

export type ServerErrorCode = AddressErrorCode | 'server-key-invalid' | 'join-code-invalid';

/** Reads the address of a server, also with a key and a join code behind `#`. The code itself is in `splitTyped`. */
export function readServer(
  typed: string,
  options: AddressOptions = {},
): TypedServer | { readonly error: ServerErrorCode } {
  const { server, joinCode } = splitTyped(typed);
  const address = readAddress(server.address, options);
  if ('error' in address) return address;
  const key = server.key === undefined ? undefined : parseNamedKey(server.key);
  if (server.key !== undefined && key === undefined) return { error: 'server-key-invalid' };
  if (joinCode !== undefined && parseJoinCode(joinCode) === undefined) return { error: 'join-code-invalid' };
  return { host: address.host, port: address.port, key };
}

/** The parts of a typed join address. */
export function splitTyped(typed: string): JoinAddressParts {
  return splitJoinAddress(tidyAddress(typed));
}

/** The address itself, if the user typed an IP literal. */
export function literalOf({ host, port }: TypedAddress): Address | undefined {
  return host.type === 'ip' ? { host: host.host, port } : undefined;
}

/** Reads a decimal port. With `toListen`, 0 means any. */
export function readPort(typed: string, toListen = false): number | undefined {
  const text = tidyAddress(typed);
  const port = /^\d{1,9}$/u.test(text) ? Number(text) : Number.NaN;
  return isPort(port) || (toListen && port === 0) ? port : undefined;
}

/**
 * Undoes what input methods, word processors and copying do to an address: full-width characters, digits of other scripts,
 * spaces and marks that cannot be seen, quotation marks around it, and the mark that ends the sentence.
 */
export function tidyAddress(typed: string): string {
  const text = typed
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu, '')
    .normalize('NFKC')
    .replaceAll(/\p{Nd}/gu, asciiDigit)
    .replaceAll(/[。٫]/gu, '.')
    .replaceAll(/[∶꞉]/gu, ':')
    .replaceAll('・', '/')
    .replaceAll(/[\u2010-\u2015\u2212ー]/gu, '-');
  const [, offered = text] = offer.exec(text) ?? [];
  return offered.replace(note, '').replace(opening, '').replace(closing, '');
}

/** The line of a server's window. Its first address is the best one. */
const offer = /\bothers join at:? (\S+)/iu;
/** What stands behind some addresses there: the sort of their network. */
const note = / \(\p{L}[^()]*\)$/u;

const opening = /^[\s"'`“”„‟‘’‚«»‹›<(（「]+/u;
const closing = /[\s"'`“”„‟‘’‚«»‹›>)）」.,;!]+$/u;

/** Unicode encodes the digits of a script one after another, from a place that ends in 0 or 6. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const block = code & ~0xf;
  const zero = /\p{Nd}/u.test(String.fromCodePoint(block)) ? block : block + 6;
  return String(code - zero);
}

/** Schemes that users put in front, because their programs do. None of them says more than the address. */
const schemes: ReadonlySet<string> = new Set(['chatagram', 'http', 'https', 'udp', 'ws', 'wss']);

/** Returns host and port without a scheme in front and slashes behind. Undefined for a text with more in it. */
function placeOf(text: string): string | undefined {
  const [whole, scheme = ''] = /^([a-z][a-z0-9+.-]*):\/\/+/iu.exec(text) ?? ['', ''];
  if (whole !== '' && !schemes.has(scheme.toLowerCase())) return undefined;
  // RFC 6874: in a URL, the percent sign before a zone is %25. Without a scheme, %25 can also be the zone of interface 25.
  const place = text.slice(whole.length).replace(/[/\s]+$/u, '');
  const decoded = place.replace(whole === '' ? /%25(?=[a-z])/iu : '%25', '%');
  return decoded === '' || /[/\\?@#]/u.test(decoded) ? undefined : decoded;
}

interface SplitPlace {
  readonly host: string;
  readonly port?: string | undefined;
}

function splitPort(place: string): SplitPlace {
  const forms = countOf(place, ':') > 1 ? ipv6Forms : otherForms;
  for (const form of forms) {
    const { host, port } = form.exec(place)?.groups ?? {};
    if (host !== undefined) return { host, port };
  }
  return { host: place };
}

const bracketed = /^\[\s*(?<host>[^[\]]*?)\s*\](?:(?:\s*:\s*|\s+(?:port\s*:?\s*)?)(?<port>.*))?$/iu;
/** In IPv6 without brackets, a colon is a part of the address, unless five digits follow: a group has four at most. */
const ipv6Forms = [
  bracketed,
  /^(?<host>\S*:\S*)\s+(?:port\s*:?\s*)?(?<port>\d+)$/iu,
  /^(?<host>\S*:\S*):(?<port>\d{5,})$/u,
];
/** The decimal keypads of many countries have a comma in place of the dot. */
const otherForms = [
  bracketed,
  /^(?<host>\d{1,3}(?:,\d{1,3}){3})(?:(?:\s*:\s*|\s+)(?<port>.*))?$/u,
  /^(?<host>[^\s:,]+)\s*[:,]\s*(?:port\s*:?\s*)?(?<port>.*)$/iu,
  /^(?<host>[^\s:,]+)\s+(?:port\s*:?\s*)?(?<port>\d+)$/iu,
];

function readHost(text: string, options: AddressOptions): TypedHost | AddressError {
  if (text.includes(':')) return readIpv6(text, options);
  if (/\s/u.test(text)) return { error: 'address-invalid' };
  const name = text.replaceAll(',', '.').replace(/\.$/u, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return { type: 'ip', host: '127.0.0.1' };
  const lastLabel = name.split('.').at(-1) ?? '';
  // As the URL Standard has it, a host that ends in a number is an IPv4 address, and never a name.
  if (/^(\d+|0x[0-9a-f]*)$/u.test(lastLabel)) {
    // Programs disagree whether 010 is 8 or 10, and what 192.168.257 is.
    if (!ipaddr.IPv4.isValidFourPartDecimal(name)) return { error: 'address-ipv4-form' };
    return usable(ipaddr.process(name), '', options);
  }
  return readName(name);
}

function readIpv6(text: string, options: AddressOptions): TypedHost | AddressError {
  const [, plain = '', zone = ''] = /^([^%]*)(?:%([^%\s]+))?$/u.exec(text) ?? [];
  if (!ipaddr.IPv6.isValid(plain)) return { error: 'address-invalid' };
  // `::ffff:192.168.1.7`.
  const [ipv4] = /[^:]*\.[^:]*$/u.exec(plain) ?? [];
  if (ipv4 !== undefined && !ipaddr.IPv4.isValidFourPartDecimal(ipv4)) return { error: 'address-ipv4-form' };
  return usable(ipaddr.process(plain), zone, options);
}

type Ip = ReturnType<typeof ipaddr.process>;

function usable(ip: Ip, zone: string, options: AddressOptions): TypedHost | AddressError {
  const { toListen = false, zoneOptional = false } = options;
  const host = ip.toString();
  switch (ip.range()) {
    case 'unspecified': {
      const isAny = host === '0.0.0.0' || host === '::';
      return isAny && toListen ? { type: 'ip', host } : { error: 'address-unspecified' };
    }
    case 'broadcast':
      return { error: 'address-broadcast' };
    case 'multicast':
      return { error: 'address-multicast' };
    case 'reserved':
      // 240.0.0.0/4. The other reserved networks are for examples, and work in a laboratory.
      if (ip instanceof ipaddr.IPv4 && (ip.octets[0] ?? 0) >= 240) return { error: 'address-reserved' };
      return { type: 'ip', host };
    case 'loopback':
      return { type: 'ip', host: toListen ? host : answeringHost(host) };
    case 'linkLocal':
      // Each interface has such a network of IPv6, so only the zone tells where the address is (RFC 4007).
      if (ip instanceof ipaddr.IPv4) return { type: 'ip', host };
      // Browsers open no address with a zone.
      if (toListen) return { error: 'address-invalid' };
      if (zone !== '') return { type: 'ip', host: `${host}%${zone}` };
      return zoneOptional ? { type: 'ip', host } : { error: 'address-zone-missing' };
    default:
      return { type: 'ip', host };
  }
}

/** RFC 1123 section 2.1, also with underscores, and letters of every script, as resolvers take them (RFC 5890). */
function readName(name: string): TypedHost | AddressError {
  const labels = name.split('.');
  const isName = name.length <= 253 && labels.every((label) => hostLabel.test(label));
  return isName ? { type: 'name', name } : { error: 'address-invalid' };
}

const hostLabel = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}_-]{0,61}[\p{L}\p{M}\p{N}_])?$/u;

function countOf(text: string, character: string): number {
  return text.split(character).length - 1;
}
