import { formatAddress, parseAddress, type Address } from './address.ts';
import { base32Characters, decodeBase32, encodeBase32, inGroupsOfFour } from './base32.ts';
import { parseJoinCode } from './join-code.ts';
import { formatServer, splitJoinAddress, type ServerRef } from './join-address-text.ts';
import { peerKeyFromBytes, peerKeyToBytes, type KeyFingerprint, type PeerKey } from './ids.ts';

/** A server with its whole key. */
export interface KnownServer extends ServerRef<PeerKey> {
  readonly key: PeerKey;
}

/**
 * Where others join a chat: `192.168.1.7:50000#k7q2-m4xd-9f3a-t6nz` (PROTOCOL 6.57). The part after `#` names the key of
 * the server. A client that has it cannot be deceived when it first connects to the server.
 */
export type JoinAddress = ServerRef<NamedKey, Address>;

/** The name of a host with its port, and the addresses that the name stands for. */
export interface HostName<Place = string> {
  readonly name: string;
  readonly addresses: readonly Place[];
}

/** A key as a join address names it: all of it, or its fingerprint, which a user can type. */
export type NamedKey =
  | { readonly type: 'whole'; readonly key: PeerKey }
  | { readonly type: 'fingerprint'; readonly fingerprint: KeyFingerprint };

/** Returns the fingerprint of a key. The hash is cryptography, so the gateway has the only implementation. */
export type FingerprintOf = (key: PeerKey) => KeyFingerprint;

/** Bytes of the hash of a key that its fingerprint keeps. */
export const fingerprintBytes = 10;
/** 80 bits. */
const fingerprintCharacters = 16;
/** 256 bits, and 4 zero bits. */
const keyCharacters = 52;

export type JoinAddressError = 'address-invalid' | 'server-key-invalid' | 'join-code-invalid';

/** Reads `address`, `address#fingerprint` or `address#key`, also with a join code. The address may leave out its port. */
export function parseJoinAddress(text: string): JoinAddress | { readonly error: JoinAddressError } {
  const { server, joinCode } = splitJoinAddress(text);
  const parsed = parseServer(server);
  if ('error' in parsed || joinCode === undefined || parseJoinCode(joinCode) !== undefined) return parsed;
  return { error: 'join-code-invalid' };
}

/** Reads an address and the text of a key. */
function parseServer(
  server: ServerRef,
): JoinAddress | { readonly error: 'address-invalid' | 'server-key-invalid' } {
  const address = parseAddress(server.address);
  if (address === undefined) return { error: 'address-invalid' };
  if (server.key === undefined) return { address };
  const key = parseNamedKey(server.key);
  return key === undefined ? { error: 'server-key-invalid' } : { address, key };
}

/** `192.168.1.7:50000#k7q2-m4xd-9f3a-t6nz`, or with all 52 characters of a whole key, as links have it. */
export function formatJoinAddress({ address, key }: JoinAddress): string {
  return formatServer(serverAt(formatAddress(address), key));
}

/** Returns the server with its key as a join address writes it. */
export function serverAt(address: string, key: NamedKey | undefined): ServerRef {
  return key === undefined ? { address } : { address, key: formatNamedKey(key) };
}

/** A fingerprint in groups of four characters, or all 52 characters of a whole key. */
export function formatNamedKey(named: NamedKey): string {
  if (named.type === 'whole') return encodeBase32(peerKeyToBytes(named.key));
  return inGroupsOfFour(named.fingerprint);
}

/**
 * Reads 16 or 52 characters of Crockford's base32: upper or lower case, `i` and `l` as 1, `o` as 0, hyphens and spaces
 * ignored. Undefined for anything else.
 */
export function parseNamedKey(text: string): NamedKey | undefined {
  const characters = base32Characters(text);
  if (characters.length === fingerprintCharacters) {
    const isBase32 = decodeBase32(characters) !== undefined;
    return isBase32 ? { type: 'fingerprint', fingerprint: characters as KeyFingerprint } : undefined;
  }
  if (characters.length !== keyCharacters) return undefined;
  const bytes = decodeBase32(characters);
  return bytes === undefined ? undefined : { type: 'whole', key: peerKeyFromBytes(bytes) };
}

/** Whether `named` names this key. */
export function namesKey(named: NamedKey, key: PeerKey, fingerprintOf: FingerprintOf): boolean {
  return named.type === 'whole' ? named.key === key : named.fingerprint === fingerprintOf(key);
}

/** A fingerprint from the first 10 bytes of the hash. Throws RangeError on another length. */
export function fingerprintFromBytes(bytes: Uint8Array): KeyFingerprint {
  if (bytes.length !== fingerprintBytes)
    throw new RangeError(`a fingerprint has ${fingerprintBytes} bytes, not ${bytes.length}`);
  return encodeBase32(bytes) as KeyFingerprint;
}
