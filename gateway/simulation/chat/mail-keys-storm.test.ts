import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../net/seeded-random.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { unlessDiskFails, type DiskCopy } from './faulty-disk.ts';
import { dayMs, MailFixture, minuteMs, type Sent } from './mail-fixture.ts';

/** Users and a server that crash, are restored and get other clocks, at random. */
class Storm {
  readonly chat: MailFixture;
  readonly people: readonly SimulatedClient[];
  readonly #chance: SeededRandom;
  #serverBackup: DiskCopy;

  constructor(seed: number) {
    this.#chance = new SeededRandom(seed);
    this.chat = new MailFixture({}, seed);
    this.people = this.chat.apart('ann', 'ben', 'cat');
    this.#serverBackup = this.chat.server.disk.copy();
  }

  step(number: number): void {
    const { chat, people } = this;
    const chance = this.#chance;
    const one = people[chance.below(people.length)]!;
    const other = people[chance.below(people.length)]!;
    switch (chance.below(11)) {
      case 0:
        if (one.isRunning) one.kill();
        else one.start();
        break;
      case 1:
        this.#doomOrStart(one);
        break;
      case 2:
        // A recipient loses what came after its backup. So only a backup of this moment is restored.
        if (one.isRunning) one.kill();
        one.restore(one.disk.copy());
        one.start();
        break;
      case 3:
        this.#backUpOrRestoreServer();
        break;
      case 4:
        one.socketHost.wallOffsetMs = (chance.below(3) - 1) * chance.below(60) * dayMs;
        break;
      case 5:
        if (people.every(({ isRunning }) => isRunning)) chat.passDays(chance.below(10), ...people);
        break;
      default:
        if (one === other || !one.isRunning || !other.isRunning) break;
        unlessDiskFails(() => chat.write(one, other, `${one.nickname} ${number}`));
    }
    chat.simulation.pass(chance.below(4_000));
    chat.simulation.faults.length = 0;
  }

  /** All run again, on disks that work. */
  end(): void {
    const { chat, people } = this;
    for (const one of people) {
      one.disk.revive();
      if (!one.isRunning) one.start();
    }
    if (!chat.server.isRunning) chat.server.start();
    chat.simulation.until('all are online', () => people.every((one) => one.isOnline), 10 * minuteMs);
  }

  #doomOrStart(one: SimulatedClient): void {
    if (!one.isRunning) return void one.start();
    const edge = this.#chance.below(2) === 0 ? 'before' : 'after';
    one.disk.doom({ atWrite: 1 + this.#chance.below(8), edge }, () => one.kill());
  }

  #backUpOrRestoreServer(): void {
    const { server } = this.chat;
    if (this.#chance.below(2) === 0) {
      this.#serverBackup = server.disk.copy();
      return;
    }
    if (server.isRunning) server.kill();
    server.restore(this.#serverBackup);
    server.start();
  }
}

describe('mail keys in a storm', () => {
  it.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'seed %i: kills, restores of clients and of the server, moves and clock jumps lose no message and double none',
    (seed) => {
      const storm = new Storm(seed);
      const { chat } = storm;
      for (let step = 0; step < 60; step++) storm.step(step);
      storm.end();
      // A restored sender no longer knows some messages. They are not checked at its side.
      const isKnown = ({ from, id }: Sent): boolean => from.store.messages.find(id) !== undefined;
      const open = (): Sent[] =>
        chat.sent.filter((one) => isKnown(one) && one.from.stateOf(one.id) !== 'delivered');
      const isAllDelivered = chat.simulation.network.run(60 * minuteMs, () => open().length === 0);
      const stuck = open().map(({ from, text, id }) => `${text}: ${from.stateOf(id)}`);
      expect([isAllDelivered, stuck]).toEqual([true, []]);
      for (const { from, to, id } of chat.sent) {
        expect(to.store.messages.find(id)?.author).toBe(from.key);
        // A death between the commit and its effects leaves a message that only the next snapshot shows.
        expect(to.timesAnnounced(id)).toBeLessThanOrEqual(1);
      }
    },
    120_000,
  );
});
