import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MailKey, MailKeyKind } from '../../shared/chat/mail-key.ts';
import { StartError } from '../runtime/start-error.ts';
import {
  newestTen,
  sampleConversation,
  sampleEpoch,
  sampleId,
  sampleIdentity,
  sampleInstallation,
  sampleKey,
  sampleMailKeyId,
  sampleMessage,
  sampleQuery,
} from '../store/sample.ts';
import type { OwnMailKey } from '../store/client-store.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import { applicationId } from '../store/sqlite/schema.ts';
import { openServerStore } from '../store/sqlite/server/server-store.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { backUp, restore, takeRestored } from './backup.ts';
import { startClient } from '../runtime/running-client.ts';
import { clientFolder, makeFolder, serverFolder } from './data-dir.ts';
import { lockFolder } from './dir-lock.ts';
import type { TurnStore } from '../turn/role.ts';
import { updateProfile } from './profiles.ts';

const server = { host: '127.0.0.1', port: 50_000 };
const identity = sampleIdentity(7);

let root: string;
let file: string;
let clientFile: string;
let serverFile: string;

beforeEach(() => {
  root = temporaryFolder();
  file = path.join(temporaryFolder(), 'chats.backup');
  clientFile = path.join(makeFolder(clientFolder(root, 'alice', server)), 'client.sqlite');
  serverFile = path.join(makeFolder(serverFolder(root, 50_000)), 'server.sqlite');
  const client = openClientStore(clientFile);
  client.begin();
  client.facts.set({ identity, installation: sampleInstallation(9), nickname: 'alice' });
  client.messages.insert(sampleMessage(1));
  client.contacts.put({
    key: sampleKey(4),
    signingKey: null,
    nickname: 'dan',
    candidates: [],
    classic: null,
    verified: false,
    features: [],
    acceptance: 'allowed',
    guestOf: null,
  });
  client.blocks.put(sampleKey(5));
  client.blocks.putUnopened(sampleKey(5), sampleId(6), 10);
  client.commit();
  client.close();
  const names = openServerStore(serverFile);
  names.begin();
  names.facts.set({ identity, epoch: sampleEpoch(4) });
  names.bans.put({ banned: { type: 'key', key: sampleKey(5), nickname: 'eve' }, untilMs: null });
  names.commit();
  names.close();
  updateProfile(path.dirname(clientFile), {
    nickname: 'alice',
    server: { address: '127.0.0.1:50000', key: sampleKey(8) },
    hosted: true,
    nowMs: 7,
  });
});

/** Runs something in a turn of a store, and closes the store. */
function change<Store extends TurnStore & { close(): void }>(
  store: Store,
  run: (store: Store) => void,
): void {
  store.begin();
  store.savepoint(() => run(store));
  store.commit();
  store.close();
}

