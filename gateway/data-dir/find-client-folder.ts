import path from 'node:path';
import { formatAddress, type Address } from '../../shared/address.ts';
import { errors } from '../../shared/errors.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { namesKey, type NamedKey } from '../../shared/join-address.ts';
import type { JoinOptions } from '../control/ports.ts';
import { fingerprintOf } from '../crypto/fingerprint.ts';
import { StartError } from '../runtime/start-error.ts';
import { earlierShape } from '../store/sqlite/schema.ts';
import { clientFolder } from './data-dir.ts';
import { clientFoldersOf, profileName, type ClientFolder } from './profiles.ts';

/**
 * Returns the data folder for this nickname and server; it may not exist yet. Throws StartError.
 *
 * A folder belongs to a nickname and a server key, because addresses of a local network change. A folder without a known key
 * is pending: it belongs to a nickname and an address. Its database pins the key with the first
 * registration, and the folder is final with that commit. When the user accepts a new key of the server, the folder
 * stays and knows both keys.
 */
export async function findClientFolder(
  root: string,
  { nickname, server, keepTrying }: Pick<JoinOptions, 'nickname' | 'server' | 'keepTrying'>,
  /** Returns the key that answers at an address, undefined when none does. */
  askServerKey: (address: Address) => Promise<PeerKey | undefined>,
): Promise<string> {
  const folders = clientFoldersOf(root, nickname);
  const address = formatAddress(server.address);
  const withKey = (named: NamedKey) =>
    folders.find(({ profile }) => profile.serverKeys.some((key) => namesKey(named, key, fingerprintOf)));
  const atAddress = folders.filter(({ profile }) => profile.addresses.includes(address));
  const pending = atAddress.find(isPending);
  // A server with another key at a known address is not taken for a new server: the client asks the user first.
  const known = atAddress.find((folder) => !isPending(folder)) ?? pending;
  const fresh = (named?: NamedKey): string => freshFolder(root, nickname, server.address, folders, named);

  if (server.key !== undefined) return usable(withKey(server.key) ?? pending) ?? fresh(server.key);
  const mayHaveMoved = folders.some((folder) => folder !== known && !isPending(folder));
  if (!mayHaveMoved) return usable(known) ?? fresh();
  const key = await askServerKey(server.address);
  if (key !== undefined) return usable(withKey({ type: 'whole', key }) ?? known) ?? fresh();
  if (known === undefined && !keepTrying)
    throw new StartError('server-silent', errors['server-silent'].sentence);
  return usable(known) ?? fresh();
}

function isPending({ profile }: ClientFolder): boolean {
  return profile.serverKeys.length === 0;
}

function usable(found: ClientFolder | undefined): string | undefined {
  if (found?.isEarlier !== true) return found?.folder;
  const cause = earlierShape(path.join(found.folder, profileName));
  throw new StartError('storage-damaged', cause.message, { cause });
}

/** Two gateways that start at the same time get the same folder, and the lock decides between them. */
function freshFolder(
  root: string,
  nickname: string,
  address: Address,
  folders: readonly ClientFolder[],
  named: NamedKey | undefined,
): string {
  const plain = clientFolder(root, nickname, address);
  const isTaken = folders.some(({ folder }) => folder === plain);
  if (!isTaken || named === undefined) return plain;
  return `${plain}_${named.type === 'whole' ? named.key.slice(0, 16) : named.fingerprint}`;
}
