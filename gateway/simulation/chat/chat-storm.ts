import { StoreError } from '../../store/errors.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { ChatInvariants, keyKnownOf, type StormUser } from './chat-invariants.ts';
import { textMessage, ChatSimulation, type SimulatedClient } from './chat-simulation.ts';
import type { SimulatedServer } from './simulated-server.ts';
import { unlessDiskFails, type Death, type DiskCopy } from './faulty-disk.ts';
import type { SimulatedHost } from '../network/simulated-network.ts';
import { cutSomewhere, mendAll } from '../network/partitions.ts';
import { drawHazards, type FaultKind } from './fault-kinds.ts';
import { ReadingInvariants } from './reading-invariants.ts';
import type { TraceListener } from '../../trace/trace-feed.ts';
import { drawNetworkConditions } from '../network/network-conditions.ts';

/** What one storm did, for whoever counts. */
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
  /** How long after the storm everything had come right. */
  readonly calmSeconds: number;
  /** Of every datagram that arrived, in its order: two runs with the same one are the same. */
  readonly fingerprint: number;
}

export interface StormOptions {
  /** Gets the traces of all endpoints; null for none. */
  readonly onTrace?: TraceListener | null;
}

const stepsPerStorm = 90;
/** Far above every back-off, which ends at 60 s; what has not come right by then never will. */
const calmMsMax = 600_000;
/** Whatever still comes when all is delivered (late copies, receipts said again) has come. */
const afterglowMs = 70_000;
const yearMs = 365 * 86_400_000;

