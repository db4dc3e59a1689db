import { formatAddress, isSameAddress, type Address } from '../../../shared/address.ts';
import {
  installationIdFromBytes,
  parseMessageId,
  type InstallationId,
  type JoinCode,
  type MessageId,
  type PeerKey,
  type SigningKey,
} from '../../../shared/ids.ts';
import { directConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { ConversationContent } from '../../../shared/chat/content-kinds.ts';
import type { CommandResult } from '../../../shared/command-result.ts';
import { Grease } from '../../../shared/chat/grease.ts';
import type { HostName, NamedKey } from '../../../shared/join-address.ts';
import { contentText } from '../../../shared/content-text.ts';
import type { ChatMessage } from '../../../shared/message.ts';
import type { Moment } from '../../../shared/moment.ts';
import { Client, type ClientOptions } from '../../client/client.ts';
import type { ClientEvent } from '../../client/client-event.ts';
import type { Writing } from '../../client/messages/own-messages.ts';
import { transportCrypto } from '../../crypto/crypto.ts';
import { fingerprintOf } from '../../crypto/fingerprint.ts';
import { proveJoinCode } from '../../crypto/join-proof.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { agreementKeysOf } from '../../crypto/identity.ts';
import type { LabSpec } from '../../net/lab-spec.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import type { KeyPair } from '../../transport/ports.ts';
import type { ClientStore, Identity, Progress } from '../../store/client-store.ts';
import { Endpoint, type EndpointHoldings, type EndpointOptions } from '../../transport/endpoint.ts';
import type { NetworkChange } from '../../transport/events.ts';
import type { Profile } from '../../transport/flow/settings.ts';
import type { Signer } from '../../turn/signer.ts';
import { TurnRunner } from '../../turn/turn.ts';
import { FaultyDisk, type DiskCopy } from './faulty-disk.ts';
import { rememberedPublicKey, rememberingSigner } from './remembered.ts';
import { SimulatedFileDisk } from '../files/simulated-file-disk.ts';
import { SimulatedServer } from './simulated-server.ts';
import { meteredCrypto, meteredRole } from '../network/processor.ts';
import { SimulatedNetwork, type SimulatedHost, type SimulatedSocket } from '../network/simulated-network.ts';
import { SimulatedKeys } from './simulated-keys.ts';
import { SimulatedSealer } from './simulated-sealer.ts';
import { TurnMemo } from './turn-memo.ts';
import { SimulatedJobRunner } from './simulated-job-runner.ts';

/** A text message to a peer, as the user gives it to the client. */
export function textMessage(id: MessageId, to: PeerKey, text: string): Writing {
  return { id, conversation: directConversation(to), content: { kind: 'text', text } };
}

/** A whole chat in the simulated network: a server and clients, each with a store that outlives its process. */
export class ChatSimulation {
  readonly network: SimulatedNetwork;
  readonly faults: unknown[] = [];
  readonly keys: SimulatedKeys;
  readonly #random: SeededRandom;
  /** What clients and servers that start from now on send beside their messages. */
  grease: Grease | null;
  #messages = 0;

  constructor(options: {
    readonly seed: number;
    readonly link?: Partial<LabSpec>;
    readonly isGreased?: boolean;
  }) {
    this.network = new SimulatedNetwork(options);
    this.#random = new SeededRandom(options.seed + 1);
    const greaseRandom = new SeededRandom(options.seed + 2);
    this.grease =
      options.isGreased === true ? new Grease((byteCount) => greaseRandom.bytes(byteCount)) : null;
    this.keys = new SimulatedKeys((byteCount) => this.random(byteCount));
  }

  random(byteCount: number): Uint8Array {
    return this.#random.bytes(byteCount);
  }

  host(name: string, ...interfaces: string[]): SimulatedHost {
    return this.network.addHost(name, interfaces);
  }

  server(host: SimulatedHost): SimulatedServer {
    return new SimulatedServer(this, host);
  }

  client(nickname: string, host: SimulatedHost, server: Address): SimulatedClient {
    return new SimulatedClient(this, nickname, host, server);
  }

  /** Makes another gateway with the key of this user: its data folder was copied to another machine. */
  copyOf(client: SimulatedClient, host: SimulatedHost, server: Address): SimulatedClient {
    return new SimulatedClient(this, client.nickname, host, server, client.identity);
  }

  /** Lets virtual time pass until `isDone`. Throws if that takes longer than `withinMs`. */
  until(what: string, isDone: () => boolean, withinMs = 60_000): void {
    if (!this.network.run(withinMs, isDone)) throw new Error(`not within ${withinMs} ms: ${what}`);
    if (this.faults.length > 0) throw new Error('a turn failed', { cause: this.faults[0] });
  }

  pass(durationMs: number): void {
    this.network.run(durationMs);
  }

  newIdentity(): Identity {
    return this.keys.newIdentity();
  }

  newEndpoint(
    identity: Identity,
    { processor }: SimulatedHost,
    options: Pick<EndpointOptions, 'profileOf' | 'refusesPeer' | 'answersXX'> = {},
  ): Endpoint {
    const random = (byteCount: number) => this.random(byteCount);
    return new Endpoint({
      keys: agreementKeysOf(identity),
      crypto: processor === null ? transportCrypto : meteredCrypto(transportCrypto, processor.work),
      random,
      grease: random,
      newPeerClass: 'unknown',
      ...options,
    });
  }

  newMessageId(): MessageId {
    const count = (++this.#messages).toString(16).padStart(12, '0');
    const id = parseMessageId(`01890a5d-ac96-774b-bcce-${count}`);
    if (id === undefined) throw new Error('the ids of the simulation are UUIDv7');
    return id;
  }
}

interface ClientProcess {
  readonly socket: SimulatedSocket;
  readonly endpoint: Endpoint;
  readonly role: Client;
  readonly jobRunner: SimulatedJobRunner<ClientEvent>;
}

export class SimulatedClient {
  /** All events of this client, over all its processes. */
  readonly events: ClientEvent[] = [];
  /** Gets each event when it is emitted. */
  onEvent: (event: ClientEvent) => void = () => undefined;
  readonly nickname: string;
  readonly disk = new FaultyDisk();
  readonly files = new SimulatedFileDisk();
  #store: ClientStore = this.disk.clientStore();
  readonly #simulation: ChatSimulation;
  readonly #host: SimulatedHost;
  readonly #server: Address;
  readonly identity: Identity;
  /** The key in the join address, from the next start on. */
  namedKey: NamedKey | undefined;
  /** The name that the user typed for the server, and its addresses. */
  hostName: HostName<Address> | undefined;
  /** What the user typed, from the next start on. */
  joinCode: JoinCode | undefined;
  /** What its host signs, from the next start on. */
  guestOf: ClientOptions['guestOf'];
  #installation: InstallationId;
  #running: ClientProcess | undefined;
  readonly #signer: Signer;
  readonly #histories: TurnMemo<ConversationId, readonly ChatMessage[]>;
  readonly #states: TurnMemo<MessageId, string | undefined>;
  readonly #stages: TurnMemo<MessageId, Progress['stage'] | undefined>;

  constructor(
    simulation: ChatSimulation,
    nickname: string,
    host: SimulatedHost,
    server: Address,
    identity: Identity = simulation.newIdentity(),
  ) {
    this.#simulation = simulation;
    this.nickname = nickname;
    this.#host = host;
    this.#signer = rememberingSigner(identity);
    this.#histories = new TurnMemo(host);
    this.#states = new TurnMemo(host);
    this.#stages = new TurnMemo(host);
    this.#server = server;
    this.identity = identity;
    this.#installation = installationIdFromBytes(simulation.random(8));
  }

  get store(): ClientStore {
    return this.#store;
  }

  /** Restores the disk from `copy`, which makes another installation. The process must have ended. */
  restore(copy: DiskCopy): void {
    this.#store = this.disk.restoredClientStore(copy);
    this.#installation = installationIdFromBytes(this.#simulation.random(8));
  }

  get key(): PeerKey {
    return this.identity.key;
  }

  get installation(): InstallationId {
    return this.#installation;
  }

  get signingKey(): SigningKey {
    return this.identity.signingKey;
  }

  /** While true, the disk refuses all writes of this client. */
  set isDiskFull(isFull: boolean) {
    this.disk.refuses = () => (isFull ? 'statement' : undefined);
  }

  /** While true, the disk refuses messages, but takes small facts. */
  set isDiskNearlyFull(isNearlyFull: boolean) {
    this.disk.refuses = ({ sql }) =>
      isNearlyFull && /INSERT INTO message\b/u.test(sql) ? 'statement' : undefined;
  }

  /** The keys, for a test that acts as this client. */
  get keys(): KeyPair {
    return agreementKeysOf(this.identity);
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  get role(): Client {
    return this.#inProcess().role;
  }

  /** The profile of the live connection to a peer; undefined without one. */
  profileWith(other: { readonly key: PeerKey }): Profile | undefined {
    return this.#inProcess()
      .endpoint.statistics()
      .find(({ peer }) => peer === other.key)?.profile;
  }

  /** Whether a live connection of its endpoint leads to this address. */
  isConnectedAt(address: Address): boolean {
    return this.#inProcess()
      .endpoint.statistics()
      .some((connection) => isSameAddress(connection.address, address));
  }

  get socketHost(): SimulatedHost {
    return this.#host;
  }

  get address(): Address {
    return this.#inProcess().socket.address;
  }

  /** What its endpoint keeps now. */
  holdings(): EndpointHoldings {
    const { endpoint } = this.#inProcess();
    return endpoint.holdings(this.#simulation.network.clock.now().monotonicMs + this.#host.monotonicOffsetMs);
  }

  /** Starts the process and registers. */
  start(): this {
    this.disk.revive();
    const { processor } = this.#host;
    const endpoint = this.#simulation.newEndpoint(this.identity, this.#host, {
      refusesPeer: (peer) => role.refusesPeer(peer),
      profileOf: (peer) => (role.isClassicWanted(peer) === true ? 'classic' : 'normal'),
      answersXX: false,
    });
    let port = 0;
    const role = this.#newClient({
      interfaces: () => this.#host.interfaces,
      candidates: () => this.#host.interfaces.map(({ host }) => formatAddress({ host, port })),
      random: (byteCount) => this.#simulation.random(byteCount),
    });
    if (processor !== null) this.disk.onCommit = () => processor.work.commits++;
    const jobRunner = new SimulatedJobRunner<ClientEvent>(
      { sealer: new SimulatedSealer(this.keys), store: this.store, files: this.files },
      (onJob) =>
        new TurnRunner({
          endpoint,
          role: processor === null ? role : meteredRole(role, processor.work),
          store: this.store,
          onChange: (change) => {
            if (this.disk.isProcessDead) return;
            this.events.push(change);
            this.onEvent(change);
          },
          onJob,
          onFault: (error) => this.disk.isProcessDead || this.#simulation.faults.push(error),
        }),
    );
    const socket = this.#host.bind(0, jobRunner);
    port = socket.port;
    this.#running = { socket, endpoint, role, jobRunner };
    this.command((client, now) => {
      // As a real gateway does before anything else: the store counts mentions of this key.
      if (this.store.facts.get().identity === undefined) this.store.facts.set({ identity: this.identity });
      client.register(now);
    });
    return this;
  }

  /** Makes the client that a process would start with now: it knows only what is on the disk. */
  asAfterRestart(): Client {
    return this.#newClient({
      interfaces: () => [],
      candidates: () => [],
      random: (byteCount) => new Uint8Array(byteCount),
    });
  }

  #newClient(process: Pick<ClientOptions, 'interfaces' | 'candidates' | 'random'>): Client {
    return new Client({
      store: this.store,
      identity: this.identity,
      isSigningKeyOf: this.#simulation.keys.isSigningKeyOf,
      signingKeyOf: this.#simulation.keys.signingKeyOf,
      sha256,
      signer: this.#signer,
      publicKeyOf: rememberedPublicKey,
      installation: this.#installation,
      nickname: this.nickname,
      fingerprintOf,
      proveJoinCode,
      joinCode: this.joinCode,
      guestOf: this.guestOf,
      server: { address: this.hostName?.addresses[0] ?? this.#server, key: this.namedKey },
      hostName: this.hostName,
      grease: this.#simulation.grease,
      ...process,
    });
  }

  /** Reports a network change, as the network watch does within a second in a real gateway. */
  handleNetworkChange(change: NetworkChange): void {
    const { socket, jobRunner } = this.#inProcess();
    socket.turn((now) => jobRunner.turn(now, (runner) => runner.handleNetworkChange(now, change)));
  }

  /** Ends the process like SIGKILL. */
  kill(): void {
    this.#inProcess().socket.close();
    this.#running = undefined;
    this.#states.forget();
  }

  command<Result>(run: (client: Client, now: Moment) => Result): Result {
    const { socket, role, jobRunner } = this.#inProcess();
    return socket.turn((now) => jobRunner.turn(now, (runner) => runner.command(now, () => run(role, now))));
  }

  /** Sends a text. Throws if the client refuses it. */
  say(to: { readonly key: PeerKey }, text: string): MessageId {
    const id = this.#simulation.newMessageId();
    const result = this.command((client, now) => client.write(now, textMessage(id, to.key, text)));
    if (result.status !== 'done') throw new Error(`refused: ${result.code}`);
    return id;
  }

  /** Writes a message or a change to another. Throws if the client refuses it. */
  write(to: { readonly key: PeerKey }, content: ConversationContent): MessageId {
    const id = this.#simulation.newMessageId();
    const result = this.tryToWrite(to, content, id);
    if (result.status !== 'done') throw new Error(`refused: ${result.code}`);
    return id;
  }

  tryToWrite(
    to: { readonly key: PeerKey },
    content: ConversationContent,
    id = this.#simulation.newMessageId(),
  ): CommandResult {
    const conversation = directConversation(to.key);
    return this.command((client, now) => client.write(now, { id, conversation, content }));
  }

  /** Takes all messages of the other ones. Without an answer, a client takes only the first ones. */
  allow(...others: readonly { readonly key: PeerKey }[]): void {
    for (const { key } of others) {
      const result = this.command((client, now) => client.allow(now, key));
      if (result.status !== 'done') throw new Error(`refused: ${result.code}`);
    }
  }

  get isOnline(): boolean {
    return this.role.session().phase === 'online';
  }

  /** Whether this client sees the other one online. */
  sees(other: { readonly key: PeerKey }): boolean {
    return this.role.contacts().some(({ key, online }) => key === other.key && online);
  }

  messagesWith(other: { readonly key: PeerKey }): readonly ChatMessage[] {
    return this.#messagesIn(directConversation(other.key));
  }

  #messagesIn(conversation: ConversationId): readonly ChatMessage[] {
    const { role } = this;
    return this.#histories.get(conversation, () => role.history(conversation, null, 10_000).messages);
  }

  textsFrom(other: { readonly key: PeerKey }): string[] {
    return this.messagesWith(other)
      .filter(({ author }) => author !== this.key)
      .map(({ content }) => contentText(content));
  }

  stateOf(id: MessageId): string | undefined {
    return this.#states.get(id, () => {
      const message = this.store.messages.find(id);
      if (message === undefined) return undefined;
      const messages = this.#messagesIn(message.conversation);
      return messages.find((candidate) => candidate.id === id)?.delivery?.state;
    });
  }

  /** The stage on disk of a message to one recipient. */
  storedStageOf(id: MessageId): Progress['stage'] | undefined {
    return this.#stages.get(id, () => this.store.messages.find(id)?.dispatches[0]?.progress.stage);
  }

  /** How many events announced the message: never more than one. */
  timesAnnounced(id: MessageId): number {
    return this.events.filter((event) => event.type === 'message' && event.message.id === id).length;
  }

  #inProcess(): ClientProcess {
    if (this.#running === undefined) throw new Error(`${this.nickname} does not run`);
    return this.#running;
  }
}
