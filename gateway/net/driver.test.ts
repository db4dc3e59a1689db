import { afterEach, describe, expect, it } from 'vitest';
import type { Moment } from '../../shared/moment.ts';
import { keyPairOf, transportCrypto } from '../crypto/crypto.ts';
import { Endpoint } from '../transport/endpoint.ts';
import type { EndpointEvent } from '../transport/events.ts';
import { SystemClock } from './clock.ts';
import { Conditioner } from './conditioner.ts';
import {
  type Barrier,
  type DrivenEndpoint,
  Driver,
  type OutgoingDatagram,
  type ReceivedDatagram,
} from './driver.ts';
import { type LabSpec, perfectLabSpec } from './lab-spec.ts';
import { secureRandom } from './random.ts';
import { TurnQueue } from './turn-queue.ts';
import { UdpSocket } from './udp-socket.ts';

const drivers: Driver[] = [];
afterEach(async () => {
  await Promise.all(drivers.splice(0).map((driver) => driver.close()));
});

/** An endpoint on a real socket. A test can wait for its events. */
class Node implements DrivenEndpoint {
  readonly endpoint = new Endpoint({
    keys: keyPairOf(secureRandom(32)),
    crypto: transportCrypto,
    random: secureRandom,
  });
  readonly key = this.endpoint.key;
  readonly events: EndpointEvent[] = [];
  readonly turnSizes: number[] = [];
  #waiting: {
    readonly isMet: (events: readonly EndpointEvent[]) => boolean;
    readonly resolve: () => void;
  }[] = [];

  until(isMet: (events: readonly EndpointEvent[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isMet, resolve });
      this.#settle();
    });
  }

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    this.turnSizes.push(datagrams.length);
    for (const { from, bytes } of datagrams) this.endpoint.handleDatagram(now.monotonicMs, from, bytes);
    this.#settle();
  }

  handleTimeout(now: Moment): void {
    this.endpoint.handleTimeout(now.monotonicMs);
    this.#settle();
  }

  pollTransmit(): OutgoingDatagram | undefined {
    return this.endpoint.pollTransmit();
  }

  pollTimeout(): number | undefined {
    return this.endpoint.pollTimeout();
  }

  #settle(): void {
    for (let event = this.endpoint.pollEvent(); event !== undefined; event = this.endpoint.pollEvent()) {
      this.events.push(event);
    }
    this.#waiting = this.#waiting.filter(({ isMet, resolve }) => {
      if (!isMet(this.events)) return true;
      resolve();
      return false;
    });
  }
}

async function start(lab: Partial<LabSpec> | null = null, queue?: TurnQueue, barrier?: Barrier) {
  const node = new Node();
  const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
  const conditioner = lab === null ? null : new Conditioner<OutgoingDatagram>({ ...perfectLabSpec, ...lab });
  const driver = new Driver({
    socket,
    endpoint: node,
    clock: new SystemClock(),
    conditioner,
    queue,
    barrier,
  });
  drivers.push(driver);
  return { node, driver, socket, address: { host: '127.0.0.1', port: socket.port } };
}

function receivedCount(events: readonly EndpointEvent[]): number {
  return events.filter(({ type }) => type === 'received').length;
}

