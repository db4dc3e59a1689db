import { guestFileQuotaBytes } from '../../shared/limits.ts';
import { existsSync } from 'node:fs';
import { defaultServerPort, isLoopback, type Address } from '../../shared/address.ts';
import type { Hosting, Profile } from '../../shared/bridge/schema.ts';
import type { DataFolder } from '../../shared/bridge/wipe.ts';
import type { ClientEvent } from '../client/client-event.ts';
import type {
  ChatSearch,
  CheckListeners,
  CheckRequest,
  JoinOptions,
  RunningCheck,
  RunningClient,
  RunningServer,
  Runtime,
} from '../control/ports.ts';
import { startTimer } from '../control/timer.ts';
import { fingerprintOf } from '../crypto/fingerprint.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { ResolvedAddress, TypedAddress } from '../../shared/typed-address.ts';
import { GatewayGuests } from '../guests/gateway-guests.ts';
import { GuestListener } from '../guests/guest-listener.ts';
import { BulkGate } from '../net/bulk-gate.ts';
import { SystemClock } from '../net/clock.ts';
import { interfaceAddresses } from '../net/interfaces.ts';
import { secureRandom } from '../net/random.ts';
import { resolveAddress, type Resolver } from '../net/resolve-host.ts';
import { TurnQueue } from '../net/turn-queue.ts';
import { formatLabSpec, type LabSpec } from '../net/lab-spec.ts';
import { serverFolder } from '../data-dir/data-dir.ts';
import { findHostedChat } from '../data-dir/find-hosted-chat.ts';
import { measureDataFolder } from '../data-dir/data-size.ts';
import { listChats, listClientProfiles, type ListedChat } from '../data-dir/profiles.ts';
import { foreignNames, inUseSentence, prepareWipe } from '../data-dir/wipe.ts';
import { serverAt, type NamedKey } from '../../shared/join-address.ts';
import { formatServer } from '../../shared/join-address-text.ts';
import { formatJoinCode } from '../../shared/join-code.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import type { Profile as TransportProfile } from '../transport/flow/settings.ts';
import { LanDiscovery } from './lan-discovery.ts';
import { StartError } from './start-error.ts';
import { reachableAddresses } from './addresses.ts';
import { startCheck } from './lan-check.ts';
import { startClient } from './running-client.ts';
import { startServer } from './running-server.ts';
import type { DebugLog } from '../trace/debug-log.ts';
import { TraceFeed, type TraceListener } from '../trace/trace-feed.ts';

export interface LocalRuntimeOptions {
  readonly dataRoot: string;
  readonly lab: LabSpec | null;
  readonly profile: TransportProfile;
  /** Whether this gateway looks for chats on the local network, and is found there. */
  readonly discovery: boolean;
  readonly url: () => string | null;
  /** The folder of the gateway itself; undefined before it has one. */
  readonly gatewayFolder: () => string | undefined;
  readonly log?: DebugLog | undefined;
  readonly onServerChange: (change: ServerChange) => void;
  /** The addresses of this machine changed while a server runs here, or which of them is the best. */
  readonly onAddressesChange: () => void;
  /** Left out: this gateway takes no guests. */
  readonly guests?: LocalGuestsOptions;
  readonly onFault: (error: unknown) => void;
  /** Default: that of the system. */
  readonly resolver?: Resolver | undefined;
}

export interface LocalGuestsOptions {
  /** Guests may come into the first chat that opens, whatever was chosen before. */
  readonly on: boolean;
  /** Where they find this gateway. Null: at every address of this computer on a local network. */
  readonly at: Address | null;
  /** The built files of the page of a guest. */
  readonly pageFolder: string;
  /** 16 hex digits, new at each start of the gateway. */
  readonly epoch: string;
  readonly log: { readonly level: string };
  /** What the host sees of guests may have changed. */
  readonly onChange: () => void;
}

