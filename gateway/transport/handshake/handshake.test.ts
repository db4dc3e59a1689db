import { describe, expect, it } from 'vitest';
import type { Address } from '../../../shared/address.ts';
import { halfOpenMax, halfOpenWithoutTokenMax } from '../../../shared/limits.ts';
import { decodePacket } from '../../../shared/wire/decode.ts';
import { encodePacket } from '../../../shared/wire/encode.ts';
import { encodeList, encodeParameters } from '../../../shared/wire/parameters.ts';
import type { PacketOf } from '../../../shared/wire/packet.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { EndpointNode, testKey, testKeys } from '../../simulation/transport/endpoint-node.ts';
import {
  answerByHand,
  connectByHand,
  freshEphemeral,
  ManualConnection,
  ManualHandshake,
  handParameters,
} from '../../simulation/transport/manual-handshake.ts';
import { RawPeer } from '../../simulation/transport/raw-peer.ts';
import {
  connectedLan,
  type TransportFixture,
  smallLan,
} from '../../simulation/transport/transport-fixture.ts';
import { tokenKeyMs, attemptIntervalMs } from '../timing.ts';

/** As many half-open handshakes as there may be without tokens, from as many ports. */
function fillHalfOpens({ low, network }: TransportFixture): void {
  for (let number = 1; number <= halfOpenWithoutTokenMax; number++) {
    const bytes = encodePacket(new ManualHandshake(number).initiation());
    low.socket.turn((now) =>
      low.handleDatagrams(now, [{ from: { host: '192.168.1.77', port: number }, bytes }]),
    );
  }
  network.run(10);
}

