import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { freeDiskBytesMin } from '../../shared/limits.ts';
import { hashPartsOf, isPartOf, partPieces, pieceBytes, pieceCountOf } from '../../shared/files/tree.ts';
import { sha256 } from '../crypto/sha256.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import type { BlobId } from '../turn/file-disk.ts';
import { BlobFolder, nameOf } from './blob-folder.ts';
import { LayerWriter } from './piece-layer.ts';
import {
  allPieces,
  bytesOfSize,
  expectDone,
  load,
  namesIn,
  openTestDisk,
  pieceOf,
  sampleFile,
  systemError,
  withFreeBytes,
  type TestDisk,
} from '../system-tests/test-disk.ts';

const file = sampleFile(3 * pieceBytes + 20_000);
const { blob } = file;
const sizes = [0, 1, 16_383, 16_384, 16_385, pieceBytes, pieceBytes + 1, 5 * pieceBytes + 7];

/** Makes the next calls of a function of the disk fail with a code of the system. */
function failing(name: 'open' | 'rename' | 'rm' | 'lstat', code: string): void {
  vi.spyOn(fsPromises, name).mockRejectedValueOnce(systemError(code));
}

async function pieceFrom({ disk }: TestDisk, of: BlobId, piece: number): Promise<Uint8Array> {
  const { leaves } = expectDone(await disk.readPiece({ type: 'blob', blob: of }, piece));
  return Buffer.concat(leaves);
}

/** Puts a file of no bytes but with a whole layer in the place of one that is too large for a test. */
async function putLayer({ folder }: TestDisk, pieces: number): Promise<BlobId> {
  const size = pieces * pieceBytes;
  const draft = path.join(folder, 'draft');
  const handle = await fsPromises.open(draft, 'w+');
  const writer = new LayerWriter(handle, size);
  for (let piece = 0; piece < pieces; piece++) await writer.add(sha256(Buffer.from(String(piece))));
  const made = { root: await writer.finish(), size };
  await handle.close();
  fs.renameSync(draft, path.join(folder, `${nameOf(made)}.hashes`));
  return made;
}

describe('a blob', () => {
  it('has the bytes of its file after its pieces came in any order, of each size', async () => {
    const one = await openTestDisk();
    for (const size of sizes) {
      const sample = sampleFile(size);
      await load(one, sample, allPieces(sample).toReversed());
      expectDone(await one.disk.sync(sample.blob));
      expectDone(await one.disk.finish(sample.blob));
      expect(fs.readFileSync(one.blobs.wholeFile(sample.blob)).equals(sample.bytes), String(size)).toBe(true);
    }
  });

  it('is for its owner only, and so is its folder', async () => {
    const one = await openTestDisk();
    await load(one, file);
    for (const name of namesIn(one.folder))
      expect(fs.statSync(path.join(one.folder, name)).mode & 0o777).toBe(0o600);
    expect(fs.statSync(one.folder).mode & 0o777).toBe(0o700);
  });

  it('writes nothing of a piece with a wrong leaf', async () => {
    const one = await openTestDisk();
    await load(one, file, []);
    const { leafHashes, leaves } = pieceOf(file, 1);
    const wrong = leaves.map((leaf, index) => (index === 3 ? leaf.toReversed() : leaf));
    for (const bad of [wrong, leaves.slice(1), [], leaves.map((leaf) => leaf.subarray(1))])
      expect(await one.disk.writePiece(blob, 1, leafHashes, bad)).toEqual({
        type: 'failed',
        code: 'damaged',
      });
    expect(await one.disk.writePiece(blob, 9, leafHashes, leaves)).toMatchObject({ code: 'damaged' });
    expect(fs.statSync(one.blobs.partFile(blob)).size).toBe(0);
  });

  it('goes on after a start with the pieces that are on the disk, and finds those that are not', async () => {
    const before = await openTestDisk();
    await load(before, file, [0, 2]);
    fs.writeFileSync(before.blobs.partFile(blob), new Uint8Array(10), { flag: 'r+' });
    const one = await openTestDisk({ folder: before.folder });
    expect(expectDone(await one.disk.begin(blob)).isNew).toBe(false);
    expect(expectDone(await one.disk.recheck(blob, [0, 1, 2, 3, 77])).pieces).toEqual([2]);
    await load(one, file, [0, 1, 3]);
    expectDone(await one.disk.finish(blob));
    expect(await pieceFrom(one, blob, 0)).toEqual(Buffer.from(file.bytes.subarray(0, pieceBytes)));
  });

  it('can be begun, written, synced, finished and removed twice', async () => {
    const one = await openTestDisk();
    await load(one, file);
    await load(one, file);
    for (let time = 0; time < 2; time++) expectDone(await one.disk.finish(blob));
    await load(one, file);
    expectDone(await one.disk.sync(blob));
    expect(expectDone(await one.disk.recheck(blob, [0, 1])).pieces).toEqual([0, 1]);
    for (let time = 0; time < 2; time++) expectDone(await one.disk.remove(blob));
    expect(namesIn(one.folder)).toEqual([]);
    expect(one.blobs.space.bytesUsed).toBe(0);
    expect(await one.disk.finish(blob)).toEqual({ type: 'failed', code: 'file-gone' });
  });

  it('does not end while bytes of it are missing', async () => {
    const one = await openTestDisk();
    await load(one, file, [0, 1]);
    expect(await one.disk.finish(blob)).toEqual({ type: 'failed', code: 'damaged' });
    expect(await one.disk.readPiece({ type: 'blob', blob }, 0)).toMatchObject({ code: 'file-gone' });
  });

  it('takes the bytes of another offer that ended in the meantime', async () => {
    const one = await openTestDisk();
    await load(one, file);
    expectDone(await one.disk.finish(blob));
    const { leafHashes, leaves } = pieceOf(file, 0);
    expectDone(await one.disk.writePiece(blob, 0, leafHashes, leaves));
    expectDone(await one.disk.finish(blob));
  });
});

