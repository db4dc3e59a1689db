import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sampleKey } from '../store/sample.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { clientFolder, makeFolder } from './data-dir.ts';
import { listClientProfiles, readProfile, updateProfile } from './profiles.ts';

const server = { host: '127.0.0.1', port: 50_000 };

describe('the profiles of the first screen', () => {
  it('are listed once each, and the one used last comes first', () => {
    const root = temporaryFolder();
    join(root, 'alice', 10);
    join(root, 'bob', 30);
    join(root, 'carol', 20);
    join(root, 'alice', 40);
    expect(listClientProfiles(root)).toEqual(['alice', 'bob', 'carol'].map(profileOf));
  });

  it('are an empty list when no client was started under the root', () => {
    expect(listClientProfiles(path.join(temporaryFolder(), 'nothing'))).toEqual([]);
  });

  it('leave out files that cannot be read, folders that are pending, and folders of an earlier Chatagram', () => {
    const root = temporaryFolder();
    const folder = join(root, 'alice', 10);
    makeFolder(clientFolder(root, 'empty', server));
    for (const [name, text] of [
      ['broken', '{"nickname":'],
      ['strange', '{"nickname":7}'],
      ['earlier', '{"nickname":"earlier","server":"127.0.0.1:50000","hosted":false,"lastUsedMs":7}'],
    ] as const) {
      fs.writeFileSync(path.join(makeFolder(clientFolder(root, name, server)), 'profile.json'), text);
    }
    updateProfile(makeFolder(clientFolder(root, 'pending', server)), {
      nickname: 'pending',
      server: { address: '127.0.0.1:50000' },
      hosted: false,
      nowMs: 5,
    });
    fs.writeFileSync(path.join(root, 'clients', 'a-file'), 'x');
    expect(listClientProfiles(root)).toEqual([profileOf('alice')]);
    expect(fs.statSync(path.join(folder, 'profile.json')).mode & 0o777).toBe(0o600);
  });

  it('are the fifty used last, however many there are', () => {
    const root = temporaryFolder();
    for (let number = 0; number < 53; number++) join(root, `nick${number}`, number);
    const listed = listClientProfiles(root);
    expect(listed).toHaveLength(50);
    expect(listed[0]?.nickname).toBe('nick52');
  });
});

describe('the profile of a data folder', () => {
  it('keeps every key of the server and its last eight addresses, the newest first', () => {
    const folder = temporaryFolder();
    const update = (number: number, key: number) =>
      updateProfile(folder, {
        nickname: 'alice',
        server: { address: `10.0.0.${number}:1`, key: sampleKey(key) },
        hosted: false,
        nowMs: number,
      });
    for (let number = 1; number <= 12; number++) update(number, number <= 6 ? 1 : 2);
    update(9, 1);
    expect(readProfile(folder)).toEqual({
      nickname: 'alice',
      serverKeys: [sampleKey(1), sampleKey(2)],
      addresses: [9, 12, 11, 10, 8, 7, 6, 5].map((number) => `10.0.0.${number}:1`),
      hosted: false,
      lastUsedMs: 9,
    });
  });
});

function join(root: string, nickname: string, nowMs: number): string {
  const folder = makeFolder(clientFolder(root, nickname, server));
  updateProfile(folder, {
    nickname,
    server: { address: '127.0.0.1:50000', key: sampleKey(1) },
    hosted: false,
    nowMs,
  });
  return folder;
}

function profileOf(nickname: string) {
  const server = { address: '127.0.0.1:50000', key: 'a3br-yzm6-jwsh-0scs' };
  return { nickname, server, hosted: false };
}
