import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { packedStartOf, type EntryToPack } from '../../../shared/files/packed.ts';
import { leftOutNamedMax, packedEntriesMax } from '../../../shared/limits.ts';
import { pieceBytes } from '../../../shared/files/tree.ts';
import {
  allPieces,
  bytesOfSize,
  expectDone,
  load,
  namesIn,
  openTestDisk,
  sampleFile,
  systemError,
  type SampleFile,
} from '../../system-tests/test-disk.ts';
import { temporaryFolder } from '../../system-tests/temporary-folder.ts';
import { OfferedPaths } from '../offered-paths.ts';
import { Uploads } from '../uploads.ts';
import { PackedCheck } from './packed-check.ts';
import { unpack } from './unpack.ts';
import { zipOf } from './zip.ts';

const largest = pieceBytes + 33;

/** A folder with a bit of everything that a packed stream carries. */
function makeFolder(): string {
  const folder = path.join(temporaryFolder(), 'photos');
  for (const name of ['', 'empty', 'a', 'a/b', 'a/b/c']) fs.mkdirSync(path.join(folder, name));
  for (let number = 0; number < 40; number++)
    fs.writeFileSync(path.join(folder, 'a', `${number}.txt`), bytesOfSize(number * 100));
  fs.writeFileSync(path.join(folder, 'a/b/c/large.bin'), bytesOfSize(largest));
  fs.writeFileSync(path.join(folder, '.hidden'), 'hidden');
  fs.writeFileSync(path.join(folder, 'Ünïcode 🎉.txt'), '');
  return folder;
}

/** Each path below the folder, with the bytes of a file. */
function treeOf(folder: string): Map<string, Buffer | 'folder'> {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .map((entry) => path.join(entry.parentPath, entry.name))
      .toSorted()
      .map((place) => [
        path.relative(folder, place),
        fs.lstatSync(place).isDirectory() ? ('folder' as const) : fs.readFileSync(place),
      ]),
  );
}

async function openPacking() {
  const one = await openTestDisk({ openPath: async (source) => paths.open(source) });
  const paths = new OfferedPaths(one.blobs, one.layers);
  const offer = async (folder: string) => expectDone(await paths.offer(folder));
  /** Takes all pieces of an offer over, as a recipient does. */
  const received = async (folder: string): Promise<SampleFile> => {
    const { source } = await offer(folder);
    const pieces = allPieces({ ...sampleFile(0), blob: source.blob });
    const read = await Promise.all(pieces.map(async (piece) => one.disk.readPiece(source, piece)));
    const bytes = Buffer.concat(read.flatMap((answer) => expectDone(answer).leaves));
    const sample = sampleFile(bytes.length, bytes);
    expect(sample.blob).toEqual(source.blob);
    await keep(sample);
    return sample;
  };
  const keep = async (sample: SampleFile) => {
    await load(one, sample);
    expectDone(await one.disk.finish(sample.blob));
  };
  const target = path.join(temporaryFolder(), 'chosen');
  return { ...one, paths, offer, received, keep, target };
}

/** A stream as a hostile sender can make it. */
function streamOf(entries: readonly EntryToPack[], change: (bytes: Buffer) => void = () => undefined) {
  const start = packedStartOf(entries);
  if (start.type === 'refused') throw new Error(start.code);
  const bytes = Buffer.concat([start.bytes, Buffer.alloc(start.size - start.bytes.length, 'x')]);
  change(bytes);
  return sampleFile(bytes.length, bytes);
}

