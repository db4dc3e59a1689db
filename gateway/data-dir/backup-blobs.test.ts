import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { StartError } from '../runtime/start-error.ts';
import { sampleIdentity, sampleInstallation } from '../store/sample.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import { blobsName } from '../files/stored-blobs.ts';
import { nameOf } from '../files/blob-folder.ts';
import { expectDone, load, namesIn, openTestDisk, sampleFile } from '../system-tests/test-disk.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { backUp, restore } from './backup.ts';
import { clientFolder, makeFolder } from './data-dir.ts';
import { foreignNames, prepareWipe } from './wipe.ts';

const server = { host: '127.0.0.1', port: 50_000 };
const [large, small, empty, loading] = [
  sampleFile(2_500_000),
  sampleFile(600),
  sampleFile(0),
  sampleFile(70_000),
];
const whole = [large, small, empty];

/** A chat with three files that are whole, and one that still comes. */
async function makeChat() {
  const root = temporaryFolder();
  const chat = makeFolder(clientFolder(root, 'alice', server));
  const store = openClientStore(path.join(chat, 'client.sqlite'));
  store.begin();
  store.facts.set({ identity: sampleIdentity(7), installation: sampleInstallation(9), nickname: 'alice' });
  store.commit();
  store.close();
  const folder = path.join(chat, blobsName);
  const test = await openTestDisk({ folder });
  for (const sample of whole) {
    await load(test, sample);
    expectDone(await test.disk.finish(sample.blob));
  }
  await load(test, loading);
  return { root, chat, folder, file: path.join(temporaryFolder(), 'chats.backup') };
}

function blobsIn(root: string): string {
  return path.join(clientFolder(root, 'alice', server), blobsName);
}

/** Changes a backup as a hostile person can. */
function inBackup(file: string, sql: string): void {
  const connection = new DatabaseSync(file);
  connection.exec(sql);
  connection.close();
}

describe('a backup of a chat with files', () => {
  it('restores each whole file, for its owner only, and nothing that still comes', async () => {
    const { root, file } = await makeChat();
    expect(backUp(root, file)).toContain('It holds 3 files of 2.4 MiB, sent or received.');
    const other = temporaryFolder();
    expect(restore(other, file)).toEqual(['clients/alice@127.0.0.1_50000 is restored.']);
    const folder = blobsIn(other);
    expect(namesIn(folder)).toEqual(whole.map(({ blob }) => nameOf(blob)).toSorted());
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
    for (const { blob, bytes } of whole) {
      const restored = path.join(folder, nameOf(blob));
      expect(fs.readFileSync(restored).equals(bytes)).toBe(true);
      expect(fs.statSync(restored).mode & 0o777).toBe(0o600);
    }
    const { disk } = await openTestDisk({ folder });
    expectDone(await disk.readPiece({ type: 'blob', blob: large.blob }, 3));
  });

  it('leaves the files out where the user wants it so, and says how much that is', async () => {
    const { root, file } = await makeChat();
    const sentences = backUp(root, file, { withFiles: false });
    expect(sentences).toContain('It does not hold 3 files of 2.4 MiB, sent or received.');
    const other = temporaryFolder();
    restore(other, file);
    expect(fs.existsSync(blobsIn(other))).toBe(false);
    expect(fs.statSync(file).size).toBeLessThan(1_500_000);
  });

  it('keeps the files that are there, and adds those that are missing', async () => {
    const { root, folder, file } = await makeChat();
    backUp(root, file);
    fs.rmSync(path.join(folder, nameOf(small.blob)));
    const kept = path.join(folder, nameOf(large.blob));
    const { ino } = fs.statSync(kept);
    restore(root, file);
    expect(fs.statSync(kept).ino).toBe(ino);
    expect(fs.readFileSync(path.join(folder, nameOf(small.blob))).equals(small.bytes)).toBe(true);
    expect(namesIn(folder)).toContain(`${nameOf(loading.blob)}.part`);
  });

  it('takes no link and no folder in the place of a file, and none that goes in the meantime', async () => {
    const { root, folder, file } = await makeChat();
    const [link, directory] = [sampleFile(11), sampleFile(12)].map(({ blob }) =>
      path.join(folder, nameOf(blob)),
    );
    fs.symlinkSync('/etc/passwd', link ?? '');
    fs.mkdirSync(directory ?? '');
    expect(backUp(root, file)).toContain('It holds 3 files of 2.4 MiB, sent or received.');
  });

  it.each([
    [
      'other bytes than its name says',
      `UPDATE chunk SET content = zeroblob(600) WHERE item = (SELECT number FROM item WHERE bytes = 600)`,
    ],
    [
      'other bytes with their hash',
      `UPDATE item SET sha256 = '55e82a1b9ca1e2b1b1e7a1ff9a14a1b4d0c3e3ba1ab1e3d5fbc0bb3a9e7d5b6c' WHERE bytes = 600`,
    ],
    [
      'a name outside of blobs',
      `UPDATE item SET path = replace(path, 'blobs/', 'blobs/../') WHERE bytes = 600`,
    ],
    ['a name that is no blob', `UPDATE item SET path = path || '.part' WHERE bytes = 600`],
    ['the name of another file', `UPDATE item SET path = replace(path, '-600', '-601') WHERE bytes = 600`],
    [
      'a blob of a server',
      `UPDATE item SET path = replace(path, 'clients/alice@127.0.0.1_50000', 'servers/50000') WHERE bytes = 600`,
    ],
  ])('changes nothing with %s', async (_, sql) => {
    const { root, file } = await makeChat();
    backUp(root, file);
    inBackup(file, sql);
    const other = temporaryFolder();
    expect(() => restore(other, file)).toThrow(StartError);
    expect(namesIn(other)).toEqual([]);
  });
});

describe('a wipe of a chat with files', () => {
  it('leaves no byte of them, and what a link among them leads to', async () => {
    const { root, folder } = await makeChat();
    const elsewhere = temporaryFolder();
    fs.writeFileSync(path.join(elsewhere, 'thesis.txt'), 'mine');
    fs.symlinkSync(elsewhere, path.join(folder, 'link'));
    expect(foreignNames(root)).toEqual([]);
    const wipe = prepareWipe(root, new Set());
    if ('inUse' in wipe) throw new Error('the folder is in use');
    wipe.begin();
    wipe.removeRoles();
    wipe.end();
    expect(namesIn(root)).toEqual([]);
    expect(fs.readFileSync(path.join(elsewhere, 'thesis.txt'), 'utf8')).toBe('mine');
  });
});
