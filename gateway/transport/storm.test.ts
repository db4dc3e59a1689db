import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../net/seeded-random.ts';
import { EndpointNode, testKeys } from '../testing/endpoint-node.ts';
import { type SimulatedHost, SimulatedNetwork } from '../testing/simulated-network.ts';
import type { Channel, EndpointEvent } from './events.ts';

/** STORM_SEED and STORM_SEEDS rerun one seed, or more of them. */
const firstSeed = Number(process.env.STORM_SEED ?? 1);
const seedCount = Number(process.env.STORM_SEEDS ?? 100);

describe(`two endpoints in a storm, seeds ${firstSeed} to ${firstSeed + seedCount - 1}`, () => {
  it('PROTOCOL 8.17: nothing acknowledged is lost, nothing doubled, all else handed back, order kept', () => {
    for (let seed = firstSeed; seed < firstSeed + seedCount; seed++) {
      try {
        new Storm(seed).run();
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      }
    }
  }, 120_000);
});

interface Sent {
  readonly channel: Channel;
  readonly order: number;
  outcome: 'open' | 'acknowledged' | 'undelivered' | 'sender restarted';
  received: number;
}

/** One end: an endpoint, what its role knows, and what it has sent over all its lives. */
class End {
  readonly name: string;
  readonly #host: SimulatedHost;
  readonly #keyByte: number;
  node: EndpointNode;
  isConnected = false;
  isDialing = false;
  lives = 0;
  dials = 0;
  readonly sent = new Map<string, Sent>();
  onReceived: (token: string) => void = () => {};

  constructor(name: string, host: SimulatedHost, keyByte: number, seed: number) {
    this.name = name;
    this.#host = host;
    this.#keyByte = keyByte;
    this.node = this.#start(seed);
  }

  restart(seed: number): void {
    this.node.socket.close();
    for (const one of this.sent.values()) if (one.outcome === 'open') one.outcome = 'sender restarted';
    this.node = this.#start(seed);
  }

  /** Another address from now on, as when a machine changes its network. */
  move(address: string): void {
    this.#host.setInterfaces([address]);
  }

  dial(other: End, byAddressOnly: boolean): void {
    this.isDialing = true;
    this.node.dial(
      `${this.name}${this.dials++}`,
      [other.node.address],
      byAddressOnly ? null : other.node.key,
    );
  }

  send(other: End, channel: Channel, byteCount: number): void {
    const token = `${this.name}-${this.sent.size}`;
    this.sent.set(token, { channel, order: this.sent.size, outcome: 'open', received: 0 });
    this.node.send(other.node.key, channel, token.padEnd(byteCount), token);
  }

  close(other: End): void {
    // Whoever closes has forgotten the peer and is told nothing.
    this.isConnected = false;
    this.node.apply({ type: 'close', peer: other.node.key, reason: 'goodbye' });
  }

  get openCount(): number {
    return [...this.sent.values()].filter(({ outcome }) => outcome === 'open').length;
  }

  #start(seed: number): EndpointNode {
    this.lives++;
    this.isConnected = false;
    this.isDialing = false;
    const node = new EndpointNode(this.#host, 50_000, {
      keys: testKeys(this.#keyByte),
      seed: seed * 100 + this.lives * 10 + this.#keyByte,
    });
    node.onEvent = (_nowMs, event) => this.#handle(event);
    return node;
  }

  #handle(event: EndpointEvent): void {
    switch (event.type) {
      case 'connected':
        this.isConnected = true;
        if (event.dial !== null) this.isDialing = false;
        return;
      case 'dial-failed':
        this.isDialing = false;
        return;
      case 'disconnected':
        this.isConnected = false;
        return;
      case 'acknowledged':
      case 'undelivered': {
        const one = this.sent.get(event.token);
        expect(one?.outcome, `${event.token} ends once`).toBe('open');
        if (one !== undefined) one.outcome = event.type;
        return;
      }
      case 'received':
        this.onReceived(new TextDecoder().decode(event.bytes).trimEnd());
        return;
      case 'attempt':
      case 'received-unreliable':
        return;
      case 'other-version':
        throw new Error('damage was taken for another version');
      default:
        event satisfies never;
    }
  }
}

