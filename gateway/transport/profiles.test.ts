import { describe, expect, it } from 'vitest';
import type { PeerKey } from '../../shared/ids.ts';
import type { LabSpec } from '../net/lab-spec.ts';
import { EndpointNode, testKey, testKeys } from '../simulation/transport/endpoint-node.ts';
import { connectByHand } from '../simulation/transport/manual-handshake.ts';
import { type TransportFixture, smallLan } from '../simulation/transport/transport-fixture.ts';
import type { Profile } from './flow/settings.ts';

/** Two endpoints who may change their minds about each other. */
function twoWith(profiles: { one: Profile; other: Profile }, link: Partial<LabSpec> = {}, seed = 1) {
  const { network, lowHost, highHost } = smallLan(link);
  const one = new EndpointNode(lowHost, 1, { keys: testKeys(3), seed, profileOf: () => profiles.one });
  const other = new EndpointNode(highHost, 1, {
    keys: testKeys(4),
    seed: seed + 1_000,
    // For this one peer only.
    profileOf: (peer: PeerKey) => (peer === testKey(3) ? profiles.other : 'normal'),
  });
  return { network, one, other };
}

function profilesOf(...nodes: readonly EndpointNode[]): (Profile | undefined)[] {
  return nodes.map(({ endpoint }) => endpoint.statistics()[0]?.profile);
}

/** The stranger calls `low`, who wants the original's rule with it. */
function strangerOfClassicLan(lan: TransportFixture) {
  const classic = new EndpointNode(lan.lowHost, 7, {
    keys: testKeys(5),
    seed: 5,
    profileOf: () => 'classic',
  });
  classic.onEvent = (_nowMs, event) => {
    if (event.type === 'connected') classic.send(event.peer, 'chat', 'x'.repeat(5_000));
  };
  return { classic, hand: connectByHand(lan, classic) };
}

describe('profiles', () => {
  it('PROTOCOL 4.1: classic applies to both sides if one requests it', () => {
    for (const [profiles, expected] of [
      [{ one: 'normal', other: 'normal' }, 'normal'],
      [{ one: 'classic', other: 'normal' }, 'classic'],
      [{ one: 'normal', other: 'classic' }, 'classic'],
      [{ one: 'classic', other: 'classic' }, 'classic'],
    ] as const) {
      const { network, one, other } = twoWith(profiles);
      one.dial('d', [other.address]);
      network.run(100);
      expect(profilesOf(one, other)).toEqual([expected, expected]);
    }
  });

  it('PROTOCOL 4.1: a responder requests classic in all its packets until the initiator has answered', () => {
    const lan = smallLan();
    const { classic, hand } = strangerOfClassicLan(lan);
    lan.network.run(1_600);
    const sealed = lan.raw.packetsOf('transport').length;
    expect(sealed).toBeGreaterThan(3);
    expect(hand.framesOf('classic')).toHaveLength(sealed);
    hand.send({ type: 'ping' });
    lan.network.run(500);
    expect(lan.raw.packetsOf('transport').length).toBeGreaterThan(sealed);
    expect(hand.framesOf('classic')).toHaveLength(sealed);
    expect(profilesOf(classic)).toEqual(['classic']);
  });

  it('PROTOCOL 4.1: with much loss, delay and disorder, both sides of each connection have one profile', () => {
    let classics = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const profiles = { one: 'normal', other: seed % 3 === 0 ? 'normal' : 'classic' } as const;
      const link = { lossPercent: 40, duplicatePercent: 10, delayMs: 10, jitterMs: 40 };
      const { network, one, other } = twoWith(profiles, link, seed);
      other.onEvent = (_nowMs, event) => {
        if (event.type === 'connected') other.send(event.peer, 'chat', 'y'.repeat(3_000));
      };
      one.dial('d', [other.address]);
      const isMet = () => one.endpoint.connectionCount > 0 && other.endpoint.connectionCount > 0;
      if (!network.run(10_000, isMet)) continue;
      expect(profilesOf(one, other), `seed ${seed}`).toEqual([profiles.other, profiles.other]);
      if (profiles.other === 'classic') classics++;
    }
    expect(classics).toBeGreaterThan(20);
  });

  it('PROTOCOL 4.1: a later CLASSIC frame changes nothing', () => {
    const lan = smallLan();
    const hand = connectByHand(lan, lan.low);
    hand.send({ type: 'classic' }, { type: 'ping' });
    lan.network.run(10);
    expect(profilesOf(lan.low)).toEqual(['normal']);
    expect(hand.framesOf('ack')).toHaveLength(1);
  });

  it('PROTOCOL 4.11: a changed profile leads to a new connection, and neither side gets disconnected', () => {
    for (const changing of ['one', 'other'] as const) {
      const profiles: { one: Profile; other: Profile } = { one: 'normal', other: 'normal' };
      const { network, one, other } = twoWith(profiles);
      one.dial('d', [other.address]);
      network.run(100);
      const [from, to] = changing === 'one' ? [one, other] : [other, one];
      for (const profile of ['classic', 'normal'] as const) {
        from.send(to.key, 'chat', `before ${profile}`);
        profiles[changing] = profile;
        from.apply({ type: 'renegotiate-profile', peer: to.key });
        network.run(200);
        expect(profilesOf(one, other)).toEqual([profile, profile]);
      }
      expect([...one.eventsOf('disconnected'), ...other.eventsOf('disconnected')]).toEqual([]);
      expect([one.eventsOf('connected').length, other.eventsOf('connected').length]).toEqual([3, 3]);
      expect(to.receivedTexts()).toEqual(['before classic', 'before normal']);
    }
  });

  it('PROTOCOL 4.11: profiles that change on both sides during a handshake lead to one profile', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const profiles: { one: Profile; other: Profile } = { one: 'normal', other: 'normal' };
      const { network, one, other } = twoWith(profiles, { lossPercent: 10, delayMs: 5, jitterMs: 10 }, seed);
      one.dial('d', [other.address]);
      network.run(3_000);
      for (let change = 0; change < 6; change++) {
        const side = (seed + change) % 2 === 0 ? 'one' : 'other';
        profiles[side] = profiles[side] === 'normal' ? 'classic' : 'normal';
        const [from, to] = side === 'one' ? [one, other] : [other, one];
        from.apply({ type: 'renegotiate-profile', peer: to.key });
        network.run((seed * 7 + change * 13) % 37);
      }
      network.run(5_000);
      const expected = profiles.one === 'classic' || profiles.other === 'classic' ? 'classic' : 'normal';
      expect(profilesOf(one, other), `seed ${seed}`).toEqual([expected, expected]);
      expect(one.endpoint.dialCount + other.endpoint.dialCount).toBe(0);
    }
  });

  it('PROTOCOL 4.11: an unchanged profile, or one for an unknown peer, does nothing', () => {
    const { network, one, other } = twoWith({ one: 'classic', other: 'normal' });
    one.apply({ type: 'renegotiate-profile', peer: other.key });
    one.dial('d', [other.address]);
    network.run(100);
    const { sent } = one.endpoint.counters;
    one.apply({ type: 'renegotiate-profile', peer: other.key });
    expect([one.endpoint.counters.sent, one.endpoint.dialCount]).toEqual([sent, 0]);
  });
});
