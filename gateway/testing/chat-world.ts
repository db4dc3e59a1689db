import { formatAddress, type Address } from '../../shared/address.ts';
import type { BridgeEvent } from '../../shared/bridge/events.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import {
  installationIdFromBytes,
  parseMessageId,
  runIdFromBytes,
  serverEpochFromBytes,
  type MessageId,
  type PeerKey,
} from '../../shared/ids.ts';
import type { ChatMessage } from '../../shared/message.ts';
import type { Moment } from '../../shared/moment.ts';
import { Client, type ClientOptions } from '../client/client.ts';
import { keyPairOf, transportCrypto } from '../crypto/crypto.ts';
import { identityOf } from '../premises/identity.ts';
import type { LabSpec } from '../net/lab-spec.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import type { KeyPair } from '../transport/ports.ts';
import type { Office } from '../server/office.ts';
import { Server } from '../server/server.ts';
import type { ClientStore, Identity } from '../store/client-store.ts';
import type { ServerStore } from '../store/server-store.ts';
import { Endpoint } from '../transport/endpoint.ts';
import type { NetworkChange } from '../transport/events.ts';
import type { Profile } from '../transport/flow/settings.ts';
import { TurnRunner } from '../turn.ts';
import { FaultyDisk, type DiskCopy } from './faulty-disk.ts';
import { SimulatedNetwork, type SimulatedHost, type SimulatedSocket } from './simulated-network.ts';
import { lying, type Lies } from './lying-server.ts';
import { SimulatedSealer } from './simulated-sealer.ts';
import { SimulatedWorkshop } from './simulated-workshop.ts';

const serverPort = 50_000;
/** As long as a gateway waits (premises/running-role.ts). */
const goodbyeMsMax = 1_500;

/** A whole chat in the simulated network: a server and clients, each with a store that outlives its process. */
export class ChatWorld {
  readonly network: SimulatedNetwork;
  readonly faults: unknown[] = [];
  readonly #random: SeededRandom;
  #messages = 0;

  constructor(options: { readonly seed: number; readonly link?: Partial<LabSpec> }) {
    this.network = new SimulatedNetwork(options);
    this.#random = new SeededRandom(options.seed + 1);
  }

  random(byteCount: number): Uint8Array {
    return this.#random.bytes(byteCount);
  }

  host(name: string, ...interfaces: string[]): SimulatedHost {
    return this.network.addHost(name, interfaces);
  }

  server(host: SimulatedHost): ServerInWorld {
    return new ServerInWorld(this, host);
  }

  client(nickname: string, host: SimulatedHost, server: Address): ClientInWorld {
    return new ClientInWorld(this, nickname, host, server);
  }

  /** Another gateway with the key of this person: a data folder that was copied to another machine. */
  copyOf(person: ClientInWorld, host: SimulatedHost, server: Address): ClientInWorld {
    return new ClientInWorld(this, person.nickname, host, server, person.identity);
  }

  /** Lets virtual time pass until `isDone`, and throws when it does not come within `withinMs`. */
  until(what: string, isDone: () => boolean, withinMs = 60_000): void {
    if (!this.network.run(withinMs, isDone)) throw new Error(`not within ${withinMs} ms: ${what}`);
    if (this.faults.length > 0) throw new Error('a turn failed', { cause: this.faults[0] });
  }

  pass(durationMs: number): void {
    this.network.run(durationMs);
  }

  newMessageId(): MessageId {
    const count = (++this.#messages).toString(16).padStart(12, '0');
    const id = parseMessageId(`01890a5d-ac96-774b-bcce-${count}`);
    if (id === undefined) throw new Error('the ids of the simulation are UUIDv7');
    return id;
  }
}

function makeIdentity(world: ChatWorld): Identity {
  return identityOf(world.random(32));
}

function newEndpoint(
  world: ChatWorld,
  { secret }: Identity,
  profileOf: (peer: PeerKey) => Profile = () => 'normal',
): Endpoint {
  const random = (byteCount: number) => world.random(byteCount);
  return new Endpoint({ keys: keyPairOf(secret), crypto: transportCrypto, random, profileOf });
}

export class ServerInWorld {
  readonly changes: ServerChange[] = [];
  readonly address: Address;
  readonly #world: ChatWorld;
  readonly #host: SimulatedHost;
  readonly disk = new FaultyDisk();
  /** While set, what it says goes out so. */
  lies: Lies | undefined;
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

