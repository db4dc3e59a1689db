import { describe, expect, it } from 'vitest';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { addressLookupsBurst } from '../../../shared/limits.ts';
import { ChatFixture } from './chat-fixture.ts';
import { ManualClientAtServer } from './manual-client.ts';

function watched() {
  const chat = new ChatFixture();
  const { simulation, server } = chat;
  const hand = new ManualClientAtServer(simulation, server, '10.0.0.2');
  const heardSince = (count: number): ProtocolMessageOf<'roster'>[] => hand.heardOf('roster').slice(count);
  return { chat, simulation, server, hand, heardSince };
}

function namesIn(rosters: readonly ProtocolMessageOf<'roster'>[]): (string | null)[] {
  return rosters.flatMap(({ rows }) => rows.map(({ nickname }) => nickname));
}

describe('the client table', () => {
  it('PROTOCOL 6.50: reaches clients with a change at once, and with a burst at most every 250 ms', () => {
    const { chat, simulation, hand } = watched();
    hand.register(1);
    simulation.pass(1_000);
    const heardAtMs: number[] = [];
    const crowd = Array.from({ length: 20 }, (_, index) => chat.client(`person${index}`));
    let heard = hand.heardOf('roster').length;
    const startMs = simulation.network.clock.now().monotonicMs;
    for (const [index, one] of crowd.entries()) {
      one.start();
      for (let step = 0; step < 10; step++) {
        simulation.pass(5);
        const now = hand.heardOf('roster').length;
        for (; heard < now; heard++) heardAtMs.push(simulation.network.clock.now().monotonicMs);
      }
      if (index === 0) expect(heardAtMs).toHaveLength(1);
    }
    simulation.pass(1_000);
    expect(heardAtMs[0]! - startMs).toBeLessThanOrEqual(50);
    const gaps = heardAtMs.slice(1).map((atMs, index) => atMs - heardAtMs[index]!);
    expect(gaps.length).toBeGreaterThan(2);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(245);
    expect(namesIn(hand.heardOf('roster').slice(1))).toHaveLength(20);
  });

  it('PROTOCOL 6.8: comes as a delta to a client that has an earlier version, and as a snapshot to others', () => {
    const { chat, simulation, server, hand, heardSince } = watched();
    hand.register(1);
    chat.online('alice', 'bob');
    simulation.pass(1_000);
    const { epoch, to } = hand.heardOf('roster').at(-1)!;
    const [carol] = chat.online('carol');
    simulation.pass(1_000);
    const after = (registration: number, roster: ProtocolMessageOf<'register'>['roster']) => {
      const before = hand.heardOf('roster').length;
      hand.register(registration, 'hand', { roster });
      return heardSince(before).map(({ from, rows }) => [from, rows.map(({ nickname }) => nickname)]);
    };
    const everybody = ['hand', 'alice', 'bob', 'carol'];
    expect(after(2, { epoch, version: to })).toEqual([[to, ['carol']]]);
    expect(after(3, null)).toEqual([[0, everybody]]);
    expect(after(4, { epoch, version: 1_000_000 })).toEqual([[0, everybody]]);
    server.kill();
    carol.kill();
    server.wipe();
    server.start();
    const next = new ManualClientAtServer(simulation, server, '10.0.0.3', 8);
    next.register(1, 'next', { roster: { epoch, version: to } });
    expect(next.heardOf('roster')[0]).toMatchObject({ from: 0 });
    expect(next.heardOf('roster')[0]!.epoch).not.toBe(epoch);
  });

  it('PROTOCOL 6.52: holds no addresses: clients ask for them, and all clients hear only that they changed', () => {
    const { chat, simulation, hand } = watched();
    const [alice] = chat.online('alice');
    const stranger = new ManualClientAtServer(simulation, chat.server, '10.0.0.3', 8);
    stranger.tell({ kind: 'locate', key: alice.key });
    expect(stranger.heardOf('location')).toEqual([]);
    expect(stranger.heardOf('error')).toMatchObject([{ code: 'not-registered' }]);

    hand.register(1);
    const ask = () => {
      hand.tell({ kind: 'locate', key: alice.key });
      return hand.heardOf('location').at(-1)!;
    };
    const first = ask();
    expect(first.candidates[0]).toContain('10.0.0.10:');
    alice.kill();
    alice.start();
    simulation.pass(1_000);
    const row = hand
      .heardOf('roster')
      .at(-1)!
      .rows.find(({ key }) => key === alice.key)!;
    const second = ask();
    expect([row.online, row.addressRevision, second.addressRevision]).toEqual([
      true,
      first.addressRevision + 1,
      first.addressRevision + 1,
    ]);
    expect(second.candidates).not.toEqual(first.candidates);
    chat.leaves(alice);
    expect(ask().candidates).toEqual([]);
    const heard = hand.heardOf('error').length;
    // Few enough for the errors that a peer may leave unacknowledged (PROTOCOL 7.13).
    for (let count = 0; count < addressLookupsBurst + 10; count++)
      hand.say(hand.server, { kind: 'locate', key: alice.key }, 0);
    simulation.pass(1_000);
    expect(hand.heardOf('error').slice(heard)[0]).toEqual({
      kind: 'error',
      code: 'too-often',
      about: 'locate',
    });
    simulation.pass(10_000);
    expect(ask().addressRevision).toBe(second.addressRevision);
  });

  it('PROTOCOL 6.53: does not change for users that return after a server’s restart, and lists others as offline after 15 s', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    simulation.pass(10_000);
    const before = alice.events.length;
    server.kill();
    carol.kill();
    simulation.pass(1_000);
    server.start();
    simulation.until('everybody is back', () => alice.isOnline && bob.isOnline, 5_000);
    simulation.pass(1_000);
    expect(alice.events.slice(before).filter(({ type }) => type === 'contacts')).toEqual([]);
    simulation.until('carol is missed', () => !alice.sees(carol), 15_000);
    expect([alice.sees(bob), bob.sees(alice)]).toEqual([true, true]);
  });

  it('is the same for all clients after any number of arrivals and departures', () => {
    const chat = new ChatFixture({ lossPercent: 20, reorderPercent: 10, duplicatePercent: 10 }, 3);
    const { simulation, server } = chat;
    const clients = chat.online('ann', 'ben', 'cat', 'dan', 'eva');
    let seed = 7;
    const below = (bound: number): number => (seed = (seed * 48_271) % 0x7fff_ffff) % bound;
    const isKilled = new Set<number>();
    for (let step = 0; step < 150; step++) {
      const index = below(clients.length);
      const one = clients[index]!;
      if (step % 50 === 49) {
        server.kill();
        simulation.pass(below(3_000));
        server.start();
      } else if (isKilled.delete(index)) one.start();
      else if (below(2) === 0) {
        one.kill();
        isKilled.add(index);
      } else if (one.role.session().phase === 'offline') chat.returns(one);
      else one.command((client, now) => client.deregister(now));
      simulation.pass(below(1_500));
    }
    for (const index of isKilled) clients[index]!.start();
    for (const one of clients) chat.returns(one);
    const [last, ...others] = clients;
    simulation.until(
      'all online',
      () => clients.every((one) => others.every((other) => one.sees(other))),
      120_000,
    );
    last.kill();
    simulation.until('and one gone', () => others.every((one) => !one.sees(last)), 120_000);
    for (const one of others) {
      const table = one.role.contacts().map(({ nickname, online }) => `${nickname} ${online}`);
      expect(table.toSorted()).toEqual(['ann false', 'ben true', 'cat true', 'dan true', 'eva true']);
    }
  });
});

describe('presence', () => {
  it('ends for all others after 45 s of silence, and at once when the client deregisters', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    simulation.pass(60_000);
    bob.command((client, now) => client.deregister(now));
    simulation.until('bob has gone', () => !alice.sees(bob), 300);
    simulation.pass(1_000);
    const startMs = simulation.network.clock.now().monotonicMs;
    carol.kill();
    simulation.until('carol is silent', () => !alice.sees(carol), 60_000);
    expect(simulation.network.clock.now().monotonicMs - startMs).toBeLessThanOrEqual(46_000);
    expect(alice.isOnline).toBe(true);
  });
});
