import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { SeededRandom } from '../../net/seeded-random.ts';
import type { TraceListener } from '../../trace/trace-feed.ts';
import type { Channel } from '../../transport/events.ts';
import { SimulatedNetwork } from '../network/simulated-network.ts';
import type { KeyLimits } from '../../transport/timing.ts';
import { StormEnd } from './storm-end.ts';
import { DeliveryInvariants, type Written } from './delivery-invariants.ts';
import { drawDatagramBytes, drawNetworkConditions } from '../network/network-conditions.ts';

/** The counts of one storm. */
export interface TransportStormReport {
  readonly messages: number;
  /** How often messages had each outcome. */
  readonly outcomes: Readonly<Record<Written['outcome'], number>>;
  readonly restarts: number;
  /** How often the connections that lived at the end of the storm had exchanged new keys. */
  readonly keyExchanges: number;
  readonly virtualSeconds: number;
  /** A hash of all delivered datagrams in order: equal hashes mean equal runs. */
  readonly fingerprint: number;
}

export interface TransportStormOptions {
  /** Whether wall clocks jump; the result must not depend on it. */
  readonly wallClocksJump?: boolean;
  /** Gets the traces of all endpoints; null for none. */
  readonly onTrace?: TraceListener | null;
  /** Replaces limits that the storm would draw. */
  readonly keyLimits?: Partial<KeyLimits>;
}

/** About a minute. */
const stepsPerStorm = 200;

/** Each seed that is a multiple of this has twenty ends; all others have two. */
export const crowdEvery = 20;

/**
 * Endpoints exchange messages while their network loses, duplicates, reorders, damages, delays and queues datagrams, and while
 * they restart, move, sleep, leap in time and lose each other. Then the network recovers: each message must have exactly one
 * outcome, ends that dial must connect, and after all CLOSEs nothing may be kept. Throws with the seed otherwise.
 */
