import { describe, expect, it } from 'vitest';
import { Conditioner } from '../../net/conditioner.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { BottleneckLink } from '../../simulation/network/bottleneck-link.ts';
import {
  FlowEnd,
  type FlowEndOptions,
  FlowLab,
  type FlowParcel,
} from '../../simulation/transport/flow-lab.ts';
import { type Link, LinkChain, NarrowLink } from '../../simulation/network/link.ts';
import { drawDatagramBytes } from '../../simulation/network/network-conditions.ts';
import { Copa } from '../congestion/copa.ts';
import { NewReno } from '../congestion/new-reno.ts';
import type { Channel, Token } from '../events.ts';
import type { Profile } from './settings.ts';

/** FLOW_SEED and FLOW_SEEDS rerun one seed, or more of them. */
const firstSeed = Number(process.env.FLOW_SEED ?? 1);
const seedCount = Number(process.env.FLOW_SEEDS ?? 200);

describe(`two flows in a storm, seeds ${firstSeed} to ${firstSeed + seedCount - 1}`, () => {
  it('PROTOCOL 8.17: lose nothing, double nothing and keep the order of each channel, and every run ends', () => {
    let unreachable = 0;
    let messages = 0;
    for (let seed = firstSeed; seed < firstSeed + seedCount; seed++) {
      try {
        const storm = new FlowStorm(seed);
        storm.run();
        if (storm.wasUnreachable) unreachable++;
        messages += storm.messages;
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      }
    }
    // Else the storm would show only one of the two ends.
    if (seedCount >= 200) {
      expect(unreachable).toBeGreaterThan(5);
      expect(unreachable).toBeLessThan(seedCount / 2);
    }
    expect(messages).toBeGreaterThan(seedCount * 20);
  }, 600_000);
});

interface Sent {
  readonly channel: Channel;
  readonly order: number;
  readonly byteCount: number;
  outcome: 'open' | 'acknowledged' | 'handed back';
  received: number;
}

const bytesHeldMax = 3 << 20;

