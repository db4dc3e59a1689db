import { describe, expect, it } from 'vitest';
import { datagramChecksum } from '../../shared/wire/checksum.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { checksumOffset, versionOffset } from '../../shared/wire/layout.ts';
import { encodeParameters } from '../../shared/wire/parameters.ts';
import { EndpointNode, testKey, testKeys } from '../simulation/transport/endpoint-node.ts';
import { answerByHand, handParameters, ManualHandshake } from '../simulation/transport/manual-handshake.ts';
import { connectedLan, smallLan } from '../simulation/transport/transport-fixture.ts';
import { attemptIntervalMs } from './timing.ts';

/** A first packet as another version might write it: only what rule 3.1 fixes. */
function ofVersion(version: number, byteCount: number): Uint8Array {
  const bytes = new Uint8Array(byteCount).fill(0xab);
  bytes.set([0x43, 0x47, version]);
  new DataView(bytes.buffer).setUint32(checksumOffset, datagramChecksum(bytes));
  return bytes;
}

function checksumIn(bytes: Uint8Array): number {
  return new DataView(bytes.buffer).getUint32(checksumOffset);
}

describe('versions', () => {
  it('PROTOCOL 3.1: recognizes a first packet of another version by magic, version and checksum alone', () => {
    const { network, raw, low } = smallLan();
    raw.sendBytes(low.address, ofVersion(1, 80));
    raw.sendBytes(low.address, ofVersion(4, 100));
    network.run(3);
    expect(low.events).toEqual([{ type: 'other-version', from: raw.address, version: 1, others: 0 }]);
  });

  it('PROTOCOL 3.1: drops a packet with a flipped bit in its version as damaged, without an event', () => {
    const { network, raw, low } = smallLan();
    const bytes = encodePacket(new ManualHandshake(1).initiation());
    bytes[versionOffset] = 2;
    raw.sendBytes(low.address, bytes);
    network.run(3);
    expect([low.events, raw.received]).toEqual([[], []]);
    expect(low.endpoint.counters.dropped.checksum).toBe(1);
  });

  it('PROTOCOL 3.2: answers another version with the own versions and the packet’s checksum', () => {
    const { network, raw, low } = smallLan();
    const bytes = ofVersion(9, 100);
    raw.sendBytes(low.address, bytes);
    network.run(3);
    expect(raw.received.map(({ packet }) => packet)).toEqual([
      { type: 'version', answeredChecksum: checksumIn(bytes), versions: [3] },
    ]);
  });

  it('PROTOCOL 3.2: answers with no more bytes than arrived, and once per second and address', () => {
    const { network, raw, low } = smallLan();
    raw.sendBytes(low.address, ofVersion(4, 13));
    network.run(3);
    expect(raw.received).toEqual([]);
    raw.sendBytes(low.address, ofVersion(4, 14));
    for (let round = 0; round < 300; round++) {
      raw.sendBytes(low.address, ofVersion(4, 14 + round));
      network.run(10);
    }
    expect(raw.packetsOf('version')).toHaveLength(3);
  });

  it('PROTOCOL 3.3: does not answer VERSION, and emits an event once a minute', () => {
    const { network, raw, low } = smallLan();
    raw.send(low.address, { type: 'version', answeredChecksum: 1, versions: [4] });
    network.run(3);
    expect([raw.received, low.events]).toEqual([[], []]);
    for (let round = 0; round < 130; round++) {
      raw.sendBytes(low.address, ofVersion(4, 100));
      network.run(1_000);
    }
    expect(low.events).toHaveLength(3);
  });

  it('PROTOCOL 3.3: forged datagrams from any number of addresses are told three times a minute, and counted', () => {
    const { network, raw, low } = smallLan();
    const flood = (first: number): void => {
      const datagrams = Array.from({ length: 1_000 }, (_, index) => ({
        from: { host: `10.9.${(first + index) >> 8}.${(first + index) & 255}`, port: 9 },
        bytes: ofVersion(4, 14),
      }));
      low.socket.turn((now) => low.handleDatagrams(now, datagrams));
    };
    flood(1);
    network.run(30_000);
    flood(1_001);
    const told = () => low.eventsOf('other-version').map(({ from, others }) => [from.host, others]);
    expect(told()).toEqual([1, 2, 3].map((number) => [`10.9.0.${number}`, 0]));
    network.run(30_000);
    raw.sendBytes(low.address, ofVersion(1, 80));
    network.run(3);
    expect(told().slice(3)).toEqual([[raw.address.host, 1_997]]);
  });

  it('PROTOCOL 3.3: all ports of one machine are told once, and leave the other reports to other machines', () => {
    const { network, raw, low } = smallLan();
    const datagrams = Array.from({ length: 100 }, (_, index) => ({
      from: { host: '10.9.9.9', port: 1 + index },
      bytes: ofVersion(4, 14),
    }));
    low.socket.turn((now) => low.handleDatagrams(now, datagrams));
    raw.sendBytes(low.address, ofVersion(1, 80));
    network.run(3);
    expect(low.eventsOf('other-version').map(({ from, others }) => [from.host, others])).toEqual([
      ['10.9.9.9', 0],
      [raw.address.host, 0],
    ]);
  });

  it('PROTOCOL 3.4: a VERSION for an own INITIATION ends the dial and reports the newest version', () => {
    const { network, raw, low } = smallLan();
    low.dial('d', [raw.address]);
    network.run(3);
    const initiation = encodePacket(raw.packetsOf('initiation')[0]!);
    raw.send(low.address, {
      type: 'version',
      answeredChecksum: checksumIn(initiation),
      versions: [5, 0xfa, 4],
    });
    network.run(attemptIntervalMs);
    expect(low.events).toEqual([
      { type: 'other-version', from: raw.address, version: 5, others: 0 },
      { type: 'dial-failed', dial: 'd', cause: 'version' },
    ]);
    expect(low.endpoint.dialCount).toBe(0);
  });

  it('PROTOCOL 3.4: ignores a VERSION with another checksum, or one that names version 3', () => {
    const { network, raw, low } = smallLan();
    low.dial('d', [raw.address]);
    network.run(3);
    const answeredChecksum = checksumIn(encodePacket(raw.packetsOf('initiation')[0]!));
    raw.send(low.address, { type: 'version', answeredChecksum: answeredChecksum ^ 1, versions: [4] });
    raw.send(low.address, { type: 'version', answeredChecksum, versions: [4, 3] });
    network.run(1_000);
    expect(low.events).toEqual([]);
    expect(low.endpoint.dialCount).toBe(1);
  });

  it('PROTOCOL 3.5: an initiator that finds a better common version confirms nothing', () => {
    const { network, lowHost, raw } = smallLan();
    const newer = new EndpointNode(lowHost, 1, { keys: testKeys(5), seed: 5, versions: [3, 4] });
    newer.dial('d', [raw.address], testKey(9));
    network.run(3);
    const parameters = encodeParameters({ ...handParameters, versions: [3, 4] });
    raw.send(newer.address, answerByHand(raw.packetsOf('initiation')[0]!, 5, 9, parameters).response);
    network.run(attemptIntervalMs);
    expect(newer.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'version' }]);
    expect(raw.packetsOf('confirmation')).toEqual([]);
  });

  it('PROTOCOL 3.5: a responder that finds a better common version opens no connection', () => {
    const { network, lowHost, raw, nowMs } = smallLan();
    const newer = new EndpointNode(lowHost, 1, { keys: testKeys(5), seed: 5, versions: [3, 4] });
    for (const [number, versions] of [[3, 4], [3]].entries()) {
      const dial = new ManualHandshake(7 + number);
      raw.send(newer.address, dial.initiation());
      network.run(3);
      const response = raw.packetsOf('response').at(-1)!;
      const { confirmation } = dial.confirm(nowMs(), response, { ...handParameters, versions });
      raw.send(newer.address, confirmation);
      network.run(3);
      expect(newer.endpoint.connectionCount).toBe(number);
    }
    expect(newer.endpoint.counters.dropped['other-version']).toBe(1);
  });

  it('PROTOCOL 3.5: versions that only one side speaks, and reserved ones, are no downgrade', () => {
    const { network, lowHost, highHost } = smallLan();
    const grease = () => new Uint8Array(1);
    const one = new EndpointNode(lowHost, 1, { keys: testKeys(5), seed: 5, versions: [3, 4], grease });
    const other = new EndpointNode(highHost, 1, { keys: testKeys(6), seed: 6, versions: [3, 5], grease });
    one.dial('d', [other.address], other.key);
    network.run(10);
    expect(one.eventsOf('connected')).toHaveLength(1);
    expect(other.eventsOf('connected')).toHaveLength(1);
  });

  it('PROTOCOL 3.4: two endpoints of one version never report another one', () => {
    const { network, low, high } = connectedLan({ corruptPercent: 20 });
    for (let round = 0; round < 50; round++) {
      low.send(high.key, 'chat', `${round}`);
      network.run(1_000);
    }
    expect([...low.eventsOf('other-version'), ...high.eventsOf('other-version')]).toEqual([]);
    const { dropped } = high.endpoint.counters;
    expect(dropped.forged + dropped.checksum + dropped['not-ours']).toBeGreaterThan(0);
  });
});
