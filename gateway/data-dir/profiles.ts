import fs from 'node:fs';
import path from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { KnownChat } from '../../shared/bridge/chats.ts';
import { PeerKeySchema, type Profile } from '../../shared/bridge/schema.ts';
import { toHex, type PeerKey } from '../../shared/ids.ts';
import { serverAt, type NamedKey } from '../../shared/join-address.ts';
import type { ServerRef } from '../../shared/join-address-text.ts';
import { profilesListedMax } from '../../shared/limits.ts';
import { nicknameComparisonKey } from '../../shared/nickname.ts';
import { fingerprintOf } from '../crypto/fingerprint.ts';
import { sha256 } from '../crypto/sha256.ts';
import { countWaiting } from '../store/sqlite/client/count-waiting.ts';
import { readStoredServer } from '../store/sqlite/client/read-client-facts.ts';
import { clientDatabaseName, clientsFolder } from './data-dir.ts';
import { readJson, replaceFile } from './private-file.ts';

/** The file in a client's data folder that names its user and its server. */
export const profileName = 'profile.json';

const ClientProfileSchema = Type.Object({
  nickname: Type.String(),
  /** Every key that the server has had, the pinned one first. Without a key the folder is pending. */
  serverKeys: Type.Array(PeerKeySchema),
  /** Addresses at which the server was joined, the last one first. */
  addresses: Type.Array(Type.String(), { minItems: 1 }),
  /** Whether this gateway played the server too. */
  hosted: Type.Boolean(),
  lastUsedMs: Type.Number(),
});
export type ClientProfile = Static<typeof ClientProfileSchema>;

/** The profile of an earlier Chatagram: its folder is found like another one, but is refused. */
const EarlierProfileSchema = Type.Object({
  nickname: Type.String(),
  server: Type.String(),
  serverKey: Type.Optional(PeerKeySchema),
});

/** A client's data folder, as a search sees it. */
export interface ClientFolder {
  readonly folder: string;
  readonly profile: ClientProfile;
  /** Whether an earlier Chatagram made it, so that this one cannot open it. */
  readonly isEarlier: boolean;
}

const addressesMax = 8;

/** Returns the data folders of clients under the root, the last used first. Leaves out what it cannot read. */
function clientFolders(root: string): ClientFolder[] {
  return foldersIn(clientsFolder(root))
    .flatMap((folder) => {
      const profile = readClientFolder(folder);
      return profile === undefined ? [] : [profile];
    })
    .toSorted((one, other) => other.profile.lastUsedMs - one.profile.lastUsedMs);
}

/** Returns the data folders of one nickname, as RFC 8266 compares nicknames. */
export function clientFoldersOf(root: string, nickname: string): ClientFolder[] {
  const comparison = nicknameComparisonKey(nickname);
  return clientFolders(root)
    .filter(({ profile }) => nicknameComparisonKey(profile.nickname) === comparison)
    .map((found) => ({ ...found, profile: withPinnedKey(found) }));
}

/** Returns the profiles for the first screen: the chats that were joined. */
export function listClientProfiles(root: string): Profile[] {
  return clientFolders(root)
    .filter(({ profile, isEarlier }) => !isEarlier && profile.serverKeys.length > 0)
    .slice(0, profilesListedMax)
    .map(({ profile: { nickname, addresses, serverKeys, hosted } }) => ({
      nickname,
      server: serverAt(addresses[0] ?? '', fingerprintOfFirst(serverKeys)),
      hosted,
    }));
}

/** A chat that was joined from this computer, with what a list tells of it. */
export type ListedChat = Omit<KnownChat, 'open'> & { readonly folder: string };

/** Returns the chats that were joined, the last opened first, with what waits in the outbox of each. */
export function listChats(root: string): ListedChat[] {
  return clientFolders(root)
    .filter(({ profile, isEarlier }) => !isEarlier && profile.serverKeys.length > 0)
    .slice(0, profilesListedMax)
    .map(({ folder, profile: { nickname, addresses, serverKeys, hosted, lastUsedMs } }) => ({
      chat: chatIdOf(folder),
      folder,
      nickname,
      server: serverAt(addresses[0] ?? '', fingerprintOfFirst(serverKeys)),
      hosted,
      lastOpenedMs: lastUsedMs,
      waiting: countWaiting(path.join(folder, clientDatabaseName)) ?? null,
    }));
}

/** The name of a chat on the bridge: folders have names that tell the place of the data. */
function chatIdOf(folder: string): string {
  return toHex(sha256(new TextEncoder().encode(path.basename(folder))).subarray(0, 8));
}

function fingerprintOfFirst([key]: readonly PeerKey[]): NamedKey | undefined {
  return key === undefined ? undefined : { type: 'fingerprint', fingerprint: fingerprintOf(key) };
}

/** Returns the profile in a data folder, undefined without one. */
export function readProfile(folder: string): ClientProfile | undefined {
  const profile = readJson(path.join(folder, profileName));
  return Value.Check(ClientProfileSchema, profile) ? profile : undefined;
}

/** What a gateway learns when it joins from a data folder. */
export interface Joined {
  readonly nickname: string;
  /** The key is the pinned one; absent before a commit has pinned one. */
  readonly server: ServerRef<PeerKey>;
  readonly hosted: boolean;
  readonly nowMs: number;
}

/** Adds to a folder's profile what was learned. Keeps every key, and the last addresses. */
export function updateProfile(folder: string, joined: Joined): void {
  const before = readProfile(folder) ?? { serverKeys: [], addresses: [] };
  const { nickname, server, hosted, nowMs } = joined;
  const profile: ClientProfile = {
    nickname,
    serverKeys: server.key === undefined ? before.serverKeys : withFirst(before.serverKeys, server.key),
    addresses: withFirst(before.addresses, server.address).slice(0, addressesMax),
    hosted,
    lastUsedMs: nowMs,
  };
  replaceFile(path.join(folder, profileName), JSON.stringify(profile));
}

function readClientFolder(folder: string): ClientFolder | undefined {
  const stored = readJson(path.join(folder, profileName));
  if (Value.Check(ClientProfileSchema, stored)) return { folder, profile: stored, isEarlier: false };
  if (Value.Check(EarlierProfileSchema, stored)) {
    const { nickname, server, serverKey } = stored;
    const serverKeys = serverKey === undefined ? [] : [serverKey];
    const profile = { nickname, serverKeys, addresses: [server], hosted: false, lastUsedMs: 0 };
    return { folder, profile, isEarlier: true };
  }
  // A crash can come between the commit that pins the key and the profile.
  const found = readStoredServer(path.join(folder, clientDatabaseName));
  if (found === undefined) return undefined;
  const { nickname, server } = found;
  const profile = {
    nickname,
    serverKeys: [server.key],
    addresses: [server.address],
    hosted: false,
    lastUsedMs: 0,
  };
  return { folder, profile, isEarlier: false };
}

/** The database knows a key before the profile does. */
function withPinnedKey({ folder, profile, isEarlier }: ClientFolder): ClientProfile {
  const key = isEarlier ? undefined : readStoredServer(path.join(folder, clientDatabaseName))?.server.key;
  return key === undefined ? profile : { ...profile, serverKeys: withFirst(profile.serverKeys, key) };
}

function withFirst<Item>(list: readonly Item[], first: Item): Item[] {
  return [first, ...list.filter((item) => item !== first)];
}

function foldersIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    // No client was started under this root yet.
    return [];
  }
}
