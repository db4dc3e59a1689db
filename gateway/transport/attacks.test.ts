import { describe, expect, it } from 'vitest';
import type { Address } from '../../shared/address.ts';
import { halfOpenWithoutTokenMax } from '../../shared/limits.ts';
import { decodePacket } from '../../shared/wire/decode.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { checksumOffset } from '../../shared/wire/layout.ts';
import type { Packet, PacketOf } from '../../shared/wire/packet.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { EndpointNode, testKeys } from '../simulation/transport/endpoint-node.ts';
import { answerByHand, connectByHand, ManualHandshake } from '../simulation/transport/manual-handshake.ts';
import { RawPeer } from '../simulation/transport/raw-peer.ts';
import { connectedLan, type TransportFixture, smallLan } from '../simulation/transport/transport-fixture.ts';
import { attemptIntervalMs, halfOpenMs } from './timing.ts';

/** Everything that passed between the two so far, as an eavesdropper sees it. */
function wiretap({ network }: TransportFixture): { from: Address; to: Address; bytes: Uint8Array }[] {
  const tapped: { from: Address; to: Address; bytes: Uint8Array }[] = [];
  network.onDelivery = (parcel) => tapped.push({ ...parcel, bytes: Uint8Array.from(parcel.bytes) });
  return tapped;
}

/** As if `node` had got these bytes from `from`: source addresses of UDP are what their sender writes there. */
function inject(node: EndpointNode, from: Address, bytes: Uint8Array): void {
  node.socket.turn((now) => node.handleDatagrams(now, [{ from, bytes }]));
}

function checksumIn(initiation: Uint8Array): number {
  return new DataView(initiation.buffer, initiation.byteOffset).getUint32(checksumOffset);
}

/** The two still talk in their connection, and each receives exactly what the other sent. */
function expectUndisturbed(
  { network, low, high }: TransportFixture,
  sent: { low: string[]; high: string[] },
): void {
  low.send(high.key, 'chat', 'last of low');
  high.send(low.key, 'chat', 'last of high');
  network.run(2_000);
  expect(high.receivedTexts()).toEqual([...sent.low, 'last of low']);
  expect(low.receivedTexts()).toEqual([...sent.high, 'last of high']);
  for (const node of [low, high]) {
    const types = new Set(node.events.map(({ type }) => type));
    expect([...types].sort()).toEqual(['acknowledged', 'attempt', 'received']);
  }
}

