import { describe, expect, it } from 'vitest';
import type { Address } from '../../../shared/address.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { DrivenEndpoint, OutgoingDatagram, ReceivedDatagram } from '../../net/driver.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import type { LinkSpec } from './link.ts';
import { type SimulatedHost, SimulatedNetwork, type SimulatedSocket } from './simulated-network.ts';

/** Records arrivals, sends given datagrams, and asks for a given deadline. */
class Notebook implements DrivenEndpoint {
  readonly socket: SimulatedSocket;
  readonly notes: { readonly atMs: number; readonly from: Address; readonly word: number }[] = [];
  readonly wakings: number[] = [];
  wakeAtMs: number | undefined;
  #out: OutgoingDatagram[] = [];

  constructor(host: SimulatedHost, port: number) {
    this.socket = host.bind(port, this);
  }

  send(host: string, port: number, word = 0): void {
    this.socket.turn(() => this.#out.push({ to: { host, port }, bytes: Uint8Array.of(word) }));
  }

  wakeAt(atMs: number): void {
    this.socket.turn(() => {
      this.wakeAtMs = atMs;
    });
  }

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    for (const { from, bytes } of datagrams)
      this.notes.push({ atMs: now.monotonicMs, from, word: bytes[0]! });
  }

  handleTimeout(now: Moment): void {
    this.wakings.push(now.monotonicMs);
    this.wakeAtMs = undefined;
  }

  pollTransmit(): OutgoingDatagram | undefined {
    return this.#out.shift();
  }

  pollTimeout(): number | undefined {
    return this.wakeAtMs;
  }
}

function twoHosts(link: Partial<LinkSpec> = {}) {
  const network = new SimulatedNetwork({ seed: 1, link });
  const one = network.addHost('one', ['192.168.1.1/24', '10.0.0.1/8']);
  const other = network.addHost('other', ['192.168.1.2/24']);
  return { network, one, other };
}