/** Reads a .zip without compression by its directory at the end (APPNOTE 4.3.12, 4.3.16), and checks each sum. */
function readZip(zip: Buffer): Map<string, Buffer | 'folder'> {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const found = new Map<string, Buffer | 'folder'>();
  let place = zip.readUInt32LE(end + 16);
  for (let number = 0; number < zip.readUInt16LE(end + 10); number++) {
    const nameBytes = zip.readUInt16LE(place + 28);
    const extraBytes = zip.readUInt16LE(place + 30);
    const name = zip.toString('utf8', place + 46, place + 46 + nameBytes);
    const local = zip.readUInt32LE(place + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + zip.readUInt32LE(place + 24));
    expect(zip.readUInt16LE(place + 10), 'stored').toBe(0);
    expect(zip.readUInt32LE(place + 16), name).toBe(crc32(bytes));
    found.set(name.replace(/\/$/u, ''), name.endsWith('/') ? 'folder' : Buffer.from(bytes));
    place += 46 + nameBytes + extraBytes;
  }
  return new Map([...found].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

describe('a folder that is offered', () => {
  it('comes out as it was, for its owner only', async () => {
    const { received, blobs, target } = await openPacking();
    const folder = makeFolder();
    const { blob } = await received(folder);
    expectDone(await unpack(blobs, blob, target));
    expect(treeOf(target)).toEqual(treeOf(folder));
    for (const place of [target, ...[...treeOf(target).keys()].map((name) => path.join(target, name))])
      expect(fs.statSync(place).mode & 0o077, place).toBe(0);
    expect(namesIn(path.dirname(target))).toEqual(['chosen']);
  });

  it('can be empty, or hold nothing but folders or an empty file', async () => {
    const { received, blobs } = await openPacking();
    for (const make of [
      () => undefined,
      (folder: string) => fs.mkdirSync(path.join(folder, 'a/b'), { recursive: true }),
      (folder: string) => fs.writeFileSync(path.join(folder, 'a'), ''),
    ]) {
      const folder = temporaryFolder();
      make(folder);
      const target = path.join(temporaryFolder(), 'chosen');
      expectDone(await unpack(blobs, (await received(folder)).blob, target));
      expect(treeOf(target)).toEqual(treeOf(folder));
    }
  });

  it('is the same stream each time, also after a start', async () => {
    const { offer, blobs, layers, disk } = await openPacking();
    const folder = makeFolder();
    const { source } = await offer(folder);
    expect((await offer(folder)).source).toEqual(source);
    const again = await new OfferedPaths(blobs, layers).open(source);
    const read = expectDone(await disk.readPiece(source, 1));
    expect(Buffer.concat(read.leaves)).toEqual(
      Buffer.from(await again.read(pieceBytes, Buffer.concat(read.leaves).length)),
    );
  });

  it('carries no link, pipe and device, and tells of each', async () => {
    const { offer, received, blobs, target } = await openPacking();
    const folder = makeFolder();
    const before = treeOf(folder);
    fs.symlinkSync('/etc', path.join(folder, 'link'));
    fs.symlinkSync('/etc/passwd', path.join(folder, 'a', 'passwd'));
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
    fs.writeFileSync(path.join(folder, 'line\nbreak'), '');
    fs.writeFileSync(path.join(folder, 'back\\slash'), '');
    fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]), '');
    const { leftOut, packed, name } = await offer(folder);
    expect([packed, name, leftOut.count]).toEqual([true, 'photos', 6]);
    expect(leftOut.first.slice(0, 4)).toEqual(['a/passwd', 'back\\slash', 'line\nbreak', 'link']);
    expectDone(await unpack(blobs, (await received(folder)).blob, target));
    expect(treeOf(target)).toEqual(before);
    for (let number = 0; number < 30; number++) fs.symlinkSync('/', path.join(folder, `link ${number}`));
    expect((await offer(folder)).leftOut).toMatchObject({ count: 36, first: { length: leftOutNamedMax } });
  });

  it('is refused if it is too deep', async () => {
    const { paths } = await openPacking();
    const folder = temporaryFolder();
    fs.mkdirSync(path.join(folder, ...Array.from({ length: 33 }, () => 'a')), { recursive: true });
    expect(await paths.offer(folder)).toEqual({ type: 'failed', code: 'packed-too-deep' });
  });

  it('is refused if it has too many entries, without reading all of them', async () => {
    const { paths } = await openPacking();
    let made = 0;
    const entries = async function* () {
      for (;;) yield await Promise.resolve({ name: String(made++) });
    };
    // @ts-expect-error -- a folder of this size takes a disk minutes
    vi.spyOn(fsPromises, 'opendir').mockImplementation(async () => entries());
    expect(await paths.offer(temporaryFolder())).toEqual({ type: 'failed', code: 'packed-too-many-entries' });
    expect(made).toBe(packedEntriesMax + 1);
  });

  it.each([
    [
      'a file in it changes',
      (folder: string) => fs.appendFileSync(path.join(folder, 'a/39.txt'), 'x'),
      'file-changed',
    ],
    ['a file in it is removed', (folder: string) => fs.rmSync(path.join(folder, 'a/39.txt')), 'file-gone'],
    [
      'a file in it becomes a link to another with its bytes',
      (folder: string) => {
        fs.renameSync(path.join(folder, 'a/39.txt'), path.join(folder, 'moved'));
        fs.symlinkSync('../moved', path.join(folder, 'a/39.txt'));
      },
      'file-changed',
    ],
    ['it is removed', (folder: string) => fs.rmSync(folder, { recursive: true }), 'file-gone'],
  ])('is refused when %s', async (_, change, code) => {
    const { offer, disk } = await openPacking();
    const folder = makeFolder();
    const { source } = await offer(folder);
    expectDone(await disk.readPiece(source, 0));
    change(folder);
    expect(await disk.readPiece(source, 0)).toEqual({ type: 'failed', code });
  });

  it('is refused after a start when a file came into it, and when it is a file by then', async () => {
    const { offer, blobs, layers } = await openPacking();
    const folder = makeFolder();
    const { source } = await offer(folder);
    fs.writeFileSync(path.join(folder, 'new'), '');
    await expect(new OfferedPaths(blobs, layers).open(source)).rejects.toThrow('file-changed');
    fs.rmSync(folder, { recursive: true });
    fs.writeFileSync(folder, '');
    const opened = await new OfferedPaths(blobs, layers).open(source);
    await expect(opened.read(0, 1)).rejects.toThrow('file-changed');
  });

  it('that changes while it is hashed is refused', async () => {
    const { paths, blobs, folder: blobsFolder } = await openPacking();
    const folder = makeFolder();
    const large = path.join(folder, 'a/b/c/large.bin');
    fs.writeFileSync(large, bytesOfSize(4 * pieceBytes));
    const answer = await paths.offer(folder, { onProgress: () => fs.appendFileSync(large, 'x') });
    expect(answer).toEqual({ type: 'failed', code: 'file-changed' });
    expect([namesIn(blobsFolder), blobs.space.bytesUsed]).toEqual([[], 0]);
  });
});

