import { describe, expect, it } from 'vitest';
import type { Address } from '../../shared/address.ts';
import { type PeerKey, peerKeyFromBytes } from '../../shared/ids.ts';
import { handshakeRates, reassemblyBytesMax, refusedPeersMax, unknownRates } from '../../shared/limits.ts';
import { decodePacket } from '../../shared/wire/decode.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { encodeFrame, type Frame } from '../../shared/wire/frames.ts';
import type { PacketOf } from '../../shared/wire/packet.ts';
import type { EndpointNode } from '../simulation/transport/endpoint-node.ts';
import { connectByHand, handParameters, ManualHandshake } from '../simulation/transport/manual-handshake.ts';
import { connectedLan, smallLan, type TransportFixture } from '../simulation/transport/transport-fixture.ts';
import { budgetShares } from './fair-budget.ts';
import type { Profile } from './flow/settings.ts';
import { RefusedPeers } from './handshake/refused-peers.ts';
import { halfOpenMs, queueStallMs, refusedMs, unknownMs } from './timing.ts';

/** Two endpoints; for `low` each new peer is unknown. */
function lanWithStrangers(profileOf: () => Profile = () => 'normal'): TransportFixture {
  return smallLan({}, { low: { newPeerClass: 'unknown' }, high: { profileOf } });
}

/** `high` has dialed `low`. */
function connectedToStranger(profileOf?: () => Profile): TransportFixture {
  const lan = lanWithStrangers(profileOf);
  lan.high.dial('d', [lan.low.address], lan.low.key);
  lan.network.run(20);
  expect(lan.low.eventsOf('connected')).toHaveLength(1);
  return lan;
}

/** Gives `node` a datagram, and returns its first answer. */
function answerTo(node: EndpointNode, from: Address, bytes: Uint8Array): Uint8Array | undefined {
  let answer: Uint8Array | undefined;
  node.socket.turn(({ monotonicMs }) => {
    node.endpoint.handleDatagram(monotonicMs, from, bytes);
    answer = node.pollTransmit()?.bytes;
    while (node.pollTransmit() !== undefined);
  });
  return answer;
}

function packetIn(bytes: Uint8Array | undefined) {
  const decoded = bytes === undefined ? undefined : decodePacket(bytes);
  return decoded?.type === 'packet' ? decoded.packet : undefined;
}

/** Begins a handshake from this address, with a token if one is required. */
function beginAt(node: EndpointNode, from: Address, index: number, keyNumber = 9) {
  const handshake = new ManualHandshake(index, keyNumber);
  let answer = packetIn(answerTo(node, from, encodePacket(handshake.initiation())));
  if (answer?.type === 'retry')
    answer = packetIn(
      answerTo(node, from, encodePacket(handshake.initiation(Uint8Array.from(answer.token)))),
    );
  return { handshake, response: answer?.type === 'response' ? answer : undefined };
}

describe('the class of a peer', () => {
  it('PROTOCOL 7.6: holds for later connections too, until the last one ends', () => {
    let profile: Profile = 'normal';
    const { network, low, high } = connectedToStranger(() => profile);
    low.apply({ type: 'classify', peer: high.key, class: 'registered' });
    network.run(2 * unknownMs);
    // Another connection takes the place of this one.
    profile = 'classic';
    high.apply({ type: 'renegotiate-profile', peer: low.key });
    network.run(2 * unknownMs);
    expect(low.eventsOf('connected')).toHaveLength(2);
    expect(low.eventsOf('disconnected')).toEqual([]);
    high.apply({ type: 'close', peer: low.key, reason: 'goodbye' });
    network.run(100);
    high.dial('again', [low.address], low.key);
    network.run(2 * unknownMs);
    expect(low.eventsOf('disconnected').map(({ cause }) => cause)).toEqual(['goodbye', 'refused']);
  });

  it('PROTOCOL 7.6: is established from the start where a role meets no strangers', () => {
    const { network, low, high } = connectedLan();
    network.run(2 * unknownMs);
    expect([...low.events, ...high.events]).toEqual([]);
  });
});