describe('a backup', () => {
  it('restores everything elsewhere, for its owner only, as another installation and in another epoch', () => {
    expect(backUp(root, file).join(' ')).toContain('clients/alice@127.0.0.1_50000, servers/50000');
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    const other = temporaryFolder();
    expect(restore(other, file)).toEqual([
      'clients/alice@127.0.0.1_50000 is restored.',
      'servers/50000 is restored.',
    ]);
    const client = openClientStore(path.join(clientFolder(other, 'alice', server), 'client.sqlite'));
    expect(client.facts.get()).toMatchObject({ identity, nickname: 'alice', installation: undefined });
    expect(client.messages.page(sampleConversation(1), null, 10).messages).toHaveLength(1);
    expect(client.messages.search(sampleQuery('text'), newestTen).messages).toHaveLength(1);
    client.close();
    const names = openServerStore(path.join(serverFolder(other, 50_000), 'server.sqlite'));
    expect(names.facts.get()).toMatchObject({ identity, epoch: undefined });
    expect(names.bans.all()).toEqual([
      { banned: { type: 'key', key: sampleKey(5), nickname: 'eve' }, untilMs: null },
    ]);
    names.close();
    const files = fs.readdirSync(other, { recursive: true, withFileTypes: true });
    for (const each of files) {
      const { mode } = fs.statSync(path.join(each.parentPath, each.name));
      expect(mode & 0o777, each.name).toBe(each.isDirectory() ? 0o700 : 0o600);
    }
    expect(
      files
        .filter((each) => each.isFile())
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['client.sqlite', 'lock.sqlite', 'lock.sqlite', 'profile.json', 'server.sqlite']);
  });

  it('PROTOCOL 9.28: holds weekly mail keys and no byte of one-time keys, of clients and servers', () => {
    const oneTimeSecret = randomBytes(32);
    const key = (number: number, kind: MailKeyKind, secretKey = randomBytes(32)): OwnMailKey => ({
      keyId: sampleMailKeyId(number),
      kind,
      installation: sampleInstallation(9),
      secretKey: Uint8Array.from(secretKey),
      expiresAtMs: 9e12,
      madeAtMs: 1,
      replacedAtMs: null,
    });
    const oneTimePublic = randomBytes(32);
    const publicKey = (number: number, kind: MailKeyKind, bytes = randomBytes(32)): MailKey => ({
      keyId: sampleMailKeyId(number),
      kind,
      publicKey: Uint8Array.from(bytes),
      expiresAtMs: 9e12,
      signature: Uint8Array.from(randomBytes(64)),
    });
    const owner = sampleKey(3);
    change(openClientStore(clientFile), ({ mailKeys }) =>
      mailKeys.put([key(1, 'weekly'), key(2, 'one-time', oneTimeSecret)]),
    );
    change(openServerStore(serverFile), ({ mailKeys }) => {
      mailKeys.setCurrent(owner, sampleInstallation(9), 0);
      mailKeys.putWeekly(owner, sampleInstallation(9), publicKey(1, 'weekly'));
      mailKeys.putOneTime(owner, sampleInstallation(9), [publicKey(2, 'one-time', oneTimePublic)]);
    });
    expect(fs.readFileSync(clientFile).includes(oneTimeSecret)).toBe(true);
    expect(fs.readFileSync(serverFile).includes(oneTimePublic)).toBe(true);
    backUp(root, file);
    const bytes = fs.readFileSync(file);
    expect([oneTimeSecret, oneTimePublic].map((each) => bytes.includes(each))).toEqual([false, false]);
    restore(root, file);
    change(openClientStore(clientFile), ({ mailKeys }) => {
      expect(mailKeys.all('weekly').map(({ keyId }) => keyId)).toEqual([sampleMailKeyId(1)]);
      expect(mailKeys.count('one-time')).toBe(0);
    });
    change(openServerStore(serverFile), ({ mailKeys }) => {
      expect(mailKeys.weekly(owner, sampleInstallation(9))?.keyId).toBe(sampleMailKeyId(1));
      expect(mailKeys.countOneTime(owner, sampleInstallation(9))).toBe(0);
    });
  });

  it('PROTOCOL 6.92: holds the blocked keys, and the ids of their messages that were not opened', () => {
    backUp(root, file);
    const other = temporaryFolder();
    restore(other, file);
    const client = openClientStore(path.join(clientFolder(other, 'alice', server), 'client.sqlite'));
    expect(client.blocks.all()).toEqual([sampleKey(5)]);
    expect(client.blocks.hasUnopened(sampleKey(5), sampleId(6))).toBe(true);
    client.close();
  });

  it('PROTOCOL 6.93: holds which people the user allowed', () => {
    backUp(root, file);
    const other = temporaryFolder();
    restore(other, file);
    const client = openClientStore(path.join(clientFolder(other, 'alice', server), 'client.sqlite'));
    expect(client.contacts.all()).toMatchObject([{ key: sampleKey(4), acceptance: 'allowed' }]);
    client.close();
  });

  it('is made while a gateway runs, holds what was committed, and blocks no writer', () => {
    const live = openClientStore(clientFile);
    live.begin();
    live.messages.insert(sampleMessage(2));
    live.commit();
    live.begin();
    live.messages.insert(sampleMessage(3));
    backUp(root, file);
    live.commit();
    live.close();
    const other = temporaryFolder();
    restore(other, file);
    const client = openClientStore(path.join(clientFolder(other, 'alice', server), 'client.sqlite'));
    expect(client.messages.page(sampleConversation(1), null, 10).messages).toHaveLength(2);
    client.close();
  });

  it('replaces no file, not even an older backup, and says so', () => {
    backUp(root, file);
    const older = fs.readFileSync(file);
    const refusal: unknown = expect.objectContaining({
      code: 'storage-failed',
      sentence: `The file ${file} exists already. Give backup the name of a new file.`,
    });
    expect(() => backUp(root, file)).toThrow(refusal);
    expect(fs.readFileSync(file).equals(older)).toBe(true);
    fs.writeFileSync(file, 'a letter to my grandmother');
    expect(() => backUp(root, file)).toThrow(refusal);
    expect(() => backUp(root, clientFile)).toThrow(/exists already/u);
    expect(fs.readFileSync(file, 'utf8')).toBe('a letter to my grandmother');
    expect(fs.readdirSync(path.dirname(file))).toEqual(['chats.backup']);
  });

  it('leaves out a folder that the user copied by hand, and says so: a restore would refuse its name', () => {
    fs.cpSync(path.dirname(clientFile), `${path.dirname(clientFile)} (copy)`, { recursive: true });
    expect(backUp(root, file)).toContain(
      'It does not hold clients/alice@127.0.0.1_50000 (copy): Chatagram gives no folder such a name.',
    );
    expect(restore(temporaryFolder(), file)).toHaveLength(2);
  });

  it('leaves nothing beside a database that no gateway uses', () => {
    const before = fs.readdirSync(root, { recursive: true }).toSorted();
    backUp(root, file);
    expect(fs.readdirSync(root, { recursive: true }).toSorted()).toEqual(before);
  });

  it('removes no file beside itself except the drafts of a backup that was ended in the middle', () => {
    const folder = path.dirname(file);
    const others = ['chats.backup.copy', 'chats.backup.new', 'chats.backup.new-journal'];
    for (const name of others) fs.writeFileSync(path.join(folder, name), name);
    const drafts = makeFolder(path.join(folder, '.chatagram-backup', 'drafts'));
    fs.writeFileSync(path.join(drafts, 'copy.sqlite'), 'words');
    backUp(root, file);
    expect(fs.readdirSync(folder).toSorted()).toEqual(['chats.backup', ...others]);
    for (const name of others) expect(fs.readFileSync(path.join(folder, name), 'utf8')).toBe(name);
  });

  it('is refused with a sentence where its folder or the data folder cannot be used', () => {
    // To make such a folder with the `recursive` of node:fs never ends.
    expect(() => backUp(root, '/proc/nowhere/chats.backup')).toThrow(StartError);
    expect(() => backUp(root, path.join(clientFile, 'chats.backup'))).toThrow(StartError);
    const other = temporaryFolder();
    fs.writeFileSync(path.join(other, 'clients'), '');
    expect(() => backUp(other, file)).toThrow(/A part of the path .*clients is a file/u);
  });

  it('is refused where there is no data or a damaged database, and leaves no file', () => {
    expect(() => backUp(temporaryFolder(), file)).toThrow(StartError);
    fs.writeFileSync(serverFile, 'no database '.repeat(500));
    expect(() => backUp(root, file)).toThrow(/server.sqlite is damaged/u);
    expect(fs.readdirSync(path.dirname(file))).toEqual([]);
  });
});

