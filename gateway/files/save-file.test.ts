import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  expectDone,
  load,
  namesIn,
  openTestDisk,
  sampleFile,
  systemError,
  withFreeBytes,
} from '../system-tests/test-disk.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { saveFile } from './save-file.ts';

const sample = sampleFile(300_000);
const { blob } = sample;

async function openWithBlob() {
  const one = await openTestDisk();
  await load(one, sample);
  expectDone(await one.disk.finish(blob));
  const folder = temporaryFolder();
  const target = path.join(folder, 'report.pdf');
  return { ...one, chosen: folder, target, save: async (place = target) => saveFile(one.blobs, blob, place) };
}

describe('a file that is saved', () => {
  it('has the bytes of the blob, for its owner only, and is another file', async () => {
    const { save, target, chosen, blobs } = await openWithBlob();
    expectDone(await save());
    expect(fs.readFileSync(target).equals(sample.bytes)).toBe(true);
    expect(fs.statSync(target).mode & 0o777).toBe(0o600);
    expect(fs.statSync(target)).toMatchObject({ nlink: 1 });
    expect(namesIn(chosen)).toEqual(['report.pdf']);
    fs.writeFileSync(target, 'x', { flag: 'r+' });
    expect(fs.readFileSync(blobs.wholeFile(blob)).equals(sample.bytes)).toBe(true);
  });

  it('replaces no file, no folder and no link, also a link to nothing', async () => {
    const { save, chosen } = await openWithBlob();
    const places = ['file', 'folder', 'link', 'dangling'].map((name) => path.join(chosen, name));
    const [file = '', folder = '', link = '', dangling = ''] = places;
    fs.writeFileSync(file, 'mine');
    fs.mkdirSync(folder);
    fs.symlinkSync(file, link);
    fs.symlinkSync(path.join(chosen, 'nowhere'), dangling);
    const before = namesIn(chosen);
    for (const place of places) expect(await save(place)).toEqual({ type: 'failed', code: 'path-exists' });
    expect(fs.readFileSync(file, 'utf8')).toBe('mine');
    expect(namesIn(chosen)).toEqual(before);
  });

  it('replaces nothing that comes while it is written', async () => {
    const { save, target, chosen } = await openWithBlob();
    const { copyFile } = fsPromises;
    for (const links of [true, false]) {
      vi.spyOn(fsPromises, 'copyFile').mockImplementationOnce(async (...words) => {
        await copyFile(...words);
        fs.writeFileSync(target, 'mine');
      });
      if (!links) vi.spyOn(fsPromises, 'link').mockRejectedValueOnce(systemError('EPERM'));
      expect(await save()).toEqual({ type: 'failed', code: 'path-exists' });
      expect(fs.readFileSync(target, 'utf8')).toBe('mine');
      fs.rmSync(target);
    }
    expect(namesIn(chosen)).toEqual([]);
  });

  it('is saved on a disk without links, too', async () => {
    const { save, target, chosen } = await openWithBlob();
    vi.spyOn(fsPromises, 'link').mockRejectedValueOnce(systemError('EPERM'));
    expectDone(await save());
    expect(fs.readFileSync(target).equals(sample.bytes)).toBe(true);
    expect(namesIn(chosen)).toEqual(['report.pdf']);
  });

  it('is refused where its folder is missing, and when it is not whole', async () => {
    const { save, chosen, target, disk } = await openWithBlob();
    expect(await save(path.join(chosen, 'missing', 'a'))).toEqual({ type: 'failed', code: 'folder-missing' });
    fs.writeFileSync(path.join(chosen, 'file'), '');
    expect(await save(path.join(chosen, 'file', 'a'))).toMatchObject({ type: 'failed' });
    expectDone(await disk.remove(blob));
    expect(await save()).toEqual({ type: 'failed', code: 'file-gone' });
    expect(fs.existsSync(target)).toBe(false);
  });

  it.each(['copyFile', 'open', 'link'] as const)(
    'leaves nothing where %s finds the disk full',
    async (name) => {
      const { save, chosen } = await openWithBlob();
      vi.spyOn(fsPromises, name).mockRejectedValueOnce(systemError('ENOSPC'));
      expect(await save()).toEqual({ type: 'failed', code: 'disk-full' });
      expect(namesIn(chosen)).toEqual([]);
      expectDone(await save());
    },
  );

  it('is not begun where the disk has no room for it', async () => {
    const { save, chosen } = await openWithBlob();
    withFreeBytes(blob.size - 1);
    expect(await save()).toEqual({ type: 'failed', code: 'disk-full' });
    expect(namesIn(chosen)).toEqual([]);
  });
});
