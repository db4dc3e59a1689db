import { describe, expect, it } from 'vitest';
import type { Statistics } from '../../../shared/bridge/statistics.ts';
import { bob, contactOf, snapshotOf } from '../../../shared/model/samples.ts';
import { connectionView } from './connection.ts';

const online = snapshotOf().session;
const bobHere = contactOf(bob, 'bob');
const bobAway = contactOf(bob, 'bob', false);

const direct: Statistics['connections'][number] = {
  peer: bob,
  isServer: false,
  address: '192.168.1.9:51000',
  classic: false,
  roundTripMs: 0.4,
  packetsSent: 3,
  packetsReceived: 2,
  packetsLost: 0,
  sentAgain: 0,
  keyChanges: 0,
  datagramBytes: 1_472,
};
function statistics(change: Partial<Statistics> = {}): Statistics {
  return {
    client: {
      connections: 1,
      datagramsSent: 5,
      datagramsReceived: 4,
      bytesSent: 900,
      bytesReceived: 800,
      datagramsSentAgain: 0,
      sendErrors: 0,
      receiveErrors: 0,
      unsent: 2,
      dropped: { forged: 2, checksum: 0, duplicate: 7 },
    },
    server: null,
    connections: [direct],
    classicWanted: false,
    ...change,
  };
}

describe('the way to a contact', () => {
  it('is the connection, or else what the next message would use', () => {
    expect(connectionView(statistics(), bobHere, online, undefined)).toMatchObject({
      way: 'direct',
      connection: direct,
    });
    const none = statistics({ connections: [] });
    expect(connectionView(none, bobHere, online, undefined)).toMatchObject({ way: 'idle', connection: null });
    expect(connectionView(none, bobAway, online, undefined).way).toBe('server');
    const at = { me: bob, nickname: 'alice', server: { address: '192.168.1.7:50000' } };
    expect(connectionView(none, bobHere, { phase: 'offline', ...at }, undefined).way).toBe('none');
    const lost = { phase: 'unreachable', ...at, sinceMs: 0, nextAttemptAtMs: null } as const;
    expect(connectionView(none, bobAway, lost, undefined).way).toBe('idle');
  });

  it('uses stop-and-wait if the user or the peer wants it', () => {
    const classic = [{ ...direct, classic: true }];
    const rules = (change: Partial<Statistics>, chosen?: boolean) => {
      const { wanted, wantedByThem, changing } = connectionView(statistics(change), bobHere, online, chosen);
      return { wanted, wantedByThem, changing };
    };
    const neither = { wanted: false, wantedByThem: false, changing: false };
    expect(rules({})).toEqual(neither);
    expect(rules({ connections: classic })).toEqual({ ...neither, wantedByThem: true });
    expect(rules({ connections: classic, classicWanted: true })).toEqual({ ...neither, wanted: true });
    expect(rules({ classicWanted: true })).toEqual({ ...neither, wanted: true, changing: true });
    // The switch stays where the user left it, and the panel does not claim yet that the peer wants it.
    expect(rules({}, true)).toEqual({ ...neither, wanted: true, changing: true });
    expect(rules({ connections: classic, classicWanted: true }, false)).toEqual(neither);
    expect(rules({ connections: [], classicWanted: true })).toEqual({ ...neither, wanted: true });
  });

  it('comes with the dropped packets by cause, the most frequent first', () => {
    const { drops, dropCount } = connectionView(statistics(), bobHere, online, undefined);
    expect(drops).toEqual([
      { cause: 'duplicate', count: 7 },
      { cause: 'forged', count: 2 },
      { cause: 'unsent', count: 2 },
    ]);
    expect(dropCount).toBe(11);
    const left = connectionView(statistics({ client: null, connections: [] }), bobHere, online, undefined);
    expect(left).toMatchObject({ drops: [], dropCount: 0, sent: 0, received: 0 });
  });
});