class FlowStorm {
  readonly #random: SeededRandom;
  readonly #seed: number;
  readonly #lab = new FlowLab();
  readonly #ends: readonly [FlowEnd, FlowEnd];
  readonly #sent = new Map<FlowEnd, Map<Token, Sent>>();
  wasUnreachable = false;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    // Both sides know the profile from the handshake.
    const profile: Profile = this.#random.below(5) === 0 ? 'classic' : 'normal';
    const controller = (): NewReno | Copa => (this.#random.below(3) === 0 ? new NewReno() : new Copa());
    const one = new FlowEnd('one', 0, { profile, controller, ...this.#drawMtu() });
    const other = new FlowEnd('other', 0, { profile, controller, ...this.#drawMtu() });
    this.#ends = [one, other];
    this.#lab.join(one, other, this.#makeLink(1), this.#makeLink(2));
    this.#watch(one, other);
    this.#watch(other, one);
  }

  get messages(): number {
    return [...this.#sent.values()].reduce((sum, sent) => sum + sent.size, 0);
  }

  run(): void {
    for (let step = 0; step < 20; step++) {
      this.#lab.run(this.#random.below(400));
      for (const end of this.#ends) this.#sendSome(end);
      if (this.#random.below(10) === 0) this.#changePath();
      this.#giveUpUnreachable();
    }
    // Whatever one side's luck was: each message ends, and a deadline never stands still (FlowLab would throw).
    const isDone = (): boolean =>
      this.#ends.every((end) => end.isUnreachable || end.flow.isIdle) ||
      this.#ends.some((end) => end.isUnreachable);
    expect(this.#lab.run(3_600_000, isDone), 'the run ends').toBe(true);
    this.#giveUpUnreachable();
    this.#checkOutcomes();
  }

  /** One side has found another path: packets on the old one may still arrive. */
  #changePath(): void {
    const end = this.#ends[this.#random.below(2)];
    if (end === undefined || end.isUnreachable) return;
    end.flow.beginPath(this.#lab.nowMs);
    end.flow.probe();
  }

  #makeLink(direction: number): Link<FlowParcel> {
    const seed = this.#seed * 10 + direction;
    const delayMs = this.#random.below(301);
    const radio = new Conditioner<FlowParcel>({
      lossPercent: this.#random.below(41),
      duplicatePercent: this.#random.below(31),
      reorderPercent: this.#random.below(31),
      corruptPercent: 0,
      delayMs,
      jitterMs: this.#random.below(delayMs + 1),
      seed,
    });
    // Now and then the path takes less than the machines do.
    const way = this.#random.below(2) === 0 ? radio : new NarrowLink(radio, drawDatagramBytes(this.#random));
    if (this.#random.below(2) === 0) return way;
    const uplink = new BottleneckLink<FlowParcel>({
      bitsPerSecond: 10 ** (5 + this.#random.fraction() * 3),
      queuePackets: 4 + this.#random.below(61),
      delayMs: 0,
      lossPercent: 0,
      bursts:
        this.#random.below(2) === 0
          ? null
          : {
              beginPercent: 1 + this.#random.below(5),
              endPercent: 10 + this.#random.below(40),
              lossPercent: 80,
            },
      seed,
    });
    return new LinkChain(uplink, way);
  }

  #drawMtu(): Pick<FlowEndOptions, 'localDatagramBytesMax'> {
    const datagramBytes = drawDatagramBytes(this.#random);
    return { localDatagramBytesMax: () => datagramBytes };
  }

  #sendSome(end: FlowEnd): void {
    if (end.isUnreachable) return;
    const sent = this.#sentBy(end);
    const channels: readonly Channel[] = ['control', 'chat', 'chat', 'bulk'];
    for (let count = this.#random.below(6); count > 0; count--) {
      const channel = channels[this.#random.below(4)] ?? 'chat';
      const dice = this.#random.below(20);
      const byteCount =
        dice === 0
          ? this.#random.below(60_000)
          : dice < 4
            ? this.#random.below(3_000)
            : this.#random.below(200);
      const token = `${end.name}-${sent.size}`;
      const bytes = new Uint8Array(Math.max(byteCount, 12));
      new TextEncoder().encodeInto(token.padEnd(12), bytes);
      for (let at = 12; at < bytes.length; at++) bytes[at] = (at * 7 + sent.size) & 0xff;
      sent.set(token, { channel, order: sent.size, byteCount: bytes.length, outcome: 'open', received: 0 });
      expect(end.flow.send(channel, bytes, token)).toBe(true);
    }
    if (this.#random.below(3) === 0) end.flow.sendUnreliable(new Uint8Array(this.#random.below(300)));
  }

  #watch(end: FlowEnd, sender: FlowEnd): void {
    const sentByPeer = this.#sentBy(sender);
    const lastOrder = new Map<Channel, number>();
    end.onReceived = (channel, bytes) => {
      const token = new TextDecoder().decode(bytes.subarray(0, 12)).trimEnd();
      const one = sentByPeer.get(token);
      if (one === undefined) throw new Error(`${token} was never sent`);
      one.received++;
      expect(one.received, `${token} arrives once`).toBe(1);
      expect(bytes.length, `${token} is whole`).toBe(one.byteCount);
      for (let at = 12; at < bytes.length; at += 97) expect(bytes[at]).toBe((at * 7 + one.order) & 0xff);
      expect(one.channel).toBe(channel);
      expect(one.order, `${token} arrives in order`).toBeGreaterThan(lastOrder.get(channel) ?? -1);
      lastOrder.set(channel, one.order);
      expect(end.budget.bytes, 'memory is bounded').toBeLessThanOrEqual(bytesHeldMax);
    };
    const own = this.#sentBy(end);
    end.onAcknowledged = (token) => {
      const one = own.get(token);
      expect(one?.outcome, `${token} ends once`).toBe('open');
      expect(one?.received, `${token} was acknowledged, so it was received`).toBe(1);
      if (one !== undefined) one.outcome = 'acknowledged';
    };
  }

  #giveUpUnreachable(): void {
    for (const end of this.#ends) {
      if (!end.isUnreachable) continue;
      this.wasUnreachable = true;
      const tokens = end.flow.takeUnacknowledged();
      const sent = this.#sentBy(end);
      let last = -1;
      for (const token of tokens) {
        const one = sent.get(token);
        expect(one?.outcome, `${token} ends once`).toBe('open');
        expect(one?.order, `${token} comes back in order`).toBeGreaterThan(last);
        last = one?.order ?? last;
        if (one !== undefined) one.outcome = 'handed back';
      }
      expect(end.flow.isIdle).toBe(true);
      expect(end.budget.bytes, 'nothing half received is left').toBe(0);
    }
  }

  #checkOutcomes(): void {
    const isBroken = this.#ends.some((end) => end.isUnreachable);
    for (const end of this.#ends) {
      for (const [token, { outcome, received }] of this.#sentBy(end)) {
        if (end.isUnreachable || !isBroken) expect(outcome, `${token} ends`).not.toBe('open');
        if (!isBroken) expect(received, token).toBe(1);
      }
      if (!isBroken) expect(end.budget.bytes).toBe(0);
    }
  }

  #sentBy(end: FlowEnd): Map<Token, Sent> {
    let sent = this.#sent.get(end);
    if (sent === undefined) this.#sent.set(end, (sent = new Map<Token, Sent>()));
    return sent;
  }
}