describe('an attacker on the network', () => {
  it('repeats every datagram to both sides many times: each message arrives once', () => {
    const lan = connectedLan();
    const { network, low, high } = lan;
    const tapped = wiretap(lan);
    for (let round = 0; round < 10; round++) {
      low.send(high.key, 'chat', `${round}`);
      network.run(20);
      for (const { from, to, bytes } of [...tapped]) {
        const node = to.host === low.address.host ? low : high;
        inject(node, from, bytes);
      }
    }
    expect(high.endpoint.counters.dropped.replayed).toBeGreaterThan(50);
    expectUndisturbed(lan, { low: Array.from({ length: 10 }, (_, round) => `${round}`), high: [] });
  });

  it('reflects datagrams to their senders: they belong to no connection', () => {
    const lan = connectedLan();
    const { network, low, high } = lan;
    const tapped = wiretap(lan);
    low.send(high.key, 'chat', 'hello');
    network.run(20);
    for (const { from, to, bytes } of [...tapped])
      inject(from.host === low.address.host ? low : high, to, bytes);
    expectUndisturbed(lan, { low: ['hello'], high: [] });
  });

  it('cuts, flips and splices datagrams: nothing arrives, and counters show the causes', () => {
    const lan = connectedLan();
    const { network, low, high } = lan;
    const tapped = wiretap(lan);
    low.send(high.key, 'chat', 'one');
    network.run(20);
    low.send(high.key, 'chat', 'another');
    network.run(20);
    network.onDelivery = () => {};
    const toHigh = tapped.filter(({ to }) => to.host === high.address.host).map(({ bytes }) => bytes);
    const random = new SeededRandom(3);
    for (let round = 0; round < 2_000; round++) {
      const [head, tail] = [toHigh[random.below(toHigh.length)]!, toHigh[random.below(toHigh.length)]!];
      const cut = 8 + random.below(head.length - 8);
      const spliced = Uint8Array.from([
        ...head.subarray(0, cut),
        ...tail.subarray(Math.min(cut, tail.length)),
      ]);
      // A counter that was not used yet, else it is taken for a copy.
      spliced[15] = (spliced[15] ?? 0) + 1 + random.below(200);
      const flippedAt = random.below(spliced.length);
      if (round % 2 === 0) spliced[flippedAt] = (spliced[flippedAt] ?? 0) ^ (1 + random.below(255));
      inject(
        high,
        low.address,
        spliced.subarray(0, round % 3 === 0 ? 1 + random.below(spliced.length) : undefined),
      );
    }
    expect(high.endpoint.counters.dropped.forged).toBeGreaterThan(500);
    expectUndisturbed(lan, { low: ['one', 'another'], high: [] });
  });

  it('seals ACKs, messages and CLOSE with its own keys: they count as forged', () => {
    const lan = connectedLan();
    const { low, high } = lan;
    const tapped = wiretap(lan);
    low.send(high.key, 'chat', 'hello');
    lan.network.run(20);
    const index = tapped.find(({ to }) => to.host === high.address.host)!.bytes.slice(4, 8);
    const stranger = connectByHand(lan, high);
    high.events.splice(
      high.events.findIndex(({ type }) => type === 'connected'),
      1,
    );
    for (const forged of [
      stranger.seal({ type: 'ack', delay: 0, ranges: [{ smallest: 0, largest: 50 }] }),
      stranger.seal({ type: 'close', reason: 'goodbye' }),
      stranger.seal({
        type: 'data',
        channel: 'chat',
        message: 1,
        offset: 0,
        total: 1,
        payload: Uint8Array.of(65),
      }),
    ]) {
      forged.set(index, 4);
      inject(high, low.address, forged);
    }
    expect(high.endpoint.counters.dropped.forged).toBeGreaterThanOrEqual(2);
    expectUndisturbed(lan, { low: ['hello'], high: [] });
  });

  it('acknowledges, as a peer, packets that were never sent: no message counts as delivered', () => {
    const lan = smallLan();
    const { network, low } = lan;
    const peer = connectByHand(lan, low);
    peer.send({ type: 'ack', delay: 0, ranges: [{ smallest: 0, largest: 1_000_000 }] });
    network.run(20);
    low.send(new ManualHandshake(1).key, 'chat', 'sent after that');
    network.run(300);
    expect(low.eventsOf('acknowledged')).toEqual([]);
  });

  it('forges RESETs: the peer gets a liveness check, and no connection ends', () => {
    const lan = connectedLan();
    const { network, low, high } = lan;
    const tapped = wiretap(lan);
    low.send(high.key, 'chat', 'hello');
    network.run(20);
    const heard = tapped.find(({ to }) => to.host === high.address.host)!.bytes;
    const reset = encodePacket({ type: 'reset', answered: heard.slice(4, 16) });
    for (let round = 0; round < 100; round++) {
      inject(low, high.address, reset);
      network.run(50);
    }
    expectUndisturbed(lan, { low: ['hello'], high: [] });
  });

  it('stands in the middle with its own key: the dial fails, and reports the found key', () => {
    const { network, low, high, raw, nowMs } = smallLan();
    const startMs = nowMs();
    low.dial('d', [raw.address], high.key, true);
    // It cannot read the INITIATIONs of pattern XK, and answers the one of XX.
    const isProbed = () => raw.packetsOf('initiation').some(({ pattern }) => pattern === 'XX');
    expect(network.run(10_000, isProbed)).toBe(true);
    raw.send(low.address, answerByHand(raw.packetsOf('initiation').at(-1)!, 5, 9).response);
    network.run(attemptIntervalMs);
    expect(low.events).toMatchObject([{ type: 'dial-failed', dial: 'd', cause: 'wrong-key' }]);
    expect(low.events).not.toMatchObject([{ found: high.key }]);
    expect(raw.packetsOf('confirmation')).toEqual([]);
    expect(nowMs() - startMs).toBeLessThanOrEqual(6 * attemptIntervalMs + 10);
  });

  it('answers first, at random or as another version: the genuine answer still counts', () => {
    for (const forge of [
      ({ sender }: PacketOf<'initiation'>): Packet => ({
        type: 'response',
        receiver: sender,
        sender: 5,
        message: new Uint8Array(96).fill(7),
      }),
      (initiation: PacketOf<'initiation'>): Packet => ({
        type: 'version',
        answeredChecksum: checksumIn(encodePacket(initiation)),
        versions: [9],
      }),
    ]) {
      const { network, low, high } = smallLan();
      let isForged = false;
      // An attacker reads the first packet on the way, and answers in the name of the responder.
      network.onDelivery = ({ to, bytes }) => {
        const decoded = decodePacket(bytes);
        if (isForged || to.host !== high.address.host || decoded.type !== 'packet') return;
        if (decoded.packet.type !== 'initiation') return;
        isForged = true;
        inject(low, high.address, encodePacket(forge(decoded.packet)));
      };
      low.dial('d', [high.address], high.key);
      network.run(100);
      expect(isForged).toBe(true);
      expect(low.eventsOf('dial-failed')).toEqual([]);
      expect(low.eventsOf('connected')).toHaveLength(1);
    }
  });

  it('forwards handshakes unchanged: it joins nothing, and reads nothing', () => {
    const { network, low, high, raw } = smallLan();
    const words = 'no relay reads this';
    const passed: Uint8Array[] = [];
    network.onDelivery = ({ from, to, bytes }) => {
      if (to.host !== raw.address.host) return;
      passed.push(bytes);
      const toLow = from.host === high.address.host;
      raw.sendBytes(toLow ? low.address : high.address, Uint8Array.from(bytes));
    };
    low.dial('d', [raw.address], high.key);
    network.run(100);
    low.send(high.key, 'chat', words);
    network.run(100);
    expect(high.receivedTexts()).toEqual([words]);
    for (const bytes of passed) expect(new TextDecoder('latin1').decode(bytes)).not.toContain('relay');
  });
});

