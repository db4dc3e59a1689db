import { describe, expect, it } from 'vitest';
import { connectedLan } from '../simulation/transport/transport-fixture.ts';
import { BulkGate, type BulkSender } from './bulk-gate.ts';
import { type DatagramSocket, type DrivenEndpoint, Driver, type OutgoingDatagram } from './driver.ts';

/** A gate with a clock and ticks in the hands of the test, and a record of what leaves. */
function handGate() {
  const ticks: (() => void)[] = [];
  const sent: string[] = [];
  let atMs = 0;
  const gate = new BulkGate({ nowMs: () => atMs, nextTick: (callback) => ticks.push(callback) });
  return {
    gate,
    sent,
    /** Runs the next tick; returns whether one was wanted. */
    tick: (passedMs = 0): boolean => {
      atMs += passedMs;
      const run = ticks.shift();
      run?.();
      return run !== undefined;
    },
    sender(name: string): { isBusy: boolean } & BulkSender {
      const sender = { isBusy: false, sendBulk: () => void sent.push(name) };
      gate.join(sender);
      return sender;
    },
  };
}

describe('the gate of bulk', () => {
  it('PROTOCOL 8.27: lets bulk leave in the next tick, each role once for all its requests', () => {
    const { gate, sent, tick, sender } = handGate();
    const [one, other] = [sender('client'), sender('server')];
    gate.request(one);
    gate.request(other);
    gate.request(one);
    expect(sent).toEqual([]);
    tick();
    expect(sent).toEqual(['client', 'server']);
    expect(tick()).toBe(false);
  });

  it('PROTOCOL 8.27: waits while any role has something to do, also a role without bulk', () => {
    const { gate, sent, tick, sender } = handGate();
    const [one, guest] = [sender('client'), sender('guest')];
    gate.request(one);
    guest.isBusy = true;
    for (let count = 0; count < 50; count++) tick(1);
    expect(sent).toEqual([]);
    guest.isBusy = false;
    tick(1);
    expect(sent).toEqual(['client']);
  });

  it('PROTOCOL 7.12: lets a portion leave after 100 ms beside roles that are never idle, so that no peer gives the connection up', () => {
    const { gate, sent, tick, sender } = handGate();
    const [one, guest] = [sender('client'), sender('guest')];
    guest.isBusy = true;
    const leftAt: number[] = [];
    for (let atMs = 0; atMs < 250; atMs++) {
      gate.request(one);
      tick(1);
      if (sent.splice(0).length > 0) leftAt.push(atMs);
    }
    expect(leftAt).toHaveLength(2);
    expect(leftAt[0]).toBeGreaterThanOrEqual(99);
  });

  it('forgets a role that has closed', () => {
    const { gate, sent, tick, sender } = handGate();
    const [one, guest] = [sender('client'), sender('guest')];
    guest.isBusy = true;
    gate.request(one);
    gate.request(guest);
    gate.leave(guest);
    tick();
    expect(sent).toEqual(['client']);
    gate.leave(one);
    gate.request(one);
    gate.leave(one);
    tick();
    expect(sent).toEqual(['client']);
  });
});

/** A role with an endpoint that holds bulk: `bulk` datagrams of it, and `words`. */
class HeldEndpoint implements DrivenEndpoint {
  readonly words: string[] = [];
  bulk = 0;
  #due: string[] = [];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  get isBulkHeld(): boolean {
    return this.bulk > 0;
  }

  releaseBulk(): void {
    for (; this.bulk > 0; this.bulk--) this.#due.push(`bulk of ${this.name}`);
  }

  handleDatagrams(): void {
    this.words.push(`answer of ${this.name}`);
  }

  handleTimeout(): void {
    this.words.push(`due word of ${this.name}`);
  }

  pollTransmit(): OutgoingDatagram | undefined {
    const text = this.words.shift() ?? this.#due.shift();
    return text === undefined
      ? undefined
      : { to: { host: '10.0.0.1', port: 1 }, bytes: new TextEncoder().encode(text) };
  }

  pollTimeout(): number | undefined {
    return undefined;
  }
}

function drivenRole(name: string, gate: BulkGate, left: string[]) {
  const endpoint = new HeldEndpoint(name);
  const socket = {
    waitingBytes: 0,
    onDatagram: (() => undefined) as DatagramSocket['onDatagram'],
    send: (_to: unknown, bytes: Uint8Array) => void left.push(new TextDecoder().decode(bytes)),
    close: () => Promise.resolve(),
  };
  const clock = { now: () => ({ monotonicMs: 0, wallMs: 0 }) };
  const driver = new Driver({ socket, endpoint, clock, conditioner: null, bulkGate: gate });
  return { endpoint, socket, driver };
}

describe('drivers that share a gate', () => {
  it('PROTOCOL 8.27: hand over the words of all roles before the bulk of any', async () => {
    const { gate, tick } = handGate();
    const left: string[] = [];
    const [client, server] = [drivenRole('client', gate, left), drivenRole('server', gate, left)];
    client.driver.turn(() => {
      client.endpoint.bulk = 2;
    });
    client.driver.turn(() => client.endpoint.words.push('word of client'));
    server.driver.turn(() => server.endpoint.words.push('word of server'));
    tick();
    expect(left).toEqual(['word of client', 'word of server', 'bulk of client', 'bulk of client']);
    await Promise.all([client.driver.close(), server.driver.close()]);
  });

  it('PROTOCOL 8.27: hand over no bulk while the system has not taken what it got', async () => {
    const { gate, tick } = handGate();
    const left: string[] = [];
    const { driver, endpoint, socket } = drivenRole('client', gate, left);
    socket.waitingBytes = 1;
    driver.turn(() => {
      endpoint.bulk = 1;
    });
    tick();
    driver.turn(() => endpoint.words.push('word'));
    expect(left).toEqual(['word']);
    socket.waitingBytes = 0;
    driver.sendBulk();
    expect(left).toEqual(['word', 'bulk of client']);
    await driver.close();
  });
});

describe('an endpoint that holds bulk', () => {
  it('PROTOCOL 8.27: makes datagrams of chat at once, and of bulk when it is told to', () => {
    const { low, high, network, nowMs } = connectedLan({}, { low: { holdsBulk: true } });
    const from = low.endpoint.counters.sent;
    low.send(high.key, 'bulk', 'x'.repeat(20_000), 'file');
    expect([low.endpoint.isBulkHeld, low.endpoint.counters.sent - from]).toEqual([true, 0]);
    low.send(high.key, 'chat', 'a word', 'word');
    network.run(100);
    expect(high.receivedTexts()).toEqual(['a word']);
    // Bulk that waits for the gate sets no deadline: a timer for it would fire for ever.
    expect(low.endpoint.pollTimeout()).toBeGreaterThan(nowMs());
    low.releaseBulk();
    expect(low.endpoint.counters.sent - from).toBeGreaterThan(2);
  });

  it('sends a whole file by and by', () => {
    const { low, high, network } = connectedLan({}, { low: { holdsBulk: true } });
    low.send(high.key, 'bulk', 'x'.repeat(200_000), 'file');
    for (let step = 0; step < 2_000 && low.eventsOf('acknowledged').length === 0; step++) {
      if (low.endpoint.isBulkHeld) low.releaseBulk();
      network.run(1);
    }
    expect(high.receivedTexts()).toHaveLength(1);
    expect(low.eventsOf('acknowledged').map(({ token }) => token)).toEqual(['file']);
  });
});
