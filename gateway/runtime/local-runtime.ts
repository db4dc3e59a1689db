import { defaultServerPort, type Address } from '../../shared/address.ts';
import type { Hosting, Profile } from '../../shared/bridge/schema.ts';
import type { ClientEvent } from '../client/client-event.ts';
import type { JoinOptions, RunningClient, RunningServer, Runtime } from '../control/runtime.ts';
import { formatLabSpec, type LabSpec } from '../net/lab-spec.ts';
import { foldersOf, listClientProfiles } from '../data-dir/profiles.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import type { Profile as TransportProfile } from '../transport/flow/settings.ts';
import { StartError } from './start-error.ts';
import { reachableAddresses } from './addresses.ts';
import { startClient } from './running-client.ts';
import { startServer } from './running-server.ts';
import { TraceFeed, type TraceListener } from '../trace/trace-feed.ts';

export interface LocalRuntimeOptions {
  readonly dataRoot: string;
  readonly lab: LabSpec | null;
  readonly profile: TransportProfile;
  readonly url: () => string | null;
  readonly onServerChange: (change: ServerChange) => void;
  readonly onFault: (error: unknown) => void;
}

/** Ports tried for a chat that is started here, from `defaultServerPort` on. */
const serverPortsTried = 20;

/** This machine as the roles' place: data folders, sockets, and the server role if this gateway plays one. */
export class LocalRuntime implements Runtime {
  readonly lab: string | null;
  readonly #options: LocalRuntimeOptions;
  readonly #traces = new TraceFeed();
  #host: RunningServer | undefined;

  constructor(options: LocalRuntimeOptions) {
    this.#options = options;
    this.lab = options.lab === null ? null : formatLabSpec(options.lab);
  }

  startClient(
    choice: JoinOptions,
    listeners: {
      readonly onChange: (change: ClientEvent) => void;
      readonly onFault: (error: unknown) => void;
    },
  ): Promise<RunningClient> {
    const { dataRoot, lab, profile, url } = this.#options;
    return startClient(choice, { dataRoot, lab, profile, url, traces: this.#traces, ...listeners });
  }

  async startServer(nickname: string): Promise<Address> {
    // Names, mail and history lie with the port: who hosted before finds them where they were.
    const hostedPorts = foldersOf(this.#options.dataRoot, nickname).flatMap(
      ({ hostedPort }) => hostedPort ?? [],
    );
    const defaultPorts = Array.from({ length: serverPortsTried }, (_, index) => defaultServerPort + index);
    let refusal: unknown;
    for (const port of [...hostedPorts.slice(0, 1), ...defaultPorts]) {
      try {
        return await this.startServerAt(port);
      } catch (error) {
        if (!(error instanceof StartError && movableRefusals.has(error.code))) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  /** Gives the address for a client on this machine. */
  async startServerAt(port: number): Promise<Address> {
    if (this.#host === undefined) {
      const { dataRoot, lab, profile, url, onServerChange, onFault } = this.#options;
      this.#host = await startServer(port, {
        dataRoot,
        lab,
        profile,
        url,
        traces: this.#traces,
        onChange: onServerChange,
        onFault,
      });
    }
    return { host: '127.0.0.1', port: this.#host.port };
  }

  async stopServer(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    await host?.close();
  }

  hosting(): Hosting {
    if (this.#host === undefined) return null;
    return { port: this.#host.port, addresses: reachableAddresses(this.#host.port) };
  }

  server(): RunningServer | null {
    return this.#host ?? null;
  }

  watchTraces(listener: TraceListener): () => void {
    return this.#traces.watch(listener);
  }

  profiles(): Profile[] {
    return listClientProfiles(this.#options.dataRoot);
  }
}

/** Another port may be free, and has another folder. */
const movableRefusals: ReadonlySet<string> = new Set(['port-unavailable', 'data-folder-in-use']);