describe('a forwarder', () => {
  it('PROTOCOL 5.12: captures nothing while the path works, even if it is faster', () => {
    const lan = connectedLan({ delayMs: 10 });
    const { network, low, high, raw } = lan;
    // Copies each datagram of low before it arrives, and sends it on from its own address; and back.
    const forward = (bytes: Uint8Array) => inject(high, raw.address, Uint8Array.from(bytes));
    let toForwarder = 0;
    network.onDelivery = ({ from, to, bytes }) => {
      if (to.host === high.address.host && from.host === low.address.host) forward(bytes);
      if (to.host === raw.address.host) {
        toForwarder++;
        inject(low, high.address, Uint8Array.from(bytes));
      }
    };
    for (let round = 0; round < 50; round++) {
      low.send(high.key, 'chat', `${round}`);
      network.run(100);
      expect(high.endpoint.statistics()[0]?.address).toEqual(low.address);
    }
    expect(toForwarder).toBeGreaterThan(0);
    expect(high.endpoint.counters.dropped.replayed).toBeGreaterThan(30);
    network.onDelivery = () => {};
    expectUndisturbed(lan, { low: Array.from({ length: 50 }, (_, round) => `${round}`), high: [] });
  });

  it('PROTOCOL 5.11: moves nothing with an old packet from a new address', () => {
    const lan = connectedLan();
    const { network, low, high, raw } = lan;
    const tapped = wiretap(lan);
    network.cut(lan.lowHost, lan.highHost);
    low.send(high.key, 'chat', 'late');
    network.run(1);
    network.heal(lan.lowHost, lan.highHost);
    network.run(1_000);
    const { sent } = high.endpoint.counters;
    for (const { bytes, to } of [...tapped])
      if (to.host === high.address.host) inject(high, raw.address, bytes);
    network.run(1_000);
    expect(high.endpoint.counters.sent).toBe(sent);
    expect(high.endpoint.statistics()[0]?.address).toEqual(low.address);
  });
});

