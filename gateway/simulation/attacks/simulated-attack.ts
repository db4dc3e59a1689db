import type { Address } from '../../../shared/address.ts';
import type { MessageId } from '../../../shared/ids.ts';
import { peerConnectionsMax } from '../../../shared/limits.ts';
import type { ReceivedDatagram } from '../../net/driver.ts';
import { ChatSimulation, type SimulatedClient } from '../chat/chat-simulation.ts';
import type { SimulatedServer } from '../chat/simulated-server.ts';
import { Processor } from '../network/processor.ts';
import type { SimulatedHost, SimulatedNetwork } from '../network/simulated-network.ts';
import { TimerlessEndpoint } from '../network/timerless-endpoint.ts';
import {
  Crew,
  registeredAddresses,
  registeredKeys,
  unprovedAddress,
  type AttackKeys,
  type AttackKind,
  type RunningAttack,
} from './attack-kinds.ts';
import type { AttackLan, AttackSocket } from './attacker.ts';

const mebibyte = 1024 * 1024;
/** The promises that are kept while one of the attacks runs. */
const promises = {
  p99Ms: 250,
  joinMs: 5_000,
  grownBytes: 64 * mebibyte,
  /** A mailbox keeps half of its 64 MiB for people that its owner knows. */
  diskGrownBytes: 64 * mebibyte,
  /** After the attack, everything is as before within this time. */
  recoveryMs: 30_000,
  /** Bytes that reach a machine or an address that takes no part, for each byte of the attacker. */
  amplification: 3,
  /** Notices about other versions in a minute. */
  noticesInMinute: 10,
} as const;

export interface AttackResult {
  readonly attack: string;
  readonly keys: AttackKeys;
  /** What the attack did in a second, in its unit. */
  readonly reachedPerSecond: number;
  /** 99 of 100 messages of honest users are stored or delivered within this time. */
  readonly p99Ms: { readonly before: number; readonly during: number; readonly after: number };
  readonly joinMs: number;
  /** By how many bytes the holdings of the target grew at most: those in memory, and those on disk. */
  readonly grownBytes: number;
  readonly diskGrownBytes: number;
  readonly recoveryMs: number;
  /** The share of its processor that the target used during the attack. */
  readonly processorShare: number;
  /** The share of datagrams for the target that found its socket buffer full. */
  readonly lostShare: number;
  readonly amplification: number;
  readonly notices: number;
  /** The holdings that were not as before at the end. */
  readonly leftOver: string;
}

/** Returns the promises that did not hold, each with its figure. */
export function brokenPromises(result: AttackResult, attackMs: number): string[] {
  const { p99Ms, joinMs, grownBytes, diskGrownBytes, recoveryMs, amplification, notices, leftOver } = result;
  const noticesMax = promises.noticesInMinute * Math.max(1, attackMs / 60_000);
  const checks: readonly (readonly [isBroken: boolean, text: string])[] = [
    [p99Ms.during > promises.p99Ms, `p99 ${p99Ms.during.toFixed(0)} ms during the attack`],
    [p99Ms.after > promises.p99Ms, `p99 ${p99Ms.after.toFixed(0)} ms after the attack`],
    [joinMs > promises.joinMs, `a newcomer joins after ${joinMs.toFixed(0)} ms`],
    [grownBytes > promises.grownBytes, `holdings grow by ${(grownBytes / mebibyte).toFixed(0)} MiB`],
    [
      diskGrownBytes > promises.diskGrownBytes,
      `the disk fills by ${(diskGrownBytes / mebibyte).toFixed(0)} MiB`,
    ],
    [recoveryMs > promises.recoveryMs, `not as before within ${promises.recoveryMs} ms: ${leftOver}`],
    [amplification > promises.amplification, `${amplification.toFixed(1)} bytes reflected for each byte`],
    [notices > noticesMax, `${notices} notices`],
  ];
  return checks.filter(([isBroken]) => isBroken).map(([, text]) => text);
}