class Storm {
  readonly #random: SeededRandom;
  readonly #network: SimulatedNetwork;
  readonly #seed: number;
  readonly #ends: readonly [End, End];

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#network = new SimulatedNetwork({
      seed,
      link: {
        lossPercent: this.#random.below(41),
        duplicatePercent: this.#random.below(31),
        reorderPercent: this.#random.below(31),
        corruptPercent: this.#random.below(11),
        delayMs: this.#random.below(150),
        jitterMs: this.#random.below(150),
      },
    });
    const low = new End('low', this.#network.addHost('low', ['10.0.0.1/24']), 1, seed);
    const high = new End('high', this.#network.addHost('high', ['10.0.0.2/24']), 2, seed);
    this.#ends = [low, high];
    low.onReceived = this.#checkReceived(high);
    high.onReceived = this.#checkReceived(low);
  }

  run(): void {
    const restartsAllowed = this.#seed % 3 === 0;
    const movesAllowed = this.#seed % 4 === 0;
    for (let step = 0; step < 60; step++) {
      this.#network.run(this.#random.below(600));
      const swap = this.#random.below(2) === 0;
      const [one, other] = swap ? this.#ends : [this.#ends[1], this.#ends[0]];
      const dice = this.#random.below(100);
      if (restartsAllowed && dice < 4) one.restart(this.#seed);
      else if (dice < 6) one.close(other);
      else if (movesAllowed && dice < 12) one.move(`10.0.0.${10 + step}/24`);
      else if (one.isConnected) this.#sendSome(one, other);
      else if (!one.isDialing) {
        one.dial(other, this.#random.below(2) === 0);
        // Crossing dials half of the time.
        if (!other.isDialing && this.#random.below(2) === 0) other.dial(one, this.#random.below(2) === 0);
      }
    }
    this.#checkEverythingEnds();
    this.#checkTheyMeetAgain();
  }

  #sendSome(one: End, other: End): void {
    const channels: readonly Channel[] = ['control', 'chat', 'chat', 'bulk'];
    for (let count = this.#random.below(4); count >= 0; count--) {
      const byteCount = this.#random.below(5) === 0 ? this.#random.below(6_000) : 20;
      one.send(other, channels[this.#random.below(4)] ?? 'chat', byteCount);
    }
  }

  #checkReceived(sender: End): (token: string) => void {
    const lastOrder = new Map<Channel, number>();
    return (token) => {
      const one = sender.sent.get(token);
      if (one === undefined) throw new Error(`nobody has sent ${token}`);
      one.received++;
      expect(one.received, `${token} arrives once`).toBe(1);
      expect(one.order, `${token} arrives in order`).toBeGreaterThan(lastOrder.get(one.channel) ?? -1);
      lastOrder.set(one.channel, one.order);
    };
  }

  #checkEverythingEnds(): void {
    const ended = this.#network.run(600_000, () => this.#ends.every(({ openCount }) => openCount === 0));
    expect(ended, 'every message ends').toBe(true);
    for (const end of this.#ends) {
      for (const [token, { outcome, received }] of end.sent) {
        if (outcome === 'acknowledged') expect(received, `${token} was acknowledged`).toBe(1);
      }
    }
  }

  /** Whatever state the storm left on both sides: on a quiet network they soon agree on one connection. */
  #checkTheyMeetAgain(): void {
    this.#network.setDefaultLink({});
    this.#network.run(60_000);
    const [low, high] = this.#ends;
    if (!low.isConnected) low.dial(high, false);
    this.#network.run(5_000);
    expect([low.isConnected, high.isConnected]).toEqual([true, true]);
    for (const [one, other] of [
      [low, high],
      [high, low],
    ] as const) {
      one.send(other, 'chat', 20);
      expect(this.#network.run(400, () => one.openCount === 0)).toBe(true);
      expect([...one.sent.values()].at(-1)?.outcome).toBe('acknowledged');
    }
  }
}
