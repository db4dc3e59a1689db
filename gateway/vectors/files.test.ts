import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import {
  hashBytes,
  isPartOf,
  pieceBytes,
  proofOf,
  rootOfPieces,
  TreeHasher,
} from '../../shared/files/tree.ts';
import {
  referenceEmptyPiece,
  referenceRoot,
  rootOverFilled,
  sampleBytes,
  sampleLayer,
} from '../../shared/files/test-tree.ts';
import {
  PackedDecoder,
  packedStartOf,
  type EntryToPack,
  type PackedPart,
} from '../../shared/files/packed.ts';
import { fromHex, toHex } from '../../shared/ids.ts';
import { describeVectors } from './describe-vectors.ts';
import type { VectorCase } from './vector-files.ts';

interface PartCase extends VectorCase {
  readonly size: number;
  readonly layer: number;
  readonly from: number;
  readonly count: number;
  readonly root: string;
  readonly proof: string;
}

type FileCase =
  | (VectorCase & {
      readonly result: 'tree';
      readonly size: number;
      readonly root: string;
      readonly pieceHashes: string;
    })
  | (PartCase & { readonly result: 'part' })
  | (PartCase & { readonly result: 'part-refused' })
  | (VectorCase & {
      readonly result: 'packed';
      readonly entries: readonly EntryToPack[];
      readonly bytes: string;
    })
  | (VectorCase & { readonly result: 'packed-refused'; readonly bytes: string; readonly code: string });

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

function claimed({ size, layer, from, count, root, proof }: PartCase) {
  const hashes = sampleLayer(layer, sha256).subarray(from * hashBytes, (from + count) * hashBytes);
  return { root: fromHex(root), size, part: { from, count }, hashes, proof: fromHex(proof) };
}

/** The bytes of the files in a stream, one after the other. */
function contentOf(parts: readonly PackedPart[]): string {
  return parts.map((part) => (part.type === 'bytes' ? toHex(part.bytes) : '')).join('');
}

describeVectors<FileCase>('files', {
  tree({ name, size }) {
    const bytes = sampleBytes(size);
    const hasher = new TreeHasher(sha256);
    hasher.add(bytes);
    const { root, pieceHashes } = hasher.finish();
    expect(toHex(referenceRoot(bytes, sha256))).toBe(toHex(root));
    return { name, result: 'tree', size, root: toHex(root), pieceHashes: toHex(pieceHashes) };
  },
  part(vector) {
    const { layer, from, count } = vector;
    const hashes = sampleLayer(layer, sha256);
    const nodes = Array.from({ length: layer }, (_, piece) =>
      hashes.subarray(piece * hashBytes, (piece + 1) * hashBytes),
    );
    const root = rootOfPieces(hashes, sha256);
    expect(toHex(rootOverFilled(nodes, referenceEmptyPiece(sha256), sha256))).toBe(toHex(root));
    const size = layer * pieceBytes;
    const proof = proofOf(hashes, { from, count }, sha256);
    const derived = { ...vector, size, root: toHex(root), proof: toHex(proof) };
    expect(isPartOf(claimed(derived), sha256)).toBe(true);
    return derived;
  },
  'part-refused'(vector) {
    expect(isPartOf(claimed(vector), sha256)).toBe(false);
    return vector;
  },
  packed({ name, entries, bytes }) {
    const stream = fromHex(bytes);
    const parts = new PackedDecoder(stream.length).add(stream);
    expect(parts.at(-1)).toEqual({ type: 'end' });
    const start = packedStartOf(entries);
    if (start.type === 'refused') throw new Error(start.code);
    const [index] = parts;
    if (index?.type !== 'index') throw new Error('there is no index');
    return {
      name,
      result: 'packed',
      entries: index.entries.map(({ type, path, ...sizes }) =>
        'size' in sizes ? { type: 'file', path, size: sizes.size } : { type, path },
      ) as EntryToPack[],
      bytes: toHex(start.bytes) + contentOf(parts),
    };
  },
  'packed-refused'({ name, bytes }) {
    const stream = fromHex(bytes);
    const [refusal, ...rest] = new PackedDecoder(stream.length).add(stream);
    expect(rest).toEqual([]);
    if (refusal?.type !== 'refused') throw new Error('the stream is taken');
    return { name, result: 'packed-refused', bytes, code: refusal.code };
  },
});