describe('an unknown peer', () => {
  it('PROTOCOL 7.10: is refused after 5 s', () => {
    const { network, low, high } = connectedToStranger();
    network.run(unknownMs - 100);
    expect(low.eventsOf('disconnected')).toEqual([]);
    network.run(200);
    expect(low.eventsOf('disconnected')).toMatchObject([{ peer: high.key, cause: 'refused' }]);
    expect(high.eventsOf('disconnected')).toMatchObject([{ peer: low.key, cause: 'refused' }]);
    expect(low.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 7.10: gets 5 s more each time when the role says again that it is unknown', () => {
    const { network, low, high } = connectedToStranger();
    for (let count = 0; count < 5; count++) {
      network.run(unknownMs - 100);
      low.apply({ type: 'classify', peer: high.key, class: 'unknown' });
    }
    network.run(unknownMs - 100);
    expect(low.eventsOf('disconnected')).toEqual([]);
    network.run(200);
    expect(low.eventsOf('disconnected')).toHaveLength(1);
  });

  it('PROTOCOL 7.8: has packets beyond its rate dropped before they are opened', () => {
    const lan = lanWithStrangers();
    const connection = connectByHand(lan, lan.low);
    const { burst } = unknownRates.connection;
    for (let count = 0; count < 2 * burst; count++) {
      const datagram = connection.seal({ type: 'ping' });
      // A damaged packet counts too, and costs no attempt to open it beyond the rate.
      if (count % 2 === 0) datagram[20]! ^= 1;
      lan.low.socket.turn((now) =>
        lan.low.handleDatagrams(now, [{ from: lan.raw.address, bytes: datagram }]),
      );
    }
    const { forged, limit } = lan.low.endpoint.counters.dropped;
    expect(limit).toBe(burst);
    expect(forged).toBe(burst / 2);
    lan.low.apply({ type: 'classify', peer: lan.low.eventsOf('connected')[0]!.peer, class: 'established' });
    connection.send({ type: 'ping' });
    lan.network.run(10);
    expect(lan.low.endpoint.counters.dropped.limit).toBe(burst);
  });

  it('PROTOCOL 7.8: pays for its messages too', () => {
    const lan = lanWithStrangers();
    const connection = connectByHand(lan, lan.low);
    connection.send(...words(0, 40));
    connection.send({ type: 'ping' });
    lan.network.run(10);
    expect(lan.low.receivedTexts()).toHaveLength(40);
    expect(lan.low.endpoint.counters.dropped.limit).toBe(1);
  });

  it('PROTOCOL 7.8: pays for messages that wait when they arrive, and so cannot save them up', () => {
    const lan = lanWithStrangers();
    const connection = connectByHand(lan, lan.low);
    // The first message is missing, so all others wait.
    connection.send(...words(1, 40));
    lan.network.run(10);
    expect(lan.low.receivedTexts()).toEqual([]);
    connection.send(...words(0, 1));
    lan.network.run(10);
    expect(lan.low.endpoint.counters.dropped.limit).toBe(1);
    lan.network.run(2_000);
    connection.send(...words(0, 1));
    lan.network.run(10);
    expect(lan.low.receivedTexts()).toHaveLength(41);
    // Copies are no messages.
    connection.send(...words(0, 1));
    connection.send({ type: 'ping' });
    lan.network.run(10);
    expect(lan.low.endpoint.counters.dropped.limit).toBe(1);
  });
});

/** Messages of one byte, numbered from `first`. */
function words(first: number, count: number): Frame[] {
  return Array.from({ length: count }, (_, number) => ({
    type: 'data',
    channel: 'chat',
    message: first + number,
    offset: 0,
    total: 1,
    payload: Uint8Array.of(65),
  }));
}

describe('a peer that the role refuses for a while', () => {
  it('PROTOCOL 7.14: gets CLOSE at once, whatever waits, and what it sends later is not read', () => {
    const { network, low, high } = connectedToStranger();
    low.send(high.key, 'bulk', 'x'.repeat(400_000), 'large');
    const { instance } = low.eventsOf('connected')[0]!;
    low.apply({ type: 'refuse', peer: high.key, instance });
    expect(low.endpoint.connectionCount).toBe(0);
    expect(low.eventsOf('undelivered').map(({ token, cause }) => [token, cause])).toEqual([
      ['large', 'closed'],
    ]);
    high.send(low.key, 'chat', 'late');
    network.run(100);
    expect([low.receivedTexts(), low.eventsOf('disconnected')]).toEqual([[], []]);
    expect(high.eventsOf('disconnected').map(({ cause }) => cause)).toEqual(['refused']);
  });

  it('PROTOCOL 7.14: gets no connection for 10 s, also by a dial of the other side', () => {
    const { network, low, high } = connectedToStranger();
    const { instance } = low.eventsOf('connected')[0]!;
    low.apply({ type: 'refuse', peer: high.key, instance });
    network.run(100);
    high.dial('early', [low.address], low.key);
    low.dial('back', [high.address], high.key);
    network.run(refusedMs - 200);
    expect(high.eventsOf('dial-failed').map(({ dial, cause }) => [dial, cause])).toEqual([
      ['early', 'no-answer'],
    ]);
    expect(low.eventsOf('dial-failed').map(({ dial, cause }) => [dial, cause])).toEqual([
      ['back', 'no-answer'],
    ]);
    expect(low.eventsOf('connected')).toHaveLength(1);
    network.run(200);
    high.dial('later', [low.address], low.key);
    network.run(100);
    expect(low.eventsOf('connected')).toHaveLength(2);
  });

  it('PROTOCOL 7.14: is forgotten when more keys are refused than an endpoint remembers', () => {
    const peers = new RefusedPeers();
    const numberedKey = (number: number) =>
      peerKeyFromBytes(Uint8Array.from({ length: 32 }, (_, at) => number >> at));
    for (let number = 0; number <= refusedPeersMax; number++) peers.add(number / 1e6, numberedKey(number));
    expect([0, 1, refusedPeersMax].map((number) => peers.has(1, numberedKey(number)))).toEqual([
      false,
      true,
      true,
    ]);
    expect(peers.has(refusedMs + 1, numberedKey(1))).toBe(false);
  });
});

describe('memory for unfinished messages', () => {
  /** Opens a connection from any address. Returns a function that delivers frames over it. */
  function connectFrom(low: EndpointNode, host: string, keyNumber: number, nowMs: number) {
    const from = { host, port: 1_000 + keyNumber };
    const { handshake, response } = beginAt(low, from, keyNumber, keyNumber);
    const { confirmation, packetCrypto } = handshake.confirm(nowMs, response!);
    answerTo(low, from, encodePacket(confirmation));
    const deliver = (...frames: Frame[]): void => {
      const parts = frames.map((frame) => [...encodeFrame(frame)]);
      answerTo(low, from, packetCrypto.seal(nowMs, Uint8Array.from(parts.flat())));
    };
    return { key: handshake.key, deliver };
  }

  it('PROTOCOL 7.7: is not reserved by announced lengths', () => {
    const lan = connectedLan({}, { low: { newPeerClass: 'unknown' } });
    const { network, low, high, nowMs } = lan;
    for (let number = 3; number < 23; number++) {
      const { deliver } = connectFrom(low, `192.168.1.${100 + number}`, number, nowMs());
      for (const channel of ['control', 'chat', 'bulk'] as const) {
        const payload = new Uint8Array(8);
        deliver({ type: 'data', channel, message: 0, offset: 0, total: 524_224, payload });
      }
    }
    expect(low.endpoint.holdings(nowMs()).reassemblyBytes).toBeLessThan(60 * 1_024);
    low.apply({ type: 'classify', peer: high.key, class: 'registered' });
    high.send(low.key, 'bulk', 'x'.repeat(500_000), 'large');
    network.run(3_000);
    expect(low.receivedTexts()).toHaveLength(1);
  });

  it('PROTOCOL 7.7: of an address group has a share, and the connection that uses most of it is refused', () => {
    const { network, low, high, nowMs } = connectedLan({}, { low: { newPeerClass: 'unknown' } });
    const group = budgetShares(reassemblyBytesMax).group;
    const payload = new Uint8Array(8_000);
    const peers = Array.from({ length: 5 }, (_, index) => {
      const { key, deliver } = connectFrom(low, '192.168.1.99', 3 + index, nowMs());
      low.apply({ type: 'classify', peer: key, class: 'registered' });
      // All of each message but its first part.
      for (const [channel, messages] of [
        ['control', 1],
        ['chat', 1],
        ['bulk', 3],
      ] as const)
        for (let message = 0; message < messages; message++)
          for (let offset = 8_000; offset < 520_000; offset += 8_000)
            deliver({ type: 'data', channel, message, offset, total: 520_000, payload });
      expect(low.endpoint.holdings(nowMs()).reassemblyBytes).toBeLessThanOrEqual(group);
      return key;
    });
    const refused = low.eventsOf('disconnected').map(({ peer, cause }) => [peer, cause]);
    expect(refused.length).toBeGreaterThan(0);
    for (const [peer, cause] of refused)
      expect([peers.slice(0, 4).includes(peer as PeerKey), cause]).toEqual([true, 'refused']);
    low.apply({ type: 'classify', peer: high.key, class: 'registered' });
    high.send(low.key, 'bulk', 'x'.repeat(500_000), 'large');
    network.run(3_000);
    expect(low.receivedTexts()).toHaveLength(1);
  });
});

describe('handshakes', () => {
  it('PROTOCOL 7.9: beyond the rate of an address are not answered, and those of other addresses are', () => {
    const { low } = lanWithStrangers();
    const { all, group } = handshakeRates;
    let answered = 0;
    // The ports of one address are one group.
    for (let number = 0; number < all.burst; number++) {
      const { response } = beginAt(low, { host: '192.168.1.66', port: 1_000 + number }, number);
      if (response !== undefined) answered++;
    }
    expect(answered).toBeGreaterThanOrEqual(group.burst);
    expect(answered).toBeLessThanOrEqual(all.burst / 2 + group.burst);
    expect(low.endpoint.counters.dropped.limit).toBeGreaterThan(0);
    expect(beginAt(low, { host: '192.168.1.67', port: 1_000 }, 1).response).toBeDefined();
  });

  it('PROTOCOL 7.9: CONFIRMATIONs that are not genuine count, and are not read beyond the rate', () => {
    const { low } = lanWithStrangers();
    const from = { host: '192.168.1.66', port: 1_000 };
    const { response } = beginAt(low, from, 1);
    const message = new Uint8Array(100);
    const forged: PacketOf<'confirmation'> = { type: 'confirmation', receiver: response!.sender, message };
    for (let count = 0; count < handshakeRates.all.burst; count++) answerTo(low, from, encodePacket(forged));
    const { dropped } = low.endpoint.counters;
    expect(dropped.limit).toBeGreaterThan(100);
    expect(dropped.forged + dropped.limit).toBe(handshakeRates.all.burst);
  });

  it('PROTOCOL 7.9: have no rate where each peer is established from the start', () => {
    const { low } = smallLan();
    for (let number = 0; number < 1_100; number++) {
      const from = { host: '192.168.1.66', port: 1_000 + number };
      expect(beginAt(low, from, number).response).toBeDefined();
    }
    expect(low.endpoint.counters.dropped.limit).toBe(0);
  });

  it('PROTOCOL 7.9: a dial reads at most 128 RESPONSEs in a try that are not genuine', () => {
    const { network, low, high } = smallLan();
    let dial: number | undefined;
    network.onDelivery = ({ to, bytes }) => {
      const packet = packetIn(bytes);
      if (to.port !== high.address.port || packet?.type !== 'initiation' || dial !== undefined) return;
      dial = packet.sender;
      const response = encodePacket({
        type: 'response',
        receiver: dial,
        sender: 1,
        message: new Uint8Array(150),
      });
      for (let count = 0; count < 200; count++)
        low.socket.turn((now) => low.handleDatagrams(now, [{ from: high.address, bytes: response }]));
    };
    low.dial('d', [high.address], high.key);
    network.run(400);
    expect(low.endpoint.counters.dropped.forged).toBe(128);
    // The RESPONSE of the next try counts.
    network.run(halfOpenMs);
    expect(low.eventsOf('connected')).toHaveLength(1);
  });
});

describe('messages that wait', () => {
  it('PROTOCOL 7.12: for a peer that grants no credit end its connection after 30 s', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    const handshake = new ManualHandshake(7);
    raw.send(low.address, handshake.initiation());
    network.run(3);
    const parameters = { ...handParameters, credits: { control: 0, chat: 0, bulk: 0 } };
    const confirmed = handshake.confirm(lan.nowMs(), raw.packetsOf('response')[0]!, parameters);
    raw.send(low.address, confirmed.confirmation);
    network.run(3);
    low.send(handshake.key, 'chat', 'word');
    for (let passedMs = 0; passedMs < queueStallMs - 1_000; passedMs += 1_000) {
      network.run(1_000);
      const largest = raw.packetsOf('transport').at(-1)!.counter;
      const ack = Uint8Array.of(0x02, largest, 0, 0, largest);
      raw.sendBytes(low.address, confirmed.packetCrypto.seal(lan.nowMs(), ack));
    }
    expect(low.eventsOf('disconnected')).toEqual([]);
    network.run(3_000);
    expect(low.eventsOf('undelivered').map(({ token, cause }) => [token, cause])).toEqual([
      ['word', 'closed'],
    ]);
    expect(low.eventsOf('disconnected').map(({ cause }) => cause)).toEqual(['refused']);
  });
});