describe('what is served', () => {
  it('is every piece with the hashes of its leaves, and every part of the layer with its proof', async () => {
    const one = await openTestDisk();
    await load(one, file);
    expectDone(await one.disk.finish(blob));
    for (const piece of allPieces(file)) {
      const { leafHashes, leaves } = pieceOf(file, piece);
      const read = expectDone(await one.disk.readPiece({ type: 'blob', blob }, piece));
      expect(read.leafHashes).toEqual(leafHashes);
      expect(Buffer.concat(read.leaves)).toEqual(Buffer.concat(leaves));
    }
    const [part] = hashPartsOf(blob.size);
    if (part === undefined) throw new Error('the file has no part');
    const read = expectDone(await one.disk.readHashes({ type: 'blob', blob }, part));
    expect(isPartOf({ ...blob, part, ...read }, sha256)).toBe(true);
  });

  it.each([1, partPieces, partPieces + 1, 2 * partPieces, 3 * partPieces + 5])(
    'proves each part of a layer of %d pieces',
    async (pieces) => {
      const one = await openTestDisk();
      const large = await putLayer(one, pieces);
      for (const part of hashPartsOf(large.size)) {
        const read = expectDone(await one.disk.readHashes({ type: 'blob', blob: large }, part));
        expect(isPartOf({ ...large, part, ...read }, sha256)).toBe(true);
      }
    },
  );

  it('is nothing that was not asked for rightly', async () => {
    const one = await openTestDisk();
    await load(one, file);
    expectDone(await one.disk.finish(blob));
    const source = { type: 'blob', blob } as const;
    for (const piece of [-1, 4, 0.5, Number.NaN, 2 ** 40])
      expect(await one.disk.readPiece(source, piece)).toEqual({ type: 'failed', code: 'file-gone' });
    for (const part of [
      { from: 0, count: 3 },
      { from: 1, count: 3 },
      { from: 512, count: 1 },
      { from: -512, count: 4 },
    ])
      expect(await one.disk.readHashes(source, part)).toEqual({ type: 'failed', code: 'file-gone' });
  });

  it('is never a piece that the disk has changed', async () => {
    const one = await openTestDisk();
    await load(one, file);
    expectDone(await one.disk.finish(blob));
    fs.writeFileSync(one.blobs.wholeFile(blob), 'x', { flag: 'r+' });
    expect(await one.disk.readPiece({ type: 'blob', blob }, 0)).toEqual({ type: 'failed', code: 'damaged' });
    expect(await one.disk.readPiece({ type: 'blob', blob }, 1)).toMatchObject({ type: 'done' });
    fs.truncateSync(one.blobs.wholeFile(blob), 100);
    expect(await one.disk.readPiece({ type: 'blob', blob }, 1)).toMatchObject({ type: 'failed' });
  });

  it('has its layer made again when that is missing, unless the bytes are others', async () => {
    const one = await openTestDisk();
    for (const sample of [file, sampleFile(100)]) {
      fs.writeFileSync(one.blobs.wholeFile(sample.blob), sample.bytes, { mode: 0o600 });
      const [part] = hashPartsOf(sample.blob.size);
      if (part === undefined) throw new Error('the file has no part');
      const [read, again] = await Promise.all([
        one.disk.readHashes({ type: 'blob', blob: sample.blob }, part),
        one.disk.readHashes({ type: 'blob', blob: sample.blob }, part),
      ]);
      expect(expectDone(read)).toEqual(expectDone(again));
      expect(isPartOf({ ...sample.blob, part, ...expectDone(read) }, sha256)).toBe(true);
    }
    const other = { root: sha256(new Uint8Array(5)), size: 100 };
    fs.writeFileSync(one.blobs.wholeFile(other), bytesOfSize(100));
    expect(await one.disk.readPiece({ type: 'blob', blob: other }, 0)).toMatchObject({ code: 'damaged' });
    expect(namesIn(one.folder).filter((name) => name.startsWith('upload-'))).toEqual([]);
  });
});

