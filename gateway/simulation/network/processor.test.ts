import { describe, expect, it } from 'vitest';
import type { Moment } from '../../../shared/moment.ts';
import type { DrivenEndpoint, OutgoingDatagram, ReceivedDatagram } from '../../net/driver.ts';
import { bufferedBytes, type Costs, Processor, socketBufferBytesMax } from './processor.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { TimerlessEndpoint } from './timerless-endpoint.ts';

/** Reading a datagram takes 10 ms, sending one takes 1 ms, and nothing else takes time. */
const costs: Costs = {
  datagrams: 10_000,
  sent: 1_000,
  opened: 0,
  sealed: 0,
  handshakes: 0,
  messages: 0,
  answers: 0,
  signatures: 0,
  commits: 0,
};

/** Answers each datagram, and has a timer that fires every 5 ms. */
class Echo implements DrivenEndpoint {
  readonly turns: { readonly atMs: number; readonly count: number }[] = [];
  readonly firings: number[] = [];
  #dueMs = Number.POSITIVE_INFINITY;
  readonly #out: OutgoingDatagram[] = [];

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    this.turns.push({ atMs: now.monotonicMs, count: datagrams.length });
    for (const { from, bytes } of datagrams) this.#out.push({ to: from, bytes });
  }

  startTimer(): void {
    this.#dueMs = 5;
  }

  handleTimeout(now: Moment): void {
    this.firings.push(now.monotonicMs);
    this.#dueMs = now.monotonicMs + 5;
  }

  pollTransmit(): OutgoingDatagram | undefined {
    return this.#out.shift();
  }

  pollTimeout(): number | undefined {
    return this.#dueMs === Number.POSITIVE_INFINITY ? undefined : this.#dueMs;
  }
}

/** Sends datagrams of one size, and notes when their echoes arrive. */
class Sender extends TimerlessEndpoint {
  readonly echoesAtMs: number[] = [];

  send(count: number, byteCount: number): void {
    this.socket.turn(() => {
      const to = { host: '10.0.0.1', port: 5 };
      for (let number = 0; number < count; number++) this.enqueue(to, new Uint8Array(byteCount));
    });
  }

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    for (let number = 0; number < datagrams.length; number++) this.echoesAtMs.push(now.monotonicMs);
  }
}

function busyHost() {
  const network = new SimulatedNetwork({ seed: 1 });
  const host = network.addHost('busy', ['10.0.0.1/24']);
  const processor = new Processor(costs);
  host.processor = processor;
  const echo = new Echo();
  const socket = host.bind(5, echo);
  const sender = new Sender(network.addHost('sender', ['10.0.0.2/24']), 1);
  return { network, processor, echo, socket, sender };
}

describe('a host with a processor', () => {
  it('answers when its work is done, and reads what has come in the meantime together', () => {
    const { network, processor, echo, sender } = busyHost();
    sender.send(1, 100);
    network.run(2);
    sender.send(3, 100);
    network.run(100);
    expect(echo.turns).toEqual([
      { atMs: 1, count: 1 },
      { atMs: 12, count: 3 },
    ]);
    expect(sender.echoesAtMs).toEqual([13, 46, 46, 46]);
    expect(processor.busyMs).toBe(44);
  });

  it('loses what does not fit into the buffer of its socket', () => {
    const { network, processor, sender } = busyHost();
    const fitting = Math.floor(socketBufferBytesMax / bufferedBytes(1_200));
    sender.send(fitting + 7, 1_200);
    network.run(1);
    expect(processor.lost).toBe(7);
    network.run(60_000);
    expect(sender.echoesAtMs).toHaveLength(fitting);
  });

  it('lets its timers fire between two turns of a flood', () => {
    const { network, echo, socket, sender } = busyHost();
    socket.turn(() => echo.startTimer());
    sender.send(64, 100);
    network.run(1_000);
    const [first, second] = echo.turns.map(({ atMs }) => atMs);
    expect(echo.firings.filter((atMs) => atMs >= first! && atMs <= second!)).toEqual([second]);
  });

  it('counts a small datagram as 768 bytes of its buffer, as Linux does', () => {
    expect([1, 1_200, 8_192].map(bufferedBytes)).toEqual([768, 2_304, 12_544]);
  });
});