describe('Driver', () => {
  it('joins two endpoints over real sockets: they connect, exchange messages in order, and close', async () => {
    const [one, other] = [await start(), await start()];
    const candidates = [other.address];
    one.driver.turn(({ monotonicMs }) =>
      one.node.endpoint.apply(monotonicMs, { type: 'dial', dial: 'd', candidates, expected: other.node.key }),
    );
    await one.node.until((events) => events.some(({ type }) => type === 'connected'));
    one.driver.turn(({ monotonicMs }) => {
      for (let number = 0; number < 50; number++) {
        const bytes = new Uint8Array(number * 100).fill(number);
        const send = {
          type: 'send',
          peer: other.node.key,
          channel: 'chat',
          bytes,
          token: String(number),
        } as const;
        one.node.endpoint.apply(monotonicMs, send);
      }
      one.node.endpoint.apply(monotonicMs, { type: 'close', peer: other.node.key, reason: 'goodbye' });
    });
    await other.node.until((events) => events.at(-1)?.type === 'disconnected');
    const lengths = other.node.events.flatMap((event) =>
      event.type === 'received' ? [event.bytes.length] : [],
    );
    expect(lengths).toEqual(Array.from({ length: 50 }, (_, number) => number * 100));
    expect(one.node.events.filter(({ type }) => type === 'acknowledged')).toHaveLength(50);
    expect(one.node.endpoint.connectionCount).toBe(0);
  });

  it('takes what has arrived, and what is due, when its turn in a queue comes', async () => {
    const ticks: (() => void)[] = [];
    const queue = new TurnQueue({ nowMs: () => 0, nextTick: (callback) => void ticks.push(callback) });
    const [one, other] = [await start(null, queue), await start()];
    const candidates = [other.address];
    one.driver.turn(({ monotonicMs }) =>
      one.node.endpoint.apply(monotonicMs, { type: 'dial', dial: 'd', candidates, expected: other.node.key }),
    );
    while (!one.node.events.some(({ type }) => type === 'connected')) {
      const turns = one.node.turnSizes.length;
      await new Promise((resolve) => setImmediate(resolve));
      expect(one.node.turnSizes).toHaveLength(turns);
      ticks.shift()?.();
      expect(one.node.turnSizes.length - turns).toBeLessThanOrEqual(1);
    }
    one.driver.turn(({ monotonicMs }) =>
      one.node.endpoint.apply(monotonicMs, { type: 'close', peer: other.node.key, reason: 'goodbye' }),
    );
    await other.node.until((events) => events.at(-1)?.type === 'disconnected');
  });

  it('keeps a bounded number of datagrams for its turn in a queue, and loses further ones', async () => {
    const ticks: (() => void)[] = [];
    const queue = new TurnQueue({ nowMs: () => 0, nextTick: (callback) => void ticks.push(callback) });
    const { node, socket, address } = await start(null, queue);
    for (let number = 0; number < 3_000; number++) socket.onDatagram(address, Uint8Array.of(1, 2, 3));
    for (const tick of ticks.splice(0)) tick();
    socket.onDatagram(address, Uint8Array.of(1, 2, 3));
    for (const tick of ticks.splice(0)) tick();
    expect(node.turnSizes).toEqual([1_024, 1]);
  });

  it('sends datagrams in their order when the barrier lets them pass, and none after its end', async () => {
    const held: (() => void)[] = [];
    const barrier = { pass: (release: () => void) => void held.push(release) };
    const [one, other] = [await start(null, undefined, barrier), await start()];
    const candidates = [other.address];
    one.driver.turn(({ monotonicMs }) =>
      one.node.endpoint.apply(monotonicMs, { type: 'dial', dial: 'd', candidates, expected: other.node.key }),
    );
    const isConnected = ({ node }: typeof one): boolean =>
      node.events.some(({ type }) => type === 'connected');
    while (!isConnected(one) || !isConnected(other)) {
      for (const release of held.splice(0)) release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const sent: unknown[] = [];
    one.socket.send = (_to, bytes) => void sent.push(bytes);
    one.driver.turn(({ monotonicMs }) =>
      one.node.endpoint.apply(monotonicMs, { type: 'close', peer: other.node.key, reason: 'goodbye' }),
    );
    expect(sent).toEqual([]);
    expect(held.length).toBeGreaterThan(0);
    await one.driver.close();
    for (const release of held.splice(0)) release();
    expect(sent).toEqual([]);
  });

  it('sends the datagrams of a command that throws, and keeps its timer', async () => {
    const [one, other] = [await start(), await start()];
    const refused = (): void =>
      one.driver.turn(({ monotonicMs }) => {
        const candidates = [other.address];
        one.node.endpoint.apply(monotonicMs, { type: 'dial', dial: 'd', candidates, expected: null });
        throw new Error('refused');
      });
    expect(refused).toThrow('refused');
    await one.node.until((events) => events.some(({ type }) => type === 'connected'));
    expect(one.node.endpoint.connectionCount).toBe(1);
  });

  it('fires its one timer: datagrams that the conditioner loses are sent again and arrive', async () => {
    const [one, other] = [
      await start({ lossPercent: 30, duplicatePercent: 20, delayMs: 2, seed: 4 }),
      await start(),
    ];
    const candidates = [other.address];
    one.driver.turn(({ monotonicMs }) =>
      one.node.endpoint.apply(monotonicMs, { type: 'dial', dial: 'd', candidates, expected: null }),
    );
    await one.node.until((events) => events.length > 0);
    expect(one.node.events[0]?.type).toBe('connected');
    one.driver.turn(({ monotonicMs }) => {
      for (const token of ['a', 'b', 'c']) {
        const bytes = new TextEncoder().encode(token);
        one.node.endpoint.apply(monotonicMs, {
          type: 'send',
          peer: other.node.key,
          channel: 'chat',
          bytes,
          token,
        });
      }
    });
    await other.node.until((events) => receivedCount(events) === 3);
    await one.node.until((events) => events.filter(({ type }) => type === 'acknowledged').length === 3);
    expect(one.node.endpoint.counters.retransmitted).toBeGreaterThan(0);
  }, 20_000);

  it('handles the first datagram of a tick at once, and the others in one turn', async () => {
    const [one, other] = [await start(), await start()];
    const ping = Uint8Array.of(1, 2, 3);
    for (let number = 0; number < 10; number++) one.socket.send(other.address, ping);
    await other.node.until(() => other.node.turnSizes.reduce((sum, size) => sum + size, 0) === 10);
    // Sent in one tick, they may still be read in two.
    expect(other.node.turnSizes.length).toBeLessThanOrEqual(4);
    expect(other.node.endpoint.counters.dropped['too-short']).toBe(10);
  });

  it('does nothing after it was closed', async () => {
    const { node, driver, address } = await start();
    const candidates = [address];
    driver.turn(({ monotonicMs }) =>
      node.endpoint.apply(monotonicMs, { type: 'dial', dial: 'd', candidates, expected: null }),
    );
    await driver.close();
    await driver.close();
    driver.turn(({ monotonicMs }) => node.endpoint.handleTimeout(monotonicMs + 500));
    expect(node.pollTransmit()).toBeDefined();
  });
});
