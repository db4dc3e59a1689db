/** The identifiers of the domain as branded strings, and the functions that make them. */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/**
 * Names one client or server: the X25519 form of its Ed25519 signing key, as 64 lowercase hex digits. It is the static
 * key of the Noise handshake (docs/decisions/0018-identity.md).
 */
export type PeerKey = Branded<'PeerKey'>;

/** The Ed25519 public key of an identity, as 64 lowercase hex digits. Each peer key has exactly one. */
export type SigningKey = Branded<'SigningKey'>;

/** A message's id: a UUIDv7 (RFC 9562 section 5.7) in lowercase text form, made where the user types the message. */
export type MessageId = Branded<'MessageId'>;

/** One data folder of one client, 8 random bytes as 16 hex digits. Each installation counts its own sequences. */
export type InstallationId = Branded<'InstallationId'>;

/** The life of a server's database, 8 random bytes as 16 hex digits. A wiped server has a new one. */
export type ServerEpoch = Branded<'ServerEpoch'>;

/** A mail key of a recipient (PROTOCOL section 9), 8 bytes as 16 hex digits. */
export type MailKeyId = Branded<'MailKeyId'>;

/** One connection check between two clients, 8 random bytes as 16 hex digits. */
export type CheckId = Branded<'CheckId'>;

/** One run of an endpoint's process, 8 random bytes as 16 hex digits. It tells two gateways with one key apart. */
export type InstanceId = Branded<'InstanceId'>;

/**
 * The first 80 bits of the BLAKE2b hash of a peer key, as 16 lowercase characters of Crockford's base32. It names a server
 * in a join address (shared/join-address.ts).
 */
export type KeyFingerprint = Branded<'KeyFingerprint'>;

/** Names a room: 16 random bytes as 32 hex digits, drawn by the client that creates it. */
export type RoomId = Branded<'RoomId'>;

/** A SHA-256 digest (FIPS 180-4), as 64 lowercase hex digits. */
export type Digest = Branded<'Digest'>;

/** What a server may require of new clients: 80 random bits as 16 characters, like a fingerprint (shared/join-code.ts). */
export type JoinCode = Branded<'JoinCode'>;

export const peerKeyPattern = '^[0-9a-f]{64}$';
export const messageIdPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';
export const shortIdPattern = '^[0-9a-f]{16}$';
export const roomIdPattern = '^[0-9a-f]{32}$';

const peerKeyRegExp = new RegExp(peerKeyPattern);
const messageIdRegExp = new RegExp(messageIdPattern);
const shortIdRegExp = new RegExp(shortIdPattern);
const roomIdRegExp = new RegExp(roomIdPattern);

export function parsePeerKey(text: string): PeerKey | undefined {
  return peerKeyRegExp.test(text) ? (text as PeerKey) : undefined;
}

export function parseSigningKey(text: string): SigningKey | undefined {
  return peerKeyRegExp.test(text) ? (text as SigningKey) : undefined;
}

export function parseMessageId(text: string): MessageId | undefined {
  return messageIdRegExp.test(text) ? (text as MessageId) : undefined;
}

