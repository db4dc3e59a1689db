import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatAddress, type Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { NamedKey } from '../../shared/join-address.ts';
import { fingerprintOf } from '../crypto/fingerprint.ts';
import { sampleIdentity, sampleKey } from '../store/sample.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { clientFolder, makeFolder } from './data-dir.ts';
import { findClientFolder } from './find-client-folder.ts';
import { updateProfile } from './profiles.ts';

const [here, there] = [addressOf(1), addressOf(2)];
const [first, second, third] = [sampleKey(1), sampleKey(2), sampleKey(3)];

function addressOf(number: number): Address {
  return { host: `10.0.0.${number}`, port: 50_000 };
}

/** A data root, and a network in which servers answer at addresses. */
function dataRootAndServers() {
  const root = temporaryFolder();
  const answering = new Map<string, PeerKey>();
  let asked = 0;
  return {
    root,
    answers: (address: Address, key: PeerKey) => answering.set(formatAddress(address), key),
    asked: () => asked,
    /** The folder for alice at this address, without the root. */
    find: async (
      address: Address,
      more: { key?: PeerKey | NamedKey; keepTrying?: boolean; nickname?: string } = {},
    ) => {
      const { key, keepTrying = true, nickname = 'alice' } = more;
      const named: NamedKey | undefined = typeof key === 'string' ? { type: 'whole', key } : key;
      const server = { address, key: named };
      const folder = await findClientFolder(root, { nickname, server, keepTrying }, (where) => {
        asked++;
        return Promise.resolve(answering.get(formatAddress(where)));
      });
      return path.relative(path.join(root, 'clients'), folder);
    },
    /** What a join leaves: a folder with a profile that knows these addresses and keys, the last ones first. */
    joined: (address: Address, ...keys: PeerKey[]): string => {
      const folder = makeFolder(clientFolder(root, 'alice', address));
      if (keys.length === 0) profile(folder, address, undefined);
      for (const key of keys) profile(folder, address, key);
      return folder;
    },
  };
}

function profile(folder: string, address: Address, key: PeerKey | undefined): void {
  updateProfile(folder, {
    nickname: 'alice',
    server: { address: formatAddress(address), key },
    hosted: false,
    nowMs: 1,
  });
}

/** The commit that pins a key, without the profile that follows it. */
function pin(folder: string, address: Address, key: PeerKey): void {
  const store = openClientStore(path.join(folder, 'client.sqlite'));
  store.begin();
  store.facts.set({
    identity: sampleIdentity(7),
    nickname: 'alice',
    server: { address: formatAddress(address), key },
  });
  store.commit();
  store.close();
}

const plain = 'alice@10.0.0.1_50000';

describe('the data folder of a client', () => {
  it('is new for a first join, and no server is asked for its key', async () => {
    const { find, asked, answers } = dataRootAndServers();
    answers(here, first);
    expect(await find(here)).toBe(plain);
    expect(asked()).toBe(0);
  });

  it('is found by nickname and address without a question while there is only one', async () => {
    const { find, asked, joined } = dataRootAndServers();
    joined(here, first);
    expect([await find(here), await find(here, { nickname: 'ALICE' })]).toEqual([plain, plain]);
    expect(asked()).toBe(0);
    expect(await find(here, { nickname: 'bob' })).toBe('bob@10.0.0.1_50000');
  });

  it('is found by the key of the server after its address has changed', async () => {
    const { find, joined, answers } = dataRootAndServers();
    joined(here, first);
    answers(there, first);
    expect(await find(there)).toBe(plain);
    expect(await find(there, { key: first })).toBe(plain);
  });

  it('is a new one for another server at another address', async () => {
    const { find, joined, answers } = dataRootAndServers();
    joined(here, first);
    answers(there, second);
    expect(await find(there)).toBe('alice@10.0.0.2_50000');
  });

  it('is the known one when another key answers at its address, so that the user is asked', async () => {
    const { find, joined, answers } = dataRootAndServers();
    joined(here, first);
    joined(there, second);
    answers(here, third);
    expect(await find(here)).toBe(plain);
  });

  it('is found by both keys after the user has accepted a new one', async () => {
    const { find, joined, answers } = dataRootAndServers();
    joined(here, first, second);
    for (const key of [first, second]) {
      answers(there, key);
      expect(await find(there)).toBe(plain);
    }
  });

  it('is the right one for each of two servers that run in turn at one address', async () => {
    const { find, joined, answers } = dataRootAndServers();
    joined(here, first);
    joined(there, second);
    for (const [key, folder] of [
      [second, 'alice@10.0.0.2_50000'],
      [first, plain],
      [second, 'alice@10.0.0.2_50000'],
    ] as const) {
      answers(here, key);
      expect(await find(here)).toBe(folder);
    }
  });

  it('is a new one beside the known one when the user names the key of a second server at one address', async () => {
    const { find, joined } = dataRootAndServers();
    joined(here, first);
    const folder = await find(here, { key: second });
    expect(folder).toBe(`${plain}_${second.slice(0, 16)}`);
    expect(await find(here, { key: second })).toBe(folder);
    expect(await find(here, { key: first })).toBe(plain);
  });

  it('is found by the fingerprint of the server’s key, at any address and without a question', async () => {
    const { find, joined, asked } = dataRootAndServers();
    joined(here, first);
    joined(there, second);
    const named = (key: PeerKey): NamedKey => ({ type: 'fingerprint', fingerprint: fingerprintOf(key) });
    expect(await find(there, { key: named(first) })).toBe(plain);
    expect(await find(here, { key: named(second) })).toBe('alice@10.0.0.2_50000');
    expect(await find(here, { key: named(third) })).toBe(`${plain}_${fingerprintOf(third)}`);
    expect(asked()).toBe(0);
  });

  it('is the known one at an address where no server answers', async () => {
    const { find, joined } = dataRootAndServers();
    joined(here, first);
    joined(there, second);
    expect(await find(here, { keepTrying: false })).toBe(plain);
  });

  it('is not chosen at a new address where no server answers, unless the user wants to keep trying', async () => {
    const { find, joined } = dataRootAndServers();
    joined(here, first);
    await expect(find(there, { keepTrying: false })).rejects.toThrow(
      expect.objectContaining({ code: 'server-silent' }),
    );
    expect(await find(there)).toBe('alice@10.0.0.2_50000');
  });
});

