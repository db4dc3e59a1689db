import { crc32 } from 'node:zlib';
import { StoreError } from '../../store/errors.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { ChatInvariants, keyKnownOf, type StormUser } from './chat-invariants.ts';
import { textMessage, ChatSimulation, type SimulatedClient } from './chat-simulation.ts';
import type { SimulatedServer } from './simulated-server.ts';
import { unlessDiskFails, type Death, type DiskCopy } from './faulty-disk.ts';
import type { SimulatedHost } from '../network/simulated-network.ts';
import { cutSomewhere, mendAll } from '../network/partitions.ts';
import { drawFaultKinds, type FaultKind } from './fault-kinds.ts';
import { ReadingInvariants } from './reading-invariants.ts';
import type { TraceListener } from '../../trace/trace-feed.ts';
import { drawNetworkConditions } from '../network/network-conditions.ts';

/** The counts of one storm. */
export interface StormReport {
  readonly messages: number;
  readonly kills: number;
  /** Of the kills, those in the middle of a turn. */
  readonly deathsInTurns: number;
  readonly cuts: number;
  readonly serverLosses: number;
  readonly keyChanges: number;
  readonly readings: number;
  readonly virtualSeconds: number;
  /** How long after the storm all invariants held. */
  readonly calmSeconds: number;
  /** A hash of all datagrams in order of arrival. Two runs with the same fingerprint are the same. */
  readonly fingerprint: number;
}

export interface StormOptions {
  /** Gets the traces of all endpoints; null for none. */
  readonly onTrace?: TraceListener | null;
}

const stepsPerStorm = 90;
/** Far above every back-off, which ends at 60 s. What has not settled by then never will. */
const calmMsMax = 600_000;
/** Late copies and repeated receipts arrive within this time after the last delivery. */
const afterglowMs = 70_000;
const yearMs = 365 * 86_400_000;

/**
 * Runs a storm: a few users write to each other while the network loses, duplicates, reorders and corrupts datagrams.
 * Clients and the server are killed, even between a commit and its effects. Paths are cut, clocks jump, machines sleep,
 * disks are full, and the server loses its data or returns to a backup. Then all faults end, and ChatInvariants must
 * hold. Throws with the seed if one does not.
 */
