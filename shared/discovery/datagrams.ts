import ipaddr from 'ipaddr.js';
import { isLinkLocalV6, isLoopback, isUnicast } from '../address.ts';
import { fromHex, peerKeyFromBytes, peerKeyToBytes, toHex, type PeerKey } from '../ids.ts';
import {
  beaconAddressesMax,
  beaconVersionsMax,
  discoveryDatagramBytesMax,
  discoveryQueryBytes,
} from '../limits.ts';
import { chatNameFromBytes, chatNameToBytes } from './chat-name.ts';

/** Chats on the local network find each other by these datagrams (docs/protocol/discovery.md). */

/** The UDP port at which hosting programs are asked (PROTOCOL 11.2). */
export const discoveryPort = 17_230;
/** Where askers ask all of them (PROTOCOL 11.3). */
export const discoveryGroups = { ipv4: '239.255.67.71', ipv6: 'ff12::4347' } as const;

/** Asks hosting programs for their beacons. The nonce is new for each query: 32 hex digits. */
export interface DiscoveryQuery {
  readonly type: 'query';
  readonly nonce: string;
}

/** The answer of a server to one query. */
export interface Beacon {
  readonly type: 'beacon';
  /** Of the query. */
  readonly nonce: string;
  /** Greater in each later answer of the server. */
  readonly number: number;
  readonly key: PeerKey;
  readonly port: number;
  /** New users need a join code. */
  readonly needsCode: boolean;
  /** The versions of the transport that the server speaks. */
  readonly versions: readonly number[];
  /** May be empty. */
  readonly name: string;
  /** IP literals at which the server says that others reach it, the best one first. */
  readonly addresses: readonly string[];
}

/** The server ends. It goes to those that asked lately. */
export interface Goodbye {
  readonly type: 'goodbye';
  /** Of the newest query of the asker. */
  readonly nonce: string;
  readonly number: number;
  readonly key: PeerKey;
}

export type DiscoveryAnswer = Beacon | Goodbye;

/** Why a datagram is dropped, as in the table of PROTOCOL 11.7. */
export type DiscoveryDrop =
  'too-short' | 'too-long' | 'not-ours' | 'other-version' | 'unknown-type' | 'malformed';

export type DecodedDiscovery =
  | { readonly type: 'query'; readonly query: DiscoveryQuery }
  | {
      readonly type: 'answer';
      readonly answer: DiscoveryAnswer;
      /** The bytes that the signature covers. */
      readonly signed: Uint8Array;
      readonly signature: Uint8Array;
    }
  | { readonly type: 'dropped'; readonly cause: DiscoveryDrop };

/** "CD". The transport's datagrams begin with "CG". */
const magic = [0x43, 0x44] as const;
const version = 1;
const types = { query: 1, beacon: 2, goodbye: 3 } as const;
const headerBytes = 4;
export const nonceBytes = 16;
const signatureBytes = 64;
const keyBytes = 32;
/** Header, nonce, number, key. A beacon goes on behind them, a goodbye ends. */
const answerBytes = headerBytes + nonceBytes + 8 + keyBytes;
const needsCodeFlag = 1;
const familyBytes: ReadonlyMap<number, number> = new Map([
  [4, 4],
  [6, 16],
]);

/** A query has zeros behind its nonce, so that no answer is longer than what asked for it. */
export function encodeQuery({ nonce }: DiscoveryQuery): Uint8Array {
  const bytes = new Uint8Array(discoveryQueryBytes);
  bytes.set([...magic, version, types.query]);
  bytes.set(fromHex(nonce), headerBytes);
  return bytes;
}

/** Returns what the server signs. The signature follows these bytes. */
export function signedBytesOf(answer: DiscoveryAnswer): Uint8Array {
  const bytes: number[] = [...magic, version, types[answer.type], ...fromHex(answer.nonce)];
  for (let shift = 56n; shift >= 0n; shift -= 8n)
    bytes.push(Number((BigInt(answer.number) >> shift) & 0xffn));
  bytes.push(...peerKeyToBytes(answer.key));
  if (answer.type === 'beacon') bytes.push(...bodyOf(answer));
  return Uint8Array.from(bytes);
}

function bodyOf({ port, needsCode, versions, name, addresses }: Beacon): number[] {
  const nameBytes = chatNameToBytes(name);
  const body = [port >> 8, port & 0xff, needsCode ? needsCodeFlag : 0];
  const spoken = versions.slice(0, beaconVersionsMax);
  body.push(spoken.length, ...spoken, nameBytes.length, ...nameBytes);
  const offered = addresses.filter(isOffered).slice(0, beaconAddressesMax);
  body.push(offered.length);
  for (const address of offered) {
    const ip = ipaddr.parse(address);
    body.push(ip.kind() === 'ipv4' ? 4 : 6, ...ip.toByteArray());
  }
  return body;
}