describe('challenges of an address', () => {
  const challenge = (number: number) =>
    ({ type: 'path-challenge', data: new Uint8Array(8).fill(number) }) as const;

  it('PROTOCOL 5.11: are answered once for a packet, with the last one', () => {
    const lan = smallLan();
    const connection = connectByHand(lan, lan.low);
    connection.send(...Array.from({ length: 100 }, (_, number) => challenge(number)));
    lan.network.run(10);
    expect(connection.framesOf('path-response')).toEqual([{ ...challenge(99), type: 'path-response' }]);
  });

  it('PROTOCOL 5.11: are answered twice in a round trip, and again in the next one', () => {
    const lan = smallLan();
    const connection = connectByHand(lan, lan.low);
    for (let number = 0; number < 20; number++) connection.send(challenge(number));
    lan.network.run(5);
    expect(connection.framesOf('path-response')).toHaveLength(2);
    lan.network.run(20);
    connection.send(challenge(99));
    lan.network.run(5);
    expect(connection.framesOf('path-response')).toHaveLength(3);
  });

  it('PROTOCOL 5.13: do not make an endpoint send more than three times as much to an address that has proved nothing', () => {
    const lan = smallLan();
    const connection = connectByHand(lan, lan.low);
    const victim = { host: '192.168.1.99', port: 9 };
    const bytes = { from: 0, to: 0 };
    for (let number = 0; number < 500; number++) {
      const datagram = connection.seal(...Array.from({ length: 3 }, () => challenge(number & 255)));
      bytes.from += datagram.length;
      lan.low.socket.turn(({ monotonicMs }) => {
        lan.low.endpoint.handleDatagram(monotonicMs, victim, datagram);
        for (let out = lan.low.pollTransmit(); out !== undefined; out = lan.low.pollTransmit())
          if (out.to.host === victim.host) bytes.to += out.bytes.length;
      });
      lan.network.run(2);
    }
    expect(bytes.to).toBeGreaterThan(0);
    expect(bytes.to).toBeLessThanOrEqual(3 * bytes.from);
  });
});
