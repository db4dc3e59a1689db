import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { hashPartsOf, isPartOf, pieceBytes } from '../../shared/files/tree.ts';
import { freeDiskBytesMin, uploadsAtOnceMax } from '../../shared/limits.ts';
import { sha256 } from '../crypto/sha256.ts';
import { nameOf } from './blob-folder.ts';
import {
  expectDone,
  load,
  namesIn,
  openTestDisk,
  sampleFile,
  withFreeBytes,
} from '../system-tests/test-disk.ts';
import { Uploads } from './uploads.ts';

const file = sampleFile(2 * pieceBytes + 9_999);
const { blob, bytes } = file;

async function* partsOf(whole: Uint8Array, partBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < whole.length; start += partBytes)
    yield await Promise.resolve(whole.subarray(start, start + partBytes));
}

/** Bytes of which the test says when they come and how they end. */
function heldBytes() {
  const stream = new Readable({ read: () => undefined, highWaterMark: 1 });
  return { stream, push: (part: Uint8Array | null) => stream.push(part) };
}

describe('an upload', () => {
  it.each([1, 1_000, 16_384, pieceBytes, 10 * pieceBytes])(
    'becomes a blob with its layer, in parts of %d bytes',
    async (partBytes) => {
      const one = await openTestDisk();
      const uploads = new Uploads(one.blobs);
      const sizes = partBytes === 1 ? [0, 1, 16_385] : [0, 1, 16_384, pieceBytes, blob.size];
      for (const size of sizes) {
        const sample = sampleFile(size);
        const answer = await uploads.take({ size, bytes: partsOf(sample.bytes, partBytes) });
        expect(answer).toEqual({ type: 'done', blob: sample.blob });
        expect(fs.readFileSync(one.blobs.wholeFile(sample.blob)).equals(sample.bytes)).toBe(true);
        expect(fs.statSync(one.blobs.wholeFile(sample.blob)).mode & 0o777).toBe(0o600);
        for (const part of hashPartsOf(size)) {
          const read = expectDone(await one.disk.readHashes({ type: 'blob', blob: sample.blob }, part));
          expect(isPartOf({ ...sample.blob, part, ...read }, sha256)).toBe(true);
        }
      }
      expect(namesIn(one.folder).filter((name) => name.startsWith('upload-'))).toEqual([]);
    },
  );

  it('of bytes that are here already takes no further room, also while they load', async () => {
    const one = await openTestDisk();
    const uploads = new Uploads(one.blobs);
    await load(one, file, [1]);
    const room = one.blobs.space.bytesUsed;
    for (let time = 0; time < 2; time++) {
      expectDone(await uploads.take({ size: blob.size, bytes: partsOf(bytes, 70_000) }));
      expect(one.blobs.space.bytesUsed).toBe(room);
    }
    await load(one, file);
    expectDone(await one.disk.finish(blob));
    expect(namesIn(one.folder)).toEqual([nameOf(blob), `${nameOf(blob)}.hashes`]);
  });

  it('that is shorter, longer, cancelled or broken leaves nothing', async () => {
    const one = await openTestDisk();
    const uploads = new Uploads(one.blobs);
    const cancelled = new AbortController();
    const broken = async function* () {
      yield* partsOf(bytes.subarray(0, pieceBytes + 1), 50_000);
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET', errno: -104, syscall: 'read' });
    };
    const all = [
      { size: blob.size + 1, bytes: partsOf(bytes, 50_000) },
      { size: blob.size - 1, bytes: partsOf(bytes, 50_000) },
      { size: 0, bytes: partsOf(bytes, 50_000) },
      { size: -1, bytes: partsOf(bytes, 50_000) },
      { size: 2 ** 41, bytes: partsOf(bytes, 50_000) },
      { size: blob.size, bytes: broken() },
      {
        size: blob.size,
        bytes: partsOf(bytes, 50_000),
        signal: cancelled.signal,
        onProgress: () => cancelled.abort(),
      },
    ];
    for (const upload of all) {
      expect(await uploads.take(upload)).toEqual({ type: 'failed', code: 'upload-incomplete' });
      expect([namesIn(one.folder), one.blobs.space.bytesUsed]).toEqual([[], 0]);
    }
  });

  it('is taken no faster than the disk takes it', async () => {
    const one = await openTestDisk();
    let made = 0;
    const parts = async function* () {
      for (; made < 40; made++) yield await Promise.resolve(new Uint8Array(pieceBytes));
    };
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { open } = fsPromises;
    vi.spyOn(fsPromises, 'open').mockImplementation(async (...words) => {
      const handle = await open(...words);
      const writev = handle.writev.bind(handle);
      if (!String(words[0]).endsWith('.hashes'))
        handle.writev = async (...buffers) => promise.then(async () => writev(...buffers));
      return handle;
    });
    const taking = new Uploads(one.blobs).take({ size: 40 * pieceBytes, bytes: parts() });
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    expect(made).toBeLessThan(4);
    resolve(undefined);
    expectDone(await taking);
  });

  it('past the quota, past the room of the disk, and past the number that come at once is refused', async () => {
    const one = await openTestDisk({ quotaBytes: 1_000_000 });
    const uploads = new Uploads(one.blobs);
    expect(await uploads.take({ size: 1_000_001, bytes: partsOf(bytes, 9) })).toMatchObject({
      code: 'quota-full',
    });
    const held = Array.from({ length: uploadsAtOnceMax }, () => heldBytes());
    const taking = held.map(async ({ stream }) => uploads.take({ size: 3, bytes: stream }));
    expect(await uploads.take({ size: 3, bytes: partsOf(bytes, 9) })).toMatchObject({
      code: 'too-many-uploads',
    });
    for (const { push } of held) {
      push(new Uint8Array(3));
      push(null);
    }
    expect((await Promise.all(taking)).every(({ type }) => type === 'done')).toBe(true);
    withFreeBytes(freeDiskBytesMin);
    expect(await uploads.take({ size: 4, bytes: partsOf(bytes, 9) })).toMatchObject({ code: 'disk-full' });
  });

  it('to a disk that becomes full leaves nothing, at each step', async () => {
    const one = await openTestDisk();
    const uploads = new Uploads(one.blobs);
    const { open } = fsPromises;
    for (const end of ['upload-1', '.hashes']) {
      // Linux answers each write to /dev/full as a full disk does.
      vi.spyOn(fsPromises, 'open').mockImplementation(async (target, ...words) =>
        String(target).endsWith(end) ? open('/dev/full', 'w') : open(target, ...words),
      );
      const answer = await uploads.take({ size: blob.size, bytes: partsOf(bytes, 70_000) });
      expect(answer).toEqual({ type: 'failed', code: 'disk-full' });
      vi.restoreAllMocks();
    }
    for (const name of ['open', 'rename'] as const) {
      vi.spyOn(fsPromises, name).mockRejectedValueOnce(
        Object.assign(new Error('full'), { code: 'ENOSPC', errno: -28, syscall: name }),
      );
      const answer = await uploads.take({ size: blob.size, bytes: partsOf(bytes, 70_000) });
      expect(answer).toEqual({ type: 'failed', code: 'disk-full' });
    }
    expect([namesIn(one.folder), one.blobs.space.bytesUsed]).toEqual([[], 0]);
  });

  it('ends where its check says so', async () => {
    const one = await openTestDisk();
    const uploads = new Uploads(one.blobs);
    let added = 0;
    const check = {
      add: (part: Uint8Array) =>
        (added += part.length) > 100_000 ? ('too-many-entries' as const) : undefined,
      end: () => 'no-index' as const,
    };
    expect(await uploads.take({ size: blob.size, bytes: partsOf(bytes, 60_000), check })).toEqual({
      type: 'failed',
      code: 'too-many-entries',
    });
    added = 0;
    expect(await uploads.take({ size: 5, bytes: partsOf(bytes.subarray(0, 5), 2), check })).toMatchObject({
      code: 'no-index',
    });
    expect(namesIn(one.folder)).toEqual([]);
  });
});