describe('the room for blobs', () => {
  it('is refused past the quota, removes nothing that is there, and comes back', async () => {
    const layerBytes = 32 * pieceCountOf(blob.size);
    const one = await openTestDisk({ quotaBytes: blob.size + layerBytes + 500 });
    await load(one, file);
    const small = sampleFile(600);
    expect(await one.disk.begin(small.blob)).toEqual({ type: 'failed', code: 'quota-full' });
    expect(namesIn(one.folder)).toEqual([`${nameOf(blob)}.hashes`, `${nameOf(blob)}.part`]);
    expectDone(await one.disk.remove(blob));
    expectDone(await one.disk.begin(small.blob));
  });

  it('counts after a start what was there before', async () => {
    const before = await openTestDisk();
    await load(before, file, [1]);
    await load(before, sampleFile(600));
    await putLayer(before, 4);
    const one = await openTestDisk({ folder: before.folder });
    expect(one.blobs.space.bytesUsed).toBe(before.blobs.space.bytesUsed + 4 * 32);
  });

  it('is refused to two that begin at the same time and fit only one by one', async () => {
    const one = await openTestDisk({ quotaBytes: 1_000 });
    const answers = await Promise.all([601, 602].map(async (size) => one.disk.begin(sampleFile(size).blob)));
    expect(answers).toContainEqual({ type: 'done', isNew: true });
    expect(answers).toContainEqual({ type: 'failed', code: 'quota-full' });
  });

  it('is refused while the disk has none, before and during', async () => {
    const one = await openTestDisk();
    withFreeBytes(freeDiskBytesMin + blob.size);
    expect(await one.disk.begin(blob)).toEqual({ type: 'failed', code: 'disk-full' });
    expect([namesIn(one.folder), one.blobs.space.bytesUsed]).toEqual([[], 0]);
    withFreeBytes(freeDiskBytesMin + 2 * blob.size);
    await load(one, file, []);
    expect(await one.disk.begin(sampleFile(blob.size + 1).blob)).toMatchObject({ code: 'disk-full' });
    withFreeBytes(freeDiskBytesMin);
    const { leafHashes, leaves } = pieceOf(file, 0);
    const answers = new Set<string>();
    for (let time = 0; time < 32; time++) {
      const answer = await one.disk.writePiece(blob, 0, leafHashes, leaves);
      answers.add(answer.type === 'failed' ? answer.code : answer.type);
    }
    expect([...answers]).toEqual(['done', 'disk-full']);
  });
});

