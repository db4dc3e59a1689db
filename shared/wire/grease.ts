/**
 * Reserved numbers that mean nothing (GREASE, RFC 8701 and RFC 9000 section 18.1). A program sends them at random at each
 * extension point, so that a peer that fails on unknown numbers is found before real ones are added.
 */

/** Returns random bytes, which need not be secret. */
export type RandomBytes = (byteCount: number) => Uint8Array;

/** PROTOCOL 2.7: parameter types and channels of the form 0x1f * N + 0x1b. */
const step = 0x1f;
const offset = 0x1b;

export function greaseNumber(random: RandomBytes): number {
  return step * byte(random) + offset;
}

/** PROTOCOL 2.7: versions with 0xa as their low four bits. */
export function greaseVersion(random: RandomBytes): number {
  return (byte(random) & 0xf0) | 0x0a;
}

/** Returns the content of something reserved: up to 15 random bytes. */
export function greaseBytes(random: RandomBytes): Uint8Array {
  return random(byte(random) & 0x0f);
}

export function isGreaseVersion(version: number): boolean {
  return (version & 0x0f) === 0x0a;
}

function byte(random: RandomBytes): number {
  return random(1)[0] ?? 0;
}
