import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { OpenFiles } from './open-files.ts';

const flags = fs.constants.O_RDONLY;

function makeFiles(count: number): string[] {
  const folder = temporaryFolder();
  return Array.from({ length: count }, (_, number) => {
    const file = path.join(folder, String(number));
    fs.writeFileSync(file, String(number));
    return file;
  });
}

async function textOf(files: OpenFiles, file: string, key?: string): Promise<string> {
  return files.use({ path: file, flags, ...(key !== undefined && { key }) }, async (handle) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.toString('utf8', 0, bytesRead);
  });
}

describe('files that stay open', () => {
  it('are at most as many as allowed, and all can be used', async () => {
    const files = new OpenFiles(3);
    const paths = makeFiles(20);
    for (let round = 0; round < 2; round++) {
      const texts = await Promise.all(paths.map(async (file) => textOf(files, file)));
      expect(texts).toEqual(paths.map((_, number) => String(number)));
      expect(files.count).toBe(3);
    }
    await files.closeAll();
    expect(files.count).toBe(0);
  });

  it('close after their last user, and open again', async () => {
    const files = new OpenFiles(3);
    const [file = ''] = makeFiles(1);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const use = files.use({ path: file, flags }, async (handle) => {
      await promise;
      return (await handle.stat()).size;
    });
    const closed = files.close(file);
    expect(await textOf(files, file)).toBe('0');
    resolve(undefined);
    expect(await use).toBe(1);
    await closed;
    await files.closeAll();
  });

  it('are told apart by their key where one follows the other at a path', async () => {
    const files = new OpenFiles(3);
    const [file = ''] = makeFiles(1);
    expect(await textOf(files, file, 'before')).toBe('0');
    fs.rmSync(file);
    fs.writeFileSync(file, 'new');
    expect([await textOf(files, file, 'before'), await textOf(files, file, 'after')]).toEqual(['0', 'new']);
    await files.closeAll();
  });

  it('that cannot be opened fail for each user, and are tried again', async () => {
    const files = new OpenFiles(3);
    const [file = ''] = makeFiles(1);
    fs.rmSync(file);
    const uses = await Promise.allSettled([textOf(files, file), textOf(files, file)]);
    expect(uses.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(files.count).toBe(0);
    fs.writeFileSync(file, 'here');
    expect(await textOf(files, file)).toBe('here');
    await files.closeAll();
  });
});
