import { describe, expect, it } from 'vitest';
import { instanceIdFromBytes, type PeerKey, peerKeyFromBytes } from '../../../shared/ids.ts';
import {
  channelCreditsMax,
  connectionsMax,
  connectionsWithoutLimitMax,
  groupConnectionsMax,
  ratedGroupsMax,
  registeredRates,
  unknownRates,
} from '../../../shared/limits.ts';
import { transportCrypto } from '../../crypto/crypto.ts';
import { wholeBudget } from '../../simulation/transport/flow-lab.ts';
import { Copa } from '../congestion/copa.ts';
import type { PeerClass } from '../events.ts';
import { FairRate } from '../fair-rate.ts';
import { OutputQueue } from '../output-queue.ts';
import { keyLimits } from '../timing.ts';
import { ConnectionTable } from './connection-table.ts';
import { PacketCrypto } from './packet-crypto.ts';

const flowOptions = {
  profile: 'normal',
  controller: () => new Copa(),
  bulkController: () => new Copa(),
  ownCredits: channelCreditsMax,
  peerCredits: channelCreditsMax,
} as const;

/** A table that opens connections without a handshake. */
function newTable() {
  const output = new OutputQueue(0);
  const rates = (of: typeof unknownRates | typeof registeredRates) => ({
    connection: of.connection,
    shared: new FairRate(of, ratedGroupsMax),
  });
  const table = new ConnectionTable({
    output,
    random: (byteCount) => new Uint8Array(byteCount),
    grease: null,
    crypto: transportCrypto,
    keyLimits,
    newPeerClass: 'unknown',
    reassembly: wholeBudget(1 << 20),
    sendQueues: wholeBudget(1 << 20),
    packetRates: { unknown: rates(unknownRates), registered: rates(registeredRates) },
    localDatagramBytesMax: () => 1_200,
    holdsBulk: false,
    flowOptions: () => flowOptions,
  });
  let opened = 0;
  const key = new Uint8Array(32);
  /** As at the end of a handshake. Returns the peer, or undefined without room. */
  const open = (host: string, peerClass: PeerClass = 'unknown'): PeerKey | undefined => {
    const address = { host, port: 1 };
    if (!table.makeRoomFor(0, address, 0)) return undefined;
    new DataView(key.buffer).setUint32(0, ++opened);
    const peer = peerKeyFromBytes(key);
    table.open(0, {
      peer,
      address,
      packetCrypto: new PacketCrypto(0, {
        aead: transportCrypto.aead,
        keys: { send: new Uint8Array(32), receive: new Uint8Array(32) },
        localIndex: opened,
        remoteIndex: opened,
      }),
      handshakeHash: new Uint8Array(64),
      peerParameters: {
        versions: [3],
        profile: 'normal',
        credits: channelCreditsMax,
        instance: instanceIdFromBytes(new Uint8Array(8)),
      },
      requestedProfile: 'normal',
      profile: 'normal',
      confirmation: null,
    });
    table.classify(0, peer, peerClass);
    return peer;
  };
  /** The peers that lost a connection by a refusal since the last call. */
  const refused = (): PeerKey[] => {
    const peers: PeerKey[] = [];
    for (let event = output.pollEvent(); event !== undefined; event = output.pollEvent())
      if (event.type === 'disconnected' && event.cause === 'refused') peers.push(event.peer);
    return peers;
  };
  return { table, open, refused };
}

/** An IPv4 address for each number. */
const hostOf = (number: number): string => `10.0.${number >> 8}.${number & 255}`;

describe('a full table of connections', () => {
  it('PROTOCOL 7.1: closes the oldest unknown connection of the address group that has most of them', () => {
    const { table, open, refused } = newTable();
    const lone = open('10.9.9.1');
    const flood = Array.from({ length: 200 }, () => open('10.9.9.9'));
    for (let number = table.size; number < connectionsMax; number++) open(hostOf(number), 'registered');
    expect([table.size, refused()]).toEqual([connectionsMax, []]);
    expect(open('10.8.8.8')).toBeDefined();
    expect(open('10.8.8.9')).toBeDefined();
    expect(refused()).toEqual(flood.slice(0, 2));
    expect(table.withPeer(lone!)).toBeDefined();
    expect(table.makeRoom(0, 0)).toBe(true);
    expect(table.size).toBe(connectionsMax - 1);
  });

  it('PROTOCOL 7.1: has no room if none is unknown', () => {
    const { table, open, refused } = newTable();
    for (let number = 0; number < connectionsMax; number++) open(hostOf(number), 'registered');
    expect([open('10.8.8.8'), table.mayHaveRoom(0), table.makeRoom(0, 0)]).toEqual([undefined, false, false]);
    expect(refused()).toEqual([]);
  });
});

describe('many connections of one address', () => {
  it('PROTOCOL 7.11: are limited in a table that is half full, and its oldest unknown one goes', () => {
    const { table, open, refused } = newTable();
    for (let number = 0; number < connectionsWithoutLimitMax; number++) open(hostOf(number), 'registered');
    const registered = Array.from({ length: groupConnectionsMax - 2 }, () => open('10.9.9.9', 'registered'));
    const unknown = Array.from({ length: 3 }, () => open('10.9.9.9'));
    expect(refused()).toEqual([unknown[0]]);
    for (const peer of unknown.slice(1)) table.classify(0, peer!, 'registered');
    expect(open('10.9.9.9')).toBeUndefined();
    expect(refused()).toEqual([]);
    // An established one does not count.
    table.classify(0, registered[0]!, 'established');
    expect(open('10.9.9.9')).toBeDefined();
    expect(open('10.9.9.8')).toBeDefined();
    expect(refused()).toEqual([]);
  });

  it('PROTOCOL 7.11: have no limit in a table that is less than half full', () => {
    const { table, open, refused } = newTable();
    for (let number = 0; number < connectionsWithoutLimitMax; number++) open('10.9.9.9', 'registered');
    expect([table.size, refused()]).toEqual([connectionsWithoutLimitMax, []]);
  });
});
