import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { hashPartsOf, isPartOf, pieceBytes } from '../../shared/files/tree.ts';
import { sha256 } from '../crypto/sha256.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { layerBytesOf, nameOf } from './blob-folder.ts';
import { OfferedPaths } from './offered-paths.ts';
import {
  allPieces,
  bytesOfSize,
  expectDone,
  namesIn,
  openTestDisk,
  pieceOf,
  sampleFile,
} from '../system-tests/test-disk.ts';

const sample = sampleFile(2 * pieceBytes + 77);
const { blob } = sample;

async function openPaths() {
  const one = await openTestDisk({ openPath: async (source) => paths.open(source) });
  const paths = new OfferedPaths(one.blobs, one.layers);
  const folder = temporaryFolder();
  const file = path.join(folder, 'report.pdf');
  fs.writeFileSync(file, sample.bytes);
  const offer = async (named = file) => {
    const answer = await paths.offer(named);
    if (answer.type === 'failed') throw new Error(answer.code);
    return answer;
  };
  return { ...one, blobsFolder: one.folder, paths, folder, file, offer };
}

describe('a file that is offered by its path', () => {
  it('is not copied, and each piece of it is verified before it leaves', async () => {
    const { disk, offer, blobsFolder, blobs, file } = await openPaths();
    const { source, name } = await offer();
    expect([name, source.path, source.blob]).toEqual(['report.pdf', fs.realpathSync(file), blob]);
    expect(namesIn(blobsFolder)).toEqual([`${nameOf(blob)}.hashes`]);
    expect(blobs.space.bytesUsed).toBe(layerBytesOf(blob.size));
    for (const piece of allPieces(sample)) {
      const read = expectDone(await disk.readPiece(source, piece));
      expect(Buffer.concat(read.leaves)).toEqual(Buffer.concat(pieceOf(sample, piece).leaves));
    }
    for (const part of hashPartsOf(blob.size)) {
      const read = expectDone(await disk.readHashes(source, part));
      expect(isPartOf({ ...blob, part, ...read }, sha256)).toBe(true);
    }
  });

  it('can be empty, and of each size around a leaf and a piece', async () => {
    const { folder, offer } = await openPaths();
    for (const size of [0, 1, 16_384, 16_385, pieceBytes, pieceBytes + 1]) {
      const file = path.join(folder, String(size));
      fs.writeFileSync(file, bytesOfSize(size));
      expect((await offer(file)).source.blob).toEqual(sampleFile(size).blob);
    }
  });

  it.each([
    ['changed in its place', (file: string) => fs.writeFileSync(file, 'x', { flag: 'r+' }), 'file-changed'],
    ['cut', (file: string) => fs.truncateSync(file, 99), 'file-changed'],
    ['longer', (file: string) => fs.appendFileSync(file, 'x'), 'file-changed'],
    [
      'replaced by an equal one',
      (file: string) => {
        fs.copyFileSync(file, `${file}.new`);
        fs.renameSync(`${file}.new`, file);
      },
      'file-changed',
    ],
    ['gone', (file: string) => fs.rmSync(file), 'file-gone'],
    [
      'gone with its folder',
      (file: string) => fs.rmSync(path.dirname(file), { recursive: true }),
      'file-gone',
    ],
    [
      'replaced by a link to itself',
      (file: string) => {
        fs.renameSync(file, `${file}.moved`);
        fs.symlinkSync(`${file}.moved`, file);
      },
      'file-changed',
    ],
    [
      'replaced by a folder',
      (file: string) => {
        fs.rmSync(file);
        fs.mkdirSync(file);
      },
      'file-changed',
    ],
    [
      'replaced by a pipe',
      (file: string) => {
        fs.rmSync(file);
        execFileSync('mkfifo', [file]);
      },
      'file-changed',
    ],
  ])('is not served once it is %s', async (_, change, code) => {
    const { disk, offer, file } = await openPaths();
    const { source } = await offer();
    expectDone(await disk.readPiece(source, 0));
    change(file);
    expect(await disk.readPiece(source, 0)).toEqual({ type: 'failed', code });
    expect(await disk.readPiece(source, 1)).toEqual({ type: 'failed', code });
  });

  it('is not served when its bytes changed and the system says that nothing has', async () => {
    const { disk, offer, file } = await openPaths();
    const { source } = await offer();
    const { atime, mtime } = fs.statSync(file);
    fs.writeFileSync(file, 'x', { flag: 'r+' });
    fs.utimesSync(file, atime, mtime);
    const mtimeMs = Number(fs.lstatSync(file, { bigint: true }).mtimeNs) / 1e6;
    expect(await disk.readPiece({ ...source, mtimeMs }, 0)).toEqual({ type: 'failed', code: 'file-changed' });
    expect(await disk.readPiece({ ...source, mtimeMs }, 1)).toMatchObject({ type: 'done' });
  });

  it('is hashed again when its layer is gone, and refused if it is another one by then', async () => {
    const { disk, offer, file, blobs, blobsFolder } = await openPaths();
    const { source } = await offer();
    expectDone(await disk.remove(blob));
    expectDone(await disk.readPiece(source, 1));
    expect(namesIn(blobsFolder)).toEqual([`${nameOf(blob)}.hashes`]);
    expectDone(await disk.remove(blob));
    fs.appendFileSync(file, 'x');
    expect(await disk.readPiece(source, 1)).toEqual({ type: 'failed', code: 'file-changed' });
    expect([namesIn(blobsFolder), blobs.space.bytesUsed]).toEqual([[], 0]);
  });

  it('by a link is what the link leads to, also when the link leads elsewhere later', async () => {
    const { disk, offer, folder, file } = await openPaths();
    const link = path.join(folder, 'newest.pdf');
    fs.symlinkSync(file, link);
    const { source, name } = await offer(link);
    expect([name, source.path]).toEqual(['newest.pdf', fs.realpathSync(file)]);
    fs.rmSync(link);
    fs.symlinkSync('/etc/passwd', link);
    expectDone(await disk.readPiece(source, 0));
  });

  it('is refused if it is no regular file, or not there', async () => {
    const { paths, folder, blobsFolder } = await openPaths();
    const [pipe, socket, link] = ['pipe', 'socket', 'link'].map((name) => path.join(folder, name));
    if (pipe === undefined || socket === undefined || link === undefined) throw new Error('no names');
    execFileSync('mkfifo', [pipe]);
    const server = net.createServer().listen(socket);
    await once(server, 'listening');
    fs.symlinkSync(pipe, link);
    for (const named of [pipe, socket, link, '/dev/zero'])
      expect(await paths.offer(named), named).toEqual({ type: 'failed', code: 'not-a-file' });
    for (const named of [path.join(folder, 'missing'), path.join(folder, 'report.pdf', 'below')])
      expect(await paths.offer(named), named).toEqual({ type: 'failed', code: 'file-gone' });
    server.close();
    expect(namesIn(blobsFolder)).toEqual([]);
  });

  it('that changes while it is hashed is refused, and so is one when its hashing is stopped', async () => {
    const { paths, file, blobs, blobsFolder } = await openPaths();
    const answer = await paths.offer(file, { onProgress: () => fs.appendFileSync(file, 'x') });
    expect(answer).toEqual({ type: 'failed', code: 'file-changed' });
    const atTheEnd = await paths.offer(file, {
      onProgress: (bytes) => {
        if (bytes === fs.statSync(file).size) fs.appendFileSync(file, 'x');
      },
    });
    expect(atTheEnd).toEqual({ type: 'failed', code: 'file-changed' });
    const stop = new AbortController();
    const stopped = paths.offer(file, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toThrow('aborted');
    expect([namesIn(blobsFolder), blobs.space.bytesUsed]).toEqual([[], 0]);
  });
});
