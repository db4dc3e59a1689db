import path from 'node:path';
import { serverEpochFromBytes } from '../../shared/ids.ts';
import { makeFolder, serverDatabaseName, serverFolder } from '../data-dir/data-dir.ts';
import { isSigningKeyOf, newIdentity } from '../crypto/identity.ts';
import type { LabSpec } from '../net/lab-spec.ts';
import { secureRandom } from '../net/random.ts';
import type { UdpSocket } from '../net/udp-socket.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import type { RunningServer } from '../control/runtime.ts';
import { Server } from '../server/server.ts';
import type { Profile } from '../transport/flow/settings.ts';
import type { ServerStore } from '../store/server-store.ts';
import { openServerStore } from '../store/sqlite/server-store.ts';
import { acquireDataDir, asStartError } from '../data-dir/acquire-data-dir.ts';
import { takeRestored } from '../data-dir/restored-file.ts';
import { openUdpSocket, RunningRole } from './running-role.ts';
import type { TraceFeed } from '../trace/trace-feed.ts';

export interface StartServerOptions {
  readonly dataRoot: string;
  readonly lab: LabSpec | null;
  /** Joins the traces of this role to those of others; without it, they cannot be watched. */
  readonly traces?: TraceFeed;
  readonly profile: Profile;
  readonly url: () => string | null;
  readonly onChange: (change: ServerChange) => void;
  readonly onFault: (error: unknown) => void;
}

/** Starts the server role on this UDP port. Throws StartError; nothing stays open then. */
export async function startServer(port: number, options: StartServerOptions): Promise<RunningServer> {
  // The port first: it decides which folder is this server's.
  const socket = await openUdpSocket(port);
  try {
    const folder = asStartError(() => makeFolder(serverFolder(options.dataRoot, socket.port)));
    const release = acquireDataDir(
      folder,
      `A server with the data of port ${socket.port} is already running`,
      options.url,
    );
    try {
      asStartError(() => takeRestored(folder, serverDatabaseName));
      const store = asStartError(() => openServerStore(path.join(folder, serverDatabaseName)));
      try {
        return asStartError(() => hostOn({ socket, store, release, options }));
      } catch (error) {
        store.close();
        throw error;
      }
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    await socket.close();
    throw error;
  }
}

interface ServerResources {
  readonly socket: UdpSocket;
  readonly store: ServerStore;
  readonly release: () => void;
  readonly options: StartServerOptions;
}

function hostOn({ socket, store, release, options }: ServerResources): RunningServer {
  const { identity, epoch } = ownFacts(store);
  const role = new Server({ store, epoch, signingKey: identity.signingKey, isSigningKeyOf });
  const { lab, profile, onChange, onFault } = options;
  const running = new RunningRole<ServerChange, Server>({
    name: 'server',
    traces: options.traces,
    socket,
    identity,
    role,
    store,
    lab,
    profileOf: () => profile,
    onChange,
    onFault,
  });
  running.command((server, now) => {
    server.start(now);
  });
  return {
    port: socket.port,
    statistics: () => running.statistics(),
    // The role builds its parts again after a fault.
    get admin() {
      return role.admin;
    },
    command: (run) => running.command(({ admin }, now) => run(admin, now)),
    close: async () => {
      running.command((server) => {
        server.stop();
      });
      await running.close();
      store.close();
      release();
    },
  };
}

function ownFacts(store: ServerStore) {
  const facts = store.facts.get();
  const identity = facts.identity ?? newIdentity(secureRandom);
  const epoch = facts.epoch ?? serverEpochFromBytes(secureRandom(8));
  if (facts.identity === undefined || facts.epoch === undefined) {
    store.begin();
    store.savepoint(() => {
      store.facts.set({ identity, epoch });
    });
    store.commit();
  }
  return { identity, epoch };
}
