import { setTimeout as delay } from 'node:timers/promises';
import type { Address } from '../../shared/address.ts';
import type { RoleStatistics } from '../../shared/bridge/statistics.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import { transportCrypto } from '../crypto/crypto.ts';
import { agreementKeysOf } from '../crypto/identity.ts';
import { HpkeSealer } from '../crypto/hpke.ts';
import { BulkGate } from '../net/bulk-gate.ts';
import { SystemClock } from '../net/clock.ts';
import { Conditioner } from '../net/conditioner.ts';
import { Driver } from '../net/driver.ts';
import { interfaceAddresses, recentInterfaceAddresses } from '../net/interfaces.ts';
import type { LabSpec } from '../net/lab-spec.ts';
import { localDatagramBytesMax } from '../net/local-mtu.ts';
import { NetworkWatch } from '../net/network-watch.ts';
import type { TurnQueue } from '../net/turn-queue.ts';
import { secureRandom } from '../net/random.ts';
import { PortUnavailableError, UdpSocket } from '../net/udp-socket.ts';
import type { Role, TurnStore } from '../turn/role.ts';
import type { Identity } from '../store/client-store.ts';
import { portUnavailable, StartError } from './start-error.ts';
import { Endpoint, type PeerStatistics } from '../transport/endpoint.ts';
import type { Profile } from '../transport/flow/settings.ts';
import { loggedStore, type Diagnostics } from '../trace/debug-log.ts';
import type { FileDisk } from '../turn/file-disk.ts';
import { TurnRunner } from '../turn/turn.ts';
import { roleStatistics } from './role-statistics.ts';
import { JobRunner } from './job-runner.ts';
import type { LaterSync } from './later-sync.ts';

export interface RunningRoleOptions<Change, R extends Role<Change>> {
  /** Its name in traces and logs. */
  readonly name: 'client' | 'server';
  readonly diagnostics: Diagnostics | undefined;
  readonly socket: UdpSocket;
  readonly identity: Identity;
  readonly role: R;
  readonly store: TurnStore;
  readonly lab: LabSpec | null;
  /** Left out by a role that neither sends nor takes files. */
  readonly files?: FileDisk | undefined;
  /** It shares the thread with more important roles, and waits for its turns in this queue. */
  readonly queue?: TurnQueue | undefined;
  /** Shared with the other roles of the process: their control and chat leaves before the bulk of each. Left out: there are no others. */
  readonly bulkGate?: BulkGate | undefined;
  /** The disk takes its commits while other roles go on. Left out: each turn waits for the disk. */
  readonly laterSync?: LaterSync | undefined;
  /** Whether the role refuses connections with this peer; default: no peer. */
  readonly refusesPeer?: (peer: PeerKey) => boolean;
  /** Returns the transport profile that this role wants with a peer. */
  readonly profileOf: (peer: PeerKey) => Profile;
  readonly onChange: (change: Change) => void;
  /** This machine has other addresses now, or another one is the best. */
  readonly onAddressesChange?: (() => void) | undefined;
  readonly onFault: (error: unknown) => void;
}

/** How long close() waits for goodbyes before it closes the socket. */
const goodbyeMsMax = 1_500;

/** A running role: its own socket, endpoint and store, on this machine's clock. */
export class RunningRole<Change, R extends Role<Change>> {
  readonly role: R;
  readonly #socket: UdpSocket;
  readonly #endpoint: Endpoint;
  readonly #runner: TurnRunner<Change>;
  readonly #driver: Driver;
  readonly #watch: NetworkWatch;
  readonly #removeFromTraces: (() => void) | undefined;
  readonly #jobRunner: JobRunner;
  readonly #arrivalListeners = new Set<(from: Address) => void>();
  readonly #onChange: (change: Change) => void;
  readonly #store: TurnStore;
  readonly #laterSync: LaterSync | undefined;
  /** The changes of the command that runs now; undefined while none runs. */
  #held: Change[] | undefined;

