import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { hashPartsOf, pieceBytes, pieceCountOf, TreeHasher } from '../../shared/files/tree.ts';
import { sha256 } from '../crypto/sha256.ts';
import { temporaryFolder } from './temporary-folder.ts';
import type { BlobId } from '../turn/file-disk.ts';
import { BlobDisk, type OpenPath } from '../files/blob-disk.ts';
import { BlobFolder } from '../files/blob-folder.ts';
import { hashPiece } from '../files/piece-layer.ts';
import { PieceLayers } from '../files/piece-layers.ts';

export interface TestDisk {
  readonly folder: string;
  readonly blobs: BlobFolder;
  readonly layers: PieceLayers;
  readonly disk: BlobDisk;
}

export interface TestDiskOptions {
  readonly folder?: string;
  readonly quotaBytes?: number;
  readonly openPath?: OpenPath;
}

/** A disk of blobs in a folder of one test. */
export async function openTestDisk({
  folder = path.join(temporaryFolder(), 'blobs'),
  quotaBytes = 2 ** 40,
  openPath = async () => Promise.reject(new Error('this test offers no path')),
}: TestDiskOptions = {}): Promise<TestDisk> {
  const blobs = await BlobFolder.open({ folder, quotaBytes: () => quotaBytes });
  onTestFinished(async () => blobs.close());
  const layers = new PieceLayers(blobs);
  return { folder, blobs, layers, disk: new BlobDisk({ blobs, layers, openPath }) };
}

/** Bytes of which no two leaves are equal. */
export function bytesOfSize(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (let place = 0; place + 4 <= size; place += 4)
    view.setUint32(place, Math.imul(place + size, 2_654_435_761));
  return bytes;
}

export interface SampleFile {
  readonly bytes: Uint8Array;
  readonly blob: BlobId;
  readonly pieceHashes: Uint8Array;
}

/** A file with its root, as the tree of shared/files says it. */
export function sampleFile(size: number, bytes = bytesOfSize(size)): SampleFile {
  const hasher = new TreeHasher(sha256);
  hasher.add(bytes);
  const { root, pieceHashes } = hasher.finish();
  return { bytes, blob: { root: new Uint8Array(root), size }, pieceHashes };
}

export function pieceOf({ bytes, blob }: SampleFile, piece: number) {
  const start = piece * pieceBytes;
  return hashPiece(bytes.subarray(start, start + pieceBytes), blob.size, piece);
}

/** Loads these pieces of a file as the engine does, all without a list. */
export async function load({ disk }: TestDisk, file: SampleFile, pieces = allPieces(file)): Promise<void> {
  const { blob, pieceHashes } = file;
  expectDone(await disk.begin(blob));
  for (const part of hashPartsOf(blob.size)) {
    const hashes = pieceHashes.subarray(part.from * 32, (part.from + part.count) * 32);
    expectDone(await disk.writeHashes(blob, part, hashes));
  }
  for (const piece of pieces) {
    const { leafHashes, leaves } = pieceOf(file, piece);
    expectDone(await disk.writePiece(blob, piece, leafHashes, leaves));
  }
}

export function allPieces({ blob }: SampleFile): number[] {
  return Array.from({ length: pieceCountOf(blob.size) }, (_, piece) => piece);
}

export function expectDone<Answer extends { readonly type: 'done' } | { readonly type: 'failed' }>(
  answer: Answer,
): Extract<Answer, { readonly type: 'done' }> {
  if (!isDone(answer)) throw new Error(`the disk answered ${JSON.stringify(answer)}`);
  return answer;
}

function isDone<Answer extends { readonly type: 'done' } | { readonly type: 'failed' }>(
  answer: Answer,
): answer is Extract<Answer, { readonly type: 'done' }> {
  return answer.type === 'done';
}

/** The names in a folder, sorted. */
export function namesIn(folder: string): string[] {
  return fs.readdirSync(folder).toSorted();
}

/** Makes the disk say that so many bytes are free. */
export function withFreeBytes(bytes: number): void {
  const stats = fs.statfsSync('/');
  vi.spyOn(fsPromises, 'statfs').mockResolvedValue(Object.assign(stats, { bsize: 1, bavail: bytes }));
}

/** An error as node:fs throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, errno: -1, syscall: 'test' });
}
