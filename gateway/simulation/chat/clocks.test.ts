import { describe, expect, it } from 'vitest';
import type { MessageId } from '../../../shared/ids.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

const yearMs = 365 * 24 * 3_600_000;

/** Two users. The clock of the second one is right, and the first one can be cut off from the network. */
class TwoClocks {
  readonly #chat = new ChatFixture();
  readonly alice: SimulatedClient;
  readonly #bob: SimulatedClient;
  readonly #saidAtMs = new Map<MessageId, number>();

  constructor() {
    [this.alice, this.#bob] = this.#chat.online('alice', 'bob');
    this.pass(1_000);
  }

  pass(durationMs: number): void {
    this.#chat.simulation.pass(durationMs);
  }

  /** Sets how far the first user's clock is off. A real gateway notices within a second. */
  set(offsetMs: number): void {
    this.#chat.hostOf(this.alice).wallOffsetMs = offsetMs;
    if (this.alice.isRunning) this.alice.handleNetworkChange('woke');
    this.pass(1_000);
  }

  cutOff(): void {
    const { network } = this.#chat.simulation;
    for (const host of [this.#chat.serverHost, this.#chat.hostOf(this.#bob)])
      network.partition(this.#chat.hostOf(this.alice), host);
    this.pass(60_000);
  }

  says(text: string): MessageId {
    const id = this.alice.say(this.#bob, text);
    this.#saidAtMs.set(id, this.#chat.simulation.network.clock.now().wallMs);
    return id;
  }

  restart(): void {
    this.alice.kill();
    this.alice.start();
    this.pass(10_000);
  }

  /**
   * Reconnects the server, and the direct path only after the client has asked for the server's time. Returns how far the
   * time shown to the second user is off, in seconds.
   */
  secondsWrong(id: MessageId): number {
    const { network } = this.#chat.simulation;
    network.heal(this.#chat.hostOf(this.alice), this.#chat.serverHost);
    this.#chat.simulation.until('delivered', () => this.alice.stateOf(id) === 'delivered', 120_000);
    const heard = this.#bob.messagesWith(this.alice).find((message) => message.id === id);
    return Math.round(((heard?.sentAtMs ?? Number.NaN) - (this.#saidAtMs.get(id) ?? Number.NaN)) / 1_000);
  }
}

describe.each([
  { clock: 'ahead', offsetMs: yearMs },
  { clock: 'behind', offsetMs: -yearMs },
])('PROTOCOL 6.42: with a sender’s clock that is a year $clock, the time shown', ({ offsetMs }) => {
  it('is right when the sender’s clock is corrected between writing and offering', () => {
    const two = new TwoClocks();
    two.set(offsetMs);
    two.cutOff();
    const id = two.says('by the wrong clock');
    two.set(0);
    expect(two.secondsWrong(id)).toBe(0);
  });

  it('is right when the sender’s clock is set wrong between writing and offering, even for the next process', () => {
    const two = new TwoClocks();
    two.cutOff();
    const id = two.says('by the right clock');
    two.set(offsetMs);
    two.restart();
    expect(two.secondsWrong(id)).toBe(0);
  });

  it('is right when the clock offset was measured only after the writing', () => {
    const two = new TwoClocks();
    two.cutOff();
    two.alice.kill();
    two.set(offsetMs);
    two.alice.start();
    const id = two.says('not measured yet');
    two.pass(3_600_000);
    expect(two.secondsWrong(id)).toBe(0);
  });

  it('is right when only the next process measured the clock offset', () => {
    const two = new TwoClocks();
    two.cutOff();
    two.alice.kill();
    two.set(offsetMs);
    two.alice.start();
    const id = two.says('not measured yet');
    two.restart();
    expect(two.secondsWrong(id)).toBe(0);
  });
});

describe('PROTOCOL 6.42: the time shown of a message from a clock that was set before its first measurement', () => {
  const setBeforeMeasured = (fromMs: number, toMs: number): number => {
    const two = new TwoClocks();
    two.cutOff();
    two.alice.kill();
    two.set(fromMs);
    two.alice.start();
    const id = two.says('not measured yet');
    two.set(toMs);
    return two.secondsWrong(id);
  };

  it('is right when the clock was set back, which is distinguishable', () => {
    expect(setBeforeMeasured(yearMs, 0)).toBe(0);
    expect(setBeforeMeasured(0, -yearMs)).toBe(0);
  });

  it('is the time of that clock when it was set ahead, because the machine may have slept', () => {
    expect(setBeforeMeasured(-yearMs, 0)).toBe(-yearMs / 1_000);
    expect(setBeforeMeasured(0, yearMs)).toBe(0);
  });
});