/**
 * A few people write to each other while the network loses, doubles, reorders and corrupts, clients and the server are
 * killed, also between a commit and what follows from it, ways are cut, clocks jump, machines sleep, disks are full, and
 * the server comes back empty or as it was some time ago. Then everything is well again, and ChatLedger's invariants
 * must hold. Throws with the seed when one does not.
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
  readonly #world: ChatSimulation;
  readonly #chance: SeededRandom;
  readonly #box: SimulatedHost;
  readonly #server: SimulatedServer;
  /** Each person's gateway of now. */
  readonly #people: SimulatedClient[];
  readonly #persons: readonly StormUser[];
  readonly #ledger: ChatInvariants;
  readonly #hazards: readonly FaultKind[];
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
    this.#world = new ChatSimulation({ seed, link: drawNetworkConditions(chance) });
    this.#world.network.onTrace = onTrace;
    this.#world.network.onDelivery = ({ bytes }) => {
      for (const byte of bytes) this.#fingerprint = (Math.imul(this.#fingerprint, 31) + byte) | 0;
    };
    this.#hazards = drawHazards(chance);
    this.#readings = new ReadingInvariants(chance);
    this.#readingPercent = [0, 5, 20][chance.below(3)] ?? 0;
    this.#box = this.#world.host('box', '10.0.0.1/24');
    this.#server = this.#world.server(this.#box);
    this.#people = ['ann', 'ben', 'cat', 'dan', 'eva']
      .slice(0, 2 + chance.below(4))
      .map((nickname, index) => {
        const host = this.#world.host(nickname, `10.0.0.${10 + index}/24`);
        return this.#world.client(nickname, host, this.#server.address);
      });
    this.#persons = this.#people.map((one) => ({ nickname: one.nickname, gateways: [one] }));
    this.#ledger = new ChatInvariants(this.#server, this.#readings);
    for (const one of this.#people) this.#ledger.watch(one);
  }

  run(): StormReport {
    for (const one of this.#people) one.start();
    this.#world.until('everybody met', () => this.#everybodySeesEverybody(), calmMsMax);
    for (let step = 0; step < stepsPerStorm; step++) {
      this.#step();
      this.#world.pass(this.#chance.below(2_000));
      this.#checkFaults();
    }
    this.#calm();
    const calmSinceMs = this.#nowMs();
    if (this.#keyChanges > 0) this.#settleKeys();
    this.#become('everybody sees everybody', () => this.#everybodySeesEverybody());
    this.#become('all is delivered', () => this.#ledger.isAllDelivered);
    this.#become('no mail waits', () => this.#people.every(({ key }) => this.#waitingFor(key) === 0));
    this.#settleReadings();
    const calmSeconds = Math.round((this.#nowMs() - calmSinceMs) / 1_000);
    this.#world.pass(afterglowMs);
    this.#checkFaults();
    this.#ledger.checkScreens(this.#persons);
    if (!this.#everybodySeesEverybody()) throw new Error('somebody was lost sight of in the calm');
    return {
      messages: this.#ledger.count,
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
    const hazard = this.#hazards[this.#chance.below(this.#hazards.length)];
    if (this.#chance.below(100) < this.#readingPercent) this.#readings.read(this.#oneOfAll());
    else if (hazard === undefined || this.#chance.below(100) < 60) this.#write();
    else this.#happen(hazard);
  }

  #happen(hazard: FaultKind): void {
    switch (hazard) {
      case 'kill':
        return this.#killOrStart(this.#oneOfAll());
      case 'kill server':
        return this.#killOrStart(this.#server);
      case 'die':
        return this.#doom(this.#oneOfAll());
      case 'server dies':
        return this.#doom(this.#server);
      case 'wipe':
        return this.#loseServer(() => this.#server.wipe());
      case 'restore': {
        const backup = this.#backup;
        if (backup === undefined || this.#chance.below(2) === 0) this.#backup = this.#server.disk.copy();
        else this.#loseServer(() => this.#server.restore(backup));
        return;
      }
      case 'cut':
        if (this.#chance.below(4) === 0) return mendAll(this.#world.network, this.#hosts());
        this.#cuts++;
        return cutSomewhere(this.#world.network, this.#hosts(), this.#chance);
      case 'leave':
        return this.#leaveOrReturn();
      case 'new key':
        // Rare: each takes what somebody had along.
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
        return this.#fillOrFree(this.#chance.below(3) === 0 ? this.#server : this.#oneOfAll());
      case 'receipts':
        return this.#readings.decide(this.#oneOfAll());
      case 'weather':
        return this.#world.network.setDefaultLink(drawNetworkConditions(this.#chance));
      default:
        hazard satisfies never;
    }
  }

  /** One message, or many at once; now and then a long one, which is many datagrams. */
  #write(): void {
    const from = this.#oneOfAll();
    const to = this.#oneOfAll();
    if (from === to) return;
    const count = this.#chance.below(8) === 0 ? 1 + this.#chance.below(40) : 1;
    for (let said = 0; said < count; said++) this.#sayOne(from, to);
  }

  #sayOne(from: SimulatedClient, to: SimulatedClient): void {
    const padding = this.#chance.below(20) === 0 ? '.'.repeat(this.#chance.below(12_000)) : '';
    this.#say(from, to, `${from.nickname}-${this.#texts++}${padding}`);
  }

  /** Says nothing when the process has died, which it may at any word. */
  #say(from: SimulatedClient, to: SimulatedClient, text: string): void {
    if (!from.isRunning) return;
    const id = this.#world.newMessageId();
    const person = this.#persons.find(({ gateways }) => gateways.includes(to));
    if (person === undefined) throw new Error('everybody is a person');
    try {
      const key = this.#keyChanges === 0 ? to.key : keyKnownOf(person, from);
      if (key === undefined) return;
      const verdict = from.command((client, now) => client.send(now, textMessage(id, key, text)));
      // Who somebody is has to be decided first.
      if (verdict.status !== 'done' && this.#keyChanges > 0 && verdict.code === 'key-changed') return;
      if (verdict.status !== 'done') throw new Error(`${text} was refused: ${verdict.code}`);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (from.store.messages.find(id) === undefined) return;
      // A process that died on the way may have saved it; what was refused is not kept.
      if (!from.disk.isProcessDead) throw new Error(`${text} was refused, and saved`, { cause: error });
    }
    this.#ledger.said(id, from, person, text);
  }

  #killOrStart(one: SimulatedClient | SimulatedServer): void {
    if (!one.isRunning) return this.#start(one);
    this.#kills++;
    one.kill();
  }

  /** On a full disk no process comes to life. */
  #start(one: SimulatedClient | SimulatedServer): void {
    try {
      one.start();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (one.isRunning) one.kill();
    }
  }

  /** The process ends within its next turns: before one of its writes, or when it is on disk and nothing else was done. */
  #doom(one: SimulatedClient | SimulatedServer): void {
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
    this.#ledger.serverLost();
    if (this.#chance.below(2) === 0) this.#start(this.#server);
  }

  /** Somebody's data folder is gone: the same name and machine, another gateway and key. The server's operator helps. */
  #loseFolder(): void {
    const index = this.#chance.below(this.#people.length);
    const [old, person] = [this.#people[index], this.#persons[index]];
    if (old === undefined || person === undefined || this.#fullDisks.has(old)) return;
    if (old.isRunning) old.kill();
    this.#ledger.lose(old);
    this.#keyChanges++;
    const next = this.#world.client(old.nickname, old.socketHost, this.#server.address);
    person.gateways.push(next);
    this.#people[index] = next;
    this.#ledger.watch(next);
    this.#release(next);
    next.start();
  }

  #release({ nickname }: SimulatedClient): void {
    if (this.#server.isRunning)
      unlessDiskFails(() => this.#server.operate((office, now) => office.release(now, nickname)));
  }

  /** Whoever goes by a known name with another key is who that was. */
  #acceptKeys(one: SimulatedClient): void {
    if (!one.isRunning) return;
    for (const { key, keyConflict } of one.role.people()) {
      if (keyConflict?.type !== 'changed' || one.disk.isProcessDead) continue;
      unlessDiskFails(() => one.command((client, now) => client.acceptKey(now, key, keyConflict.newKey)));
    }
  }

  /** Everybody gets the own name back, and is accepted with it. */
  #settleKeys(): void {
    for (let round = 0; round < 20 && !this.#everybodySeesEverybody(); round++) {
      this.#world.pass(10_000);
      for (const one of this.#people) {
        if (one.role.session().phase === 'refused') {
          this.#release(one);
          one.command((client, now) => client.register(now));
        }
        this.#acceptKeys(one);
      }
    }
  }

  /** What was read is known to be read; what a lost server or a lost folder knew of it, with the next reading. */
  #settleReadings(): void {
    if (this.#serverLosses === 0 && this.#keyChanges === 0)
      this.#become('what was read is told', () => this.#readings.isAllTold(this.#people));
    for (const from of this.#people) for (const to of this.#people) if (from !== to) this.#sayOne(from, to);
    this.#become('the last words are delivered', () => this.#ledger.isAllDelivered);
    this.#readings.readAll(this.#people);
    this.#become('all is read', () => this.#readings.isAllRead(this.#people));
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

  #fillOrFree(one: SimulatedClient | SimulatedServer): void {
    const isFull = !this.#fullDisks.delete(one);
    if (isFull) this.#fullDisks.add(one);
    one.isDiskFull = isFull;
  }

  /** Everything is well again. */
  #calm(): void {
    mendAll(this.#world.network, this.#hosts());
    this.#world.network.setDefaultLink({});
    for (const one of [this.#server, ...this.#people]) one.isDiskFull = false;
    for (const host of this.#hosts()) if (!host.isUp) host.wake();
    if (!this.#server.isRunning) this.#server.start();
    for (const one of this.#people) {
      if (one.isRunning) unlessDiskFails(() => one.command((client, now) => client.register(now)));
      if (!one.isRunning) one.start();
    }
    // Who was to die in the middle of a turn does not any more.
    for (const one of [this.#server, ...this.#people]) one.disk.revive();
  }

  #become(what: string, isDone: () => boolean): void {
    try {
      this.#world.until(what, isDone, calmMsMax);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${reason}; open: ${this.#ledger.undelivered() || 'nothing'}`, { cause: error });
    }
  }

  /** Only disks fail, and only those that this storm makes fail. */
  #checkFaults(): void {
    const bug = this.#world.faults.find(
      (fault) => !(fault instanceof StoreError) || fault.code !== 'disk-refused',
    );
    if (bug !== undefined) throw new Error('a turn failed', { cause: bug });
    this.#world.faults.length = 0;
  }

  /** Every client table is the same: everybody is online in it, by the own name, and nobody is in keyConflict. */
  #everybodySeesEverybody(): boolean {
    const everybody = this.#people.map(({ key, nickname }) => `${nickname} ${key}`).toSorted();
    return this.#people.every((one) => {
      const seen = one.isOnline ? one.role.people().filter(({ online }) => online) : [];
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
    return this.#world.network.clock.now().monotonicMs;
  }

  #hosts(): SimulatedHost[] {
    return [this.#box, ...this.#people.map(({ socketHost }) => socketHost)];
  }

  #oneOfAllHosts(): SimulatedHost {
    return this.#hosts()[this.#chance.below(this.#people.length + 1)] ?? this.#box;
  }

  #oneOfAll(): SimulatedClient {
    const one = this.#people[this.#chance.below(this.#people.length)];
    if (one === undefined) throw new RangeError('there are people in every storm');
    return one;
  }
}
