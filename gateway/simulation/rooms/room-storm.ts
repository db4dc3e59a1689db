import { crc32 } from 'node:zlib';
import { roomIdFromBytes, type MessageId, type RoomId } from '../../../shared/ids.ts';
import type { Retention, RoomContent } from '../../../shared/rooms/content.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { StoreError } from '../../store/errors.ts';
import { ChatSimulation, type SimulatedClient } from '../chat/chat-simulation.ts';
import { unlessDiskFails, type Death, type DiskCopy } from '../chat/faulty-disk.ts';
import type { SimulatedServer } from '../chat/simulated-server.ts';
import { cutSomewhere, mendAll } from '../network/partitions.ts';
import { drawNetworkConditions } from '../network/network-conditions.ts';
import type { SimulatedHost } from '../network/simulated-network.ts';
import type { TraceListener } from '../../trace/trace-feed.ts';
import { isMemberOf, RoomInvariants, standingIn } from './room-invariants.ts';

/** The counts of one storm over rooms. */
export interface RoomStormReport {
  readonly members: number;
  readonly messages: number;
  readonly entries: number;
  readonly refusals: number;
  readonly kills: number;
  readonly deathsInTurns: number;
  readonly serverLosses: number;
  readonly virtualSeconds: number;
  readonly calmSeconds: number;
  /** A hash of all datagrams in order of arrival. Two runs with the same fingerprint are the same. */
  readonly fingerprint: number;
}

const faultKinds = [
  ...(['kill', 'kill server', 'die', 'server dies', 'wipe', 'restore', 'cut'] as const),
  ...(['wall clock', 'leap', 'sleep', 'network conditions', 'offline'] as const),
];
type FaultKind = (typeof faultKinds)[number];

const stepsPerStorm = 120;
/** Far above every back-off, which ends at 60 s. What has not settled by then never will. */
const calmMsMax = 900_000;
const yearMs = 365 * 86_400_000;

/** The last steps, in which a room may end. */
const lastSteps = 12;

/**
 * Runs a storm over rooms: users write, change and delete messages, join, leave, invite, remove and ban, and change what a room
 * keeps and shows to new members, in `#everyone`, an open room and a closed one. The network and the machines fail, and the server
 * loses its data or returns to a backup. Near the end a room may be archived or closed. Then all faults end, and RoomInvariants
 * must hold. Nine of ten seeds have 3 to 8 users, the others up to 50. Throws with the seed if one does not hold.
 */