  constructor(world: ChatWorld, host: SimulatedHost) {
    this.#world = world;
    this.#host = host;
    this.#facts = { identity: makeIdentity(world), epoch: serverEpochFromBytes(world.random(8)) };
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
    const endpoint = newEndpoint(this.#world, identity);
    const role = new Server({ store: this.#store, epoch });
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
  operate<Result>(run: (office: Office, now: Moment) => Result): Result {
    const { socket, role, runner } = this.#inProcess();
    return socket.turn((now) => runner.command(now, () => run(role.office, now)));
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
    const identity = newKey ? makeIdentity(this.#world) : this.#facts.identity;
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

interface ClientProcess {
  readonly socket: SimulatedSocket;
  readonly endpoint: Endpoint;
  readonly role: Client;
  readonly workshop: SimulatedWorkshop<BridgeEvent>;
}

export class ClientInWorld {
  /** Everything that this client told its faces, over all its processes. */
  readonly events: BridgeEvent[] = [];
  /** Sees each of them when it is told. */
  onEvent: (event: BridgeEvent) => void = () => undefined;
  readonly nickname: string;
  readonly disk = new FaultyDisk();
  readonly store: ClientStore = this.disk.clientStore();
  readonly #world: ChatWorld;
  readonly #host: SimulatedHost;
  readonly #server: Address;
  readonly identity: Identity;
  readonly #installation;
  #running: ClientProcess | undefined;

  constructor(
    world: ChatWorld,
    nickname: string,
    host: SimulatedHost,
    server: Address,
    identity: Identity = makeIdentity(world),
  ) {
    this.#world = world;
    this.nickname = nickname;
    this.#host = host;
    this.#server = server;
    this.identity = identity;
    this.#installation = installationIdFromBytes(world.random(8));
  }

  get key(): PeerKey {
    return this.identity.key;
  }

  /** While true, nothing that this client's process writes gets onto its disk. */
  set isDiskFull(isFull: boolean) {
    this.disk.refuses = () => (isFull ? 'statement' : undefined);
  }

  /** While true, there is no room for messages any more, but small facts fit in. */
  set isDiskNearlyFull(isNearlyFull: boolean) {
    this.disk.refuses = ({ sql }) =>
      isNearlyFull && /INSERT INTO message\b/u.test(sql) ? 'statement' : undefined;
  }

  /** For whoever plays this person by hand. */
  get keys(): KeyPair {
    return keyPairOf(this.identity.secret);
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  get role(): Client {
    return this.#inProcess().role;
  }

  /** How the live connection with somebody is kept; undefined without one. */
  profileWith(other: { readonly key: PeerKey }): Profile | undefined {
    return this.#inProcess()
      .endpoint.statistics()
      .find(({ peer }) => peer === other.key)?.profile;
  }

  get socketHost(): SimulatedHost {
    return this.#host;
  }

  /** Starts the process and registers. */
  start(): this {
    this.disk.revive();
    const endpoint = newEndpoint(this.#world, this.identity, (peer) =>
      role.isClassicWanted(peer) === true ? 'classic' : 'normal',
    );
    let port = 0;
    const role = this.#newClient({
      run: runIdFromBytes(this.#world.random(8)),
      interfaces: () => this.#host.interfaces,
      candidates: () => this.#host.interfaces.map(({ host }) => formatAddress({ host, port })),
      random: (byteCount) => this.#world.random(byteCount),
    });
    const workshop = new SimulatedWorkshop<BridgeEvent>(
      new SimulatedSealer(this.keys),
      (onJob) =>
        new TurnRunner({
          endpoint,
          role,
          store: this.store,
          onChange: (change) => {
            if (this.disk.isProcessDead) return;
            this.events.push(change);
            this.onEvent(change);
          },
          onJob,
          onFault: (error) => this.disk.isProcessDead || this.#world.faults.push(error),
        }),
    );
    const socket = this.#host.bind(0, workshop);
    port = socket.port;
    this.#running = { socket, endpoint, role, workshop };
    this.command((client, now) => client.register(now));
    return this;
  }

  /** What a process of this client that starts now would know: only what is on the disk. */
  asAfterRestart(): Client {
    return this.#newClient({
      run: runIdFromBytes(new Uint8Array(8)),
      ...{ interfaces: () => [], candidates: () => [] },
      random: (byteCount) => new Uint8Array(byteCount),
    });
  }

  #newClient(process: Pick<ClientOptions, 'run' | 'interfaces' | 'candidates' | 'random'>): Client {
    return new Client({
      store: this.store,
      identity: this.identity,
      installation: this.#installation,
      nickname: this.nickname,
      server: this.#server,
      serverText: formatAddress(this.#server),
      ...process,
    });
  }

  /** What net's watch tells a real gateway, within a second. */
  handleNetworkChange(change: NetworkChange): void {
    const { socket, workshop } = this.#inProcess();
    socket.turn((now) => workshop.turn(now, (runner) => runner.handleNetworkChange(now, change)));
  }

  /** As kill -9 does it. */
  kill(): void {
    this.#inProcess().socket.close();
    this.#running = undefined;
  }

  command<Result>(run: (client: Client, now: Moment) => Result): Result {
    const { socket, role, workshop } = this.#inProcess();
    return socket.turn((now) => workshop.turn(now, (runner) => runner.command(now, () => run(role, now))));
  }

  /** Says something to somebody; throws when it is refused. */
  say(to: { readonly key: PeerKey }, text: string): MessageId {
    const id = this.#world.newMessageId();
    const verdict = this.command((client, now) => client.send(now, { id, to: to.key, text }));
    if (verdict.type !== 'done') throw new Error(`refused: ${verdict.code}`);
    return id;
  }

  get isOnline(): boolean {
    return this.role.session().phase === 'online';
  }

  /** Whether this client sees the other one online. */
  sees(other: { readonly key: PeerKey }): boolean {
    return this.role.people().some(({ key, online }) => key === other.key && online);
  }

  messagesWith(other: { readonly key: PeerKey }): readonly ChatMessage[] {
    return this.role.history(other.key, null, 10_000).messages;
  }

  textsFrom(other: { readonly key: PeerKey }): string[] {
    return this.messagesWith(other)
      .filter(({ direction }) => direction === 'in')
      .map(({ text }) => text);
  }

  stateOf(id: MessageId): string | undefined {
    const message = this.store.messages.find(id);
    if (message === undefined) return undefined;
    return this.messagesWith({ key: message.peer }).find((candidate) => candidate.id === id)?.delivery?.state;
  }

  /** How often each message was announced to faces: never more than once. */
  timesAnnounced(id: MessageId): number {
    return this.events.filter((event) => event.type === 'message' && event.message.id === id).length;
  }

  #inProcess(): ClientProcess {
    if (this.#running === undefined) throw new Error(`${this.nickname} does not run`);
    return this.#running;
  }
}
