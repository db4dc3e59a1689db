import { base32Characters, decodeBase32, encodeBase32, inGroupsOfFour } from './base32.ts';
import type { ErrorCode } from './errors.ts';
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

/** Whether a join code, or another one, can let a user in that a server refused with this code. */
export function needsJoinCode(code: ErrorCode): boolean {
  return code === 'join-code-required' || code === 'join-code-wrong' || code === 'too-many-tries';
}

/** Letters and digits, with hyphens between them. */
const wordPattern = /[a-z0-9]+(?:-+[a-z0-9]+)*/giu;

/**
 * Whether the text contains a join code, or one with up to two characters too many or too few, or with a wrong character.
 * Words with hyphens and without a digit do not count, such as the name of an option.
 */
export function looksLikeJoinCode(text: string): boolean {
  return (text.match(wordPattern) ?? []).some(isNearJoinCode);
}

/** Replaces all that looks like a join code. */
export function withoutJoinCodes(text: string): string {
  return text.replaceAll(wordPattern, (word) => (isNearJoinCode(word) ? '…' : word));
}

function isNearJoinCode(word: string): boolean {
  const groups = word.split(/-+/u);
  const { length } = groups.join('');
  if (Math.abs(length - joinCodeCharacters) > 2) return false;
  return /\d/u.test(word) || groups.length === 1 || groups.every((group) => Math.abs(group.length - 4) <= 1);
}

/** `9f3a-t6nz-k7q2-m4xd` */
export function formatJoinCode(code: JoinCode): string {
  return inGroupsOfFour(code);
}