describe('a disk that refuses', () => {
  it.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EIO', 'disk-refused'],
    ['EROFS', 'disk-refused'],
  ])('with %s gives %s, and leaves nothing of a blob that was not begun', async (system, code) => {
    const one = await openTestDisk();
    for (let call = 0; call < 3; call++) {
      const { open } = fsPromises;
      const spy = vi.spyOn(fsPromises, 'open');
      for (let before = 0; before < call; before++) spy.mockImplementationOnce(open);
      spy.mockRejectedValueOnce(systemError(system));
      expect(await one.disk.begin(blob)).toEqual({ type: 'failed', code });
      spy.mockRestore();
      expect([namesIn(one.folder), one.blobs.space.bytesUsed]).toEqual([[], 0]);
    }
    expectDone(await one.disk.begin(blob));
  });

  it('in the middle of a piece says so, and goes on when there is room', async () => {
    const one = await openTestDisk();
    await load(one, file, [0]);
    expectDone(await one.disk.sync(blob));
    await one.blobs.close();
    // Linux answers each write to /dev/full as a full disk does.
    const { open } = fsPromises;
    vi.spyOn(fsPromises, 'open').mockImplementation(async (target, flags, mode) =>
      open(target === one.blobs.partFile(blob) ? '/dev/full' : target, flags, mode),
    );
    const { leafHashes, leaves } = pieceOf(file, 1);
    expect(await one.disk.writePiece(blob, 1, leafHashes, leaves)).toEqual({
      type: 'failed',
      code: 'disk-full',
    });
    vi.restoreAllMocks();
    await one.blobs.close();
    expectDone(await one.disk.writePiece(blob, 1, leafHashes, leaves));
    expect(expectDone(await one.disk.recheck(blob, allPieces(file))).pieces).toEqual([0, 1]);
  });

  it('at the end leaves the blob as it was, and the next try ends it', async () => {
    const one = await openTestDisk();
    await load(one, file);
    failing('rename', 'ENOSPC');
    expect(await one.disk.finish(blob)).toEqual({ type: 'failed', code: 'disk-full' });
    expect(namesIn(one.folder)).toEqual([`${nameOf(blob)}.hashes`, `${nameOf(blob)}.part`]);
    expectDone(await one.disk.finish(blob));
  });

  it('keeps the blob that it does not remove', async () => {
    const one = await openTestDisk();
    await load(one, file);
    failing('rm', 'EPERM');
    expect(await one.disk.remove(blob)).toEqual({ type: 'failed', code: 'disk-refused' });
    expectDone(await one.disk.remove(blob));
    expect(namesIn(one.folder)).toEqual([]);
  });
});

describe('the folder of blobs', () => {
  it('follows no link in the place of a blob, and writes nothing to what it leads to', async () => {
    const one = await openTestDisk();
    const victim = path.join(temporaryFolder(), 'victim');
    fs.writeFileSync(victim, 'mine');
    for (const place of [one.blobs.partFile(blob), one.blobs.layerFile(blob), one.blobs.wholeFile(blob)]) {
      fs.symlinkSync(victim, place);
      expect(await one.disk.begin(blob)).toEqual({ type: 'failed', code: 'disk-refused' });
      expect(await one.disk.readPiece({ type: 'blob', blob }, 0)).toMatchObject({ type: 'failed' });
      fs.rmSync(place, { force: true });
      await one.disk.remove(blob);
    }
    await load(one, file, [0]);
    await one.blobs.close();
    fs.rmSync(one.blobs.partFile(blob));
    fs.symlinkSync(victim, one.blobs.partFile(blob));
    const { leafHashes, leaves } = pieceOf(file, 1);
    expect(await one.disk.writePiece(blob, 1, leafHashes, leaves)).toMatchObject({ code: 'disk-refused' });
    expect(fs.readFileSync(victim, 'utf8')).toBe('mine');
    expectDone(await one.disk.remove(blob));
    expect(fs.readFileSync(victim, 'utf8')).toBe('mine');
  });

  it('is not a link, a file, or a folder that cannot be made', async () => {
    const parent = temporaryFolder();
    const [link, plain] = [path.join(parent, 'link'), path.join(parent, 'plain')];
    fs.symlinkSync(temporaryFolder(), link);
    fs.writeFileSync(plain, '');
    for (const folder of [link, plain, path.join(parent, 'missing', 'blobs')])
      await expect(BlobFolder.open({ folder, quotaBytes: () => 1 })).rejects.toThrow('disk of files');
  });

  it('lists its blobs, and forgets uploads without an end', async () => {
    const before = await openTestDisk();
    await load(before, file, [0]);
    const small = sampleFile(600);
    await load(before, small);
    expectDone(await before.disk.finish(small.blob));
    const layer = await putLayer(before, 2);
    for (const name of ['upload-1', 'upload-1.hashes', 'notes.txt', `${'0'.repeat(64)}-1e3`])
      fs.writeFileSync(path.join(before.folder, name), 'x');
    const one = await openTestDisk({ folder: before.folder });
    const listed = (await one.blobs.list()).map(({ blob: found, state }) => `${nameOf(found)} ${state}`);
    expect(listed.toSorted()).toEqual(
      [`${nameOf(blob)} loading`, `${nameOf(small.blob)} whole`, `${nameOf(layer)} layer`].toSorted(),
    );
    expect(namesIn(one.folder)).not.toContain('upload-1');
    expect(namesIn(one.folder)).toContain('notes.txt');
  });
});
