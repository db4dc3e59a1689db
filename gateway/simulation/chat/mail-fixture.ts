import { expect } from 'vitest';
import type { MessageId } from '../../../shared/ids.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';

export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;

/** A message of a test, from its sending on. */
export interface Sent {
  readonly from: SimulatedClient;
  readonly to: SimulatedClient;
  readonly text: string;
  readonly id: MessageId;
}

/** Users who only reach each other by the server. */
export class MailFixture extends ChatFixture {
  readonly sent: Sent[] = [];

  /** Clients that are online, have keys at the server, and have no direct paths. */
  apart<const Nicknames extends readonly string[]>(
    ...nicknames: Nicknames
  ): { [Index in keyof Nicknames]: SimulatedClient } {
    const people = this.online(...nicknames);
    const all: readonly SimulatedClient[] = people;
    for (const one of all) for (const other of all) if (one !== other) this.part(one, other);
    this.simulation.until('all have keys on the server', () => all.every((one) => this.keysOf(one) > 0));
    return people;
  }

  get nowMs(): number {
    return this.simulation.network.clock.now().monotonicMs;
  }

  keysOf(one: SimulatedClient): number {
    return this.server.store.mailKeys.countOneTime(one.key, one.installation);
  }

  /** Lets days pass while these processes do not run, which takes no time to simulate. The server runs on. */
  passDays(days: number, ...people: readonly SimulatedClient[]): void {
    for (const one of people) one.kill();
    this.simulation.pass(days * dayMs);
    for (const one of people) one.start();
    this.simulation.until('back', () => people.every((one) => one.isOnline), minuteMs);
  }

  write(from: SimulatedClient, to: SimulatedClient, ...texts: string[]): void {
    for (const text of texts) this.sent.push({ from, to, text, id: from.say(to, text) });
  }

  settle(what: string, state: 'stored' | 'delivered', withinMs = 10 * minuteMs): void {
    // Messages settle in about the order of their sending: each step looks only at the next ones.
    let settled = 0;
    const isSettled = ({ from, id }: Sent): boolean => from.stateOf(id) === state;
    const isDone = (): boolean => {
      while (settled < this.sent.length && isSettled(this.sent[settled]!)) settled++;
      return settled === this.sent.length;
    };
    this.simulation.until(what, isDone, withinMs);
    expect(this.sent.every(isSettled)).toBe(true);
  }

  /** Nothing is lost, nothing is doubled, and nothing waits. */
  check(): void {
    this.settle('all delivered', 'delivered');
    for (const { from, to, id } of this.sent) {
      expect(to.store.messages.find(id)?.author).toBe(from.key);
      expect(to.timesAnnounced(id)).toBe(1);
    }
    const heard = new Set(this.sent.map(({ from, to }) => [from, to] as const));
    for (const [from, to] of heard) {
      const texts = this.sent.filter((one) => one.from === from && one.to === to).map(({ text }) => text);
      expect(to.textsFrom(from)).toEqual(texts);
    }
  }
}
