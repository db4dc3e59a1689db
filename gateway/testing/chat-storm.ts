import type { MessageId } from '../../shared/ids.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { ChatWorld, type ClientInWorld } from './chat-world.ts';

/** What one storm did, for whoever counts. */
export interface StormReport {
  readonly messages: number;
  readonly kills: number;
  readonly cuts: number;
  readonly virtualSeconds: number;
}

interface Sent {
  readonly id: MessageId;
  readonly from: ClientInWorld;
  readonly to: ClientInWorld;
  readonly text: string;
}

/**
 * A few people write to each other while the network loses, doubles, reorders and corrupts, clients and the server are
 * killed and come back, ways are cut and mended, and wall clocks jump. Then everything is well again, and each message
 * that was saved must be delivered, shown once, and in its sender's order. Throws with the seed when it is not so.
 */
export function runChatStorm(seed: number): StormReport {
  const chance = new SeededRandom(seed);
  const world = new ChatWorld({
    seed,
    link: {
      lossPercent: chance.below(30),
      duplicatePercent: chance.below(20),
      reorderPercent: chance.below(20),
      corruptPercent: chance.below(3),
      delayMs: chance.below(40),
      jitterMs: chance.below(20),
    },
  });
  try {
    return new Storm(world, chance).run();
  } catch (error) {
    throw new Error(`storm of seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

class Storm {
  readonly #world: ChatWorld;
  readonly #chance: SeededRandom;
  readonly #box;
  readonly #server;
  readonly #people: ClientInWorld[];
  readonly #sent: Sent[] = [];
  readonly #down = new Set<ClientInWorld>();
  #serverIsDown = false;
  #kills = 0;
  #cuts = 0;

  constructor(world: ChatWorld, chance: SeededRandom) {
    this.#world = world;
    this.#chance = chance;
    this.#box = world.host('box', '10.0.0.1/24');
    this.#server = world.server(this.#box);
    this.#people = ['ann', 'ben', 'cat', 'dan'].map((nickname, index) =>
      world.client(nickname, world.host(nickname, `10.0.0.${10 + index}/24`), this.#server.address),
    );
  }

  run(): StormReport {
    for (const one of this.#people) one.start();
    this.#world.until('everybody met', () => this.#everybodyKnowsEverybody(), 600_000);
    for (let step = 0; step < 60; step++) {
      this.#step();
      this.#world.pass(this.#chance.below(2_000));
    }
    this.#calm();
    this.#world.until(
      'all delivered',
      () => this.#sent.every(({ id, from }) => isDelivered(from, id)),
      1_800_000,
    );
    this.#check();
    return {
      messages: this.#sent.length,
      kills: this.#kills,
      cuts: this.#cuts,
      virtualSeconds: Math.round(this.#world.network.clock.now().monotonicMs / 1_000),
    };
  }

  #step(): void {
    const draw = this.#chance.below(100);
    if (draw < 60) this.#write();
    else if (draw < 70) this.#killOrStart();
    else if (draw < 75) this.#killOrStartServer();
    else if (draw < 85) this.#cutOrMend();
    else if (draw < 92) this.#leaveOrReturn();
    else this.#oneOfAll().socketHost.wallOffsetMs = (this.#chance.below(730) - 365) * 86_400_000;
  }

  #write(): void {
    const from = this.#oneOfAll();
    const to = this.#oneOfAll();
    if (from === to || this.#down.has(from)) return;
    const text = `${from.nickname}-${this.#sent.length}`;
    this.#sent.push({ id: from.say(to, text), from, to, text });
  }

  #killOrStart(): void {
    const one = this.#oneOfAll();
    if (this.#down.delete(one)) one.start();
    else {
      this.#kills++;
      one.kill();
      this.#down.add(one);
    }
  }

  #killOrStartServer(): void {
    if (this.#serverIsDown) {
      // Now and then it comes back with nothing of what it had.
      if (this.#chance.below(4) === 0) this.#server.wipe();
      this.#server.start();
    } else {
      this.#kills++;
      this.#server.kill();
    }
    this.#serverIsDown = !this.#serverIsDown;
  }

  #cutOrMend(): void {
    const one = this.#oneOfAll().socketHost;
    const other = this.#chance.below(3) === 0 ? this.#box : this.#oneOfAll().socketHost;
    if (one === other) return;
    this.#cuts++;
    if (this.#chance.below(2) === 0) this.#world.network.partition(one, other);
    else this.#world.network.heal(one, other);
  }

  #leaveOrReturn(): void {
    const one = this.#oneOfAll();
    if (this.#down.has(one)) return;
    const isAway = one.role.session().phase === 'offline';
    one.command((client, now) => {
      if (isAway) client.register(now);
      else client.deregister(now);
    });
  }

  /** Everything is well again. */
  #calm(): void {
    if (this.#serverIsDown) this.#server.start();
    this.#world.network.setDefaultLink({});
    for (const one of this.#people) {
      this.#world.network.heal(one.socketHost, this.#box);
      for (const other of this.#people) this.#world.network.heal(one.socketHost, other.socketHost);
      if (this.#down.has(one)) one.start();
      else
        one.command((client, now) => {
          client.register(now);
        });
    }
  }

  #check(): void {
    for (const { id, to, text } of this.#sent) {
      const times = to.timesAnnounced(id);
      if (times !== 1) throw new Error(`${text} was shown ${times} times`);
    }
    for (const from of this.#people) {
      for (const to of this.#people) {
        const said = this.#sent
          .filter((sent) => sent.from === from && sent.to === to)
          .map(({ text }) => text);
        const heard = to.textsFrom(from);
        if (said.join() !== heard.join())
          throw new Error(`said ${said.join()}, but ${to.nickname} reads ${heard.join()}`);
      }
    }
  }

  #everybodyKnowsEverybody(): boolean {
    return this.#people.every((one) => one.isOnline && this.#people.every((other) => one.sees(other)));
  }

  #oneOfAll(): ClientInWorld {
    const one = this.#people[this.#chance.below(this.#people.length)];
    if (one === undefined) throw new RangeError('there are people in every storm');
    return one;
  }
}

function isDelivered(from: ClientInWorld, id: MessageId): boolean {
  return from.store.messages.find(id)?.progress?.stage === 'delivered';
}
