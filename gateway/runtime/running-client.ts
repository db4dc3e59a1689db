import fs from 'node:fs';
import path from 'node:path';
import { formatAddress } from '../../shared/address.ts';
import { errors } from '../../shared/errors.ts';
import { installationIdFromBytes, instanceIdFromBytes, type PeerKey } from '../../shared/ids.ts';
import { connectionsShownMax } from '../../shared/limits.ts';
import { Client } from '../client/client.ts';
import type { ClientEvent } from '../client/client-event.ts';
import type { RunningClient, JoinOptions } from '../control/runtime.ts';
import { safetyNumberOf } from '../crypto/safety-number.ts';
import { askServerKey } from './ask-server-key.ts';
import { clientDatabaseName, clientFolder, makeFolder } from '../data-dir/data-dir.ts';
import { isSigningKeyOf, newIdentity } from '../crypto/identity.ts';
import { interfaceAddresses } from '../net/interfaces.ts';
import type { LabSpec } from '../net/lab-spec.ts';
import { secureRandom } from '../net/random.ts';
import type { UdpSocket } from '../net/udp-socket.ts';
import { foldersOf, wasJoined, writeProfile } from '../data-dir/profiles.ts';
import { takeRestored } from '../data-dir/restored-file.ts';
import { StartError } from './start-error.ts';
import type { Profile } from '../transport/flow/settings.ts';
import type { ClientStore } from '../store/client-store.ts';
import { openClientStore } from '../store/sqlite/client-store.ts';
import { candidateAddresses } from './addresses.ts';
import { acquireDataDir, asStartError } from '../data-dir/acquire-data-dir.ts';
import { connectionStatistics } from './role-statistics.ts';
import { openUdpSocket, RunningRole } from './running-role.ts';
import type { TraceFeed } from '../trace/trace-feed.ts';

export interface StartClientOptions {
  readonly dataRoot: string;
  readonly lab: LabSpec | null;
  /** Joins the traces of this role to those of others; without it, they cannot be watched. */
  readonly traces?: TraceFeed;
  readonly profile: Profile;
  /** Where the app can be opened, for a second process on the same folder; null before it can. */
  readonly url: () => string | null;
  readonly onChange: (change: ClientEvent) => void;
  readonly onFault: (error: unknown) => void;
}

/** Opens one person's client on this machine. Throws StartError; nothing stays open then. */
export async function startClient(choice: JoinOptions, options: StartClientOptions): Promise<RunningClient> {
  const place = await folderFor(choice, options.dataRoot);
  const folder = asStartError(() => makeFolder(place));
  const release = acquireDataDir(
    folder,
    `${choice.nickname} is already chatting from this computer`,
    options.url,
  );
  try {
    asStartError(() => takeRestored(folder, clientDatabaseName));
    const file = path.join(folder, clientDatabaseName);
    const isNew = !fs.existsSync(file);
    // A chat that was joined has a database. Another one in its place would be another person without a word.
    if (isNew && wasJoined(folder)) throw new StartError('storage-damaged', goneSentence(file));
    const store = asStartError(() => openClientStore(file));
    try {
      return await seatIn({ choice, options, folder, isNew, release, store });
    } catch (error) {
      store.close();
      throw error;
    }
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * The folder of this nickname and server. Addresses of a LAN change from day to day, a server's key does not: a person
 * who was at the same server under another address finds name and history again.
 */
async function folderFor({ nickname, server, keepTrying }: JoinOptions, dataRoot: string): Promise<string> {
  const own = clientFolder(dataRoot, nickname, server);
  if (fs.existsSync(own)) return own;
  const earlier = foldersOf(dataRoot, nickname);
  if (earlier.length === 0) return own;
  const serverKey = await askServerKey(server);
  if (serverKey === undefined && !keepTrying) {
    throw new StartError('server-silent', errors['server-silent'].sentence);
  }
  return earlier.find((folder) => folder.serverKey === serverKey)?.folder ?? own;
}

function goneSentence(file: string): string {
  return `The database ${file} is gone. Restore a backup (chatagram restore <file>), or move its folder away to begin anew.`;
}

interface ClientResources {
  readonly choice: JoinOptions;
  readonly options: StartClientOptions;
  readonly folder: string;
  readonly isNew: boolean;
  readonly release: () => void;
  readonly store: ClientStore;
}

async function seatIn(room: ClientResources): Promise<RunningClient> {
  const facts = asStartError(() => ownFacts(room.store));
  const socket = await openUdpSocket(room.choice.clientPort);
  try {
    return asStartError(() => seatAt(socket, room, facts));
  } catch (error) {
    await socket.close();
    throw error;
  }
}

function seatAt(
  socket: UdpSocket,
  { choice, options, folder, isNew, release, store }: ClientResources,
  { identity, installation }: ReturnType<typeof ownFacts>,
): RunningClient {
  const serverText = formatAddress(choice.server);
  const role = new Client({
    store,
    identity,
    isSigningKeyOf,
    installation,
    run: instanceIdFromBytes(secureRandom(8)),
    nickname: choice.nickname,
    server: choice.server,
    serverText,
    interfaces: () => interfaceAddresses(),
    candidates: () => candidateAddresses(socket.port),
    random: secureRandom,
  });
  const { lab, onFault } = options;
  const wantsClassic = (peer: PeerKey): boolean =>
    role.isClassicWanted(peer) ?? options.profile === 'classic';
  const onChange = (change: ClientEvent): void => {
    if (change.type === 'session' && change.session.phase === 'online') {
      remember({ choice, options, folder, isNew, release, store }, serverText);
    }
    options.onChange(change);
  };
  const running = new RunningRole<ClientEvent, Client>({
    name: 'client',
    traces: options.traces,
    socket,
    identity,
    role,
    store,
    lab,
    profileOf: (peer) => (wantsClassic(peer) ? 'classic' : 'normal'),
    onChange,
    onFault,
  });
  return {
    client: role,
    key: identity.key,
    answers: store.answers,
    safetyNumber: (peer) => safetyNumberOf(identity.key, peer),
    command: (run) => running.command(run),
    statistics: (peer) => {
      const { serverKey } = store.facts.get();
      const wanted = running.connections().filter((connection) => peer === null || connection.peer === peer);
      return {
        client: running.statistics(),
        connections: wanted
          .slice(-connectionsShownMax)
          .map((connection) => connectionStatistics(connection, serverKey)),
        classicWanted: peer === null ? null : wantsClassic(peer),
      };
    },
    close: async ({ forget }) => {
      await running.close();
      store.close();
      release();
      // A first join that came to nothing leaves nothing behind; what held a chat before is never removed.
      if (forget && isNew) fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** For the first screen, and for the next day's address of the same server. */
function remember({ choice, options, folder, store }: ClientResources, server: string): void {
  const { nickname, hosted } = choice;
  const { serverKey } = store.facts.get();
  if (serverKey === undefined) return;
  try {
    writeProfile(folder, { nickname, server, hosted, lastUsedMs: Date.now(), serverKey });
  } catch (error) {
    // The chat goes on without its place on the first screen.
    options.onFault(error);
  }
}

function ownFacts(store: ClientStore) {
  const facts = store.facts.get();
  const identity = facts.identity ?? newIdentity(secureRandom);
  const installation = facts.installation ?? installationIdFromBytes(secureRandom(8));
  if (facts.identity === undefined || facts.installation === undefined) {
    store.begin();
    store.savepoint(() => {
      store.facts.set({ identity, installation });
    });
    store.commit();
  }
  return { identity, installation };
}