describe('a flood of first packets', () => {
  /** `FLOOD_PACKETS=1000000 npx vitest run gateway/transport/attacks.test.ts` is the whole of it. */
  const packets = Number(process.env.FLOOD_PACKETS ?? 20_000);

  it(`PROTOCOL 4.4: ${packets} of them add nothing to the holdings, and harm neither live connections nor new peers`, () => {
    const lan = connectedLan();
    const { network, low, high, nowMs } = lan;
    const random = new SeededRandom(9);
    const [template] = [encodePacket(new ManualHandshake(1).initiation())];
    let answered = 0;
    for (let number = 0; number < packets; number++) {
      const bytes = encodePacket({
        type: 'initiation',
        sender: number,
        token: number % 3 === 0 ? random.bytes(32) : new Uint8Array(0),
        pattern: 'XX',
        message: random.bytes(32),
        byteCount: 256,
      });
      const from = {
        host: `10.${number & 255}.${(number >> 8) & 255}.${random.below(255)}`,
        port: 1 + random.below(60_000),
      };
      low.endpoint.handleDatagram(nowMs(), from, bytes);
      for (let out = low.endpoint.pollTransmit(); out !== undefined; out = low.endpoint.pollTransmit()) {
        answered++;
        expect(out.bytes.length).toBeLessThan(template.length);
      }
      if (number % 1_000 === 0) network.run(1);
      if (number % (packets / 10) === 0) {
        const { halfOpens, dials, reassemblyBytes } = low.endpoint.holdings(nowMs());
        expect(halfOpens).toBeLessThanOrEqual(halfOpenWithoutTokenMax + 1);
        expect({ dials, reassemblyBytes }).toEqual({ dials: 0, reassemblyBytes: 0 });
      }
    }
    expect(answered).toBe(packets);
    expect(low.endpoint.counters.dropped['no-token']).toBeGreaterThanOrEqual(
      packets - 20 * halfOpenWithoutTokenMax,
    );
    expect(low.endpoint.connectionCount).toBe(1);
    const newcomer = new EndpointNode(lan.highHost, 50_001, { keys: testKeys(3), seed: 3 });
    newcomer.dial('d', [low.address], low.key);
    network.run(100);
    expect(newcomer.events.map(({ type }) => type)).toEqual(['connected']);
    low.events.length = 0;
    low.send(high.key, 'chat', 'all well?');
    network.run(50);
    expect(high.receivedTexts()).toEqual(['all well?']);
  }, 600_000);

  it('PROTOCOL 4.4: of pattern XK costs at most 64 key exchanges in 6 s without a token', () => {
    const { network, low, high, nowMs } = smallLan();
    const random = new SeededRandom(11);
    const flood = () => {
      for (let sender = 0; sender < 1_000; sender++) {
        const message = random.bytes(48);
        const token = sender % 3 === 0 ? random.bytes(32) : new Uint8Array(0);
        const bytes = encodePacket({
          type: 'initiation',
          sender,
          pattern: 'XK',
          token,
          message,
          byteCount: 256,
        });
        low.endpoint.handleDatagram(nowMs(), { host: '10.0.0.9', port: 1 + sender }, bytes);
      }
    };
    flood();
    expect(low.endpoint.counters.dropped).toMatchObject({ forged: 64, 'no-token': 936 });
    expect(low.endpoint.holdings(nowMs()).halfOpens).toBe(0);
    high.dial('d', [low.address], low.key);
    network.run(100);
    expect(high.events.map(({ type }) => type)).toEqual(['connected']);
    network.run(halfOpenMs);
    flood();
    expect(low.endpoint.counters.dropped.forged).toBe(128);
  });

  it('PROTOCOL 4.3: gets no answer that is larger than its packet, and none to other addresses', () => {
    const lan = smallLan();
    const { network, low } = lan;
    const victim = new RawPeer(network.addHost('victim', ['192.168.1.66/24']), 50_000);
    for (let number = 0; number < 200; number++) {
      const bytes = encodePacket(new ManualHandshake(number).initiation());
      const before = victim.received.length;
      inject(low, victim.address, bytes);
      network.run(3);
      expect(victim.received.length - before).toBe(1);
    }
    network.run(60_000);
    // Nothing is sent again to an address that never spoke a second time.
    expect(victim.received).toHaveLength(200);
    expect(new Set(victim.received.map(({ packet }) => packet.type))).toEqual(new Set(['response', 'retry']));
  });
});
