import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame, type Frame } from '../../shared/wire/frames.ts';
import { decodePacket } from '../../shared/wire/decode.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { packetTypes, transportLayout, typeOffset } from '../../shared/wire/layout.ts';
import { RawSocket } from '../system-tests/datagram-relay.ts';
import { ManualHandshake } from '../simulation/transport/manual-handshake.ts';
import { RelayedConversation } from '../system-tests/relayed-conversation.ts';
import { SocketNode } from '../system-tests/socket-node.ts';
import type { PacketCrypto } from '../transport/connection/packet-crypto.ts';
import { livenessTimeoutMsMax } from '../transport/timing.ts';
import { secureRandom } from './random.ts';
import { SeededRandom } from './seeded-random.ts';

/** Real sockets, real time, real randomness: what gateway/transport/attacks.test.ts shows in the simulation. */

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function opening<One extends { close(): Promise<void> }>(one: Promise<One>): Promise<One> {
  const done = await one;
  opened.push(done);
  return done;
}

async function begin(): Promise<RelayedConversation> {
  const conversation = await opening(RelayedConversation.open());
  await conversation.connect();
  return conversation;
}

function isSealed(bytes: Uint8Array): boolean {
  return bytes[typeOffset] === packetTypes.transport;
}

function withFlippedBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}

/** A connection of a stranger to `node`, opened from `socket`. */
async function strangerWith(socket: RawSocket, node: SocketNode): Promise<PacketCrypto> {
  const dial = new ManualHandshake(7);
  const nextPacket = (): Promise<Uint8Array> =>
    new Promise((resolve) => {
      socket.onDatagram = resolve;
    });
  const response = nextPacket();
  socket.send(node.address, encodePacket(dial.initiation()));
  const decoded = decodePacket(await response);
  if (decoded.type !== 'packet' || decoded.packet.type !== 'response') throw new Error('no RESPONSE');
  const { confirmation, packetCrypto } = dial.confirm(performance.now(), decoded.packet);
  const first = nextPacket();
  socket.send(node.address, encodePacket(confirmation));
  await first;
  return packetCrypto;
}