export function runTransportStorm(seed: number, options: TransportStormOptions = {}): TransportStormReport {
  try {
    return new TransportStorm(seed, options).run();
  } catch (error) {
    throw new Error(
      `transport storm of seed ${seed}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

class TransportStorm {
  readonly #random: SeededRandom;
  readonly #network: SimulatedNetwork;
  readonly #invariants = new DeliveryInvariants();
  readonly #ends: readonly StormEnd[];
  readonly #wallClocksJump: boolean;
  /** The kinds of faults in this storm, so that many storms show a single kind. */
  readonly #may: Readonly<
    Record<'restart' | 'move' | 'sleep' | 'leap' | 'cut' | 'close' | 'conditions', boolean>
  >;
  #fingerprint = 0;
  #hostsUsed = 0;
  #keyExchanges = 0;

  constructor(
    seed: number,
    { wallClocksJump = true, onTrace = null, keyLimits = {} }: TransportStormOptions,
  ) {
    const random = new SeededRandom(seed);
    // Numbers of their own: the rest of a storm does not depend on them.
    const keyRandom = new SeededRandom(seed);
    this.#random = random;
    this.#wallClocksJump = wallClocksJump;
    const may = (): boolean => random.below(3) === 0;
    this.#may = {
      restart: may(),
      move: may(),
      sleep: may(),
      leap: may(),
      cut: may(),
      close: may(),
      conditions: may(),
    };
    this.#network = new SimulatedNetwork({ seed });
    this.#network.onTrace = onTrace;
    const ends = seed % crowdEvery === 0 ? 20 : 2;
    const limits = { ...drawKeyLimits(keyRandom), ...keyLimits };
    this.#ends = Array.from({ length: ends }, (_, index) => {
      const host = this.#network.addHost(`end ${index + 1}`, [this.#freeAddress()]);
      host.leap(random.below(1_000_000));
      const profile = random.below(6) === 0 ? 'classic' : 'normal';
      const localDatagramBytesMax = drawDatagramBytes(random);
      const numbers = { number: index + 1, seed, ends, localDatagramBytesMax };
      return new StormEnd({
        host,
        profile,
        invariants: this.#invariants,
        keyLimits: limits,
        sendsGrease: keyRandom.below(2) === 0,
        ...numbers,
      });
    });
    for (const from of this.#ends) for (const to of this.#ends) this.#changeConditions(from, to);
    this.#network.onDelivery = ({ bytes }) => {
      this.#fingerprint = crc32(bytes, this.#fingerprint);
    };
  }

  run(): TransportStormReport {
    const startMs = this.#network.clock.now().monotonicMs;
    for (let step = 0; step < stepsPerStorm; step++) {
      // Sometimes nothing happens for a while, and some ends are away as long.
      this.#network.run(this.#random.below(this.#random.below(50) === 0 ? 60_000 : 600));
      // With twenty ends several things happen at a time.
      for (let deeds = this.#ends.length; deeds > 0; deeds -= 2) this.#doSomething();
      for (const end of this.#ends) if (end.isRunning) end.checkBounds();
    }
    this.#checkEverythingEnds();
    this.#keyExchanges = this.#ends.reduce((sum, { keyExchanges }) => sum + keyExchanges, 0);
    this.#checkTheyMeetAgain();
    this.#checkNothingIsKept();
    return {
      messages: this.#invariants.count,
      outcomes: this.#invariants.outcomes,
      restarts: this.#ends.reduce((sum, { restarts }) => sum + restarts, 0),
      keyExchanges: this.#keyExchanges,
      virtualSeconds: Math.round((this.#network.clock.now().monotonicMs - startMs) / 1_000),
      fingerprint: this.#fingerprint,
    };
  }

  // --- the storm -----------------------------------------------------------------------------------------

  #doSomething(): void {
    const [one, other] = this.#drawTwo();
    const dice = this.#random.below(100);
    if (!one.isRunning) return dice < 50 ? one.comeBack() : undefined;
    if (!one.host.isUp) return dice < 50 ? one.host.wake() : undefined;
    if (dice < 5) return this.#may.restart ? this.#restart(one) : undefined;
    if (dice < 10) return this.#may.move ? one.host.setInterfaces([this.#freeAddress()]) : undefined;
    if (dice < 14) return this.#may.sleep ? one.host.sleep() : undefined;
    if (dice < 18) return this.#may.leap ? one.host.leap(this.#random.below(60_000)) : undefined;
    if (dice < 22) return this.#may.cut ? this.#network.cut(one.host, other.host) : undefined;
    if (dice < 30) return this.#network.heal(one.host, other.host);
    if (dice < 33) return this.#may.close ? one.close(other) : undefined;
    if (dice < 36) return this.#may.conditions ? this.#changeConditions(one, other) : undefined;
    if (dice < 40) return this.#jumpWallClock(one);
    if (dice < 43) return one.noticeNetworkChange(dice < 42 ? 'addresses' : 'woke');
    this.#talk(one, other);
  }

  #restart(one: StormEnd): void {
    one.kill();
    // Half of the time it stays away for a while.
    if (this.#random.below(2) === 0) one.comeBack();
  }

  #jumpWallClock({ host }: StormEnd): void {
    const byMs = this.#random.below(1_000_000_000) - 500_000_000;
    if (this.#wallClocksJump) host.wallOffsetMs += byMs;
  }

  #talk(one: StormEnd, other: StormEnd): void {
    const { isConnected, isDialing } = one.knows(other);
    // Sometimes it sends to an absent end.
    if (isConnected || this.#random.below(20) === 0) return this.#sendSome(one, other);
    if (isDialing) return;
    const elsewhere = this.#random.below(4) === 0 ? [{ host: '10.0.255.1', port: 50_000 }] : [];
    one.dial(other, this.#random.below(2) === 0, elsewhere);
    // Crossing dials half of the time.
    if (this.#random.below(2) === 0 && other.isRunning && !other.knows(one).isDialing) {
      other.dial(one, this.#random.below(2) === 0);
    }
  }

  #sendSome(one: StormEnd, other: StormEnd): void {
    const channels: readonly Channel[] = ['control', 'chat', 'chat', 'bulk'];
    for (let count = this.#random.below(4); count >= 0; count--) {
      const dice = this.#random.below(50);
      const byteCount = this.#random.below(dice === 0 ? 100_000 : dice < 10 ? 6_000 : 100);
      one.send(other, channels[this.#random.below(4)] ?? 'chat', byteCount);
    }
    if (this.#random.below(3) === 0) one.sendUnreliable(other);
  }

  #drawTwo(): [StormEnd, StormEnd] {
    const first = this.#random.below(this.#ends.length);
    // Among twenty ends mostly neighbours talk, because random pairs would rarely exchange two messages.
    const step = 1 + this.#random.below(Math.min(3, this.#ends.length - 1));
    const [one, other] = [this.#ends[first], this.#ends[(first + step) % this.#ends.length]];
    assert(one !== undefined && other !== undefined);
    return this.#random.below(2) === 0 ? [one, other] : [other, one];
  }

  #changeConditions(from: StormEnd, to: StormEnd): void {
    if (from === to) return;
    const conditions = drawNetworkConditions(this.#random);
    // Half of the paths carry smaller datagrams than the machines on them, without a report.
    const isNarrow = this.#random.below(2) === 0;
    const width = isNarrow ? { datagramBytesMax: drawDatagramBytes(this.#random) } : {};
    this.#network.setLink(from.host, to.host, { ...conditions, ...width });
  }

  /** All addresses are on one subnet. */
  #freeAddress(): string {
    const number = this.#hostsUsed++;
    return `10.0.${number >> 7}.${1 + (number & 127)}/16`;
  }

  // --- and after it ----------------------------------------------------------------------------------------

  /** Runs under the same network conditions, with all ends present. */
  #checkEverythingEnds(): void {
    for (const end of this.#ends) {
      if (!end.isRunning) end.comeBack();
      if (!end.host.isUp) end.host.wake();
    }
    this.#network.run(600_000, () => this.#invariants.openCount === 0);
    assert.equal(this.#invariants.openCount, 0, 'every message ends');
    const byKey = new Map(this.#ends.map((end) => [end.key, end]));
    for (const { token, from, to, connection, outcome } of this.#invariants) {
      if (outcome === 'acknowledged' || outcome === 'no-connection') continue;
      const changes = byKey.get(from)?.changesWith(to) ?? 0;
      assert(changes > connection, `${token} is given up (${outcome}) while its connection lives`);
    }
  }

  /** Whatever state the storm left, on a quiet network two ends that dial soon agree on one connection. */
  #checkTheyMeetAgain(): void {
    for (const from of this.#ends) {
      for (const to of this.#ends) {
        if (from !== to) this.#network.setLink(from.host, to.host, {});
        this.#network.heal(from.host, to.host);
      }
    }
    this.#network.run(60_000);
    const pairs = this.#ends.map((end, index) => [end, this.#ends[(index + 1) % this.#ends.length]] as const);
    for (const [one, other] of pairs) {
      assert(other !== undefined);
      if (!one.knows(other).isConnected) one.dial(other, true);
    }
    this.#network.run(5_000);
    for (const [one, other] of pairs) {
      assert(other !== undefined);
      assert.deepEqual([one.knows(other).isConnected, other.knows(one).isConnected], [true, true]);
      const before = this.#invariants.count;
      one.send(other, 'chat', 20);
      other.send(one, 'chat', 20);
      this.#network.run(1_000, () => this.#invariants.openCount === 0);
      const outcomes = [...this.#invariants].slice(before).map(({ outcome }) => outcome);
      assert.deepEqual(outcomes, ['acknowledged', 'acknowledged'], 'both ends receive messages');
    }
    // Half-open handshakes are forgotten by then.
    this.#network.run(10_000);
    for (const end of this.#ends) end.checkNothingIsHalfSaid();
  }

  #checkNothingIsKept(): void {
    for (const one of this.#ends) for (const other of this.#ends) if (one !== other) one.close(other);
    this.#network.run(60_000);
    for (const end of this.#ends) end.checkNothingIsKept();
    assert(this.#network.isAsleep, 'no endpoint has a deadline and no datagram is in flight');
  }
}

/** Draws when keys change: so often that changes and exchanges cross each other and everything else, or as in a gateway. */
function drawKeyLimits(random: SeededRandom): KeyLimits {
  const oneOf = (...values: readonly [number, number, number]): number =>
    values[random.below(3)] ?? values[0];
  return {
    packetsMax: oneOf(10, 300, 2 ** 20),
    useMaxMs: oneOf(2_000, 60_000, 3_600_000),
    exchangeBytes: oneOf(2 ** 13, 2 ** 16, 2 ** 20),
    exchangeMs: oneOf(1_000, 30_000, 12 * 3_600_000),
  };
}