export function runRoomStorm(seed: number, onTrace: TraceListener | null = null): RoomStormReport {
  try {
    return new RoomStorm(seed, onTrace).run();
  } catch (error) {
    throw new Error(`room storm of seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

class RoomStorm {
  readonly #simulation: ChatSimulation;
  readonly #chance: SeededRandom;
  readonly #box: SimulatedHost;
  readonly #server: SimulatedServer;
  readonly #clients: readonly SimulatedClient[];
  readonly #invariants: RoomInvariants;
  readonly #faultKinds: readonly FaultKind[];
  /** Anyone may join it. */
  readonly #lab: RoomId;
  /** Only invited users may join it. */
  readonly #den: RoomId;
  readonly #ids: { readonly room: RoomId; readonly id: MessageId; readonly by: SimulatedClient }[] = [];
  #backup: DiskCopy | undefined;
  #texts = 0;
  #refusals = 0;
  #kills = 0;
  #deathsInTurns = 0;
  #serverLosses = 0;
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
    this.#faultKinds = faultKinds.filter(() => chance.below(2) === 0);
    this.#box = this.#simulation.host('box', '10.0.0.1/24');
    this.#server = this.#simulation.server(this.#box);
    const count = seed % 10 === 0 ? 9 + chance.below(42) : 3 + chance.below(6);
    this.#clients = Array.from({ length: count }, (_, index) => {
      const host = this.#simulation.host(`user${index}`, `10.0.0.${10 + index}/24`);
      return this.#simulation.client(`user${index}`, host, this.#server.address);
    });
    this.#invariants = new RoomInvariants(this.#server);
    this.#lab = roomIdFromBytes(this.#simulation.random(16));
    this.#den = roomIdFromBytes(this.#simulation.random(16));
  }

  run(): RoomStormReport {
    this.#meet();
    for (let step = 0; step < stepsPerStorm; step++) {
      if (step >= stepsPerStorm - lastSteps && this.#chance.below(4 * lastSteps) === 0) this.#endOneRoom();
      else this.#step();
      this.#simulation.pass(this.#chance.below(1_000));
      this.#checkFaults();
    }
    this.#endFaults();
    const calmSinceMs = this.#nowMs();
    this.#settle('all are online', () => this.#clients.every((one) => one.isOnline));
    this.#settle('all have the logs', () => this.#unsettled() === '');
    const calmSeconds = Math.round((this.#nowMs() - calmSinceMs) / 1_000);
    // The next entry would show a fault that is there now.
    for (const room of this.#rooms()) this.#say(this.#memberOf(room), room);
    this.#simulation.pass(30_000);
    this.#settle('all have the last words', () => this.#unsettled() === '');
    this.#checkFaults();
    for (const room of this.#rooms()) this.#invariants.check(room, this.#clients, this.#serverLosses === 0);
    const entries = this.#server.store.rooms.all().reduce((sum, { head }) => sum + head.seq, 0);
    return {
      members: this.#clients.length,
      messages: this.#invariants.count,
      entries,
      refusals: this.#refusals,
      kills: this.#kills,
      deathsInTurns: this.#deathsInTurns,
      serverLosses: this.#serverLosses,
      virtualSeconds: Math.round(this.#nowMs() / 1_000),
      calmSeconds,
      fingerprint: this.#fingerprint,
    };
  }

  /** All users come online. Most of them join an open room, and a closed one to which they are invited. */
  #meet(): void {
    const [first, second] = this.#clients;
    if (first === undefined || second === undefined) throw new RangeError('there are clients in every storm');
    for (const one of this.#clients) one.start();
    this.#settle('all are online', () => this.#clients.every((one) => one.isOnline));
    const rooms = [
      { owner: first, room: this.#lab, name: 'lab', access: 'open' },
      { owner: second, room: this.#den, name: 'den', access: 'closed' },
    ] as const;
    for (const { owner, ...room } of rooms)
      owner.command((client, now) =>
        client.createRoom(now, { id: this.#simulation.newMessageId(), ...room }),
      );
    this.#settle('the rooms are there', () => rooms.every(({ owner, room }) => isMemberOf(owner, room)));
    this.#server.operate((admin, now) => admin.nameFirstOwner(now, first.key));
    this.#settle('#everyone is there', () => this.#clients.every((one) => isMemberOf(one, everyoneRoom)));
    for (const { owner, room, access } of rooms)
      for (const one of this.#clients) {
        if (one === owner || this.#chance.below(5) === 0) continue;
        if (access === 'closed') this.#write(owner, room, { kind: 'invite', member: one.key });
        else this.#write(one, room, { kind: 'join' });
      }
    this.#simulation.pass(5_000);
    for (const one of this.#clients)
      if (standingIn(one, this.#den) === 'invited') this.#write(one, this.#den, { kind: 'join' });
  }

  #step(): void {
    const fault = this.#faultKinds[this.#chance.below(this.#faultKinds.length)];
    if (fault !== undefined && this.#chance.below(100) < 30) return this.#happen(fault);
    const one = this.#oneOfAll();
    const room = this.#oneRoom();
    const draw = this.#chance.below(20);
    if (draw < 9) {
      const count = this.#chance.below(10) === 0 ? 1 + this.#chance.below(40) : 1;
      for (let number = 0; number < count; number++) this.#say(one, room);
    } else if (draw < 14) this.#change(one, room);
    else if (draw < 17) this.#manage(one);
    else this.#moderate();
  }

  /** Writes a text with a number that no other has. */
  #say(one: SimulatedClient | undefined, room: RoomId): void {
    if (one === undefined) return;
    const text = this.#newText();
    const id = this.#write(one, room, { kind: 'text', text });
    if (id === undefined) return;
    this.#invariants.record(id, { room, by: one, text });
    this.#ids.push({ room, id, by: one });
  }

  /** No text of a storm is a part of another one. */
  #newText(): string {
    return `<word ${this.#texts++}>`;
  }

  /** Changes a message that was written before. */
  #change(one: SimulatedClient, room: RoomId): void {
    const target = this.#ids[this.#chance.below(this.#ids.length)];
    if (target === undefined) return;
    const { id: of, by } = target;
    const contents: readonly RoomContent[] = [
      { kind: 'reaction', items: [{ of, emoji: '👍', on: this.#chance.below(3) > 0 }] },
      { kind: 'reply', to: of, text: this.#newText() },
      { kind: 'hide', of },
      { kind: 'unhide', of },
      { kind: 'pin', of },
      { kind: 'edit', of, text: this.#newText() },
      { kind: 'edit', of, text: this.#newText() },
      { kind: 'delete', of },
    ];
    const content = contents[this.#chance.below(contents.length)];
    if (content === undefined) return;
    const isOwn = content.kind === 'edit' || content.kind === 'delete';
    const isOfRoom = isOwn || this.#chance.below(3) > 0;
    if (content.kind === 'edit') this.#invariants.recordWords(of, content.text);
    this.#write(isOwn ? by : one, isOfRoom ? target.room : room, content);
  }

  /** Joins, leaves, and does what needs a role. Most users have none. */
  #manage(one: SimulatedClient): void {
    const room = this.#chance.below(2) === 0 ? this.#lab : this.#den;
    const member = this.#oneOfAll().key;
    const contents: readonly RoomContent[] = [
      { kind: 'join' },
      { kind: 'join' },
      { kind: 'join' },
      { kind: 'leave' },
      { kind: 'remove', member },
      { kind: 'invite', member },
      { kind: 'ban', member },
      { kind: 'silence', member },
      { kind: 'history', history: 'none' },
    ];
    const content = contents[this.#chance.below(contents.length)];
    if (content !== undefined) this.#write(one, room, content);
  }

  /** An owner or moderator of a room uses its rights. */
  #moderate(): void {
    const room = this.#oneRoom();
    const staff = this.#clients.filter((one) => ['owner', 'moderator'].includes(standingIn(one, room) ?? ''));
    const one = staff[this.#chance.below(staff.length)];
    if (one === undefined) return;
    const member = this.#oneOfAll().key;
    const roles = ['owner', 'moderator', 'member', 'reader'] as const;
    const contents: readonly RoomContent[] = [
      { kind: 'invite', member },
      { kind: 'invite', member },
      { kind: 'invite', member },
      { kind: 'remove', member },
      { kind: 'ban', member },
      { kind: 'unban', member },
      { kind: 'unban', member },
      { kind: 'role', member, role: roles[this.#chance.below(roles.length)] ?? 'member' },
      { kind: 'role', member, role: this.#chance.below(2) === 0 ? 'moderator' : 'member' },
      { kind: 'hand-over', member },
      { kind: 'silence', member },
      { kind: 'unsilence', member },
      { kind: 'topic', topic: `topic ${this.#chance.below(1_000)}` },
      { kind: 'name', name: `name ${this.#chance.below(1_000)}` },
      { kind: 'mode', mode: { name: 'slow', seconds: 1 + this.#chance.below(3) } },
      { kind: 'mode', mode: { name: this.#chance.below(4) === 0 ? 'moderated' : 'normal' } },
      { kind: 'history', history: this.#chance.below(2) === 0 ? 'none' : 'all' },
      { kind: 'retention', retention: this.#newRetention() },
    ];
    const content = contents[this.#chance.below(contents.length)];
    if (content !== undefined) this.#write(one, room, content);
  }

  /** What a room keeps: a few entries or bytes, the entries of some days, or all. */
  #newRetention(): Retention {
    const draw = this.#chance.below(5);
    if (draw < 2) return { count: 10 + this.#chance.below(60) };
    if (draw === 2) return { bytes: 7_000 + this.#chance.below(40_000) };
    return draw === 3 ? { days: 1 + this.#chance.below(400) } : {};
  }

  /** The owner archives a room, or the operator closes it. */
  #endOneRoom(): void {
    const room = this.#chance.below(2) === 0 ? this.#lab : this.#den;
    if (this.#chance.below(3) === 0) {
      if (this.#server.isRunning)
        unlessDiskFails(() => this.#server.operate((admin, now) => void admin.closeRoom(now, room)));
      return;
    }
    const owner = this.#clients.find((one) => standingIn(one, room) === 'owner');
    if (owner !== undefined) this.#write(owner, room, { kind: 'archive' });
  }

  /** Gives an entry to the client. Returns its id, if the client has taken it. */
  #write(one: SimulatedClient, room: RoomId, content: RoomContent): MessageId | undefined {
    if (!one.isRunning) return undefined;
    const id = this.#simulation.newMessageId();
    try {
      const result = one.command((client, now) => client.writeRoom(now, room, { id, content }));
      if (result.status === 'done') return id;
      this.#refusals++;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // A process that died may have saved the message.
      if (one.store.messages.find(id) !== undefined) return id;
    }
    return undefined;
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
        // Rare: each takes the members some minutes.
        return this.#chance.below(4) === 0 ? this.#loseServer(() => this.#server.wipe()) : undefined;
      case 'restore': {
        const backup = this.#backup;
        if (backup === undefined || this.#chance.below(2) === 0) this.#backup = this.#server.disk.copy();
        else this.#loseServer(() => this.#server.restore(backup));
        return;
      }
      case 'cut':
        if (this.#chance.below(4) === 0) return mendAll(this.#simulation.network, this.#hosts());
        return cutSomewhere(this.#simulation.network, this.#hosts(), this.#chance);
      case 'offline':
        return this.#leaveOrReturn(this.#oneOfAll());
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
      case 'network conditions':
        return this.#simulation.network.setDefaultLink(drawNetworkConditions(this.#chance));
      default:
        fault satisfies never;
    }
  }

  #killOrStart(one: SimulatedClient | SimulatedServer): void {
    if (!one.isRunning) {
      one.start();
      return;
    }
    this.#kills++;
    one.kill();
  }

  /** Ends the process within its next turns: before one of its writes, or after the write and before its effects. */
  #planDeath(one: SimulatedClient | SimulatedServer): void {
    if (!one.isRunning) {
      one.start();
      return;
    }
    const death: Death = {
      atWrite: 1 + this.#chance.below(30),
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
    if (this.#chance.below(2) === 0) this.#server.start();
  }

  #leaveOrReturn(one: SimulatedClient): void {
    if (!one.isRunning) return;
    const isAway = one.role.session().phase === 'offline';
    unlessDiskFails(() =>
      one.command((client, now) => (isAway ? client.register(now) : client.deregister(now))),
    );
  }

  /** Ends all faults. */
  #endFaults(): void {
    mendAll(this.#simulation.network, this.#hosts());
    this.#simulation.network.setDefaultLink({});
    for (const host of this.#hosts()) if (!host.isUp) host.wake();
    if (!this.#server.isRunning) this.#server.start();
    for (const one of this.#clients) {
      if (one.isRunning) unlessDiskFails(() => one.command((client, now) => client.register(now)));
      if (!one.isRunning) one.start();
    }
    // Cancels all planned deaths within a turn.
    for (const one of [this.#server, ...this.#clients]) one.disk.revive();
  }

  #unsettled(): string {
    return this.#rooms()
      .map((room) => this.#invariants.unsettled(room, this.#clients))
      .join('');
  }

  #settle(what: string, isDone: () => boolean): void {
    try {
      this.#simulation.until(what, isDone, calmMsMax);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${reason}; ${this.#unsettled() || 'nothing is open'}`, { cause: error });
    }
  }

  #checkFaults(): void {
    const bug = this.#simulation.faults.find(
      (fault) => !(fault instanceof StoreError) || fault.code !== 'disk-refused',
    );
    if (bug !== undefined) throw new Error('a turn failed', { cause: bug });
    this.#simulation.faults.length = 0;
  }

  #memberOf(room: RoomId): SimulatedClient | undefined {
    return this.#clients.find((one) => isMemberOf(one, room));
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

  #rooms(): readonly RoomId[] {
    return [this.#lab, this.#den, everyoneRoom];
  }

  #oneRoom(): RoomId {
    const draw = this.#chance.below(8);
    if (draw < 4) return this.#lab;
    return draw < 6 ? this.#den : everyoneRoom;
  }

  #oneOfAll(): SimulatedClient {
    const one = this.#clients[this.#chance.below(this.#clients.length)];
    if (one === undefined) throw new RangeError('there are clients in every storm');
    return one;
  }
}
