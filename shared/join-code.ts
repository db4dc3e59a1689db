import { base32Characters, decodeBase32, encodeBase32, inGroupsOfFour } from './base32.ts';
import type { JoinCode } from './ids.ts';

/** 80 bits from a random generator. No attacker guesses them, not even one that has recorded a proof. */
export const joinCodeBytes = 10;
const joinCodeCharacters = 16;

/** Proves the code in `register`, for one handshake only (PROTOCOL 6.85). The HMAC is cryptography of the gateway. */
export type ProveJoinCode = (code: JoinCode, handshakeHash: Uint8Array) => Uint8Array;

/** Throws RangeError on another length. */
export function joinCodeFromBytes(bytes: Uint8Array): JoinCode {
  if (bytes.length !== joinCodeBytes)
    throw new RangeError(`a join code has ${joinCodeBytes} bytes, not ${bytes.length}`);
  return encodeBase32(bytes) as JoinCode;
}

export function joinCodeToBytes(code: JoinCode): Uint8Array {
  const bytes = decodeBase32(code);
  if (bytes === undefined) throw new RangeError('not a join code');
  return bytes;
}

/** Reads 16 characters, in upper or lower case, with or without hyphens. Undefined for anything else. */
export function parseJoinCode(text: string): JoinCode | undefined {
  const characters = base32Characters(text);
  if (characters.length !== joinCodeCharacters || decodeBase32(characters) === undefined) return undefined;
  return characters as JoinCode;
}

/** `9f3a-t6nz-k7q2-m4xd` */
export function formatJoinCode(code: JoinCode): string {
  return inGroupsOfFour(code);
}
