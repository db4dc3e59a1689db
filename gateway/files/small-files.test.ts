import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { toRead } from './blob-folder.ts';
import { readSmallFile, writeSmallFile } from './small-files.ts';

const descriptorsOfProcess = '/proc/self/fd';
const open = (): number =>
  fs.existsSync(descriptorsOfProcess) ? fs.readdirSync(descriptorsOfProcess).length : 0;

describe('a small file', () => {
  it('is read whole, or not at all, and is closed each time', async () => {
    const place = path.join(temporaryFolder(), 'a');
    fs.writeFileSync(place, 'text');
    const before = open();
    const bytes = new Uint8Array(4);
    expect(await readSmallFile(place, toRead, bytes, ({ size }) => size === 4n)).toBe(true);
    expect(Buffer.from(bytes).toString()).toBe('text');
    expect(await readSmallFile(place, toRead, bytes, () => false)).toBe(false);
    expect(await readSmallFile(place, toRead, new Uint8Array(5), () => true)).toBe(false);
    await expect(readSmallFile(`${place}.missing`, toRead, bytes, () => true)).rejects.toThrow('ENOENT');
    expect(open()).toBeLessThanOrEqual(before);
  });

  it('that is a pipe or a link stops nothing', async () => {
    const folder = temporaryFolder();
    const [pipe, link] = [path.join(folder, 'pipe'), path.join(folder, 'link')];
    execFileSync('mkfifo', [pipe]);
    fs.symlinkSync('/etc/passwd', link);
    expect(await readSmallFile(pipe, toRead, new Uint8Array(4), (stats) => stats.isFile())).toBe(false);
    await expect(readSmallFile(link, toRead, new Uint8Array(4), () => true)).rejects.toThrow('ELOOP');
  });

  it('is written for its owner only, and replaces nothing', async () => {
    const folder = temporaryFolder();
    const place = path.join(folder, 'a');
    await writeSmallFile(place, Buffer.from('text'));
    expect(fs.statSync(place).mode & 0o777).toBe(0o600);
    await expect(writeSmallFile(place, Buffer.from('other'))).rejects.toThrow('EEXIST');
    fs.symlinkSync(path.join(folder, 'b'), path.join(folder, 'link'));
    await expect(writeSmallFile(path.join(folder, 'link'), Buffer.from('x'))).rejects.toThrow('EEXIST');
    expect(fs.readdirSync(folder)).toEqual(['a', 'link']);
  });
});
