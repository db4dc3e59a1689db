import path from 'node:path';
import type { RoleStatistics } from '../../shared/bridge/statistics.ts';
import { serverEpochFromBytes } from '../../shared/ids.ts';
import { makeFolder, serverDatabaseName, serverFolder } from './data-folder.ts';
import { identityFrom } from './identity.ts';
import type { LabSpec } from '../net/lab-spec.ts';
import { secureRandom } from '../net/random.ts';
import type { UdpSocket } from '../net/udp-socket.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import type { ServerOperator } from '../control/operator.ts';
import { Server } from '../server/server.ts';
import type { Profile } from '../transport/flow/settings.ts';
import type { ServerStore } from '../store/server-store.ts';
import { openServerStore } from '../store/sqlite/server-store.ts';
import { occupy, openStore } from './occupied-folder.ts';
import { takeRestored } from './restored-file.ts';
import { openUdpSocket, RunningRole } from './running-role.ts';

export interface HostOptions {
  readonly dataRoot: string;
  readonly lab: LabSpec | null;
  readonly profile: Profile;
  readonly url: () => string | null;
  readonly onChange: (change: ServerChange) => void;
  readonly onFault: (error: unknown) => void;
}

/** The server role at work on this machine. */
export interface Host {
  readonly port: number;
  statistics(): RoleStatistics;
  readonly operator: ServerOperator;
  close(): Promise<void>;
}

/** Starts the server role on this UDP port. Throws StartError; nothing stays open then. */
export async function openHost(port: number, options: HostOptions): Promise<Host> {
  // The port first: it decides which folder is this server's.
  const socket = await openUdpSocket(port);
  try {
    const folder = openStore(() => makeFolder(serverFolder(options.dataRoot, socket.port)));
    const release = occupy(
      folder,
      `A server with the data of port ${socket.port} is already running`,
      options.url,
    );
    try {
      openStore(() => takeRestored(folder, serverDatabaseName));
      const store = openStore(() => openServerStore(path.join(folder, serverDatabaseName)));
      try {
        return openStore(() => hostOn({ socket, store, release, options }));
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

interface Room {
  readonly socket: UdpSocket;
  readonly store: ServerStore;
  readonly release: () => void;
  readonly options: HostOptions;
}

function hostOn({ socket, store, release, options }: Room): Host {
  const { identity, epoch } = ownFacts(store);
  const role = new Server({ store, epoch });
  const { lab, profile, onChange, onFault } = options;
  const running = new RunningRole<ServerChange, Server>({
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
    operator: {
      names: (part, limit) => role.office.names(part, limit),
      release: (nickname) => running.command(({ office }, now) => office.release(now, nickname)),
      quotas: () => role.office.quotas,
      setQuotas: (quotas) => running.command(({ office }) => office.setQuotas(quotas)),
    },
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
  const identity = identityFrom(facts.identity);
  const epoch = facts.epoch ?? serverEpochFromBytes(secureRandom(8));
  if (facts.identity?.key !== identity.key || facts.epoch === undefined) {
    store.begin();
    store.savepoint(() => {
      store.facts.set({ identity, epoch });
    });
    store.commit();
  }
  return { identity, epoch };
}
