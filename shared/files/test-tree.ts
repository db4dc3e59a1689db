import type { Sha256 } from '../rooms/entry.ts';

/**
 * The tree of a file a second time, for tests: it fills the whole lowest level to a power of two, and knows neither pieces nor parts.
 */

export function referenceRoot(bytes: Uint8Array, sha256: Sha256): Uint8Array {
  return bytes.length === 0 ? sha256(bytes) : rootOverFilled(leafHashesOf(bytes, sha256), zeroHash(), sha256);
}

export function leafHashesOf(bytes: Uint8Array, sha256: Sha256): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += 16_384)
    hashes.push(sha256(bytes.subarray(start, start + 16_384)));
  return hashes;
}

/** Returns the top node over these nodes, filled to a power of two. */
export function rootOverFilled(nodes: readonly Uint8Array[], pad: Uint8Array, sha256: Sha256): Uint8Array {
  let width = 1;
  while (width < nodes.length) width *= 2;
  return rootOverAll(
    Array.from({ length: width }, (_, index) => nodes[index] ?? pad),
    sha256,
  );
}

/** The node over 16 leaves behind the end of a file. */
export function referenceEmptyPiece(sha256: Sha256): Uint8Array {
  return rootOverAll(Array.from({ length: 16 }, zeroHash), sha256);
}

/** Byte number i is (i + i / 256, rounded down) modulo 251, so that no two leaves are equal. */
export function sampleBytes(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index + (index >> 8)) % 251);
}

/** A piece layer without the bytes below it: the hash of piece n is the digest of `piece n`. */
export function sampleLayer(pieces: number, sha256: Sha256): Uint8Array {
  return joined(
    Array.from({ length: pieces }, (_, piece) => sha256(new TextEncoder().encode(`piece ${piece}`))),
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function rootOverAll(nodes: readonly Uint8Array[], sha256: Sha256): Uint8Array {
  const [only, second] = nodes;
  if (only === undefined) throw new Error('there is no node');
  if (second === undefined) return only;
  const half = nodes.length / 2;
  return sha256(joined([rootOverAll(nodes.slice(0, half), sha256), rootOverAll(nodes.slice(half), sha256)]));
}

function zeroHash(): Uint8Array {
  return new Uint8Array(32);
}