/** Makes an id (RFC 9562 section 5.7) from any wall time and 10 random bytes. */
export function newMessageId(wallMs: number, random: Uint8Array): MessageId {
  const time = ((wallMs % 2 ** 48) + 2 ** 48) % 2 ** 48;
  const digits = toHex(random).slice(0, 20);
  const variant = ((Number.parseInt(digits.slice(3, 4), 16) & 3) | 8).toString(16);
  const hex = Math.floor(time).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${digits.slice(0, 3)}-${variant}${digits.slice(4, 7)}-${digits.slice(7, 19)}` as MessageId;
}

/** Undefined unless the bytes are the 16 of a UUIDv7. */
export function messageIdFromBytes(bytes: Uint8Array): MessageId | undefined {
  const hex = toHex(bytes);
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return parseMessageId(groups.join('-'));
}

/** The 16 bytes of a message's id. */
export function messageIdToBytes(id: MessageId): Uint8Array {
  return fromHex(id.replaceAll('-', ''));
}

/** A key from its 32 bytes. Throws RangeError on another length: the caller has checked it. */
export function peerKeyFromBytes(bytes: Uint8Array): PeerKey {
  if (bytes.length !== 32) throw new RangeError(`a peer key has 32 bytes, not ${bytes.length}`);
  return toHex(bytes) as PeerKey;
}

export function peerKeyToBytes(key: PeerKey): Uint8Array {
  return fromHex(key);
}

/** A signing key from its 32 bytes. Throws RangeError on another length: the caller has checked it. */
export function signingKeyFromBytes(bytes: Uint8Array): SigningKey {
  if (bytes.length !== 32) throw new RangeError(`a signing key has 32 bytes, not ${bytes.length}`);
  return toHex(bytes) as SigningKey;
}

export function signingKeyToBytes(key: SigningKey): Uint8Array {
  return fromHex(key);
}

export function installationIdFromBytes(bytes: Uint8Array): InstallationId {
  return shortId(bytes) as InstallationId;
}

export function serverEpochFromBytes(bytes: Uint8Array): ServerEpoch {
  return shortId(bytes) as ServerEpoch;
}

export function mailKeyIdFromBytes(bytes: Uint8Array): MailKeyId {
  return shortId(bytes) as MailKeyId;
}

export function checkIdFromBytes(bytes: Uint8Array): CheckId {
  return shortId(bytes) as CheckId;
}

export function instanceIdFromBytes(bytes: Uint8Array): InstanceId {
  return shortId(bytes) as InstanceId;
}

/** A room's id from its 16 bytes. Throws RangeError on another length: the caller has checked it. */
export function roomIdFromBytes(bytes: Uint8Array): RoomId {
  const id = parseRoomId(toHex(bytes));
  if (id === undefined) throw new RangeError(`a room's id has 16 bytes, not ${bytes.length}`);
  return id;
}

export function parseRoomId(text: string): RoomId | undefined {
  return roomIdRegExp.test(text) ? (text as RoomId) : undefined;
}

/** A digest from its 32 bytes. Throws RangeError on another length: the caller has checked it. */
export function digestFromBytes(bytes: Uint8Array): Digest {
  if (bytes.length !== 32) throw new RangeError(`a digest has 32 bytes, not ${bytes.length}`);
  return toHex(bytes) as Digest;
}

export function parseDigest(text: string): Digest | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? (text as Digest) : undefined;
}

export function parseInstallationId(text: string): InstallationId | undefined {
  return shortIdRegExp.test(text) ? (text as InstallationId) : undefined;
}

export function parseServerEpoch(text: string): ServerEpoch | undefined {
  return shortIdRegExp.test(text) ? (text as ServerEpoch) : undefined;
}

export function parseMailKeyId(text: string): MailKeyId | undefined {
  return shortIdRegExp.test(text) ? (text as MailKeyId) : undefined;
}

function shortId(bytes: Uint8Array): string {
  const text = toHex(bytes);
  if (!shortIdRegExp.test(text)) throw new RangeError(`this id has 8 bytes, not ${bytes.length}`);
  return text;
}

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += hexStepBytes)
    text += shortHex(bytes.subarray(start, start + hexStepBytes));
  return text;
}

/** A key is converted in one step. */
const hexStepBytes = 64;
const hexDigits = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const ascii = new TextDecoder('latin1');
const hexCodes = new Uint8Array(2 * hexStepBytes);

/** Decoded at once, not concatenated: V8 keeps a concatenated string as a tree of its parts, which takes several times the memory. */
function shortHex(bytes: Uint8Array): string {
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    hexCodes[2 * index] = hexDigits[byte >> 4] ?? 0;
    hexCodes[2 * index + 1] = hexDigits[byte & 0xf] ?? 0;
  }
  return ascii.decode(hexCodes.subarray(0, 2 * bytes.length));
}

/** Bytes of an even number of hex digits; throws RangeError on anything else. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  writeHex(text, bytes, 0);
  return bytes;
}

/** Writes the bytes of the hex digits into `target`. Throws RangeError as `fromHex`. */
export function writeHex(text: string, target: Uint8Array, start: number): void {
  if (text.length % 2 !== 0) throw new RangeError('not an even number of lowercase hex digits');
  for (let index = 0; index < text.length; index += 2)
    target[start + index / 2] = (hexValue(text, index) << 4) | hexValue(text, index + 1);
}

/** Throws RangeError. */
function hexValue(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x61 + 10;
  throw new RangeError('not an even number of lowercase hex digits');
}
