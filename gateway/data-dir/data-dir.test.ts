import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { nicknameComparisonKey } from '../../shared/nickname.ts';
import {
  checkDataRoot,
  clientFolder,
  dataRoot,
  gatewayFolder,
  makeFolder,
  serverFolder,
} from './data-dir.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';

const server = { host: '192.168.1.7', port: 50_000 };

describe('the data root', () => {
  const host = (platform: NodeJS.Platform, environment: Record<string, string> = {}) => ({
    platform,
    environment,
    homeFolder: () => '/home/alice',
  });

  it('is the choice of the user, whatever the system', () => {
    expect(dataRoot('/chat', host('win32'))).toBe('/chat');
    expect(dataRoot('chat', host('linux'))).toBe(path.resolve('chat'));
  });

  it('is otherwise the place that the system has for such data', () => {
    expect(dataRoot(undefined, host('linux'))).toBe('/home/alice/.local/share/chatagram');
    expect(dataRoot(undefined, host('linux', { XDG_DATA_HOME: '/x' }))).toBe('/x/chatagram');
    expect(dataRoot(undefined, host('linux', { XDG_DATA_HOME: 'x' }))).toBe(
      '/home/alice/.local/share/chatagram',
    );
    expect(dataRoot(undefined, host('darwin'))).toBe('/home/alice/Library/Application Support/Chatagram');
    expect(dataRoot(undefined, host('win32', { LOCALAPPDATA: '/l' }))).toBe('/l/Chatagram');
    expect(dataRoot(undefined, host('win32'))).toBe('/home/alice/AppData/Local/Chatagram');
    expect(dataRoot(undefined, host('win32', { LOCALAPPDATA: '' }))).toBe(
      '/home/alice/AppData/Local/Chatagram',
    );
  });

  it('is a sentence where the account has no home folder, unless the user names a folder', () => {
    const homeless = { platform: 'linux' as const, environment: {}, homeFolder: () => undefined };
    expect(() => dataRoot(undefined, homeless)).toThrow(/has no home folder\. Name a folder/u);
    expect(dataRoot('/chat', homeless)).toBe('/chat');
    vi.stubEnv('HOME', '');
    expect(path.isAbsolute(dataRoot(undefined))).toBe(true);
    vi.unstubAllEnvs();
  });
});

describe('a data root that another account could have prepared', () => {
  const ownUid = process.geteuid?.() ?? 0;

  it('is refused as a symbolic link, as a file, and as a folder of another account', () => {
    const folder = temporaryFolder();
    const [link, file] = [path.join(folder, 'link'), path.join(folder, 'file')];
    fs.symlinkSync(folder, link);
    fs.writeFileSync(file, '');
    expect(() => checkDataRoot(link)).toThrow(/symbolic link\. Name the folder that it leads to/u);
    expect(() => checkDataRoot(path.resolve(`${link}/`))).toThrow(/symbolic link/u);
    expect(() => checkDataRoot(file)).toThrow(/is not a folder/u);
    expect(() => checkDataRoot(folder, ownUid + 1)).toThrow(/belongs to another account/u);
  });

  it('is refused with a sentence where the system takes no such path', () => {
    const file = path.join(temporaryFolder(), 'file');
    fs.writeFileSync(file, '');
    expect(() => checkDataRoot(path.join(file, 'data'))).toThrow(/A part of the path .* is a file/u);
    expect(() => checkDataRoot(`${file}${'a'.repeat(300)}`)).toThrow(/The system takes no path like/u);
  });

  it('is fine as a folder of the own account, and before it exists', () => {
    const folder = temporaryFolder();
    expect(() => checkDataRoot(folder)).not.toThrow();
    expect(() => checkDataRoot(path.join(folder, 'later'))).not.toThrow();
  });

  it('is closed to other accounts if they could put something into it', () => {
    const folder = temporaryFolder();
    fs.chmodSync(folder, 0o777);
    checkDataRoot(folder);
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is refused if another account may have put something into it', () => {
    const folder = temporaryFolder();
    fs.chmodSync(folder, 0o777);
    fs.symlinkSync('/tmp', path.join(folder, 'clients'));
    expect(() => checkDataRoot(folder)).toThrow(/and clients in it may be theirs/u);
  });
});

const refusal = expect.objectContaining({ name: 'StoreError', code: 'disk-refused' }) as Error;

describe('folders', () => {
  it('are one for each nickname and server, port of a server, and port of a gateway', () => {
    expect(clientFolder('/r', 'Alice', server)).toBe('/r/clients/alice@192.168.1.7_50000');
    expect(clientFolder('/r', 'bob', { host: 'fe80::1', port: 1 })).toBe('/r/clients/bob@fe80%3a%3a1_1');
    expect(serverFolder('/r', 50_000)).toBe('/r/servers/50000');
    expect(gatewayFolder('/r', 5050)).toBe('/r/gateways/5050');
  });

  it('have names that every file system takes, also for awkward nicknames', () => {
    const nameOf = (nickname: string) => path.basename(clientFolder('/r', nickname, server));
    expect(nameOf('..')).toBe('%2e%2e@192.168.1.7_50000');
    expect(nameOf('a/../../b')).toBe('a%2f%2e%2e%2f%2e%2e%2fb@192.168.1.7_50000');
    expect(nameOf('CON')).toBe('con@192.168.1.7_50000');
    expect(nameOf('é_%~@')).toBe('%c3%a9%5f%25%7e%40@192.168.1.7_50000');
    expect(nameOf('👩'.repeat(32))).toMatch(/^(%f0%9f%91%a9)+[%0-9a-f]*~[0-9a-f]{32}@192\.168\.1\.7_50000$/);
  });

  it('never lie outside of the root, and two nicknames share one only if they are equal', () => {
    const awkward = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({
        unit: fc.constantFrom('.', '/', '\\', '~', '%', 'A', 'a', 'ß', '👩', '\0', ':'),
        maxLength: 40,
      }),
    );
    fc.assert(
      fc.property(awkward, awkward, (one, other) => {
        const [folder, another] = [one, other].map((nickname) => clientFolder('/r', nickname, server));
        expect(path.dirname(path.resolve(folder!))).toBe('/r/clients');
        expect(path.basename(folder!)).toMatch(/^[a-z0-9%~-]*@192\.168\.1\.7_50000$/);
        expect(path.basename(folder!).length).toBeLessThan(200);
        const equal = nicknameComparisonKey(one) === nicknameComparisonKey(other);
        expect(folder === another).toBe(equal);
      }),
    );
  });

  it('are made for their owner only, also when they exist already', () => {
    const root = temporaryFolder();
    const folder = makeFolder(path.join(root, 'data', 'servers', '50000'));
    for (const made of ['data', 'data/servers', 'data/servers/50000']) {
      expect(fs.statSync(path.join(root, made)).mode & 0o777).toBe(0o700);
    }
    fs.chmodSync(folder, 0o755);
    makeFolder(folder);
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('that the disk refuses throw a StoreError', () => {
    const file = path.join(temporaryFolder(), 'a-file');
    fs.writeFileSync(file, '');
    expect(() => makeFolder(path.join(file, 'servers'))).toThrow(refusal);
  });

  // Only Linux has a file system that answers like this.
  if (fs.existsSync('/proc/self')) {
    it('are refused where nothing can be made, without endless attempts', () => {
      expect(() => makeFolder('/proc/chatagram/servers/50000')).toThrow(refusal);
    });
  }
});
