import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { pieceBytes } from '../../shared/files/tree.ts';
import { expectDone, namesIn, sampleFile } from '../system-tests/test-disk.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { ClientFiles } from './client-files.ts';

const sample = sampleFile(pieceBytes + 5);
const { blob, bytes } = sample;

async function* inOnePart(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

describe('the files of a client', () => {
  it('have a folder only once there is a file', async () => {
    const folder = temporaryFolder();
    const files = new ClientFiles(path.join(folder, 'blobs'));
    expect(namesIn(folder)).toEqual([]);
    expectDone(await files.upload({ size: blob.size, bytes: inOnePart() }));
    expect(namesIn(folder)).toEqual(['blobs']);
    const { blobs, bytesUsed } = expectDone(await files.inUse());
    expect(blobs).toEqual([{ blob, state: 'whole' }]);
    expect(bytesUsed).toBeGreaterThan(blob.size);
    await files.close();
  });

  it('are read whole and saved, and a changed one is not read to its end', async () => {
    const folder = temporaryFolder();
    const files = new ClientFiles(path.join(folder, 'blobs'));
    expectDone(await files.upload({ size: blob.size, bytes: inOnePart() }));
    const read = async () => {
      const parts: Uint8Array[] = [];
      for await (const part of expectDone(await files.read(blob)).parts) parts.push(part);
      return Buffer.concat(parts);
    };
    expect((await read()).equals(bytes)).toBe(true);
    const target = path.join(folder, 'saved');
    expectDone(await files.save(blob, { target, packed: false }));
    expect(fs.readFileSync(target).equals(bytes)).toBe(true);
    expect(await files.save(blob, { target: `${target}-folder`, packed: true })).toMatchObject({
      code: 'packed-malformed',
    });
    expect(await files.zip(blob, new Date(0))).toEqual({ type: 'failed', code: 'packed-malformed' });
    const [whole = ''] = fs.readdirSync(path.join(folder, 'blobs'));
    fs.writeFileSync(path.join(folder, 'blobs', whole), 'x', { flag: 'r+' });
    await expect(read()).rejects.toThrow('damaged');
    expect(await files.read(sampleFile(3).blob)).toEqual({ type: 'failed', code: 'file-gone' });
    await files.close();
  });

  it('are tried again after a disk that refuses, and not after the end', async () => {
    const folder = temporaryFolder();
    const files = new ClientFiles(path.join(folder, 'blobs'));
    fs.writeFileSync(path.join(folder, 'blobs'), '');
    expect(await files.disk.begin(blob)).toEqual({ type: 'failed', code: 'disk-refused' });
    expect(await files.offerPath(folder)).toMatchObject({ code: 'disk-refused' });
    fs.rmSync(path.join(folder, 'blobs'));
    expect(await files.disk.begin(blob)).toEqual({ type: 'done', isNew: true });
    await files.close();
    expect(await files.disk.begin(blob)).toEqual({ type: 'failed', code: 'disk-refused' });
    expect(await files.inUse()).toEqual({ type: 'failed', code: 'disk-refused' });
  });
});
