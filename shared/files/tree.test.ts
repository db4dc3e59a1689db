import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fileBytesMax } from '../limits.ts';
import { toHex } from '../ids.ts';
import {
  bytesOfLeaf,
  hashBytes,
  hashPartsOf,
  isFileSize,
  isLeafOf,
  isPartOf,
  isPieceOf,
  leafBytes,
  leafCountOf,
  leavesOfPiece,
  partPieces,
  partRootsOf,
  pieceBytes,
  pieceCountOf,
  pieceHashOf,
  pieceLeaves,
  proofOf,
  proofOfRoots,
  rootOfPieces,
  TreeHasher,
  type HashPart,
} from './tree.ts';
import {
  leafHashesOf,
  referenceEmptyPiece,
  referenceRoot,
  rootOverFilled,
  sampleBytes,
  sampleLayer,
} from './test-tree.ts';

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

// --- samples -----------------------------------------------------------------------------------------------------

function treeOf(bytes: Uint8Array) {
  const hasher = new TreeHasher(sha256);
  hasher.add(bytes);
  return hasher.finish();
}

function hashesOf(layer: Uint8Array, { from, count }: HashPart): Uint8Array {
  return layer.subarray(from * hashBytes, (from + count) * hashBytes);
}

function claimedPart(layer: Uint8Array, index: number) {
  const size = (layer.length / hashBytes) * pieceBytes;
  const part = hashPartsOf(size)[index];
  if (part === undefined) throw new Error('no such part');
  const root = rootOfPieces(layer, sha256);
  return { root, size, part, hashes: hashesOf(layer, part), proof: proofOf(layer, part, sha256) };
}

const edgeSizes = [
  0,
  1,
  32,
  64,
  leafBytes - 1,
  leafBytes,
  leafBytes + 1,
  2 * leafBytes + 64,
  3 * leafBytes,
  pieceBytes - 1,
  pieceBytes,
  pieceBytes + 1,
  2 * pieceBytes,
  2 * pieceBytes + leafBytes + 1,
  5 * pieceBytes - 7,
];