export function runChatStorm(seed: number, { onTrace = null }: StormOptions = {}): StormReport {
  try {
    return new Storm(seed, onTrace).run();
  } catch (error) {
    throw new Error(`storm of seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

class Storm {
  readonly #simulation: ChatSimulation;
  readonly #chance: SeededRandom;
  readonly #box: SimulatedHost;
  readonly #server: SimulatedServer;
  /** The current gateway of each user. */
  readonly #clients: SimulatedClient[];
  readonly #users: readonly StormUser[];
  readonly #invariants: ChatInvariants;
  readonly #faultKinds: readonly FaultKind[];
  readonly #readings: ReadingInvariants;
  readonly #readingPercent: number;
  readonly #fullDisks = new Set<SimulatedClient | SimulatedServer>();
  #backup: DiskCopy | undefined;
  #kills = 0;
  #deathsInTurns = 0;
  #cuts = 0;
  #serverLosses = 0;
  #keyChanges = 0;
  #texts = 0;
  #fingerprint = 0;

  constructor(seed: number, onTrace: TraceListener | null) {
    const chance = new SeededRandom(seed);
    this.#chance = chance;
    this.#simulation = new ChatSimulation({
      seed,
      link: drawNetworkConditions(chance),
      isGreased: seed % 2 === 1,
    });
    this.#simulation.network.onTrace = onTrace;
    this.#simulation.network.onDelivery = ({ bytes }) => {
      this.#fingerprint = crc32(bytes, this.#fingerprint);
    };
    this.#faultKinds = drawFaultKinds(chance);
    this.#readings = new ReadingInvariants(chance);
    this.#readingPercent = [0, 5, 20][chance.below(3)] ?? 0;
    this.#box = this.#simulation.host('box', '10.0.0.1/24');
    this.#server = this.#simulation.server(this.#box);
    this.#clients = ['ann', 'ben', 'cat', 'dan', 'eva']
      .slice(0, 2 + chance.below(4))
      .map((nickname, index) => {
        const host = this.#simulation.host(nickname, `10.0.0.${10 + index}/24`);
        return this.#simulation.client(nickname, host, this.#server.address);
      });
    this.#users = this.#clients.map((one) => ({ nickname: one.nickname, gateways: [one] }));
    this.#invariants = new ChatInvariants(this.#server, this.#readings);
    for (const one of this.#clients) this.#invariants.watch(one);
  }

  run(): StormReport {
    for (const one of this.#clients) one.start();
    this.#simulation.until('everybody met', () => this.#allSeeEachOther(), calmMsMax);
    for (let step = 0; step < stepsPerStorm; step++) {
      this.#step();
      this.#simulation.pass(this.#chance.below(2_000));
      this.#checkFaults();
    }
    this.#endFaults();
    const calmSinceMs = this.#nowMs();
    if (this.#keyChanges > 0) this.#settleKeys();
    this.#settle('everybody sees everybody', () => this.#allSeeEachOther());
    for (const one of this.#clients) one.allow(...this.#clients.filter((other) => other !== one));
    this.#settle('all is delivered', () => this.#invariants.isAllDelivered);
    this.#settle('no mail waits', () => this.#clients.every(({ key }) => this.#waitingFor(key) === 0));
    this.#settleReadings();
    const calmSeconds = Math.round((this.#nowMs() - calmSinceMs) / 1_000);
    this.#simulation.pass(afterglowMs);
    this.#checkFaults();
    this.#invariants.checkScreens(this.#users);
    if (!this.#allSeeEachOther()) throw new Error('the clients no longer see each other after the storm');
    return {
      messages: this.#invariants.count,
      kills: this.#kills,
      deathsInTurns: this.#deathsInTurns,
      cuts: this.#cuts,
      serverLosses: this.#serverLosses,
      keyChanges: this.#keyChanges,
      readings: this.#readings.count,
      virtualSeconds: Math.round(this.#nowMs() / 1_000),
      calmSeconds,
      fingerprint: this.#fingerprint,
    };
  }

  #step(): void {
    const fault = this.#faultKinds[this.#chance.below(this.#faultKinds.length)];
    if (this.#chance.below(100) < this.#readingPercent) this.#readings.read(this.#oneOfAll());
    else if (fault === undefined || this.#chance.below(100) < 60) this.#write();
    else this.#happen(fault);
  }

  #happen(fault: FaultKind): void {
    switch (fault) {
      case 'kill':
        return this.#killOrStart(this.#oneOfAll());
      case 'kill server':
        return this.#killOrStart(this.#server);
      case 'die':
        return this.#planDeath(this.#oneOfAll());
      case 'server dies':
        return this.#planDeath(this.#server);
      case 'wipe':
        return this.#loseServer(() => this.#server.wipe());
      case 'restore': {
        const backup = this.#backup;
        if (backup === undefined || this.#chance.below(2) === 0) this.#backup = this.#server.disk.copy();
        else this.#loseServer(() => this.#server.restore(backup));
        return;
      }
      case 'cut':
        if (this.#chance.below(4) === 0) return mendAll(this.#simulation.network, this.#hosts());
        this.#cuts++;
        return cutSomewhere(this.#simulation.network, this.#hosts(), this.#chance);
      case 'leave':
        return this.#leaveOrReturn();
      case 'new key':
        // Rare: each loses some data.
        return this.#chance.below(4) === 0 ? this.#loseFolder() : this.#acceptKeys(this.#oneOfAll());
      case 'wall clock':
        this.#oneOfAllHosts().wallOffsetMs = (this.#chance.below(3) - 1) * this.#chance.below(yearMs);
        return;
      case 'leap':
        return this.#oneOfAllHosts().leap(this.#chance.below(120_000));
      case 'sleep': {
        const host = this.#oneOfAllHosts();
        if (host.isUp) host.sleep();
        else host.wake(this.#chance.below(2) === 0 ? 'ran' : 'stood still');
        return;
      }
      case 'full disk':
        return this.#toggleFullDisk(this.#chance.below(3) === 0 ? this.#server : this.#oneOfAll());
      case 'receipts':
        return this.#readings.decide(this.#oneOfAll());
      case 'network conditions':
        return this.#simulation.network.setDefaultLink(drawNetworkConditions(this.#chance));
      default:
        fault satisfies never;
    }
  }

  /** Sends one message or many at once, and sometimes a long one that takes many datagrams. */
  #write(): void {
    const from = this.#oneOfAll();
    const to = this.#oneOfAll();
    if (from === to) return;
    const count = this.#chance.below(8) === 0 ? 1 + this.#chance.below(40) : 1;
    for (let number = 0; number < count; number++) this.#sayOne(from, to);
  }

  #sayOne(from: SimulatedClient, to: SimulatedClient): void {
    const padding = this.#chance.below(20) === 0 ? '.'.repeat(this.#chance.below(12_000)) : '';
    this.#say(from, to, `${from.nickname}-${this.#texts++}${padding}`);
  }

  /** Sends a message. Does nothing if the process has died, which may happen at each message. */
  #say(from: SimulatedClient, to: SimulatedClient, text: string): void {
    if (!from.isRunning) return;
    const id = this.#simulation.newMessageId();
    const user = this.#users.find(({ gateways }) => gateways.includes(to));
    if (user === undefined) throw new Error('every client belongs to a user');
    try {
      const key = this.#keyChanges === 0 ? to.key : keyKnownOf(user, from);
      if (key === undefined) return;
      const result = from.command((client, now) => client.write(now, textMessage(id, key, text)));
      // The user has to decide on the key first.
      if (result.status !== 'done' && this.#keyChanges > 0 && result.code === 'key-changed') return;
      if (result.status !== 'done') throw new Error(`${text} was refused: ${result.code}`);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (from.store.messages.find(id) === undefined) return;
      // A process that died may have saved the message. A living process that refuses must not.
      if (!from.disk.isProcessDead) throw new Error(`${text} was refused, and saved`, { cause: error });
    }
    this.#invariants.recordSent(id, from, user, text);
  }

  #killOrStart(one: SimulatedClient | SimulatedServer): void {
    if (!one.isRunning) return this.#start(one);
    this.#kills++;
    one.kill();
  }

  /** Starts a process, which fails on a full disk. */
  #start(one: SimulatedClient | SimulatedServer): void {
    try {
      one.start();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (one.isRunning) one.kill();
    }
  }

  /** Ends the process within its next turns: before one of its writes, or after the write and before its effects. */
  #planDeath(one: SimulatedClient | SimulatedServer): void {
    if (!one.isRunning) return this.#start(one);
    const death: Death = {
      atWrite: 1 + this.#chance.below(12),
      edge: this.#chance.below(2) === 0 ? 'before' : 'after',
    };
    one.disk.doom(death, () => {
      this.#kills++;
      this.#deathsInTurns++;
      one.kill();
    });
  }

  #loseServer(lose: () => void): void {
    if (this.#server.isRunning) this.#server.kill();
    lose();
    this.#serverLosses++;
    this.#invariants.serverLost();
    if (this.#chance.below(2) === 0) this.#start(this.#server);
  }

  /** A user loses the data folder: another gateway with another key takes the nickname, which the operator releases. */
  #loseFolder(): void {
    const index = this.#chance.below(this.#clients.length);
    const [old, user] = [this.#clients[index], this.#users[index]];
    if (old === undefined || user === undefined || this.#fullDisks.has(old)) return;
    if (old.isRunning) old.kill();
    this.#invariants.lose(old);
    this.#keyChanges++;
    const next = this.#simulation.client(old.nickname, old.socketHost, this.#server.address);
    user.gateways.push(next);
    this.#clients[index] = next;
    this.#invariants.watch(next);
    this.#release(next);
    next.start();
  }

  #release({ nickname }: SimulatedClient): void {
    if (this.#server.isRunning)
      unlessDiskFails(() => this.#server.operate((admin, now) => admin.release(now, nickname)));
  }

  /** Accepts each new key of a known nickname. */
  #acceptKeys(one: SimulatedClient): void {
    if (!one.isRunning) return;
    for (const { key, keyConflict } of one.role.contacts()) {
      if (keyConflict?.type !== 'changed' || one.disk.isProcessDead) continue;
      unlessDiskFails(() => one.command((client, now) => client.acceptKey(now, key, keyConflict.newKey)));
    }
  }

  /** Gives each user the own nickname again, and lets the others accept the key. */
  #settleKeys(): void {
    for (let round = 0; round < 20 && !this.#allSeeEachOther(); round++) {
      this.#simulation.pass(10_000);
      for (const one of this.#clients) {
        if (one.role.session().phase === 'refused') {
          this.#release(one);
          one.command((client, now) => client.register(now));
        }
        this.#acceptKeys(one);
      }
    }
  }

  /** Checks the read receipts. What a lost server or folder knew comes again with the next reading. */
  #settleReadings(): void {
    if (this.#serverLosses === 0 && this.#keyChanges === 0)
      this.#settle('what was read is told', () => this.#readings.isAllTold(this.#clients));
    for (const from of this.#clients) for (const to of this.#clients) if (from !== to) this.#sayOne(from, to);
    this.#settle('the last words are delivered', () => this.#invariants.isAllDelivered);
    this.#readings.readAll(this.#clients);
    this.#settle('all is read', () => this.#readings.isAllRead(this.#clients));
  }

  #leaveOrReturn(): void {
    const one = this.#oneOfAll();
    if (!one.isRunning) return;
    const isAway = one.role.session().phase === 'offline';
    unlessDiskFails(() =>
      one.command((client, now) => {
        if (isAway) client.register(now);
        else client.deregister(now);
      }),
    );
  }

  #toggleFullDisk(one: SimulatedClient | SimulatedServer): void {
    const isFull = !this.#fullDisks.delete(one);
    if (isFull) this.#fullDisks.add(one);
    one.isDiskFull = isFull;
  }

  /** Ends all faults. */
  #endFaults(): void {
    mendAll(this.#simulation.network, this.#hosts());
    this.#simulation.network.setDefaultLink({});
    for (const one of [this.#server, ...this.#clients]) one.isDiskFull = false;
    for (const host of this.#hosts()) if (!host.isUp) host.wake();
    if (!this.#server.isRunning) this.#server.start();
    for (const one of this.#clients) {
      if (one.isRunning) unlessDiskFails(() => one.command((client, now) => client.register(now)));
      if (!one.isRunning) one.start();
    }
    // Cancels all planned deaths within a turn.
    for (const one of [this.#server, ...this.#clients]) one.disk.revive();
  }

  #settle(what: string, isDone: () => boolean): void {
    try {
      this.#simulation.until(what, isDone, calmMsMax);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${reason}; open: ${this.#invariants.undelivered() || 'nothing'}`, { cause: error });
    }
  }

  /** Throws if a turn failed for another reason than a full disk of this storm. */
  #checkFaults(): void {
    const bug = this.#simulation.faults.find(
      (fault) => !(fault instanceof StoreError) || fault.code !== 'disk-refused',
    );
    if (bug !== undefined) throw new Error('a turn failed', { cause: bug });
    this.#simulation.faults.length = 0;
  }

  /** Every client table is the same: everybody is online in it, by the own name, and no key is in conflict. */
  #allSeeEachOther(): boolean {
    const everybody = this.#clients.map(({ key, nickname }) => `${nickname} ${key}`).toSorted();
    return this.#clients.every((one) => {
      const seen = one.isOnline ? one.role.contacts().filter(({ online }) => online) : [];
      const names = seen.map(
        ({ key, nickname, keyConflict }) => `${nickname} ${key}${keyConflict?.type ?? ''}`,
      );
      return names.toSorted().join() === everybody.join();
    });
  }

  #waitingFor(key: SimulatedClient['key']): number {
    return this.#server.store.mailboxes.count(key);
  }

  #nowMs(): number {
    return this.#simulation.network.clock.now().monotonicMs;
  }

  #hosts(): SimulatedHost[] {
    return [this.#box, ...this.#clients.map(({ socketHost }) => socketHost)];
  }

  #oneOfAllHosts(): SimulatedHost {
    return this.#hosts()[this.#chance.below(this.#clients.length + 1)] ?? this.#box;
  }

  #oneOfAll(): SimulatedClient {
    const one = this.#clients[this.#chance.below(this.#clients.length)];
    if (one === undefined) throw new RangeError('there are clients in every storm');
    return one;
  }
}