export function withSignature(signed: Uint8Array, signature: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(signed.length + signature.length);
  bytes.set(signed);
  bytes.set(signature, signed.length);
  return bytes;
}

/** Reads any bytes. The signature of an answer is not checked here. */
export function decodeDiscovery(bytes: Uint8Array): DecodedDiscovery {
  const cause = causeOfDrop(bytes);
  if (cause !== undefined) return { type: 'dropped', cause };
  const [, , , type] = bytes;
  if (type === types.query) {
    if (bytes.length < discoveryQueryBytes) return malformed;
    return { type: 'query', query: { type: 'query', nonce: nonceOf(bytes) } };
  }
  const signed = bytes.subarray(0, bytes.length - signatureBytes);
  const answer = type === types.beacon ? readBeacon(signed) : readGoodbye(signed);
  if (answer === undefined) return malformed;
  return { type: 'answer', answer, signed, signature: bytes.subarray(signed.length) };
}

const malformed = { type: 'dropped', cause: 'malformed' } as const;

function causeOfDrop(bytes: Uint8Array): DiscoveryDrop | undefined {
  if (bytes.length < headerBytes) return 'too-short';
  if (bytes.length > discoveryDatagramBytesMax) return 'too-long';
  if (bytes[0] !== magic[0] || bytes[1] !== magic[1]) return 'not-ours';
  if (bytes[2] !== version) return 'other-version';
  const type = bytes[3] ?? 0;
  return type >= types.query && type <= types.goodbye ? undefined : 'unknown-type';
}

function nonceOf(bytes: Uint8Array): string {
  return toHex(bytes.subarray(headerBytes, headerBytes + nonceBytes));
}

function readHead(signed: Uint8Array): Omit<Goodbye, 'type'> | undefined {
  if (signed.length < answerBytes) return undefined;
  const view = new DataView(signed.buffer, signed.byteOffset, signed.byteLength);
  const number = view.getBigUint64(headerBytes + nonceBytes);
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const key = peerKeyFromBytes(signed.subarray(answerBytes - keyBytes, answerBytes));
  return { nonce: nonceOf(signed), number: Number(number), key };
}

function readGoodbye(signed: Uint8Array): Goodbye | undefined {
  const head = readHead(signed);
  return head === undefined || signed.length !== answerBytes ? undefined : { type: 'goodbye', ...head };
}

function readBeacon(signed: Uint8Array): Beacon | undefined {
  const head = readHead(signed);
  // No answer is longer than the shortest query.
  if (head === undefined || signed.length + signatureBytes > discoveryQueryBytes) return undefined;
  const body = new BodyReader(signed.subarray(answerBytes));
  const [high = 0, low = 0, flags = 0] = body.take(3);
  const versions = [...body.takeCounted(beaconVersionsMax)];
  const name = chatNameFromBytes(body.takeCounted(255));
  const addresses = body.takeAddresses();
  const port = high * 256 + low;
  // Bytes behind the addresses belong to later versions. The signature covers them.
  if (body.isDamaged || port === 0 || versions.length === 0 || name === undefined) return undefined;
  const needsCode = (flags & needsCodeFlag) !== 0;
  return { type: 'beacon', ...head, port, needsCode, versions, name, addresses };
}

/** Reads the parts of a beacon behind its key. Damaged bytes give empty parts and set `isDamaged`. */
class BodyReader {
  isDamaged = false;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(byteCount: number): Uint8Array {
    const end = this.#at + byteCount;
    if (end > this.#bytes.length) this.isDamaged = true;
    if (this.isDamaged) return new Uint8Array(0);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** A count in one byte, and so many bytes. */
  takeCounted(countMax: number): Uint8Array {
    const [count = 0] = this.take(1);
    if (count > countMax) this.isDamaged = true;
    return this.take(count);
  }

  takeAddresses(): string[] {
    const addresses: string[] = [];
    const [count = 0] = this.take(1);
    if (count > beaconAddressesMax) this.isDamaged = true;
    for (let index = 0; index < count; index++) {
      const [family = 0] = this.take(1);
      const bytes = this.take(familyBytes.get(family) ?? Number.POSITIVE_INFINITY);
      // Damaged bytes are empty, and end the list.
      if (bytes.length === 0) break;
      addresses.push(ipaddr.fromByteArray([...bytes]).toString());
    }
    return addresses.filter(isOffered);
  }
}

/** Whether others may reach a machine at this address: no loopback, no link-local address of IPv6, no IPv4 in the form of IPv6. */
function isOffered(host: string): boolean {
  return isUnicast(host) && !isLoopback(host) && !isLinkLocalV6(host) && !host.startsWith('::ffff:');
}
