import { guestHandshakeBytesMax } from '../limits.ts';
import { gatewayKeyHashBytes } from './link.ts';

/** The version of the channel between a guest's page and a gateway. */
const guestVersion = 1;

/** `XXpsk0` with the secret of a link, `XX` without (PROTOCOL 12.2). */
export type GuestPattern = 'XX' | 'XXpsk0';

const patternBytes = { XX: 0, XXpsk0: 1 } as const;

/** BLAKE2b with 64 bytes (RFC 7693). The page and the gateway have it from different packages. */
export type Blake2b = (input: Uint8Array) => Uint8Array;

/** What a page asks for. */
export interface GuestRequest {
  /** A later version may have more. */
  readonly want: 'chat';
  /** The nickname that the guest has typed. A gateway has to check it, and may know the guest under another one. */
  readonly name: string;
}

export const commitmentBytes = 32;
export const guestNonceBytes = 32;

const encoder = new TextEncoder();

/** The first message: the version, the pattern, and the first message of Noise (PROTOCOL 12.6). */
export function encodeOpening(pattern: GuestPattern, noise: Uint8Array): Uint8Array {
  return joinBytes(Uint8Array.of(guestVersion, patternBytes[pattern]), noise);
}

export function parseOpening(
  message: Uint8Array,
): { readonly pattern: GuestPattern; readonly noise: Uint8Array } | 'version-unknown' | 'handshake-failed' {
  const [version, patternByte] = message;
  if (version === undefined || message.length > guestHandshakeBytesMax) return 'handshake-failed';
  if (version !== guestVersion) return 'version-unknown';
  const noise = message.subarray(2);
  if (patternByte === patternBytes.XX) return { pattern: 'XX', noise };
  return patternByte === patternBytes.XXpsk0 ? { pattern: 'XXpsk0', noise } : 'handshake-failed';
}

/** Binds version and pattern to the handshake: an attacker that changes one makes it fail (PROTOCOL 12.4). */
export function guestPrologue(pattern: GuestPattern): Uint8Array {
  return joinBytes(encoder.encode('Chatagram guest'), Uint8Array.of(guestVersion, patternBytes[pattern]));
}

/** The first 16 bytes of a hash of the gateway's guest key. A link has them. */
export function gatewayKeyHash(gatewayKey: Uint8Array, blake2b: Blake2b): Uint8Array {
  return labelledHash('chatagram guest gateway 1', [gatewayKey], blake2b).slice(0, gatewayKeyHashBytes);
}

/**
 * Returns the commitment of the first message to the third one, so that the page cannot choose the third one later (PROTOCOL 12.13). Without it, an
 * attacker between both sides could search for a key that gives the same four words.
 */
export function commitmentOf(guestKey: Uint8Array, thirdPayload: Uint8Array, blake2b: Blake2b): Uint8Array {
  return labelledHash('chatagram guest commitment 1', [guestKey, thirdPayload], blake2b).slice(
    0,
    commitmentBytes,
  );
}

/** The label ends with a zero byte, so no label is the beginning of another. */
export function labelledHash(label: string, parts: readonly Uint8Array[], blake2b: Blake2b): Uint8Array {
  return blake2b(joinBytes(encoder.encode(`${label}\0`), ...parts));
}

/** The payload of the second message, by the gateway. */
export function encodeGatewayHello(): Uint8Array {
  return encoder.encode(JSON.stringify({ versions: [guestVersion] }));
}

/** Whether this is the payload of a gateway that speaks the version of this handshake. */
export function acceptsGatewayHello(payload: Uint8Array): boolean {
  const versions = parseFields(payload)?.['versions'];
  return Array.isArray(versions) && versions.includes(guestVersion);
}

/** The payload of the third message, by the page. The nonce makes its commitment impossible to guess. */
export function encodePageHello(nonce: Uint8Array, { want, name }: GuestRequest): Uint8Array {
  return joinBytes(nonce, encoder.encode(JSON.stringify({ want, name })));
}

export function parsePageHello(payload: Uint8Array): GuestRequest | 'want-unknown' | 'handshake-failed' {
  const fields = parseFields(payload.subarray(guestNonceBytes));
  if (fields === undefined || typeof fields['want'] !== 'string') return 'handshake-failed';
  const { want, name } = fields;
  if (want !== 'chat') return 'want-unknown';
  return typeof name === 'string' ? { want, name } : 'handshake-failed';
}

/** A JSON object in UTF-8. Undefined for anything else. */
function parseFields(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Both come from the network or from its neighbour in time, so the comparison looks at all bytes. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  one.forEach((byte, at) => (difference |= byte ^ (other[at] ?? 0)));
  return difference === 0;
}