describe('an attacker between two real sockets', () => {
  it('repeats everything at once and later: all copies count as replayed', async () => {
    const conversation = await begin();
    const { relay, low, high } = conversation;
    const seen: { to: 'low' | 'high'; bytes: Uint8Array }[] = [];
    relay.onDatagram = (to, bytes) => {
      for (let copy = 0; copy < 3; copy++) relay.pass(to, bytes);
      for (const old of seen.slice(-5)) relay.pass(old.to, old.bytes);
      seen.push({ to, bytes });
    };
    await conversation.talk(50);
    relay.onDatagram = (to, bytes) => relay.pass(to, bytes);
    await conversation.expectUndisturbed();
    for (const { endpoint } of [low, high]) {
      expect(endpoint.counters.dropped.replayed).toBeGreaterThan(200);
      expect(endpoint.counters.dropped.forged).toBe(0);
    }
  });

  it('reflects everything to its sender: it belongs to an unknown connection', async () => {
    const conversation = await begin();
    const { relay, low, high } = conversation;
    relay.onDatagram = (to, bytes) => {
      if (isSealed(bytes)) relay.pass(to === 'low' ? 'high' : 'low', bytes);
      relay.pass(to, bytes);
    };
    await conversation.talk(50);
    await conversation.expectUndisturbed();
    for (const { endpoint } of [low, high]) {
      expect(endpoint.counters.dropped['unknown-connection']).toBeGreaterThan(50);
    }
  });

  it('cuts, flips and splices: each datagram is dropped with its cause', async () => {
    const conversation = await begin();
    const { relay, high } = conversation;
    const random = new SeededRandom(4);
    let [injected, before] = [0, new Uint8Array(0)];
    relay.onDatagram = (to, bytes) => {
      if (to === 'high') {
        const variants = [
          bytes.subarray(0, random.below(bytes.length)),
          ...Array.from({ length: 8 }, () => withFlippedBit(bytes, random.below(8 * bytes.length))),
          Uint8Array.from([
            ...bytes.subarray(0, transportLayout.sealed),
            ...before.subarray(transportLayout.sealed),
          ]),
          Uint8Array.from([...bytes, ...before]).subarray(0, bytes.length + 1),
        ];
        before = Uint8Array.from(bytes);
        injected += variants.length;
        for (const variant of variants) relay.pass(to, variant);
      }
      relay.pass(to, bytes);
    };
    await conversation.talk(100);
    await conversation.expectUndisturbed();
    const { dropped } = high.endpoint.counters;
    for (const cause of ['forged', 'not-ours', 'too-short', 'malformed', 'unknown-connection'] as const) {
      expect(dropped[cause], cause).toBeGreaterThan(0);
    }
    const all = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    // All of them, but what the system lost.
    expect(all).toBeGreaterThan(injected * 0.9);
    expect(all).toBeLessThanOrEqual(injected);
  });

  it('seals ACKs, messages and a CLOSE with its own keys into the live connection: they count as forged', async () => {
    const conversation = await begin();
    const { relay, high } = conversation;
    const packetCrypto = await strangerWith(await opening(RawSocket.open()), high);
    await high.until(() => high.countOf('connected') === 1);
    high.events.length = 0;
    const frames: readonly Frame[] = [
      { type: 'ack', delay: 0, ranges: [{ smallest: 0, largest: 10_000 }] },
      { type: 'close', reason: 'goodbye' },
      { type: 'data', channel: 'chat', message: 3, offset: 0, total: 1, payload: Uint8Array.of(65) },
      { type: 'path-challenge', data: new Uint8Array(8) },
    ];
    let counter = 10_000;
    relay.onDatagram = (to, bytes) => {
      if (to === 'high' && isSealed(bytes)) {
        for (const frame of frames) {
          const forged = packetCrypto.seal(performance.now(), encodeFrame(frame));
          forged.set(bytes.subarray(4, 8), 4);
          // A counter that was never seen, else it would only be a copy.
          new DataView(forged.buffer, forged.byteOffset).setUint32(12, counter++);
          relay.pass(to, forged);
        }
      }
      relay.pass(to, bytes);
    };
    await conversation.talk(30);
    // The stranger's own connection is the other one.
    high.apply({ type: 'close', peer: new ManualHandshake(1).key, reason: 'goodbye' });
    await conversation.expectUndisturbed();
    expect(high.endpoint.counters.dropped.forged).toBeGreaterThan(100);
  });

  it('PROTOCOL 4.9: forges RESETs of sent and unsent packets: the peer answers the liveness check, and nothing changes', async () => {
    const conversation = await begin();
    const { relay, low } = conversation;
    let last = new Uint8Array(0);
    relay.onDatagram = (to, bytes) => {
      if (to === 'high' && isSealed(bytes)) last = Uint8Array.from(bytes);
      relay.pass(to, bytes);
    };
    await conversation.talk(10);
    const unknown = low.endpoint.counters.dropped['unknown-connection'];
    const neverSent = Uint8Array.from(last.subarray(4, 16));
    neverSent[8] = 1;
    for (let copy = 0; copy < 50; copy++) {
      relay.pass('low', encodePacket({ type: 'reset', answered: neverSent }));
      relay.pass('low', encodePacket({ type: 'reset', answered: secureRandom(12) }));
    }
    await low.until(() => low.endpoint.counters.dropped['unknown-connection'] - unknown === 100);
    const { received } = low.endpoint.counters;
    for (let copy = 0; copy < 50; copy++) {
      relay.pass('low', encodePacket({ type: 'reset', answered: last.subarray(4, 16) }));
    }
    await low.until(() => low.endpoint.counters.received >= received + 50);
    // Longer than the peer is given to say something.
    const untilMs = performance.now() + 2 * livenessTimeoutMsMax;
    while (performance.now() < untilMs) await conversation.talk(1);
    await conversation.expectUndisturbed();
  });
});

describe('an attacker between two sides of a real handshake', () => {
  it('forges each message before the genuine one: the handshake still succeeds', async () => {
    const conversation = await opening(RelayedConversation.open());
    const { relay, low, high } = conversation;
    const forgeries = 40;
    const forgedTypes = new Set<number>();
    relay.onDatagram = (to, bytes) => {
      const type = bytes[typeOffset] ?? 0;
      if (!isSealed(bytes) && !forgedTypes.has(type)) {
        forgedTypes.add(type);
        // Behind the indices, so that it is for this handshake.
        for (let copy = 0; copy < forgeries; copy++)
          relay.pass(to, withFlippedBit(bytes, 8 * (12 + copy) + 4));
      }
      relay.pass(to, bytes);
    };
    await conversation.connect();
    await conversation.talk(5);
    await conversation.expectUndisturbed();
    expect([...forgedTypes].sort()).toEqual([
      packetTypes.initiation,
      packetTypes.response,
      packetTypes.confirmation,
    ]);
    expect(low.endpoint.counters.dropped.forged).toBe(forgeries);
    expect(high.endpoint.counters.dropped.forged).toBe(forgeries);
    expect(high.endpoint.counters.dropped.checksum).toBe(forgeries);
  });

  it('repeats old handshakes: no connection opens', async () => {
    const conversation = await opening(RelayedConversation.open());
    const { relay, low, high } = conversation;
    const handshake: { to: 'low' | 'high'; bytes: Uint8Array }[] = [];
    relay.onDatagram = (to, bytes) => {
      if (!isSealed(bytes)) handshake.push({ to, bytes });
      relay.pass(to, bytes);
    };
    await conversation.connect();
    await conversation.talk(1, () => {
      for (let copy = 0; copy < 20; copy++) for (const { to, bytes } of handshake) relay.pass(to, bytes);
    });
    await conversation.talk(20);
    await conversation.expectUndisturbed();
    expect(high.endpoint.counters.dropped.duplicate).toBeGreaterThanOrEqual(20);
    expect(low.endpoint.counters.dropped['unknown-connection']).toBeGreaterThanOrEqual(20);
  });

  it('sends RETRYs with invalid tokens: they are followed once, and the handshake succeeds', async () => {
    const conversation = await opening(RelayedConversation.open());
    const { relay, low } = conversation;
    let initiations = 0;
    relay.onDatagram = (to, bytes) => {
      if (bytes[typeOffset] === packetTypes.initiation && ++initiations === 1) {
        const receiver = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8);
        for (let copy = 0; copy < 20; copy++) {
          relay.pass('low', encodePacket({ type: 'retry', receiver, token: secureRandom(32) }));
        }
      }
      relay.pass(to, bytes);
    };
    await conversation.connect();
    await conversation.expectUndisturbed();
    expect(initiations).toBe(2);
    const { duplicate, 'unknown-connection': unknown } = low.endpoint.counters.dropped;
    expect(duplicate + unknown).toBeGreaterThanOrEqual(19);
  });

  it('has its own key: neither side mistakes it for the other', async () => {
    const [low, high, mallory] = [
      await opening(SocketNode.start()),
      await opening(SocketNode.start()),
      await opening(SocketNode.start()),
    ];
    low.apply({
      type: 'dial',
      dial: 'd',
      candidates: [mallory.address],
      expected: high.key,
      probeOtherKey: true,
    });
    await low.until(() => low.countOf('dial-failed') === 1);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'wrong-key', found: mallory.key }]);
    expect(low.endpoint.counters.dropped['not-for-me']).toBe(1);
    // No third message, which would show who low is.
    expect(low.endpoint.counters.sent).toBe(6);
    await mallory.connect(high.address, high);
    mallory.send(high, 'I am low');
    await high.until(() => high.countOf('received') === 1);
    expect(new Set(high.events.map((event) => ('peer' in event ? event.peer : null)))).toEqual(
      new Set([mallory.key]),
    );
    expect(mallory.events.filter((event) => 'peer' in event && event.peer === low.key)).toEqual([]);
  });
});