describe('unpacking', () => {
  it('replaces nothing, and leaves nothing where it fails', async () => {
    const { received, blobs, target } = await openPacking();
    const { blob } = await received(makeFolder());
    for (const make of [
      () => fs.writeFileSync(target, 'mine'),
      () => fs.mkdirSync(target),
      () => fs.symlinkSync('/tmp', target),
      () => fs.symlinkSync('/nowhere', target),
    ]) {
      make();
      expect(await unpack(blobs, blob, target)).toEqual({ type: 'failed', code: 'path-exists' });
      expect(namesIn(path.dirname(target))).toEqual(['chosen']);
      fs.rmSync(target, { recursive: true });
    }
    for (const [name, call] of [
      ['mkdir', 0],
      ['mkdir', 3],
      ['open', 0],
      ['rename', 0],
    ] as const) {
      const real = fsPromises[name];
      const spy = vi.spyOn(fsPromises, name);
      for (let before = 0; before < call; before++) spy.mockImplementationOnce(real);
      spy.mockRejectedValueOnce(systemError('ENOSPC'));
      expect(await unpack(blobs, blob, target)).toEqual({ type: 'failed', code: 'disk-full' });
      spy.mockRestore();
      expect(namesIn(path.dirname(target)), `${name} ${call}`).toEqual([]);
    }
    vi.spyOn(fs, 'writeFile').mockImplementationOnce((...words: unknown[]) => {
      const onEnd = words.at(-1);
      if (typeof onEnd === 'function') Reflect.apply(onEnd, undefined, [systemError('ENOSPC')]);
    });
    expect(await unpack(blobs, blob, target)).toEqual({ type: 'failed', code: 'disk-full' });
    vi.restoreAllMocks();
    expect(namesIn(path.dirname(target))).toEqual([]);
    expectDone(await unpack(blobs, blob, target));
  });

  it('leaves what another program puts at the path in the meantime', async () => {
    const { received, blobs, target } = await openPacking();
    const { blob } = await received(makeFolder());
    const { open } = fsPromises;
    vi.spyOn(fsPromises, 'open').mockImplementationOnce(async (...words) => {
      fs.mkdirSync(target);
      fs.writeFileSync(path.join(target, 'thesis.txt'), 'mine');
      return open(...words);
    });
    expect(await unpack(blobs, blob, target)).toEqual({ type: 'failed', code: 'path-exists' });
    expect(namesIn(path.dirname(target))).toEqual(['chosen']);
    expect(namesIn(target)).toEqual(['thesis.txt']);
  });

  it('gives each hostile name another, so that nothing is outside and nothing is replaced', async () => {
    const { keep, blobs, target } = await openPacking();
    const names = ['con', 'CON', 'a:b', 'file.', 'file', 'FILE', '-rf', '\u202Efdp.exe', 'x'.repeat(255)];
    const sample = streamOf(names.map((name) => ({ type: 'file', path: ['..a', name], size: 1 })));
    await keep(sample);
    expectDone(await unpack(blobs, sample.blob, target));
    expect(namesIn(target)).toEqual(['..a']);
    const unpacked = namesIn(path.join(target, '..a'));
    expect(unpacked).toHaveLength(names.length);
    expect(new Set(unpacked.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it.each([
    ['no stream', () => sampleFile(100), 'packed-malformed'],
    ['nothing', () => sampleFile(0), 'packed-malformed'],
    [
      'a name of two dots',
      () =>
        streamOf([{ type: 'file', path: ['aa'], size: 1 }], (bytes) =>
          bytes.write('..', bytes.indexOf('aa')),
        ),
      'packed-name-not-allowed',
    ],
    [
      'a name with a separator',
      () =>
        streamOf([{ type: 'file', path: ['abc'], size: 1 }], (bytes) =>
          bytes.write('a/c', bytes.indexOf('abc')),
        ),
      'packed-name-not-allowed',
    ],
    [
      'a size that the stream does not have',
      () =>
        streamOf([{ type: 'file', path: ['abc'], size: 1 }], (bytes) =>
          bytes.write('\xFF', bytes.length - 10, 'latin1'),
        ),
      'packed-sizes',
    ],
  ] as const)('refuses %s', async (_, make, code) => {
    const { keep, blobs, target } = await openPacking();
    const sample = make();
    await keep(sample);
    expect(await unpack(blobs, sample.blob, target)).toEqual({ type: 'failed', code });
    expect(await zipOf(blobs, sample.blob, new Date(0))).toEqual({ type: 'refused', code });
    expect(namesIn(path.dirname(target))).toEqual([]);
  });

  it('is refused for a file that is not whole', async () => {
    const { blobs, target } = await openPacking();
    expect(await unpack(blobs, sampleFile(5).blob, target)).toEqual({ type: 'failed', code: 'file-gone' });
  });
});

describe('an upload of a packed stream', () => {
  async function* inParts(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < bytes.length; start += 5)
      yield await Promise.resolve(bytes.subarray(start, start + 5));
  }

  it('is taken if its index fits it, and refused as soon as it does not', async () => {
    const { blobs, folder } = await openPacking();
    const uploads = new Uploads(blobs);
    const upload = async ({ bytes }: SampleFile) =>
      uploads.take({ size: bytes.length, bytes: inParts(bytes), check: new PackedCheck(bytes.length) });
    const entries = [
      { type: 'file', path: ['a', 'b'], size: 9 },
      { type: 'file', path: ['c'], size: 0 },
    ] as const;
    expect(await upload(streamOf(entries))).toMatchObject({ type: 'done' });
    expect(await upload(streamOf([]))).toMatchObject({ type: 'done' });
    const before = namesIn(folder);
    expect(await upload(sampleFile(1_000))).toEqual({ type: 'failed', code: 'packed-malformed' });
    expect(await upload(sampleFile(0))).toEqual({ type: 'failed', code: 'packed-malformed' });
    const cut = streamOf(entries).bytes.subarray(0, 30);
    expect(await upload(sampleFile(30, cut))).toMatchObject({ type: 'failed' });
    expect(namesIn(folder)).toEqual(before);
  });
});

async function bytesOf(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}

describe('a zip of a packed stream', () => {
  it('holds each file and folder without compression, as its directory says', async () => {
    const { received, blobs } = await openPacking();
    const folder = makeFolder();
    const { blob } = await received(folder);
    const zip = await zipOf(blobs, blob, new Date(2026, 10, 30));
    if (zip.type === 'refused') throw new Error(zip.code);
    const whole = await bytesOf(zip.parts);
    expect(whole.length).toBe(zip.size);
    expect(readZip(whole)).toEqual(treeOf(folder));
  });

  it('is made no faster than its reader takes it', async () => {
    const { keep, blobs } = await openPacking();
    const sample = streamOf([{ type: 'file', path: ['large'], size: 20 * pieceBytes }]);
    await keep(sample);
    const zip = await zipOf(blobs, sample.blob, new Date(0));
    if (zip.type === 'refused') throw new Error(zip.code);
    const reads = vi.spyOn(blobs, 'use');
    for await (const part of zip.parts) {
      expect(part.length).toBeGreaterThan(0);
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      break;
    }
    expect(reads.mock.calls.length).toBeLessThan(10);
  });

  it('does not end as if it were whole where the disk fails', async () => {
    const { received, blobs } = await openPacking();
    const { blob } = await received(makeFolder());
    const zip = await zipOf(blobs, blob, new Date(0));
    if (zip.type === 'refused') throw new Error(zip.code);
    fs.truncateSync(blobs.wholeFile(blob), 10_000);
    await expect(bytesOf(zip.parts)).rejects.toThrow('damaged');
  });
});