  constructor(options: RunningRoleOptions<Change, R>) {
    const { socket, identity, role, store, lab, profileOf, onChange, onFault, name, diagnostics } = options;
    const { refusesPeer = () => false } = options;
    const log = diagnostics?.log;
    this.role = role;
    this.#onChange = onChange;
    this.#store = store;
    this.#laterSync = options.laterSync;
    this.#socket = socket;
    const keys = agreementKeysOf(identity);
    this.#endpoint = new Endpoint({
      keys,
      crypto: transportCrypto,
      random: secureRandom,
      grease: secureRandom,
      // PROTOCOL 4.12: only a server is dialed by peers that do not know its key.
      answersXX: name === 'server',
      refusesPeer,
      profileOf,
      newPeerClass: 'unknown',
      holdsBulk: true,
      localDatagramBytesMax: ({ host }) => localDatagramBytesMax(host),
    });
    this.#jobRunner = new JobRunner({
      ports: { sealer: new HpkeSealer(keys), store, files: options.files ?? null },
      onResults: (results) => {
        this.#driver.turn((now) => this.#runner.handleJobs(now, results));
      },
      onFault,
    });
    this.#runner = new TurnRunner({
      endpoint: this.#endpoint,
      role,
      store: syncedBy(
        options.laterSync,
        log === undefined ? store : loggedStore(store, name, log, () => performance.now()),
      ),
      onChange: (change) => {
        if (this.#held === undefined) onChange(change);
        else this.#held.push(change);
      },
      onJob: (job) => this.#jobRunner.take(job),
      onFault,
    });
    const clock = new SystemClock();
    this.#driver = new Driver({
      socket,
      endpoint: this.#runner,
      clock,
      conditioner: lab === null ? null : new Conditioner(lab),
      queue: options.queue,
      bulkGate: options.bulkGate ?? new BulkGate(),
      barrier: options.laterSync,
    });
    this.#removeFromTraces = diagnostics?.traces.add(name, this.#driver);
    this.#watch = new NetworkWatch({
      clock,
      interfaces: () => (options.queue === undefined ? interfaceAddresses() : recentInterfaceAddresses()),
      onChange: (change) => {
        this.#driver.turn((now) => this.#runner.handleNetworkChange(now, change));
        if (change === 'addresses') options.onAddressesChange?.();
      },
    });
  }

  /**
   * Runs `run` as one turn. Throws what `run` or the store threw, after undoing everything. The datagrams leave first: the other person
   * waits for the message, while the page of this user already shows it.
   */
  command<Result>(run: (role: R, now: Moment) => Result): Result {
    const changes: Change[] = [];
    this.#held ??= changes;
    try {
      return this.#driver.turn((now) => {
        const result = this.#runner.command(now, () => run(this.role, now));
        // The answer to a command says that the disk has it. For most roles it has it already.
        this.#store.sync();
        return result;
      });
    } finally {
      if (this.#held === changes) this.#held = undefined;
      for (const change of changes) this.#onChange(change);
    }
  }

  /** Calls `listener` with the source of each datagram, until the returned function is called. */
  watchArrivals(listener: (from: Address) => void): () => void {
    this.#arrivalListeners.add(listener);
    this.#followArrivals();
    return () => {
      this.#arrivalListeners.delete(listener);
      this.#followArrivals();
    };
  }

  #followArrivals(): void {
    const listeners = this.#arrivalListeners;
    const tellAll = (from: Address): void => {
      for (const listener of listeners) listener(from);
    };
    this.#driver.watchArrivals(listeners.size === 0 ? null : tellAll);
  }

  statistics(): RoleStatistics {
    return roleStatistics(this.#endpoint.connectionCount, this.#endpoint.counters, this.#socket.counters);
  }

  /** The live connections, the newest last. */
  connections(): PeerStatistics[] {
    return this.#endpoint.statistics();
  }

  /** Waits briefly for goodbyes to leave, then closes the socket. The caller closes the store. */
  async close(): Promise<void> {
    this.#watch.close();
    const deadline = performance.now() + goodbyeMsMax;
    const isBusy = (): boolean => this.#endpoint.connectionCount > 0 || this.#laterSync?.isWaiting === true;
    while (isBusy() && performance.now() < deadline) await delay(10);
    this.#jobRunner.close();
    await this.#driver.close();
    this.#removeFromTraces?.();
  }
}

/** Throws StartError that names the port. */
export async function openUdpSocket(port: number): Promise<UdpSocket> {
  try {
    return await UdpSocket.open({ port });
  } catch (error) {
    if (error instanceof PortUnavailableError) throw portUnavailable('UDP port', error.port, error);
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error;
    const reason =
      error.code === 'EMFILE' || error.code === 'ENFILE'
        ? 'too many files are open. Close other programs, or run ulimit -n 4096'
        : `this computer refuses it (${String(error.code)})`;
    throw new StartError('port-unavailable', `The UDP port cannot be opened, because ${reason}.`, {
      cause: error,
    });
  }
}

/** With a later sync, a turn does not wait for the disk, and goes on only while the disk works. */
function syncedBy(laterSync: LaterSync | undefined, store: TurnStore): TurnStore {
  if (laterSync === undefined) return store;
  return {
    begin: () => store.begin(),
    savepoint: (input) => store.savepoint(input),
    commit: () => store.commit(),
    sync: () => laterSync.check(),
    erase: () => store.erase(),
  };
}
