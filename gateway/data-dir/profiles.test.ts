import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { clientFolder, makeFolder } from './data-dir.ts';
import { listClientProfiles, writeProfile } from './profiles.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import type { PeerKey } from '../../shared/ids.ts';

const server = { host: '127.0.0.1', port: 50_000 };

describe('the profiles of the first screen', () => {
  it('are listed with the one used last first, once each', () => {
    const root = temporaryFolder();
    join(root, 'alice', 10);
    join(root, 'bob', 30);
    join(root, 'carol', 20);
    join(root, 'alice', 40);
    expect(listClientProfiles(root)).toEqual(['alice', 'bob', 'carol'].map(profileOf));
  });

  it('are none where nobody has joined yet', () => {
    expect(listClientProfiles(path.join(temporaryFolder(), 'nothing'))).toEqual([]);
  });

  it('leave out what cannot be read', () => {
    const root = temporaryFolder();
    const folder = join(root, 'alice', 10);
    makeFolder(clientFolder(root, 'empty', server));
    for (const [name, text] of [
      ['broken', '{"nickname":'],
      ['strange', '{"nickname":7}'],
    ] as const) {
      fs.writeFileSync(path.join(makeFolder(clientFolder(root, name, server)), 'profile.json'), text);
    }
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

function join(root: string, nickname: string, lastUsedMs: number): string {
  const folder = makeFolder(clientFolder(root, nickname, server));
  writeProfile(folder, { ...profileOf(nickname), lastUsedMs, serverKey: 'ab'.repeat(32) as PeerKey });
  return folder;
}

function profileOf(nickname: string) {
  return { nickname, server: '127.0.0.1:50000', hosted: false };
}
