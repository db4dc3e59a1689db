import fs from 'node:fs';
import path from 'node:path';
import { isLoopback, parseAddress } from '../../shared/address.ts';
import { readServerKey } from '../store/sqlite/server/read-server-key.ts';
import { serverDatabaseName, serverFolder, serversFolder } from './data-dir.ts';
import { clientFoldersOf, type ClientProfile } from './profiles.ts';

/** A chat that a user of this machine hosted. */
export interface HostedChat {
  /** The port that names the data folder of its server. */
  readonly dataPort: number;
  /** The ports at which others may look for it, the last one first. */
  readonly ports: readonly number[];
}

/**
 * Returns the chat that the user hosted last, undefined without one. The key of its server tells which data it has, because the
 * chat may have run at another port than the one that names its folder. `folder`: the data folder of the client, for another chat than the
 * last one.
 */
export function findHostedChat(root: string, nickname: string, folder?: string): HostedChat | undefined {
  const hosted = clientFoldersOf(root, nickname).filter(({ profile }) => profile.hosted);
  const profile = hosted.find((each) => folder === undefined || each.folder === folder)?.profile;
  if (profile === undefined) return undefined;
  const ports = profile.addresses.flatMap((text) => {
    const address = parseAddress(text);
    return address !== undefined && isLoopback(address.host) ? [address.port] : [];
  });
  // A database that cannot be read is found by its port, and its start says what to do.
  const dataPort =
    dataPortOf(root, profile) ?? ports.find((port) => fs.existsSync(serverFolder(root, port))) ?? ports[0];
  return dataPort === undefined ? undefined : { dataPort, ports: [...new Set([...ports, dataPort])] };
}

function dataPortOf(root: string, { serverKeys }: ClientProfile): number | undefined {
  const folder = serversFolder(root);
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => /^\d+$/u.test(name)) : [];
  const found = names.find((name) => {
    const key = readServerKey(path.join(folder, name, serverDatabaseName));
    return key !== undefined && serverKeys.includes(key);
  });
  return found === undefined ? undefined : Number(found);
}