describe('SimulatedNetwork', () => {
  it('carries datagrams between hosts on one subnet, from the address next to the receiver', () => {
    const { network, one, other } = twoHosts({ delayMs: 3 });
    const third = network.addHost('third', ['10.0.0.3/8']);
    const [sender, receiver, far] = [new Notebook(one, 5), new Notebook(other, 6), new Notebook(third, 7)];
    sender.send('192.168.1.2', 6, 1);
    sender.send('10.0.0.3', 7, 2);
    receiver.send('10.0.0.3', 7, 3);
    network.run(10);
    expect(receiver.notes).toEqual([{ atMs: 3, from: { host: '192.168.1.1', port: 5 }, word: 1 }]);
    expect(far.notes).toEqual([{ atMs: 3, from: { host: '10.0.0.1', port: 5 }, word: 2 }]);
  });

  it('gives each host a loopback of its own', () => {
    const { network, one, other } = twoHosts({ lossPercent: 100 });
    const [mine, neighbour, stranger] = [new Notebook(one, 5), new Notebook(one, 6), new Notebook(other, 6)];
    mine.send('127.0.0.1', 6, 1);
    mine.send('192.168.1.1', 6, 2);
    network.run(10);
    expect(neighbour.notes.map(({ from, word }) => [from.host, word])).toEqual([
      ['127.0.0.1', 1],
      ['192.168.1.1', 2],
    ]);
    expect(stranger.notes).toEqual([]);
  });

  it('cuts, heals and changes each direction separately', () => {
    const { network, one, other } = twoHosts();
    const [left, right] = [new Notebook(one, 5), new Notebook(other, 5)];
    const exchange = () => {
      left.send('192.168.1.2', 5, 1);
      right.send('192.168.1.1', 5, 2);
      network.run(10);
      return [left.notes.splice(0).length, right.notes.splice(0).length];
    };
    network.cut(one, other);
    expect(exchange()).toEqual([1, 0]);
    network.partition(one, other);
    expect(exchange()).toEqual([0, 0]);
    network.heal(one, other);
    expect(exchange()).toEqual([1, 1]);
    network.setLink(one, other, { lossPercent: 100 });
    expect(exchange()).toEqual([1, 0]);
    network.setDefaultLink({ lossPercent: 100 });
    expect(exchange()).toEqual([0, 0]);
  });

  it('wakes endpoints at their deadline, and a sleeping host when it wakes', () => {
    const { network, one, other } = twoHosts();
    const [awake, asleep] = [new Notebook(one, 5), new Notebook(other, 5)];
    awake.wakeAt(100);
    asleep.wakeAt(100);
    other.sleep();
    awake.send('192.168.1.2', 5);
    network.run(500);
    other.wake();
    network.run(0);
    expect([awake.wakings, asleep.wakings, asleep.notes]).toEqual([[100], [500], []]);
    expect(network.isAsleep).toBe(true);
  });

  it('never wakes an endpoint before its deadline on any host’s clock, not even slightly', () => {
    const { network, one } = twoHosts();
    const chance = new SeededRandom(7);
    for (let round = 0; round < 200; round++) {
      const notebook = new Notebook(one, 0);
      one.sleep();
      network.run(chance.below(5_000));
      one.wake('stood still');
      const dueMs = network.clock.now().monotonicMs + one.monotonicOffsetMs + (chance.fraction() * 100) / 3;
      notebook.wakeAt(dueMs);
      network.run(200);
      expect(notebook.wakings).toHaveLength(1);
      expect(notebook.wakings[0]).toBeGreaterThanOrEqual(dueMs);
      notebook.socket.close();
    }
  });

  it('has a clock for each host, which may leap: passed deadlines are met now, others earlier', () => {
    const { network, one } = twoHosts();
    const notebook = new Notebook(one, 5);
    notebook.wakeAt(100.3);
    one.leap(70);
    network.run(29);
    expect(notebook.wakings).toEqual([]);
    network.run(2);
    expect(notebook.wakings).toHaveLength(1);
    expect(notebook.wakings[0]).toBeCloseTo(100.3, 2);
    expect(notebook.wakings[0]).toBeGreaterThanOrEqual(100.3);
    notebook.wakeAt(200);
    one.leap(1_000);
    network.run(0);
    expect(notebook.wakings.at(-1)).toBe(1_101);
  });

  it('has links with a slow uplink before the radio', () => {
    const uplink = { bitsPerSecond: 8_000, queuePackets: 2, delayMs: 0, lossPercent: 0, bursts: null };
    const { network, one, other } = twoHosts({ delayMs: 3, uplink });
    const [sender, receiver] = [new Notebook(one, 5), new Notebook(other, 6)];
    for (const word of [1, 2, 3]) sender.send('192.168.1.2', 6, word);
    network.run(1_000);
    // 29 bytes with their headers take 29 ms each, and the third finds the queue full.
    expect(receiver.notes.map(({ atMs, word }) => [atMs, word])).toEqual([
      [32, 1],
      [61, 2],
    ]);
  });

  it('runs until a condition holds, or to the end of the time', () => {
    const { network, one } = twoHosts();
    const node = new Notebook(one, 5);
    node.wakeAt(70);
    expect(network.run(1_000, () => node.wakings.length === 1)).toBe(true);
    expect(network.clock.now().monotonicMs).toBe(70);
    expect(network.run(1_000, () => false)).toBe(false);
    expect(network.clock.now().monotonicMs).toBe(1_070);
  });

  it('frees the port of a killed process, and gives free ports for 0', () => {
    const { network, one, other } = twoHosts();
    const [killed, sender] = [new Notebook(one, 5), new Notebook(other, 0)];
    expect(() => new Notebook(one, 5)).toThrow(RangeError);
    sender.send('192.168.1.1', 5, 1);
    killed.socket.close();
    const next = new Notebook(one, 5);
    network.run(10);
    expect([killed.notes.length, next.notes.length]).toEqual([0, 1]);
    expect(new Notebook(other, 0).socket.port).not.toBe(sender.socket.port);
  });

  it('repeats exactly with the same seed', () => {
    const notesOf = (seed: number) => {
      const network = new SimulatedNetwork({
        seed,
        link: { lossPercent: 30, duplicatePercent: 30, jitterMs: 9 },
      });
      const left = new Notebook(network.addHost('left', ['10.0.0.1/8']), 5);
      const right = new Notebook(network.addHost('right', ['10.0.0.2/8']), 5);
      for (let word = 0; word < 100; word++) {
        left.send('10.0.0.2', 5, word);
        network.run(1);
      }
      network.run(100);
      return right.notes;
    };
    expect(notesOf(4)).toEqual(notesOf(4));
    expect(notesOf(4)).not.toEqual(notesOf(5));
  });

  it('stops an endpoint that asks for the same instant forever', () => {
    const { network, one } = twoHosts();
    const node = new Notebook(one, 5);
    node.handleTimeout = () => {};
    node.wakeAt(1);
    expect(() => network.run(10)).toThrow(/forever/);
  });
});