describe('a handshake', () => {
  it('PROTOCOL 4.1: is INITIATION, RESPONSE, CONFIRMATION and a sealed packet; each side emits connected once', () => {
    const { network, low, high } = smallLan();
    low.dial('d', [high.address]);
    network.run(10_000);
    expect(low.events).toMatchObject([
      { type: 'connected', peer: high.key, address: high.address, dial: 'd' },
    ]);
    expect(high.events).toMatchObject([
      { type: 'connected', peer: low.key, address: low.address, dial: null },
    ]);
    expect([low.endpoint.counters.sent, high.endpoint.counters.sent]).toEqual([2, 2]);
  });

  it('PROTOCOL 4.1: the initiator waits for a sealed packet, which only the responder can make', () => {
    const lan = smallLan();
    const { network, low, raw, nowMs } = lan;
    low.dial('d', [raw.address], testKey(9));
    network.run(3);
    const answer = answerByHand(raw.packetsOf('initiation')[0]!, 5);
    raw.send(low.address, answer.response);
    network.run(3);
    expect(low.events).toEqual([]);
    const packetCrypto = answer.packetCrypto(nowMs(), raw.packetsOf('confirmation')[0]!);
    const forged = packetCrypto.seal(nowMs(), Uint8Array.of(1));
    forged[20]! ^= 1;
    raw.sendBytes(low.address, forged);
    network.run(3);
    expect(low.events).toEqual([]);
    new ManualConnection(lan, low.address, packetCrypto, low.key).say('hi');
    network.run(3);
    expect(low.events.map(({ type }) => type)).toEqual(['connected', 'received']);
  });

  it('PROTOCOL 4.2: sends INITIATION to every candidate 5 times, 0.5 s apart, and fails 2.5 s after the first', () => {
    const { network, low, raw, nowMs } = smallLan();
    const startMs = nowMs();
    const absent = { host: '192.168.1.99', port: 5 };
    low.dial('d', [raw.address, absent, raw.address, { host: '224.0.0.1', port: 5 }]);
    network.run(2_499);
    expect(low.events).toEqual([]);
    network.run(1);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'no-answer' }]);
    expect(raw.received.map(({ atMs, packet }) => [atMs - startMs, packet.type])).toEqual(
      [1, 501, 1001, 1501, 2001].map((atMs) => [atMs, 'initiation']),
    );
    expect(new Set(raw.packetsOf('initiation').map(({ sender }) => sender)).size).toBe(1);
    expect(low.endpoint.counters.sent).toBe(10);
  });

  it('PROTOCOL 4.2: sends one INITIATION to an address that only the peer names, and ends after 1 s without an answer', () => {
    const { network, low, raw } = smallLan();
    const [absent, claimed] = [5, 6].map((port) => ({ host: '192.168.1.99', port })) as [Address, Address];
    low.apply({
      type: 'dial',
      dial: 'd',
      candidates: [absent],
      claims: [raw.address, absent],
      expected: null,
    });
    network.run(2_500);
    expect(raw.packetsOf('initiation')).toHaveLength(1);
    expect(low.endpoint.counters.sent).toBe(6);
    low.apply({ type: 'dial', dial: 'e', candidates: [], claims: [claimed], expected: null });
    network.run(999);
    expect(low.eventsOf('dial-failed').map(({ dial }) => dial)).toEqual(['d']);
    network.run(2);
    expect(low.eventsOf('dial-failed').map(({ dial }) => dial)).toEqual(['d', 'e']);
    expect(low.endpoint.counters.sent).toBe(7);
  });

  it('PROTOCOL 4.2: connects to an address that only the peer names, when it answers within 1 s', () => {
    const { network, low, high, lowHost, highHost } = smallLan();
    network.setLink(highHost, lowHost, { delayMs: 800 });
    low.apply({ type: 'dial', dial: 'd', candidates: [], claims: [high.address], expected: high.key });
    network.run(5_000);
    expect(low.eventsOf('connected')).toMatchObject([{ dial: 'd', peer: high.key }]);
  });

  it('PROTOCOL 4.2: uses the first 8 different unicast candidates, and fails at once without any', () => {
    const { network, low } = smallLan();
    const candidates = Array.from({ length: 12 }, (_, index) => ({ host: '192.168.1.99', port: index + 1 }));
    low.dial('many', [...candidates, ...candidates]);
    network.run(2_400);
    expect(low.endpoint.counters.sent).toBe(40);
    low.dial('none', [{ host: '255.255.255.255', port: 5 }]);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'none', cause: 'no-answer' }]);
  });

  it('PROTOCOL 4.2: confirms only the first answer', () => {
    const { network, low, high } = smallLan();
    const far = network.addHost('far', ['192.168.1.8/24']);
    const other = new EndpointNode(far, 50_000, { keys: testKeys(8), seed: 8 });
    network.setLink(far, low.socket.host, { delayMs: 30 });
    low.dial('d', [other.address, high.address]);
    network.run(10_000);
    expect(low.events).toMatchObject([
      { type: 'connected', peer: high.key, address: high.address, dial: 'd' },
    ]);
    expect(other.events).toEqual([]);
    expect(low.endpoint.counters.dropped['unknown-connection']).toBe(1);
  });

  it('PROTOCOL 4.2: ignores a RESPONSE from an address that is not a candidate', () => {
    const { network, low, raw } = smallLan();
    low.dial('d', [raw.address]);
    network.run(3);
    const { response } = answerByHand(raw.packetsOf('initiation')[0]!, 5);
    const meddler = new RawPeer(network.addHost('meddler', ['192.168.1.66/24']), 50_000);
    meddler.send(low.address, response);
    network.run(3);
    expect(raw.packetsOf('confirmation')).toEqual([]);
    expect(low.endpoint.counters.dropped['not-for-me']).toBe(1);
  });

  it('PROTOCOL 4.2: a CONFIRMATION without an answer has 5 attempts too', () => {
    const { network, low, raw } = smallLan();
    low.dial('d', [raw.address]);
    network.run(1);
    raw.send(low.address, answerByHand(raw.packetsOf('initiation')[0]!, 5).response);
    network.run(10_000);
    expect(raw.packetsOf('confirmation')).toHaveLength(5);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'no-answer' }]);
    expect(low.endpoint.dialCount).toBe(0);
  });

  it('PROTOCOL 4.3: an unconfirmed INITIATION does not disturb a live connection', () => {
    const { network, low, high, raw } = connectedLan();
    raw.send(high.address, new ManualHandshake(77, 1).initiation());
    network.run(3);
    low.send(high.key, 'chat', 'still here');
    network.run(3);
    expect(high.receivedTexts()).toEqual(['still here']);
    expect(high.eventsOf('connected')).toEqual([]);
  });

  it('PROTOCOL 4.3: a CONFIRMATION counts only from the address of its INITIATION, and forged ones spoil nothing', () => {
    const { network, low, raw, nowMs } = smallLan();
    const dial = new ManualHandshake(7);
    raw.send(low.address, dial.initiation());
    network.run(3);
    const { confirmation } = dial.confirm(nowMs(), raw.packetsOf('response')[0]!);
    const thief = new RawPeer(network.addHost('thief', ['192.168.1.66/24']), 50_000);
    thief.send(low.address, confirmation);
    for (let at = 0; at < confirmation.message.length; at += 7) {
      const message = Uint8Array.from(confirmation.message);
      message[at]! ^= 1;
      raw.send(low.address, { ...confirmation, message });
    }
    network.run(3);
    expect(low.events).toEqual([]);
    raw.send(low.address, confirmation);
    network.run(3);
    expect(low.eventsOf('connected').map(({ peer }) => peer)).toEqual([dial.key]);
  });

  it('PROTOCOL 4.3: forged RESPONSEs spoil nothing: the genuine one still counts', () => {
    const lan = smallLan();
    const { network, low, high, raw } = lan;
    low.dial('d', [high.address, raw.address], high.key);
    network.onDelivery = ({ bytes, to }) => {
      // The stranger sees the RESPONSE first and sends a hundred like it.
      if (bytes[3] !== 3 || to.host !== low.address.host) return;
      network.onDelivery = () => {};
      const forgeries = Array.from({ length: 100 }, (_, number) => {
        const forged = Uint8Array.from(bytes);
        forged[12 + (number % (forged.length - 12))]! ^= 1 << (number % 7);
        return { from: high.address, bytes: forged };
      });
      low.socket.turn((now) => low.handleDatagrams(now, forgeries));
    };
    network.run(100);
    expect(low.endpoint.counters.dropped.forged).toBe(100);
    expect(low.eventsOf('connected')).toHaveLength(1);
    expect(high.eventsOf('connected')).toHaveLength(1);
  });

  it('PROTOCOL 4.3: invalid parameters open no connection', () => {
    const { network, low, raw, nowMs } = smallLan();
    const dial = new ManualHandshake(7);
    raw.send(low.address, dial.initiation());
    network.run(3);
    const parameters = { ...handParameters, versions: [] };
    raw.send(low.address, dial.confirm(nowMs(), raw.packetsOf('response')[0]!, parameters).confirmation);
    network.run(3);
    expect(low.events).toEqual([]);
    expect(low.endpoint.counters.dropped.malformed).toBe(1);
  });

  it('PROTOCOL 4.4: past 64 half-open handshakes a token is required, and is sufficient', () => {
    const lan = smallLan();
    const { network, low, high } = lan;
    fillHalfOpens(lan);
    high.dial('d', [low.address], low.key);
    network.run(100);
    expect(high.events).toMatchObject([
      { type: 'connected', peer: low.key, address: low.address, dial: 'd' },
    ]);
    expect(low.endpoint.counters.dropped['no-token']).toBe(1);
    // INITIATION, RETRY, INITIATION, RESPONSE, CONFIRMATION, the first sealed packet.
    expect([high.endpoint.counters.sent, low.endpoint.counters.sent]).toEqual([3, 64 + 3]);
  });

  it('PROTOCOL 4.4: a token is valid for its address, port and ephemeral key, for a limited time', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    fillHalfOpens(lan);
    const dial = new ManualHandshake(5_000);
    raw.send(low.address, dial.initiation());
    network.run(3);
    const [{ receiver, token }] = raw.packetsOf('retry') as [PacketOf<'retry'>];
    expect(receiver).toBe(5_000);
    const elsewhere = new RawPeer(network.addHost('elsewhere', ['192.168.1.66/24']), 50_000);
    const otherPort = new RawPeer(raw.socket.host, 50_001);
    elsewhere.send(low.address, dial.initiation(token));
    otherPort.send(low.address, dial.initiation(token));
    raw.send(low.address, new ManualHandshake(5_000, 9, freshEphemeral()).initiation(token));
    raw.send(low.address, dial.initiation(Uint8Array.from(token, (byte) => byte ^ 1)));
    network.run(3);
    expect([elsewhere, otherPort, raw].map((node) => node.packetsOf('response').length)).toEqual([0, 0, 0]);
    raw.send(low.address, dial.initiation(token));
    network.run(3);
    expect(raw.packetsOf('response')).toHaveLength(1);
    // Two periods later the token is no longer valid.
    network.run(2 * tokenKeyMs);
    fillHalfOpens(lan);
    raw.send(low.address, dial.initiation(token));
    network.run(3);
    expect(raw.packetsOf('response')).toHaveLength(1);
  });

  it('PROTOCOL 4.4: a RETRY is followed once per attempt, and only from a candidate', () => {
    const { network, low, raw } = smallLan();
    low.dial('d', [raw.address]);
    network.run(1);
    const { sender } = raw.packetsOf('initiation')[0]!;
    const token = new Uint8Array(32).fill(5);
    const meddler = new RawPeer(network.addHost('meddler', ['192.168.1.66/24']), 50_000);
    for (let round = 0; round < 10; round++) {
      meddler.send(low.address, { type: 'retry', receiver: sender, token: new Uint8Array(32) });
      raw.send(low.address, { type: 'retry', receiver: sender, token });
    }
    network.run(3_000);
    expect(raw.packetsOf('initiation').map((packet) => packet.token.length)).toEqual([0, 32, 32, 32, 32, 32]);
    expect(meddler.received).toEqual([]);
  });

  it('PROTOCOL 4.5: an initiator that expects another key does not show its identity', () => {
    const { network, low, high, nowMs } = smallLan();
    const startMs = nowMs();
    low.dial('d', [high.address], testKey(7), true);
    expect(network.run(10_000, () => low.events.length > 0)).toBe(true);
    expect(nowMs() - startMs).toBeLessThanOrEqual(6 * attemptIntervalMs);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'wrong-key', found: high.key }]);
    network.run(10_000);
    expect(high.events).toEqual([]);
    // Five INITIATIONs of XK and one of XX, and no third message.
    expect(low.endpoint.counters.sent).toBe(6);
  });

  it('PROTOCOL 4.5: continues with the other candidates when one has the wrong key', () => {
    const { network, low, high } = smallLan();
    const home = network.addHost('home', ['192.168.1.8/24']);
    const right = new EndpointNode(home, 50_000, { keys: testKeys(8), seed: 8 });
    network.setLink(low.socket.host, home, { delayMs: 100 });
    low.dial('d', [high.address, right.address], right.key);
    network.run(10_000);
    expect(low.events).toMatchObject([
      { type: 'connected', peer: right.key, address: right.address, dial: 'd' },
    ]);
  });

  it('PROTOCOL 4.5: an endpoint never connects to itself', () => {
    const { network, low } = smallLan();
    low.dial('by address', [low.address]);
    low.dial('by key', [low.address], low.key);
    network.run(10_000);
    expect(low.events).toEqual([
      { type: 'dial-failed', dial: 'by key', cause: 'wrong-key', found: low.key },
      { type: 'dial-failed', dial: 'by address', cause: 'reflected' },
    ]);
    expect(low.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 4.5: past 1,024 half-open handshakes the oldest is dropped, and no new one is refused', () => {
    const { low, nowMs } = smallLan();
    const from = (number: number) => ({ host: '192.168.1.77', port: number });
    const tell = (number: number, packet: PacketOf<'initiation'> | PacketOf<'confirmation'>) =>
      low.endpoint.handleDatagram(nowMs(), from(number), encodePacket(packet));
    const answers = () => {
      const types: number[] = [];
      for (let out = low.endpoint.pollTransmit(); out !== undefined; out = low.endpoint.pollTransmit()) {
        types.push(out.bytes[3]!);
        if (out.bytes[3] === 2) tokens.set(out.to.port, out.bytes.slice(8));
      }
      return types;
    };
    const tokens = new Map<number, Uint8Array>();
    for (let number = 1; number <= halfOpenMax + 10; number++) {
      const dial = new ManualHandshake(number);
      tell(number, dial.initiation());
      if (number > halfOpenWithoutTokenMax) {
        expect(answers()).toEqual([2]);
        tell(number, dial.initiation(tokens.get(number)));
      }
      expect(answers()).toEqual([3]);
    }
    expect(low.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 4.6: late copies of a handshake open nothing; a CONFIRMATION is answered until the initiator hears the answer', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    const connection = connectByHand(lan, low);
    const sealed = () => raw.packetsOf('transport').length;
    expect(sealed()).toBe(1);
    raw.send(low.address, connection.confirmation);
    raw.send(low.address, {
      ...connection.confirmation,
      message: connection.confirmation.message.map((b) => b ^ 1),
    });
    network.run(3);
    expect(sealed()).toBe(2);
    connection.send({ type: 'ping' });
    network.run(100);
    const afterPing = sealed();
    raw.send(low.address, connection.confirmation);
    network.run(100);
    expect(sealed()).toBe(afterPing);
    connection.send({ type: 'close', reason: 'goodbye' });
    network.run(3);
    raw.send(low.address, connection.confirmation);
    network.run(1_000);
    expect(low.events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
    expect(low.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 4.6: copies of an INITIATION get the same RESPONSE', () => {
    const { network, low, raw } = smallLan();
    const dial = new ManualHandshake(7);
    for (let copy = 0; copy < 3; copy++) raw.send(low.address, dial.initiation());
    network.run(3);
    const responses = raw.packetsOf('response');
    expect(responses).toHaveLength(3);
    expect(new Set(responses.map((response) => encodePacket(response).join())).size).toBe(1);
  });

  it('PROTOCOL 4.7: a restarted peer gets a new connection, and unacknowledged messages are returned', () => {
    const { network, highHost, low, high } = connectedLan();
    high.socket.close();
    low.send(high.key, 'chat', 'into the void');
    network.run(100);
    const restarted = new EndpointNode(highHost, 50_000, { keys: testKeys(2), seed: 22 });
    restarted.dial('again', [low.address], low.key);
    network.run(1_000);
    expect(low.events.filter(({ type }) => type !== 'attempt')).toMatchObject([
      { type: 'undelivered', peer: high.key, token: 'into the void', cause: 'replaced' },
      { type: 'disconnected', peer: high.key, cause: 'replaced' },
      { type: 'connected', peer: high.key, address: restarted.address, dial: null },
    ]);
    expect(restarted.eventsOf('connected')).toHaveLength(1);
    low.send(high.key, 'chat', 'once more');
    network.run(100);
    expect(restarted.receivedTexts()).toEqual(['once more']);
    expect(low.endpoint.connectionCount).toBe(1);
  });

  it('PROTOCOL 4.10: a dial to a peer with a live connection is answered by it at once', () => {
    const { low, high } = connectedLan();
    const { sent } = low.endpoint.counters;
    low.dial('again', [{ host: '10.9.9.9', port: 1 }], high.key);
    expect(low.events).toMatchObject([
      { type: 'connected', peer: high.key, address: high.address, dial: 'again' },
    ]);
    expect(low.endpoint.counters.sent).toBe(sent);
  });

  it('PROTOCOL 4.10: dials that lead to one peer are all answered by one connection', () => {
    const { network, low, high } = smallLan();
    low.dial('by address', [high.address]);
    low.dial('by key', [high.address], high.key);
    low.dial('by another address', [{ host: '192.168.1.77', port: 1 }, high.address]);
    network.run(10_000);
    expect(
      low
        .eventsOf('connected')
        .map(({ dial }) => dial)
        .sort(),
    ).toEqual(['by address', 'by another address', 'by key']);
    expect(high.eventsOf('connected')).toHaveLength(1);
    expect(low.endpoint.dialCount).toBe(0);
  });
});

describe('a handshake pattern', () => {
  it('PROTOCOL 4.12: is XK where the key is known, and XX where it is not', () => {
    const { network, low, raw } = smallLan();
    low.dial('known', [raw.address], testKey(9));
    low.dial('unknown', [raw.address]);
    network.run(3);
    const [known, unknown] = raw.packetsOf('initiation');
    expect([known!.pattern, known!.message.length]).toEqual(['XK', 48]);
    expect([unknown!.pattern, unknown!.message.length]).toEqual(['XX', 32]);
  });

  it('PROTOCOL 4.12: XX gets no answer from an endpoint that is only met by its key', () => {
    const { network, low, highHost, raw } = smallLan();
    const hidden = new EndpointNode(highHost, 1, { keys: testKeys(5), seed: 5, answersXX: false });
    raw.send(hidden.address, new ManualHandshake(7).initiation());
    network.run(3);
    expect(raw.received).toEqual([]);
    expect(hidden.endpoint.counters.dropped['unknown-pattern']).toBe(1);
    low.dial('d', [hidden.address], hidden.key);
    network.run(10);
    expect(low.eventsOf('connected').map(({ peer }) => peer)).toEqual([hidden.key]);
  });

  it('PROTOCOL 4.12: XK gets no answer from an endpoint with another key', () => {
    const { network, low, high } = smallLan();
    low.dial('d', [high.address], testKey(7));
    network.run(10_000);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'no-answer' }]);
    expect(high.endpoint.counters.sent).toBe(0);
    expect(high.endpoint.counters.dropped.forged).toBe(5);
  });

  it('PROTOCOL 4.13: after a silent XK, one XX tells that no one answers', () => {
    const { network, low, raw, nowMs } = smallLan();
    const startMs = nowMs();
    low.dial('d', [raw.address], testKey(9), true);
    network.run(2_999);
    expect(low.events).toEqual([]);
    network.run(1);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'no-answer' }]);
    const patterns = raw.packetsOf('initiation').map(({ pattern }) => pattern);
    expect(patterns).toEqual(['XK', 'XK', 'XK', 'XK', 'XK', 'XX']);
    expect(raw.received.at(-1)!.atMs - startMs).toBe(2_501);
    expect(low.endpoint.dialCount).toBe(0);
  });

  it('PROTOCOL 4.13: after a silent XK, one XX still meets the right key, with a RETRY between', () => {
    const lan = smallLan();
    const { network, low, high } = lan;
    // No INITIATION of XK gets through.
    network.onDelivery = ({ bytes }) => {
      if (bytes[3] === 1 && bytes[12] === 2) bytes.fill(0);
    };
    high.dial('d', [low.address], low.key, true);
    network.run(2_400);
    fillHalfOpens(lan);
    network.run(1_000);
    expect(high.events).toMatchObject([{ type: 'connected', peer: low.key, dial: 'd' }]);
    expect(low.endpoint.counters.dropped['no-token']).toBe(1);
  });

  it('PROTOCOL 4.13: the right key still counts after another one has answered first', () => {
    const { network, low, high } = smallLan();
    network.onDelivery = ({ bytes, to }) => {
      if (bytes[3] !== 1 || to.host !== high.address.host) return;
      const decoded = decodePacket(bytes);
      if (decoded.type !== 'packet' || decoded.packet.type !== 'initiation') return;
      if (decoded.packet.pattern === 'XK') return void bytes.fill(0);
      const forged = encodePacket(answerByHand(decoded.packet, 5, 9).response);
      low.socket.turn((now) => low.handleDatagrams(now, [{ from: high.address, bytes: forged }]));
    };
    low.dial('d', [high.address], high.key, true);
    network.run(3_000);
    expect(low.endpoint.counters.dropped['not-for-me']).toBe(1);
    expect(low.events).toMatchObject([{ type: 'connected', peer: high.key, dial: 'd' }]);
  });

  it('PROTOCOL 4.3: a RESPONSE that is larger than its INITIATION does not count', () => {
    const { network, low, raw } = smallLan();
    low.dial('d', [raw.address], testKey(9));
    network.run(3);
    const long = encodeList([[0x1b, new Uint8Array(200)]]);
    const parameters = Uint8Array.from([...encodeParameters(handParameters), ...long]);
    raw.send(low.address, answerByHand(raw.packetsOf('initiation')[0]!, 5, 9, parameters).response);
    network.run(3);
    expect(low.endpoint.counters.dropped.malformed).toBe(1);
    expect(raw.packetsOf('confirmation')).toEqual([]);
  });

  it('PROTOCOL 2.7: an endpoint that sends reserved values and one that sends none meet in both directions', () => {
    for (const [one, other] of [
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const { network, lowHost, highHost } = smallLan();
      const nodeOf = (host: typeof lowHost, number: number, isGreasing: boolean | undefined) => {
        const random = new SeededRandom(number);
        const grease = isGreasing === true ? (byteCount: number) => random.bytes(byteCount) : null;
        return new EndpointNode(host, 1, { keys: testKeys(number), seed: number, grease });
      };
      const [from, to] = [nodeOf(lowHost, 5, one), nodeOf(highHost, 6, other)];
      for (const expected of [null, to.key]) {
        from.dial('d', [to.address], expected);
        network.run(100);
        from.send(to.key, 'chat', 'there');
        to.send(from.key, 'chat', 'and back');
        network.run(100);
        from.apply({ type: 'close', peer: to.key, reason: 'goodbye' });
        network.run(100);
      }
      expect(to.receivedTexts()).toEqual(['there', 'there']);
      expect(from.receivedTexts()).toEqual(['and back', 'and back']);
    }
  });
});