describe('a forwarder beside two real sockets', () => {
  it('PROTOCOL 5.12: captures nothing, although it is faster than the path', async () => {
    const conversation = await begin();
    const { relay, low, high } = conversation;
    const thief = await opening(RawSocket.open());
    // What reaches the thief goes on to low, as if it came from high.
    thief.onDatagram = (bytes) => relay.pass('low', bytes);
    relay.onDatagram = (to, bytes) => {
      if (to === 'high' && isSealed(bytes)) thief.send(high.address, bytes);
      relay.pass(to, bytes);
    };
    await conversation.talk(100, () => {
      expect(high.endpoint.statistics()[0]?.address).toEqual(relay.back);
      expect(low.endpoint.statistics()[0]?.address).toEqual(relay.front);
    });
    await conversation.expectUndisturbed();
    expect(thief.received.length).toBeGreaterThan(0);
    expect(high.endpoint.counters.dropped.replayed).toBeGreaterThan(100);
  });
});

describe('a flood of first packets to a real socket', () => {
  it('PROTOCOL 4.4: 20,000 of them from 40 ports harm neither live connections nor new peers', async () => {
    const conversation = await begin();
    const { high } = conversation;
    const ports = await Promise.all(Array.from({ length: 40 }, () => opening(RawSocket.open())));
    const random = new SeededRandom(5);
    const perRound = 200;
    const rounds = 20_000 / perRound;
    const newcomer = await opening(SocketNode.start());
    await conversation.talk(rounds, (round) => {
      for (let number = 0; number < perRound; number++) {
        const initiation = encodePacket({
          type: 'initiation',
          sender: number,
          token: number % 3 === 0 ? random.bytes(32) : new Uint8Array(0),
          pattern: 'XX',
          message: random.bytes(32),
          byteCount: 256,
        });
        ports[number % ports.length]?.send(high.address, initiation);
      }
      if (round === rounds / 2) {
        newcomer.apply({ type: 'dial', dial: 'd', candidates: [high.address], expected: high.key });
      }
    });
    await newcomer.until(() => newcomer.countOf('connected') === 1);
    high.events.splice(
      high.events.findIndex(({ type }) => type === 'connected'),
      1,
    );
    newcomer.apply({ type: 'close', peer: high.key, reason: 'goodbye' });
    await high.until(() => high.countOf('disconnected') === 1);
    high.events.splice(
      high.events.findIndex(({ type }) => type === 'disconnected'),
      1,
    );
    await conversation.expectUndisturbed();
    const { halfOpens } = high.endpoint.holdings(performance.now());
    expect(halfOpens).toBeLessThanOrEqual(65);
    // The others the system has lost: a flood overflows its queue.
    expect(high.endpoint.counters.dropped['no-token']).toBeGreaterThan(10_000);
    const answered = ports.flatMap(({ received }) => received);
    expect(answered.length).toBeGreaterThan(10_000);
    expect(Math.max(...answered.map(({ length }) => length))).toBeLessThan(256);
  });
});