describe('data of an earlier Chatagram', () => {
  const earlier = (file: string, letters: string): Buffer => {
    const database = new DatabaseSync(file);
    database.exec(`PRAGMA application_id = ${applicationId(letters)}`);
    database.close();
    return fs.readFileSync(file);
  };

  it('is not put into a backup: the user is told to move it away', () => {
    const before = earlier(clientFile, 'CgCl');
    expect(() => backUp(root, file)).toThrow(/earlier Chatagram.*Move it away/u);
    expect(fs.readdirSync(path.dirname(file))).toEqual([]);
    expect(fs.readFileSync(clientFile).equals(before)).toBe(true);
  });

  it('is not restored from an earlier backup', () => {
    backUp(root, file);
    const before = earlier(file, 'CgBk');
    expect(() => restore(root, file)).toThrow(/earlier Chatagram/u);
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });
});

describe('a restore', () => {
  it('deletes nothing: the previous database is kept beside it, also when it is damaged', () => {
    backUp(root, file);
    const later = openClientStore(clientFile);
    later.begin();
    later.messages.insert(sampleMessage(2));
    later.commit();
    later.close();
    fs.writeFileSync(serverFile, 'not a database');
    const [client, names] = restore(root, file);
    expect(client).toContain(`kept as ${clientFile}.before-restore-1`);
    expect(names).toContain(`kept as ${serverFile}.before-restore-1`);
    expect(fs.readFileSync(`${serverFile}.before-restore-1`, 'utf8')).toBe('not a database');
    openServerStore(serverFile).close();
    expect(messagesIn(clientFile)).toBe(1);
    expect(messagesIn(`${clientFile}.before-restore-1`)).toBe(2);
    expect(restore(root, file)[0]).toContain('before-restore-2');
  });

  it('moves the journal of a crash together with its database', () => {
    backUp(root, file);
    const origin = new DatabaseSync(clientFile);
    origin.exec(`PRAGMA journal_mode = WAL; UPDATE client SET nickname = 'later'`);
    for (const end of ['', '-wal'])
      fs.copyFileSync(clientFile + end, `${file}${end}`.replace('chats', 'crash'));
    origin.close();
    for (const end of ['', '-wal'])
      fs.copyFileSync(`${file}${end}`.replace('chats', 'crash'), clientFile + end);
    restore(root, file);
    expect(fs.existsSync(`${clientFile}-wal`)).toBe(false);
    const before = openClientStore(`${clientFile}.before-restore-1`);
    expect(before.facts.get().nickname).toBe('later');
    before.close();
    const restored = openClientStore(clientFile);
    expect(restored.facts.get().nickname).toBe('alice');
    restored.close();
  });

  it('waits for the next start of a gateway that is running', () => {
    backUp(root, file);
    const folder = path.dirname(clientFile);
    const live = openClientStore(clientFile);
    const held = lockFolder(folder);
    live.begin();
    live.messages.insert(sampleMessage(2));
    live.commit();
    expect(restore(root, file)[0]).toMatch(/in use \(process \d+\)\. .* when that gateway starts again/u);
    expect(live.messages.page(sampleConversation(1), null, 10).messages).toHaveLength(2);
    live.close();
    if (!held.locked) held.lock.release();
    expect(takeRestored(folder, 'client.sqlite')).toBe(`${clientFile}.before-restore-1`);
    expect(takeRestored(folder, 'client.sqlite')).toBeUndefined();
    expect(messagesIn(clientFile)).toBe(1);
  });

  it('says that there is no such file', () => {
    expect(() => restore(root, file)).toThrow(`There is no file ${file}. Nothing was restored.`);
  });

  it('refuses a file that is not a backup, and a damaged, newer or earlier backup, and changes nothing', () => {
    const before = fs.readFileSync(clientFile);
    const refuse = (change: (database: DatabaseSync) => void): void => {
      fs.rmSync(file, { force: true });
      backUp(root, file);
      const database = new DatabaseSync(file);
      change(database);
      database.close();
      expect(() => restore(root, file)).toThrow(StartError);
      expect(fs.readFileSync(clientFile).equals(before)).toBe(true);
      expect(fs.existsSync(`${clientFile}.restored`)).toBe(false);
    };
    refuse((database) => database.exec('UPDATE chunk SET content = zeroblob(length(content))'));
    refuse((database) => database.exec('DELETE FROM chunk WHERE item = 1'));
    refuse((database) => database.exec('PRAGMA application_id = 7'));
    refuse((database) => database.exec('PRAGMA user_version = 99'));
    refuse((database) => database.exec(`PRAGMA application_id = ${applicationId('CgBk')}`));
    for (const hostile of [
      '../clients/alice/client.sqlite',
      'clients/../../client.sqlite',
      'clients/a/../../../client.sqlite',
      '/clients/a/client.sqlite',
      'clients/a/server.sqlite',
      'clients/a/lock.sqlite',
      'servers/a/profile.json',
      'clients/a\\..\\b/client.sqlite',
    ]) {
      refuse((database) => database.prepare('UPDATE item SET path = ? WHERE number = 1').run(hostile));
    }
    const newer = new DatabaseSync(serverFile);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    refuse(() => undefined);
    fs.writeFileSync(file, 'no backup');
    expect(() => restore(root, file)).toThrow(/not a backup of Chatagram/u);
    expect(() => restore(root, path.join(root, 'nowhere'))).toThrow(StartError);
  });
});

describe('a database that is gone', () => {
  it('stops the start where a chat was joined, and no new one takes its place', async () => {
    fs.rmSync(clientFile);
    const open = startClient(
      { nickname: 'alice', server: { address: server }, clientPort: 0, hosted: false, keepTrying: true },
      {
        dataRoot: root,
        lab: null,
        profile: 'normal' as const,
        url: () => null,
        onChange: () => undefined,
        onFault: () => undefined,
      },
    );
    await expect(open).rejects.toThrow(/client\.sqlite is gone\. Restore a backup/u);
    expect(fs.existsSync(clientFile)).toBe(false);
  });
});

function messagesIn(database: string): number {
  const store = openClientStore(database);
  const { length } = store.messages.page(sampleConversation(1), null, 10).messages;
  store.close();
  return length;
}
