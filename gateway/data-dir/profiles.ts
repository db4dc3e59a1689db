import fs from 'node:fs';
import path from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { parseAddress } from '../../shared/address.ts';
import { PeerKeySchema, type Profile } from '../../shared/bridge/schema.ts';
import { nicknameComparisonKey } from '../../shared/nickname.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { clientsFolder } from './data-dir.ts';
import { readJson, replaceFile } from './private-file.ts';

/** The chats that were joined from this machine, for one-button return on the first screen. */

const StoredProfileSchema = Type.Object({
  nickname: Type.String(),
  server: Type.String(),
  hosted: Type.Boolean(),
  lastUsedMs: Type.Number(),
  /** By which the same server is known again at another address. */
  serverKey: PeerKeySchema,
});
export type StoredProfile = Static<typeof StoredProfileSchema>;

/** More than these are on the disk, but nobody looks for one in a longer list. The oldest are not listed. */
const profilesListedMax = 50;

/** Notes in the folder of a client (clientFolder) that its chat was joined now. */
export function writeProfile(folder: string, profile: StoredProfile): void {
  replaceFile(path.join(folder, profileName), JSON.stringify(profile));
}

/** Whether a chat was ever joined from this folder. */
export function wasJoined(folder: string): boolean {
  return fs.existsSync(path.join(folder, profileName));
}

/** The profiles under the root, the one used last first. What cannot be read is left out. */
export function listClientProfiles(root: string): Profile[] {
  return storedProfiles(root)
    .slice(0, profilesListedMax)
    .map(({ profile: { nickname, server, hosted } }) => ({ nickname, server, hosted }));
}

/** Where this person chatted before, the place used last first. */
export function foldersOf(root: string, nickname: string): EarlierFolder[] {
  const person = nicknameComparisonKey(nickname);
  return storedProfiles(root)
    .filter(({ profile }) => nicknameComparisonKey(profile.nickname) === person)
    .map(({ folder, profile: { serverKey, hosted, server } }) => ({
      folder,
      serverKey,
      hostedPort: hosted ? parseAddress(server)?.port : undefined,
    }));
}

export interface EarlierFolder {
  readonly folder: string;
  readonly serverKey: PeerKey;
  /** The port of the server, where this machine hosted it. */
  readonly hostedPort: number | undefined;
}

function storedProfiles(root: string): { folder: string; profile: StoredProfile }[] {
  return foldersIn(clientsFolder(root))
    .flatMap((folder) => {
      const profile = readJson(path.join(folder, profileName));
      return Value.Check(StoredProfileSchema, profile) ? [{ folder, profile }] : [];
    })
    .toSorted((a, b) => b.profile.lastUsedMs - a.profile.lastUsedMs);
}

export const profileName = 'profile.json';

function foldersIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    // Nobody has joined anything here yet.
    return [];
  }
}