describe('a pending data folder', () => {
  it('is found by nickname and address, and not at another address', async () => {
    const { find, joined, asked } = dataRootAndServers();
    joined(here);
    expect([await find(here), await find(there)]).toEqual([plain, 'alice@10.0.0.2_50000']);
    expect(asked()).toBe(0);
  });

  it('is taken for the key that the user names', async () => {
    const { find, joined } = dataRootAndServers();
    joined(here);
    expect(await find(here, { key: first })).toBe(plain);
  });

  it('is found again after a crash before its profile was written', async () => {
    const { find, root } = dataRootAndServers();
    makeFolder(clientFolder(root, 'alice', here));
    expect(await find(here)).toBe(plain);
    openClientStore(path.join(root, 'clients', plain, 'client.sqlite')).close();
    expect(await find(here)).toBe(plain);
  });

  it('is final with the commit that pins the key, also when a crash comes before the profile knows it', async () => {
    const { find, joined, answers } = dataRootAndServers();
    pin(joined(here), here, first);
    answers(there, first);
    expect(await find(there)).toBe(plain);
  });

  it('is final with that commit even when its profile is gone or half-written', async () => {
    for (const damage of [
      (file: string) => fs.rmSync(file),
      (file: string) => fs.writeFileSync(file, '{"nick'),
    ]) {
      const { find, joined, answers } = dataRootAndServers();
      const folder = joined(here);
      pin(folder, here, first);
      damage(path.join(folder, 'profile.json'));
      answers(there, first);
      expect(await find(there)).toBe(plain);
    }
  });
});

describe('a data folder after its server got a new key', () => {
  it('knows both keys after a crash between the commit that accepts the new one and the profile', async () => {
    const { find, joined, answers } = dataRootAndServers();
    pin(joined(here, first), here, second);
    for (const key of [first, second]) {
      answers(there, key);
      expect(await find(there)).toBe(plain);
    }
  });
});

describe('a data folder of an earlier Chatagram', () => {
  const earlierProfile = JSON.stringify({
    nickname: 'alice',
    server: '10.0.0.1:50000',
    hosted: false,
    lastUsedMs: 7,
    serverKey: first,
  });

  it('is refused with a sentence, at its address and at another one, and stays as it is', async () => {
    const { find, root, answers } = dataRootAndServers();
    const folder = makeFolder(clientFolder(root, 'alice', here));
    const file = path.join(folder, 'profile.json');
    fs.writeFileSync(file, earlierProfile);
    answers(there, first);
    const before = fs.statSync(file).mtimeMs;
    for (const address of [here, there])
      await expect(find(address)).rejects.toThrow(/earlier Chatagram.*Move it away to start fresh/u);
    expect(fs.readdirSync(folder)).toEqual(['profile.json']);
    expect([fs.readFileSync(file, 'utf8'), fs.statSync(file).mtimeMs]).toEqual([earlierProfile, before]);
  });

  it('does not stop a client of another server', async () => {
    const { find, root, answers } = dataRootAndServers();
    fs.writeFileSync(
      path.join(makeFolder(clientFolder(root, 'alice', here)), 'profile.json'),
      earlierProfile,
    );
    answers(there, second);
    expect(await find(there)).toBe('alice@10.0.0.2_50000');
  });
});
