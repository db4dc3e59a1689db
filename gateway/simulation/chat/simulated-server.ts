import type { Address } from '../../../shared/address.ts';
import type { ServerChange } from '../../../shared/bridge/server-change.ts';
import { serverEpochFromBytes } from '../../../shared/ids.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { ServerAdmin } from '../../server/server-admin.ts';
import { Server } from '../../server/server.ts';
import type { Identity } from '../../store/client-store.ts';
import type { ServerStore } from '../../store/server-store.ts';
import type { Endpoint } from '../../transport/endpoint.ts';
import type { NetworkChange } from '../../transport/events.ts';
import { TurnRunner } from '../../turn/turn.ts';
import type { ChatSimulation } from './chat-simulation.ts';
import { FaultyDisk, type DiskCopy } from './faulty-disk.ts';
import { lying, type ByzantineReplies } from './byzantine-server.ts';
import type { SimulatedHost, SimulatedSocket } from '../network/simulated-network.ts';

const serverPort = 50_000;
/** As long as a gateway waits (runtime/running-role.ts). */
const goodbyeMsMax = 1_500;

/** The server of a simulated chat, and its store, which outlives its process. */
export class SimulatedServer {
  readonly changes: ServerChange[] = [];
  readonly address: Address;
  readonly #world: ChatSimulation;
  readonly #host: SimulatedHost;
  readonly disk = new FaultyDisk();
  /** While set, what it says goes out so. */
  lies: ByzantineReplies | undefined;
  #store: ServerStore = this.disk.serverStore();
  #facts;
  #running:
    | {
        readonly socket: SimulatedSocket;
        readonly endpoint: Endpoint;
        readonly role: Server;
        readonly runner: TurnRunner<ServerChange>;
      }
    | undefined;

  constructor(world: ChatSimulation, host: SimulatedHost) {
    this.#world = world;
    this.#host = host;
    this.#facts = { identity: world.newIdentity(), epoch: serverEpochFromBytes(world.random(8)) };
    this.start();
    this.address = this.#inProcess().socket.address;
  }

  get store(): ServerStore {
    return this.#store;
  }

  /** While true, nothing that the server writes gets onto its disk. */
  set isDiskFull(isFull: boolean) {
    this.disk.refuses = () => (isFull ? 'statement' : undefined);
  }

  /** Who the server is, from its next start on. */
  get identity(): Identity {
    return this.#facts.identity;
  }
  set identity(identity: Identity) {
    this.#facts = { ...this.#facts, identity };
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  start(): void {
    this.disk.revive();
    const { identity, epoch } = this.#facts;
    const endpoint = this.#world.newEndpoint(identity);
    const role = new Server({
      store: this.#store,
      epoch,
      signingKey: identity.signingKey,
      isSigningKeyOf: this.#world.keys.isSigningKeyOf,
    });
    const runner = new TurnRunner<ServerChange>({
      endpoint,
      role: lying(role, () => this.lies),
      store: this.#store,
      onChange: (change) => this.disk.isProcessDead || this.changes.push(change),
      onFault: (error) => this.disk.isProcessDead || this.#world.faults.push(error),
    });
    const socket = this.#host.bind(serverPort, runner);
    this.#running = { socket, endpoint, role, runner };
    socket.turn((now) => runner.command(now, () => role.start(now)));
  }

  handleNetworkChange(change: NetworkChange): void {
    const { socket, runner } = this.#inProcess();
    socket.turn((now) => runner.handleNetworkChange(now, change));
  }

  /** What the operator of this server does. */
  operate<Result>(run: (admin: ServerAdmin, now: Moment) => Result): Result {
    const { socket, role, runner } = this.#inProcess();
    return socket.turn((now) => runner.command(now, () => run(role.admin, now)));
  }

  /** As kill -9 does it: no goodbye; the disk has what was committed. */
  kill(): void {
    this.#inProcess().socket.close();
    this.#running = undefined;
  }

  /** As a gateway stops: goodbyes leave, for a moment at most, then the socket closes. */
  stop(): void {
    const { socket, endpoint, role, runner } = this.#inProcess();
    socket.turn((now) => runner.command(now, () => role.stop()));
    this.#world.network.run(goodbyeMsMax, () => endpoint.connectionCount === 0);
    this.kill();
  }

  /** The server comes back empty, of another epoch. With `newKey` it is another server at the same address. */
  wipe({ newKey = false } = {}): void {
    this.#store = this.disk.serverStore();
    const identity = newKey ? this.#world.newIdentity() : this.#facts.identity;
    this.#facts = { identity, epoch: serverEpochFromBytes(this.#world.random(8)) };
  }

  /** Its disk is as it was when `copy` was taken, and knows that it is: a new epoch begins. */
  restore(copy: DiskCopy): void {
    this.#store = this.disk.serverStore(copy);
    this.#facts = { ...this.#facts, epoch: serverEpochFromBytes(this.#world.random(8)) };
  }

  #inProcess() {
    if (this.#running === undefined) throw new Error('the server does not run');
    return this.#running;
  }
}
