import path from 'node:path';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import { Grease } from '../../shared/chat/grease.ts';
import { serverEpochFromBytes } from '../../shared/ids.ts';
import { joinCodeBytes, joinCodeFromBytes } from '../../shared/join-code.ts';
import type { RunningServer } from '../control/ports.ts';
import { isSigningKeyOf, newIdentity, signingKeyOf } from '../crypto/identity.ts';
import { proveJoinCode } from '../crypto/join-proof.ts';
import { sha256 } from '../crypto/sha256.ts';
import { signerOf } from '../crypto/signer.ts';
import { takeRestored } from '../data-dir/backup.ts';
import { serverDatabaseName, serverFolder } from '../data-dir/data-dir.ts';
import { acquireDataDir, type FolderLock } from '../data-dir/dir-lock.ts';
import type { BulkGate } from '../net/bulk-gate.ts';
import type { LabSpec } from '../net/lab-spec.ts';
import { pooledRandom, secureRandom } from '../net/random.ts';
import type { UdpSocket } from '../net/udp-socket.ts';
import { Server } from '../server/server.ts';
import type { ServerStore } from '../store/server-store.ts';
import { openServerStore } from '../store/sqlite/server/server-store.ts';
import type { Profile } from '../transport/flow/settings.ts';
import { openUdpSocket, RunningRole } from './running-role.ts';
import type { Diagnostics } from '../trace/debug-log.ts';
import { asStartError } from './start-error.ts';
import { writeNow } from '../turn/role.ts';

export interface StartServerOptions {
  readonly dataRoot: string;
  /** The port that names the data folder; default: the one of the socket. */
  readonly dataPort?: number;
  readonly lab: LabSpec | null;
  /** Without it, nothing can look into this role. */
  readonly diagnostics?: Diagnostics;
  readonly profile: Profile;
  /** Shared with the other roles of the process: their control and chat leaves before the bulk of each. Left out: there are no others. */
  readonly bulkGate?: BulkGate;
  readonly url: () => string | null;
  readonly onChange: (change: ServerChange) => void;
  readonly onAddressesChange?: () => void;
  readonly onFault: (error: unknown) => void;
}

/** Starts a server on this UDP port. Throws StartError, and leaves nothing open then. */
export async function startServer(port: number, options: StartServerOptions): Promise<RunningServer> {
  const opened = new AsyncDisposableStack();
  try {
    // The port comes first: by default it decides which folder is this server's.
    const socket = await openUdpSocket(port);
    opened.defer(() => socket.close());
    const { dataPort = socket.port } = options;
    const folder = serverFolder(options.dataRoot, dataPort);
    const sentence = `A server with the data of port ${dataPort} is already running`;
    const lock = acquireDataDir(folder, sentence, options.url);
    opened.defer(() => lock.release());
    const store = asStartError(() => {
      takeRestored(folder, serverDatabaseName);
      return openServerStore(path.join(folder, serverDatabaseName));
    });
    opened.defer(() => store.close());
    return asStartError(() => runServer({ socket, folder, lock, store, options }));
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

interface ServerResources {
  readonly socket: UdpSocket;
  readonly folder: string;
  readonly lock: FolderLock;
  readonly store: ServerStore;
  readonly options: StartServerOptions;
}

function runServer({ socket, folder, lock, store, options }: ServerResources): RunningServer {
  const { identity, epoch } = ownFacts(store);
  const { lab, profile, bulkGate, onChange, onAddressesChange, onFault } = options;
  const signer = signerOf(identity);
  const role = new Server({
    store,
    epoch,
    key: identity.key,
    signingKey: identity.signingKey,
    signer,
    isSigningKeyOf,
    signingKeyOf,
    sha256,
    random: secureRandom,
    proveJoinCode,
    newJoinCode: () => joinCodeFromBytes(secureRandom(joinCodeBytes)),
    // Stop-and-wait has no room for messages that say nothing.
    grease: profile === 'classic' ? null : new Grease(pooledRandom()),
  });
  const running = new RunningRole<ServerChange, Server>({
    name: 'server',
    diagnostics: options.diagnostics,
    socket,
    identity,
    role,
    store,
    lab,
    bulkGate,
    profileOf: () => profile,
    onChange,
    onAddressesChange,
    onFault,
  });
  running.command((server, now) => {
    server.start(now);
  });
  return {
    port: socket.port,
    key: identity.key,
    folder,
    statistics: () => running.statistics(),
    refusals: () => role.refusals(),
    traffic: () => new Map(running.connections().map((connection) => [connection.peer, connection])),
    signBeacon: (bytes) => signer.sign('beacon', bytes),
    // The role builds its parts again after a fault.
    get admin() {
      return role.admin;
    },
    command: (run) => running.command(({ admin }, now) => run(admin, now)),
    close: async () => {
      stop(running, onFault);
      await running.close();
      store.close();
      lock.release();
    },
  };
}

function stop(running: RunningRole<ServerChange, Server>, onFault: (error: unknown) => void): void {
  try {
    running.command((server) => {
      server.stop();
    });
  } catch (error) {
    // After a failure of its disk, a server says no goodbye. It ends nevertheless.
    onFault(error);
  }
}

/** Makes what a new store lacks. */
function ownFacts(store: ServerStore) {
  const facts = store.facts.get();
  const identity = facts.identity ?? newIdentity(secureRandom);
  const epoch = facts.epoch ?? serverEpochFromBytes(secureRandom(8));
  if (facts.identity === undefined || facts.epoch === undefined) {
    writeNow(store, () => {
      store.facts.set({ identity, epoch });
    });
  }
  return { identity, epoch };
}
