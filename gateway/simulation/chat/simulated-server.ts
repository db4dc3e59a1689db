import type { Address } from '../../../shared/address.ts';
import { peopleRows, type ServerPerson } from '../../../shared/bridge/administration.ts';
import type { ServerChange } from '../../../shared/bridge/server-change.ts';
import { serverEpochFromBytes } from '../../../shared/ids.ts';
import { joinCodeBytes, joinCodeFromBytes } from '../../../shared/join-code.ts';
import { peopleToldMax } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import { signingKeyOf } from '../../crypto/identity.ts';
import { proveJoinCode } from '../../crypto/join-proof.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { signerOf } from '../../crypto/signer.ts';
import type { ServerAdmin } from '../../server/server-admin.ts';
import { Server } from '../../server/server.ts';
import type { Identity } from '../../store/client-store.ts';
import type { ServerStore } from '../../store/server-store.ts';
import type { DropCause } from '../../../shared/trace.ts';
import type { Endpoint, EndpointHoldings } from '../../transport/endpoint.ts';
import type { NetworkChange } from '../../transport/events.ts';
import { TurnRunner } from '../../turn/turn.ts';
import type { ChatSimulation } from './chat-simulation.ts';
import { FaultyDisk, type DiskCopy } from './faulty-disk.ts';
import { byzantine, type ByzantineReplies } from './byzantine-server.ts';
import { meteredRole } from '../network/processor.ts';
import type { SimulatedHost, SimulatedSocket } from '../network/simulated-network.ts';

const serverPort = 50_000;
/** The time that a gateway waits for goodbyes (runtime/running-role.ts). */
const goodbyeMsMax = 1_500;

/** The server of a simulated chat, and its store, which outlives its process. */
export class SimulatedServer {
  readonly changes: ServerChange[] = [];
  readonly address: Address;
  readonly #simulation: ChatSimulation;
  readonly #host: SimulatedHost;
  readonly disk = new FaultyDisk();
  /** While set, replaces the messages that the server sends. */
  byzantineReplies: ByzantineReplies | undefined;
  #store: ServerStore = this.disk.serverStore();
  #roomNumbers = 0;
  #facts;
  #running:
    | {
        readonly socket: SimulatedSocket;
        readonly endpoint: Endpoint;
        readonly role: Server;
        readonly runner: TurnRunner<ServerChange>;
      }
    | undefined;

  constructor(simulation: ChatSimulation, host: SimulatedHost) {
    this.#simulation = simulation;
    this.#host = host;
    this.#facts = { identity: simulation.newIdentity(), epoch: serverEpochFromBytes(simulation.random(8)) };
    this.start();
    this.address = this.#inProcess().socket.address;
  }

  /** Apart from the random numbers of the network, which do not depend on the rooms of a server. */
  readonly #roomRandom = (byteCount: number): Uint8Array =>
    sha256(new TextEncoder().encode(`${this.#facts.epoch} ${this.#roomNumbers++}`)).subarray(0, byteCount);

  get store(): ServerStore {
    return this.#store;
  }

  /** While true, the disk refuses all writes of the server. */
  set isDiskFull(isFull: boolean) {
    this.disk.refuses = () => (isFull ? 'statement' : undefined);
  }

  /** The identity of the server from its next start on. */
  get identity(): Identity {
    return this.#facts.identity;
  }
  set identity(identity: Identity) {
    this.#facts = { ...this.#facts, identity };
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** What its endpoint keeps now. */
  holdings(): EndpointHoldings {
    return this.#inProcess().endpoint.holdings(this.#simulation.network.clock.now().monotonicMs);
  }

  start(): void {
    this.disk.revive();
    const { identity, epoch } = this.#facts;
    const { processor } = this.#host;
    const endpoint = this.#simulation.newEndpoint(identity, this.#host);
    if (processor !== null) this.disk.onCommit = () => processor.work.commits++;
    const role = new Server({
      store: this.#store,
      epoch,
      key: identity.key,
      signingKey: identity.signingKey,
      signer: signerOf(identity),
      signingKeyOf,
      sha256,
      random: this.#roomRandom,
      isSigningKeyOf: (key, signingKey) => {
        if (processor !== null) processor.work.signatures++;
        return this.#simulation.keys.isSigningKeyOf(key, signingKey);
      },
      proveJoinCode,
      newJoinCode: () => joinCodeFromBytes(this.#simulation.random(joinCodeBytes)),
      grease: this.#simulation.grease,
    });
    const outward = byzantine(role, () => this.byzantineReplies);
    const runner = new TurnRunner<ServerChange>({
      endpoint,
      role: processor === null ? outward : meteredRole(outward, processor.work),
      store: this.#store,
      onChange: (change) => this.disk.isProcessDead || this.changes.push(change),
      onFault: (error) => this.disk.isProcessDead || this.#simulation.faults.push(error),
    });
    const socket = this.#host.bind(serverPort, runner);
    this.#running = { socket, endpoint, role, runner };
    socket.turn((now) => runner.command(now, () => role.start(now)));
  }

  handleNetworkChange(change: NetworkChange): void {
    const { socket, runner } = this.#inProcess();
    socket.turn((now) => runner.handleNetworkChange(now, change));
  }

  /** Runs a command of the operator. */
  operate<Result>(run: (admin: ServerAdmin, now: Moment) => Result): Result {
    const { socket, role, runner } = this.#inProcess();
    return socket.turn((now) => runner.command(now, () => run(role.admin, now)));
  }

  /** The people of the server by nickname, as its operator sees them. */
  people(): ServerPerson[] {
    const query = { part: '', by: 'nickname', descending: false, limit: peopleToldMax } as const;
    return peopleRows(this.operate((admin) => admin.people(query, new Map())));
  }

  /** Ends the process like SIGKILL: without a goodbye, and with the committed data on disk. */
  kill(): void {
    this.#inProcess().socket.close();
    this.#running = undefined;
  }

  /** Stops like a gateway: sends goodbyes for a short time, then closes the socket. */
  stop(): void {
    const { socket, endpoint, role, runner } = this.#inProcess();
    socket.turn((now) => runner.command(now, () => role.stop()));
    this.#simulation.network.run(goodbyeMsMax, () => endpoint.connectionCount === 0);
    this.kill();
  }

  /** Empties the server, which gets a new epoch. With `newKey` it becomes another server at the same address. */
  wipe({ newKey = false } = {}): void {
    this.#store = this.disk.serverStore();
    const identity = newKey ? this.#simulation.newIdentity() : this.#facts.identity;
    this.#facts = { identity, epoch: serverEpochFromBytes(this.#simulation.random(8)) };
  }

  /** Restores the disk from `copy`, which begins a new epoch. */
  restore(copy: DiskCopy): void {
    this.#store = this.disk.restoredServerStore(copy);
    this.#facts = { ...this.#facts, epoch: serverEpochFromBytes(this.#simulation.random(8)) };
  }

  /** Packets that the server has dropped since its start, by cause. */
  get droppedPackets(): Readonly<Record<DropCause, number>> {
    return this.#inProcess().endpoint.counters.dropped;
  }

  #inProcess() {
    if (this.#running === undefined) throw new Error('the server does not run');
    return this.#running;
  }
}