/** Runs one attack for `attackMs` of virtual time against a whole server, or against a client. */
export function runAttack(kind: AttackKind, keys: AttackKeys, attackMs: number): AttackResult {
  return new AttackedChat(kind, keys).run(attackMs);
}

/** The largest step of the attacker, as of a busy program. */
const tickMs = 1;
const messageIntervalMs = 50;
/** While it waits for the end of what the attack left, the chat is quieter. */
const recoveryStepMs = 250;
const newcomerIntervalMs = 10_000;
const enlistedWithinMs = 20_000;
const text5k = 'x'.repeat(5_000);
/** Memory of V8 for one connection, at most (bench/README.md, `memory-per-connection`), and for one half-open one. */
const connectionBytes = 8 * 1_024;
const halfOpenBytes = 1_024;

interface HonestMessage {
  readonly id: MessageId;
  readonly sentAtMs: number;
  doneAtMs: number;
}

class AttackedChat {
  readonly #kind: AttackKind;
  readonly #keys: AttackKeys;
  readonly #simulation = new ChatSimulation({ seed: 1 });
  readonly #server: SimulatedServer;
  readonly #alice: SimulatedClient;
  readonly #bob: SimulatedClient;
  readonly #carol: SimulatedClient;
  readonly #targetHost: SimulatedHost;
  readonly #messages: HonestMessage[] = [];
  /** Those that are neither stored nor delivered. */
  readonly #open = new Map<MessageId, HonestMessage>();
  #nextMessageAtMs = 0;
  readonly #newcomers: Newcomer[] = [];
  #attackerBytes = 0;
  #reflectedBytes = 0;

  constructor(kind: AttackKind, keys: AttackKeys) {
    this.#kind = kind;
    this.#keys = keys;
    const box = this.#newHost('box', 1);
    this.#server = this.#simulation.server(box);
    this.#alice = this.#newUser('alice', 10);
    this.#bob = this.#newUser('bob', 11);
    this.#carol = this.#newUser('carol', 12);
    this.#targetHost = kind.target === 'server' ? box : this.#bob.socketHost;
    for (const one of [this.#alice, this.#bob]) {
      one.onEvent = (event) => {
        if (event.type !== 'delivery') return;
        const { state } = event.delivery;
        if (state === 'stored' || state === 'delivered') this.#noteDone(event.id);
      };
    }
  }

  get #network(): SimulatedNetwork {
    return this.#simulation.network;
  }

