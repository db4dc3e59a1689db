import fs from 'node:fs';
import path from 'node:path';
import { formatAddress, isLoopback, isSameAddress } from '../../shared/address.ts';
import { Grease } from '../../shared/chat/grease.ts';
import { installationIdFromBytes, type PeerKey } from '../../shared/ids.ts';
import type { JoinAddress, KnownServer } from '../../shared/join-address.ts';
import { connectionsShownMax } from '../../shared/limits.ts';
import { Client, type ClientOptions } from '../client/client.ts';
import type { ClientEvent } from '../client/client-event.ts';
import type { RunningClient, JoinOptions } from '../control/ports.ts';
import { keyPairOf } from '../crypto/crypto.ts';
import { fingerprintOf } from '../crypto/fingerprint.ts';
import { proveJoinCode } from '../crypto/join-proof.ts';
import { isSigningKeyOf, newIdentity, signingKeyOf } from '../crypto/identity.ts';
import { sha256 } from '../crypto/sha256.ts';
import { signerOf } from '../crypto/signer.ts';
import { safetyNumberOf } from '../crypto/safety-number.ts';
import { takeRestored } from '../data-dir/backup.ts';
import { clientDatabaseName } from '../data-dir/data-dir.ts';
import { acquireDataDir, type FolderLock } from '../data-dir/dir-lock.ts';
import { findClientFolder } from '../data-dir/find-client-folder.ts';
import { readProfile, updateProfile } from '../data-dir/profiles.ts';
import { blobsName } from '../files/stored-blobs.ts';
import { ClientFiles } from '../files/client-files.ts';
import type { BulkGate } from '../net/bulk-gate.ts';
import { interfaceAddresses } from '../net/interfaces.ts';
import type { LabSpec } from '../net/lab-spec.ts';
import { pooledRandom, secureRandom } from '../net/random.ts';
import type { TurnQueue } from '../net/turn-queue.ts';
import type { UdpSocket } from '../net/udp-socket.ts';
import type { ClientStore } from '../store/client-store.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import type { Profile } from '../transport/flow/settings.ts';
import { reachableAddresses } from './addresses.ts';
import { LaterSync } from './later-sync.ts';
import { askServerKey } from './ask-server-key.ts';
import { connectionStatistics } from './role-statistics.ts';
import { openUdpSocket, RunningRole } from './running-role.ts';
import type { Diagnostics } from '../trace/debug-log.ts';
import { asStartError, StartError } from './start-error.ts';
import { writeNow } from '../turn/role.ts';

export interface StartClientOptions {
  readonly dataRoot: string;
  readonly lab: LabSpec | null;
  /** Without it, nothing can look into this role. */
  readonly diagnostics?: Diagnostics;
  readonly profile: Profile;
  /** Its turns wait in this queue, so that they hold up no more important role of this process. They do not wait for the disk either. */
  readonly queue?: TurnQueue;
  /** Shared with the other roles of the process: their control and chat leaves before the bulk of each. Left out: there are no others. */
  readonly bulkGate?: BulkGate;
  /** How much of its database stays in memory. Left out: as much as is good for a user with much history. */
  readonly pageCacheKiB?: number;
  /** The most bytes that its files may take on this disk. Left out: as much as is good for a user. */
  readonly fileQuotaBytes?: number;
  /** Returns where the app can be opened, for a second process on the same folder; null before it can. */
  readonly url: () => string | null;
  readonly onChange: (change: ClientEvent) => void;
  readonly onFault: (error: unknown) => void;
}