describe('the shape of the tree of a file', () => {
  it('PROTOCOL 13.1: counts leaves and pieces, the last ones shorter', () => {
    const size = 2 * pieceBytes + leafBytes + 5;
    expect([leafCountOf(0), pieceCountOf(0), leafCountOf(1), pieceCountOf(1)]).toEqual([0, 0, 1, 1]);
    expect([leafCountOf(size), pieceCountOf(size)]).toEqual([2 * pieceLeaves + 2, 3]);
    expect([leavesOfPiece(size, 0), leavesOfPiece(size, 2)]).toEqual([pieceLeaves, 2]);
    expect([bytesOfLeaf(size, 2, 0), bytesOfLeaf(size, 2, 1)]).toEqual([leafBytes, 5]);
  });

  it('PROTOCOL 13.1: takes whole sizes from 0 to 1 TiB', () => {
    expect([0, 1, fileBytesMax].every(isFileSize)).toBe(true);
    expect([-1, 0.5, fileBytesMax + 1, NaN, Infinity].some(isFileSize)).toBe(false);
    expect(pieceCountOf(fileBytesMax)).toBe(2 ** 22);
  });

  it('PROTOCOL 13.4: cuts the piece layer into parts that cover each piece once', () => {
    expect(hashPartsOf(0)).toEqual([]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 22 }), (pieces) => {
        const parts = hashPartsOf(pieces * pieceBytes - 1);
        let next = 0;
        for (const { from, count } of parts) {
          expect(from).toBe(next);
          expect(count).toBeGreaterThan(0);
          expect(count).toBeLessThanOrEqual(partPieces);
          next += count;
        }
        expect(next).toBe(pieces);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the root of a file', () => {
  it.each(edgeSizes)(
    'PROTOCOL 13.2: is that of the whole tree, filled to a power of two: %i bytes',
    (size) => {
      const bytes = sampleBytes(size);
      const tree = treeOf(bytes);
      expect(toHex(tree.root)).toBe(toHex(referenceRoot(bytes, sha256)));
      expect(tree.size).toBe(size);
      expect(tree.pieceHashes.length).toBe(pieceCountOf(size) * hashBytes);
    },
  );

  it('PROTOCOL 13.2: is the digest of no bytes for an empty file, and of the bytes for one leaf', () => {
    expect(toHex(treeOf(new Uint8Array(0)).root)).toBe(toHex(sha256(new Uint8Array(0))));
    const bytes = sampleBytes(100);
    expect(toHex(treeOf(bytes).root)).toBe(toHex(sha256(bytes)));
  });

  it('is the same however the bytes are cut', () => {
    const bytes = sampleBytes(pieceBytes + 3 * leafBytes + 11);
    const whole = treeOf(bytes);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: bytes.length }), { minLength: 1, maxLength: 40 }),
        (cuts) => {
          const hasher = new TreeHasher(sha256);
          const places = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
          places.slice(1).forEach((end, index) => hasher.add(bytes.subarray(places[index], end)));
          expect(hasher.finish()).toEqual(whole);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('PROTOCOL 13.5: alone does not name a file, because a file of 64 bytes has the root of one with two leaves', () => {
    const bytes = sampleBytes(leafBytes + 1);
    const hashes = Buffer.concat(leafHashesOf(bytes, sha256));
    expect(toHex(treeOf(hashes).root)).toBe(toHex(treeOf(bytes).root));
  });

  it('PROTOCOL 13.3: covers a piece layer that is longer than one part', () => {
    const layer = sampleLayer(partPieces + 3, sha256);
    const nodes = Array.from({ length: partPieces + 3 }, (_, piece) =>
      hashesOf(layer, { from: piece, count: 1 }),
    );
    expect(toHex(rootOfPieces(layer, sha256))).toBe(
      toHex(rootOverFilled(nodes, referenceEmptyPiece(sha256), sha256)),
    );
  });
});

describe('a piece', () => {
  it.each(edgeSizes.slice(1))(
    'PROTOCOL 13.3: has the hash of the layer, and only with its own leaves: %i bytes',
    (size) => {
      const bytes = sampleBytes(size);
      const { pieceHashes } = treeOf(bytes);
      for (let piece = 0; piece < pieceCountOf(size); piece++) {
        const leaves = leafHashesOf(bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes), sha256);
        const leafHashes = Buffer.concat(leaves);
        const pieceHash = hashesOf(pieceHashes, { from: piece, count: 1 });
        expect(toHex(pieceHashOf(leafHashes, size, piece, sha256))).toBe(toHex(pieceHash));
        expect(isPieceOf({ leafHashes, pieceHash, size, piece }, sha256)).toBe(true);
        const other = leafHashes.map((byte, index) => (index === 5 ? byte ^ 1 : byte));
        expect(isPieceOf({ leafHashes: other, pieceHash, size, piece }, sha256)).toBe(false);
        const longer = Buffer.concat([...leaves, new Uint8Array(32)]);
        expect(isPieceOf({ leafHashes: longer, pieceHash, size, piece }, sha256)).toBe(false);
        expect(isPieceOf({ leafHashes: new Uint8Array(0), pieceHash, size, piece }, sha256)).toBe(false);
      }
    },
  );

  it('PROTOCOL 13.6: takes a leaf only with its bytes, its length and its place', () => {
    const size = 2 * leafBytes + 7;
    const bytes = sampleBytes(size);
    const leafHashes = Buffer.concat(leafHashesOf(bytes, sha256));
    const leafAt = (leaf: number) => bytes.subarray(leaf * leafBytes, (leaf + 1) * leafBytes);
    const takes = (leaf: number, given: Uint8Array) =>
      isLeafOf({ bytes: given, leafHashes, size, piece: 0, leaf }, sha256);
    expect([0, 1, 2].every((leaf) => takes(leaf, leafAt(leaf)))).toBe(true);
    expect(takes(1, leafAt(0))).toBe(false);
    expect(takes(3, leafAt(2))).toBe(false);
    expect(takes(2, leafAt(2).subarray(1))).toBe(false);
  });

  it('PROTOCOL 13.5: refuses a leaf of another length also when the author has hashed it', () => {
    const short = sampleBytes(10);
    const leafHashes = Buffer.concat([sha256(short), sha256(short)]);
    const claimed = { bytes: short, leafHashes, size: leafBytes + 11, piece: 0, leaf: 0 };
    expect(isLeafOf(claimed, sha256)).toBe(false);
  });
});

describe('a node of the tree', () => {
  it('PROTOCOL 13.5: is never taken for a leaf, because only the last leaf of a file is short', () => {
    const leaves = leafHashesOf(sampleBytes(2 * pieceBytes), sha256);
    const pairs = leaves.flatMap((leaf, index) =>
      index % 2 === 0 ? [Buffer.concat([leaf, leaves[index + 1] ?? leaf])] : [],
    );
    const leafHashes = Buffer.concat(pairs.map(sha256));
    const pieceHash = treeOf(sampleBytes(2 * pieceBytes)).root;
    // An author who says half the size has a piece that fits the root, and no leaf that fits the piece.
    const claimed = { leafHashes, size: pieceBytes, piece: 0 };
    expect(isPieceOf({ ...claimed, pieceHash }, sha256)).toBe(true);
    pairs.forEach((bytes, leaf) => expect(isLeafOf({ ...claimed, bytes, leaf }, sha256)).toBe(false));
  });
});

describe('a part of the piece layer', () => {
  it.each([1, 2, 3, 511, 512, 513, 1_024, 1_025, 2_100])(
    'PROTOCOL 13.4: is proved against the root, each part of a layer of %i pieces',
    (pieces) => {
      const layer = sampleLayer(pieces, sha256);
      const roots = partRootsOf(layer, sha256);
      hashPartsOf(pieces * pieceBytes).forEach((part, index) => {
        const claimed = claimedPart(layer, index);
        expect(isPartOf(claimed, sha256)).toBe(true);
        expect(proofOfRoots(roots, pieces, part, sha256)).toEqual(claimed.proof);
      });
    },
  );

  it('PROTOCOL 13.6: is refused with any byte of its hashes, proof or root changed', () => {
    const claimed = claimedPart(sampleLayer(1_300, sha256), 2);
    fc.assert(
      fc.property(
        fc.constantFrom('hashes', 'proof', 'root'),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (field, place, change) => {
          const bytes = claimed[field].slice();
          const index = place % bytes.length;
          bytes[index] = (bytes[index] ?? 0) ^ change;
          expect(isPartOf({ ...claimed, [field]: bytes }, sha256)).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('PROTOCOL 13.5: is refused for another size, another place, and hashes or a proof of another length', () => {
    const claimed = claimedPart(sampleLayer(1_300, sha256), 1);
    const refused = (change: Partial<typeof claimed>) =>
      expect(isPartOf({ ...claimed, ...change }, sha256)).toBe(false);
    refused({ size: 600 * pieceBytes });
    refused({ size: 5_000 * pieceBytes });
    for (const size of [0, -1, NaN, 0.5, fileBytesMax + 1]) refused({ size });
    for (const from of [0, 1, 511, 1_024, 1_536, -512, 2 ** 32 + 512, NaN, 512.5])
      refused({ part: { from, count: 512 } });
    for (const count of [0, 1, 511, 513, -1, NaN]) refused({ part: { from: 512, count } });
    refused({ hashes: claimed.hashes.subarray(32) });
    refused({ hashes: new Uint8Array(claimed.hashes.length + 32) });
    refused({ proof: claimed.proof.subarray(32) });
    refused({ proof: Buffer.concat([claimed.proof, new Uint8Array(32)]) });
    refused({ root: claimed.root.subarray(1) });
  });
});