/** How many ports, from `defaultServerPort` on, are tried for a server that the user starts without a port. */
const serverPortsTried = 20;
const defaultPorts = Array.from({ length: serverPortsTried }, (_, index) => defaultServerPort + index);
/** There are many of them, and each has little history. */
const guestPageCacheKiB = 256;
/** The system chooses a free one. */
const anyPort = 0;

/** Starts the roles on this machine, with its data folders and sockets, and runs at most one server. */
export class LocalRuntime implements Runtime {
  readonly guests: GatewayGuests | null;
  readonly lab: string | null;
  readonly #options: LocalRuntimeOptions;
  readonly #traces = new TraceFeed();
  readonly #discovery: LanDiscovery;
  readonly #bulkGate = new BulkGate();
  #server: RunningServer | undefined;
  /** The port at which others look for the chat of this server, where it could not be had. */
  #movedFrom: number | null = null;

  constructor(options: LocalRuntimeOptions) {
    this.#options = options;
    this.#discovery = new LanDiscovery(options.discovery);
    this.lab = options.lab === null ? null : formatLabSpec(options.lab);
    this.guests = options.guests === undefined ? null : this.#takeGuests(options.guests);
  }

  resolveAddress(typed: TypedAddress): Promise<ResolvedAddress | { readonly error: ErrorCode }> {
    return resolveAddress(typed, this.#options.resolver);
  }

  isOwnHost(host: string): boolean {
    return !isLoopback(host) && interfaceAddresses().some((own) => own.host === host);
  }

  startClient(
    join: JoinOptions,
    listeners: {
      readonly onChange: (change: ClientEvent) => void;
      readonly onFault: (error: unknown) => void;
    },
  ): Promise<RunningClient> {
    const { dataRoot, lab, profile, url } = this.#options;
    this.#discovery.hideNickname(join.nickname);
    return startClient(join, {
      dataRoot,
      lab,
      profile,
      url,
      bulkGate: this.#bulkGate,
      diagnostics: { traces: this.#traces, log: this.#options.log },
      ...listeners,
    });
  }

  async startServer(nickname: string, folder?: string): Promise<Address> {
    this.#discovery.hideNickname(nickname);
    const chat = findHostedChat(this.#options.dataRoot, nickname, folder);
    if (chat === undefined) return this.#startAtFirst(defaultPorts, {}, movableRefusals);
    // Names, mail and history belong to the chat, whatever its port. A free port has no data of another chat.
    const freePorts = defaultPorts.filter(
      (port) => !existsSync(serverFolder(this.#options.dataRoot, port)) && !chat.ports.includes(port),
    );
    const { dataPort, ports } = chat;
    return this.#startAtFirst([...ports, ...freePorts, anyPort], { dataPort, wanted: ports[0] }, busyPort);
  }

  /** Starts the server at the first of these ports at which that is not refused with one of these codes. */
  async #startAtFirst(
    ports: readonly number[],
    { dataPort, wanted }: { readonly dataPort?: number; readonly wanted?: number | undefined },
    passing: ReadonlySet<string>,
  ): Promise<Address> {
    let refusal: unknown;
    for (const port of ports) {
      try {
        const address = await this.startServerAt(port, dataPort);
        this.#movedFrom = wanted === undefined || wanted === address.port ? null : wanted;
        return address;
      } catch (error) {
        if (!(error instanceof StartError && passing.has(error.code))) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  /** Returns the address for a client on this machine. `dataPort`: the one that names the data folder, if it is another. */
  async startServerAt(port: number, dataPort?: number): Promise<Address> {
    if (this.#server === undefined) {
      const { dataRoot, lab, profile, url, onServerChange, onAddressesChange, onFault } = this.#options;
      this.#server = await startServer(port, {
        dataRoot,
        ...(dataPort === undefined ? {} : { dataPort }),
        lab,
        profile,
        url,
        bulkGate: this.#bulkGate,
        diagnostics: { traces: this.#traces, log: this.#options.log },
        onChange: onServerChange,
        onAddressesChange,
        onFault,
      });
      this.#discovery.announce(this.#server);
    }
    return { host: '127.0.0.1', port: this.#server.port };
  }

  async stopServer(): Promise<void> {
    await this.guests?.serverStops();
    const server = this.#server;
    this.#server = undefined;
    this.#movedFrom = null;
    this.#discovery.endAnnouncing();
    await server?.close();
  }

  #takeGuests({ on, at, pageFolder, epoch, log, onChange }: LocalGuestsOptions): GatewayGuests {
    const { lab, profile, onFault } = this.#options;
    const clock = new SystemClock();
    // Guests in a room all get a message at once. The owner's own chat does not wait for all of them.
    const queue = new TurnQueue();
    return new GatewayGuests({
      takesGuests: on,
      lab: this.lab,
      epoch,
      resolveAddress: (typed) => this.resolveAddress(typed),
      isOwnHost: (host) => isLoopback(host) || this.isOwnHost(host),
      startClient: (dataRoot) => (join, listeners) =>
        startClient(join, {
          dataRoot,
          lab,
          profile,
          url: () => null,
          queue,
          bulkGate: this.#bulkGate,
          pageCacheKiB: guestPageCacheKiB,
          fileQuotaBytes: guestFileQuotaBytes,
          ...listeners,
        }),
      listen: (port, onSocket) =>
        GuestListener.open({ folder: pageFolder, at, port, onSocket, onChange, onFault, log }),
      random: secureRandom,
      now: () => clock.now(),
      after: startTimer,
      onChange,
      onFault,
    });
  }

  hosting(): Hosting {
    if (this.#server === undefined) return null;
    const { port, key, admin } = this.#server;
    const named: NamedKey = { type: 'fingerprint', fingerprint: fingerprintOf(key) };
    return {
      port,
      addresses: reachableAddresses(port).map(({ address, network }) => ({
        address: formatServer(serverAt(address, named)),
        network,
      })),
      here: formatServer(serverAt(`127.0.0.1:${port}`, named)),
      joinCode: admin.joinCode === null ? null : formatJoinCode(admin.joinCode),
      movedFrom: this.#movedFrom,
    };
  }

  get chatSearch(): ChatSearch {
    return this.#discovery;
  }

  server(): RunningServer | null {
    return this.#server ?? null;
  }

  startCheck(request: CheckRequest, listeners: CheckListeners): RunningCheck {
    return startCheck(request, {
      asksNetwork: this.#options.discovery,
      verify: this.#discovery.verifier(),
      ...listeners,
      onFault: this.#options.onFault,
    });
  }

  watchTraces(listener: TraceListener): () => void {
    return this.#traces.watch(listener);
  }

  chats(): ListedChat[] {
    return listChats(this.#options.dataRoot);
  }

  profiles(): Profile[] {
    return listClientProfiles(this.#options.dataRoot);
  }

  dataFolder(): Promise<DataFolder> {
    return measureDataFolder(this.#options.dataRoot);
  }

  foreignNames(): string[] {
    return foreignNames(this.#options.dataRoot);
  }

  prepareWipe(client: RunningClient | null): ReturnType<Runtime['prepareWipe']> {
    const { dataRoot, gatewayFolder } = this.#options;
    const folders = [client?.folder, this.#server?.folder, gatewayFolder()];
    const own = new Set(folders.filter((folder) => folder !== undefined));
    const wipe = prepareWipe(dataRoot, own);
    if (!('inUse' in wipe)) return wipe;
    return { inUse: wipe.inUse.map(({ name }) => name), sentence: inUseSentence(dataRoot, wipe.inUse) };
  }
}

/** After this one, another port may work. */
const busyPort: ReadonlySet<string> = new Set(['port-unavailable']);
/** For a new chat also after this one: another port has another folder. */
const movableRefusals: ReadonlySet<string> = new Set(['port-unavailable', 'data-folder-in-use']);