/** Starts a client on this machine. Throws StartError, and leaves nothing open then. */
export async function startClient(join: JoinOptions, options: StartClientOptions): Promise<RunningClient> {
  const folder = await findClientFolder(options.dataRoot, join, (address) =>
    askServerKey(address, join.hostName?.addresses),
  );
  const opened = new AsyncDisposableStack();
  try {
    const sentence = `${join.nickname} is already chatting from this computer`;
    const lock = acquireDataDir(folder, sentence, options.url);
    opened.defer(() => lock.release());
    const { store, isNew } = asStartError(() => openStoreIn(folder, options.pageCacheKiB));
    opened.defer(() => store.close());
    const facts = asStartError(() => ownFacts(store, join.server));
    asStartError(() => noteServer(folder, join, facts));
    const socket = await openUdpSocket(join.clientPort);
    opened.defer(() => socket.close());
    return asStartError(() => runClient({ join, options, folder, lock, store, isNew, facts, socket }));
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

interface ClientResources {
  readonly join: JoinOptions;
  readonly options: StartClientOptions;
  readonly folder: string;
  readonly lock: FolderLock;
  readonly store: ClientStore;
  /** Whether the database was made just now. */
  readonly isNew: boolean;
  readonly facts: OwnFacts;
  readonly socket: UdpSocket;
}

type OwnFacts = ReturnType<typeof ownFacts>;

function openStoreIn(
  folder: string,
  pageCacheKiB?: number,
): { readonly store: ClientStore; readonly isNew: boolean } {
  takeRestored(folder, clientDatabaseName);
  const file = path.join(folder, clientDatabaseName);
  const isNew = !fs.existsSync(file);
  const wasJoined = (readProfile(folder)?.serverKeys.length ?? 0) > 0;
  // A new database would have a new identity, and the history would be gone without a word.
  if (isNew && wasJoined) {
    throw new StartError(
      'storage-damaged',
      `The database ${file} is gone. Restore a backup (chatagram restore <file>), or move its folder away to start over.`,
    );
  }
  return { store: openClientStore(file, { pageCacheKiB }), isNew };
}

/** Makes what a new store lacks. A server key that the user gave is pinned in the same commit. */
function ownFacts(store: ClientStore, joined: JoinAddress) {
  const facts = store.facts.get();
  const identity = facts.identity ?? newIdentity(secureRandom);
  const installation = facts.installation ?? installationIdFromBytes(secureRandom(8));
  const server = facts.server ?? knownServerOf(joined);
  const isComplete = facts.identity !== undefined && facts.installation !== undefined;
  if (!isComplete || server !== facts.server) {
    writeNow(store, () => {
      store.facts.set({ identity, installation, server });
    });
  }
  return { identity, installation, server };
}

/** Undefined for a fingerprint: the client pins the key that it has checked against it (PROTOCOL 6.57). */
function knownServerOf({ address, key }: JoinAddress): KnownServer | undefined {
  return key?.type === 'whole' ? { address: formatAddress(address), key: key.key } : undefined;
}

/** The profile follows the database: after a crash between both, the next start writes what is missing. */
function noteServer(folder: string, { nickname, server, hosted }: JoinOptions, facts: OwnFacts): void {
  const known = readProfile(folder);
  const key = facts.server?.key;
  if (known !== undefined && (key === undefined || known.serverKeys[0] === key)) return;
  updateProfile(folder, {
    nickname,
    server: { address: formatAddress(server.address), key },
    hosted: known?.hosted ?? hosted,
    nowMs: Date.now(),
  });
}

function runClient(resources: ClientResources): RunningClient {
  const { options, folder, lock, store, isNew, facts, socket } = resources;
  const { identity } = facts;
  const role = newRole(resources);
  const { lab, onFault } = options;
  const files = new ClientFiles(path.join(folder, blobsName), options.fileQuotaBytes);
  const wantsClassic = (peer: PeerKey): boolean =>
    role.isClassicWanted(peer) ?? options.profile === 'classic';
  const running = new RunningRole<ClientEvent, Client>({
    name: 'client',
    diagnostics: options.diagnostics,
    socket,
    identity,
    role,
    store,
    lab,
    files: files.disk,
    queue: options.queue,
    bulkGate: options.bulkGate,
    laterSync: options.queue === undefined ? undefined : new LaterSync(store),
    refusesPeer: (peer) => role.refusesPeer(peer),
    profileOf: (peer) => (wantsClassic(peer) ? 'classic' : 'normal'),
    onChange: (change) => {
      if (change.type === 'session' && change.session.phase === 'online')
        rememberJoin(resources, store.facts.get().server?.key);
      options.onChange(change);
    },
    onFault,
  });
  return {
    client: role,
    key: identity.key,
    folder,
    files,
    answers: store.answers,
    offerPath: (named, signal) => files.offerPath(named, signal === undefined ? {} : { signal }),
    safetyNumber: (peer) => safetyNumberOf(identity.key, peer),
    command: (run) => running.command(run),
    statistics: (peer) => {
      const serverKey = store.facts.get().server?.key;
      const wanted = running.connections().filter((connection) => peer === null || connection.peer === peer);
      return {
        client: running.statistics(),
        connections: wanted
          .slice(-connectionsShownMax)
          .map((connection) => connectionStatistics(connection, serverKey)),
        classicWanted: peer === null ? null : wantsClassic(peer),
      };
    },
    watchArrivals: (listener) => running.watchArrivals(listener),
    isConnectedAt: (address) => running.connections().some((each) => isSameAddress(each.address, address)),
    close: async ({ forget }) => {
      await running.close();
      await files.close();
      store.close();
      // A first join that fails leaves nothing behind. A folder that held a chat before is never removed.
      if (forget && isNew) lock.remove();
      else lock.release();
    },
  };
}

function newRole({ join, store, facts, socket, options }: ClientResources): Client {
  return new Client({
    store,
    identity: facts.identity,
    isSigningKeyOf,
    signingKeyOf,
    sha256,
    fingerprintOf,
    proveJoinCode,
    joinCode: join.joinCode,
    guestOf: guestOf(join, facts),
    signer: signerOf(facts.identity),
    publicKeyOf: (secretKey) => keyPairOf(secretKey).publicKey,
    installation: facts.installation,
    nickname: join.nickname,
    server: join.server,
    hostName: join.hostName,
    isOwnAddress: ({ host, port }) => port === socket.port && isOwnHost(host),
    interfaces: () => interfaceAddresses(),
    candidates: () => reachableAddresses(socket.port).map(({ address }) => address),
    random: secureRandom,
    // Stop-and-wait has no room for messages that say nothing.
    grease: options.profile === 'classic' ? null : new Grease(pooledRandom()),
  });
}

/** Asks the client of the host at each registration: the server may have another key by then. */
function guestOf({ host }: JoinOptions, { identity }: OwnFacts): ClientOptions['guestOf'] {
  return host === undefined ? undefined : (server) => host.signGuest(identity.key, server);
}

function isOwnHost(host: string): boolean {
  return isLoopback(host) || interfaceAddresses().some((own) => own.host === host);
}

/** Keeps address and key of the server for the first screen, and for a start with another address. */
function rememberJoin({ join, options, folder }: ClientResources, key: PeerKey | undefined): void {
  const { nickname, hosted, hostName } = join;
  const addresses = [formatAddress(join.server.address)];
  // A name leads to the server also when its address changes, so it is tried first the next time.
  if (hostName !== undefined) addresses.push(hostName.name);
  try {
    for (const address of addresses)
      updateProfile(folder, { nickname, server: { address, key }, hosted, nowMs: Date.now() });
  } catch (error) {
    // The chat goes on. It is missing on the first screen until the next join.
    options.onFault(error);
  }
}