  get #nowMs(): number {
    return this.#network.clock.now().monotonicMs;
  }

  #newUser(nickname: string, number: number): SimulatedClient {
    const host = this.#newHost(nickname, number);
    return this.#simulation.client(nickname, host, this.#server.address).start();
  }

  #newHost(name: string, number: number): SimulatedHost {
    const host = this.#simulation.host(name, `10.0.0.${number}/24`);
    const isTarget = this.#kind.target === 'server' ? name === 'box' : name === 'bob';
    if (isTarget) host.processor = new Processor();
    return host;
  }

  run(attackMs: number): AttackResult {
    const crew = this.#prepare();
    const { processor } = this.#targetHost;
    if (processor === null) throw new Error('the target of an attack has a processor');
    this.#pass(1_000);
    const beganAtMs = this.#nowMs;
    const heldBefore = this.#holdings();
    const before = { busyMs: processor.busyMs, lost: processor.lost, read: processor.work.datagrams };
    const attack = this.#kind.begin(crew);
    this.#watchReflection();
    const grown = { bytes: 0, diskBytes: 0 };
    const watchGrowth = (): void => {
      const held = this.#holdings();
      grown.bytes = Math.max(grown.bytes, held.bytes - heldBefore.bytes);
      grown.diskBytes = Math.max(grown.diskBytes, held.diskBytes - heldBefore.diskBytes);
    };
    this.#attack(attack, crew, attackMs, watchGrowth);
    const endedAtMs = this.#nowMs;
    const busyMs = processor.busyMs - before.busyMs;
    const [lost, read] = [processor.lost - before.lost, processor.work.datagrams - before.read];
    const recoveryMs = this.#recover(heldBefore);
    const recoveredAtMs = this.#nowMs;
    this.#pass(1_000);
    this.#settle();
    return {
      attack: this.#kind.name,
      keys: this.#keys,
      reachedPerSecond: attack.done / (attackMs / 1_000),
      p99Ms: {
        before: this.#p99Ms(0, beganAtMs),
        during: this.#p99Ms(beganAtMs, endedAtMs),
        after: this.#p99Ms(recoveredAtMs, Number.POSITIVE_INFINITY),
      },
      joinMs: Math.max(...this.#newcomers.map((newcomer) => newcomer.joinMs())),
      grownBytes: grown.bytes,
      diskGrownBytes: grown.diskBytes,
      recoveryMs,
      processorShare: busyMs / attackMs,
      lostShare: lost / Math.max(1, lost + read),
      amplification: this.#reflectedBytes / Math.max(1, this.#attackerBytes),
      notices: this.#noticeCount(),
      leftOver: this.#leftOver(heldBefore),
    };
  }

  /** Alice, Bob and Carol know each other; Carol is away. Registered attackers are online. */
  #prepare(): Crew {
    const [alice, bob, carol] = [this.#alice, this.#bob, this.#carol];
    const simulation = this.#simulation;
    const all = [alice, bob, carol];
    simulation.until('everybody online', () =>
      all.every((one) => one.isOnline && all.every((other) => one.sees(other))),
    );
    // The server has to see that Carol writes to both: mail of people that she knows has a share of her mailbox.
    this.#network.partition(carol.socketHost, alice.socketHost);
    this.#network.partition(carol.socketHost, bob.socketHost);
    const greetings = [
      carol.say(alice, 'hello'),
      alice.say(carol, 'hello'),
      carol.say(bob, 'hello'),
      bob.say(alice, 'hello'),
    ];
    simulation.until('greeted', () =>
      greetings.every((id) => all.some((one) => one.stateOf(id) === 'delivered')),
    );
    carol.command((client, now) => client.deregister(now));
    simulation.until('away', () => !alice.sees(carol) && !bob.sees(carol));
    const crew = new Crew(this.#scene(), this.#kind);
    if (this.#keys === 'registered') {
      crew.enlist();
      const endMs = this.#nowMs + enlistedWithinMs;
      while (this.#server.store.names.all().length < 3 + registeredKeys) {
        if (this.#nowMs > endMs) throw new Error('the attackers cannot register');
        crew.tick(this.#nowMs);
        this.#network.run(10);
      }
    }
    return crew;
  }

  #scene() {
    const { address, identity } = this.#server;
    const bystander = '10.0.0.250';
    const lan = new SimulatedAttackLan(this.#simulation, (byteCount) => {
      this.#attackerBytes += byteCount;
    });
    this.#simulation.host('bystander', `${bystander}/24`);
    return {
      lan,
      keys: this.#keys,
      server: { address, key: identity.key },
      client: { address: this.#bob.address, key: this.#bob.key },
      recipients: [this.#carol.key],
      bystander,
      newIdentity: () => this.#simulation.newIdentity(),
    };
  }

  /** Counts what goes to addresses that take no part. */
  #watchReflection(): void {
    this.#attackerBytes = 0;
    const unproved = attackerHost(unprovedAddress);
    this.#network.onDatagramSent = ({ to, bytes }) => {
      if (to.host === '10.0.0.250' || to.host === unproved) this.#reflectedBytes += bytes.length;
    };
  }

  #attack(attack: RunningAttack, crew: Crew, attackMs: number, watchGrowth: () => void): void {
    const beganAtMs = this.#nowMs;
    for (let tick = 0; this.#nowMs < beganAtMs + attackMs; tick++) {
      if (this.#nowMs >= beganAtMs + this.#newcomers.length * newcomerIntervalMs) this.#startNewcomer();
      crew.tick(this.#nowMs);
      attack.tick(this.#nowMs);
      this.#talk();
      for (const newcomer of this.#newcomers) newcomer.look();
      if (tick % 100 === 0) watchGrowth();
      this.#network.run(tickMs);
    }
    watchGrowth();
  }

  /** Lets the two users talk. */
  #pass(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    while (this.#nowMs < endMs) {
      this.#talk();
      this.#network.run(messageIntervalMs);
    }
  }

  /**
   * Sends the next message of the two users when it is due. To attack the server hurts those that it stores for a user that
   * is away; to attack a client hurts those that go to it directly.
   */
  #talk(): void {
    const nowMs = this.#nowMs;
    if (nowMs < this.#nextMessageAtMs) return;
    this.#nextMessageAtMs = nowMs + messageIntervalMs;
    const [alice, bob, carol] = [this.#alice, this.#bob, this.#carol];
    const [from, other] = this.#messages.length % 2 === 0 ? [alice, bob] : [bob, alice];
    const to = this.#kind.target === 'server' ? carol : other;
    const message = { id: from.say(to, text5k), sentAtMs: nowMs, doneAtMs: Number.POSITIVE_INFINITY };
    this.#messages.push(message);
    this.#open.set(message.id, message);
  }

  #noteDone(id: MessageId): void {
    const message = this.#open.get(id);
    if (message === undefined) return;
    message.doneAtMs = this.#nowMs;
    this.#open.delete(id);
  }

  /** Waits until everything is as before the attack. Returns how long that took. */
  #recover(before: Holdings): number {
    const endedAtMs = this.#nowMs;
    while (this.#nowMs < endedAtMs + promises.recoveryMs) {
      for (const newcomer of this.#newcomers) newcomer.look();
      const isTalkThrough = [...this.#open.values()].every(
        ({ sentAtMs }) => sentAtMs > this.#nowMs - promises.p99Ms,
      );
      if (isTalkThrough && this.#leftOver(before) === '') return this.#nowMs - endedAtMs;
      this.#talk();
      this.#network.run(recoveryStepMs);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Messages that wait are late, but they arrive. */
  #settle(): void {
    this.#network.run(20_000, () => this.#open.size === 0);
  }

  #p99Ms(fromMs: number, toMs: number): number {
    const times = this.#messages
      .filter(({ sentAtMs }) => sentAtMs >= fromMs && sentAtMs < toMs)
      .map(({ sentAtMs, doneAtMs }) => doneAtMs - sentAtMs)
      .sort((one, other) => one - other);
    return times[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY;
  }

  #startNewcomer(): void {
    const number = 20 + this.#newcomers.length;
    const client = this.#newUser(`newcomer${number}`, number);
    const friend = this.#kind.target === 'client' ? this.#bob : null;
    this.#newcomers.push(new Newcomer(client, friend, () => this.#nowMs));
  }

  #holdings(): Holdings {
    const isServer = this.#kind.target === 'server';
    const { connections, dials, halfOpens, reassemblyBytes, sendQueuesBytes } = (
      isServer ? this.#server : this.#bob
    ).holdings();
    const table = connectionBytes * (connections + dials) + halfOpenBytes * halfOpens;
    return {
      connections,
      dials,
      halfOpens,
      reassemblyBytes,
      sendQueuesBytes,
      bytes: reassemblyBytes + sendQueuesBytes + table,
      diskBytes: (isServer ? this.#server : this.#bob).disk.bytes,
    };
  }

  /** Names the holdings that are larger than before. Honest traffic is always on its way, and newcomers have joined. */
  #leftOver(before: Holdings): string {
    const now = this.#holdings();
    const newcomers = this.#newcomers.length;
    // A registered key that stays online may keep all connections of a peer.
    const others = this.#keys === 'registered' ? registeredKeys * peerConnectionsMax : 0;
    const slack = {
      connections: newcomers + others,
      dials: newcomers,
      halfOpens: newcomers,
      reassemblyBytes: 65_536,
      sendQueuesBytes: 65_536,
    } as const;
    const names = Object.keys(slack) as (keyof typeof slack)[];
    return names
      .filter((name) => now[name] > before[name] + slack[name])
      .map((name) => `${name} ${before[name]} -> ${now[name]}`)
      .join(', ');
  }

  #noticeCount(): number {
    const noticesOf = (changes: readonly { readonly type: string }[]): number =>
      changes.filter(({ type }) => type === 'other-version').length;
    return noticesOf(this.#server.changes) + noticesOf(this.#bob.events);
  }
}

/** A user that joins during the attack. */
class Newcomer {
  readonly #client: SimulatedClient;
  readonly #friend: SimulatedClient | null;
  readonly #nowMs: () => number;
  readonly #startedAtMs: number;
  #joinedAtMs = Number.POSITIVE_INFINITY;
  #message: MessageId | undefined;

  /** With `friend`, it has joined when its first message has reached that client. */
  constructor(client: SimulatedClient, friend: SimulatedClient | null, nowMs: () => number) {
    this.#client = client;
    this.#friend = friend;
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs();
  }

  look(): void {
    if (this.#joinedAtMs !== Number.POSITIVE_INFINITY || !this.#client.isOnline) return;
    const friend = this.#friend;
    if (friend !== null) {
      if (!this.#client.sees(friend)) return;
      this.#message ??= this.#client.say(friend, 'hello');
      if (friend.store.messages.find(this.#message) === undefined) return;
    }
    this.#joinedAtMs = this.#nowMs();
  }

  joinMs(): number {
    return this.#joinedAtMs - this.#startedAtMs;
  }
}

interface Holdings {
  readonly connections: number;
  readonly dials: number;
  readonly halfOpens: number;
  readonly reassemblyBytes: number;
  readonly sendQueuesBytes: number;
  /** An upper bound of the memory for all of that. */
  readonly bytes: number;
  readonly diskBytes: number;
}

function attackerHost(address: number): string {
  return `10.0.0.${101 + address}`;
}

/** The attacker's machines in the simulated network. */
class SimulatedAttackLan implements AttackLan {
  readonly #simulation: ChatSimulation;
  readonly #hosts: readonly SimulatedHost[];
  readonly #onSent: (byteCount: number) => void;

  constructor(simulation: ChatSimulation, onSent: (byteCount: number) => void) {
    this.#simulation = simulation;
    this.#onSent = onSent;
    this.#hosts = Array.from({ length: registeredAddresses + 1 }, (_, address) =>
      simulation.host(`attacker ${address}`, `${attackerHost(address)}/24`),
    );
  }

  nowMs(): number {
    return this.#simulation.network.clock.now().monotonicMs;
  }

  random(byteCount: number): Uint8Array {
    return this.#simulation.random(byteCount);
  }

  open(address: number, handle: (bytes: Uint8Array) => void): AttackSocket {
    const host = this.#hosts[address];
    if (host === undefined) throw new RangeError(`the attacker has no address ${address}`);
    const socket = new RawSocket(host, handle);
    return {
      send: (to, bytes) => {
        this.#onSent(bytes.length);
        socket.send(to, bytes);
      },
    };
  }
}

/** Sends and receives datagrams as they are. */
class RawSocket extends TimerlessEndpoint {
  readonly #handle: (bytes: Uint8Array) => void;
  #isInTurn = false;

  constructor(host: SimulatedHost, handle: (bytes: Uint8Array) => void) {
    super(host, 0);
    this.#handle = handle;
  }

  send(to: Address, bytes: Uint8Array): void {
    if (this.#isInTurn) this.enqueue(to, bytes);
    else this.sendBytes(to, bytes);
  }

  handleDatagrams(_now: unknown, datagrams: readonly ReceivedDatagram[]): void {
    this.#isInTurn = true;
    for (const { bytes } of datagrams) this.#handle(bytes);
    this.#isInTurn = false;
  }
}
