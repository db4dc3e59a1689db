import { describe, expect, it } from 'vitest';
import type { SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

/** A peer that restarts, changes its address or wakes from sleep is connected again within this time. */
const metAgainMs = 2_000;
/** The longest time in which a gateway notices a change of its network (net/network-watch.ts). */
const noticedMs = 1_000;

/** Alice and Bob with a direct connection, which carries their messages without the server. */
function talking() {
  const chat = new ChatFixture();
  const [alice, bob] = chat.online('alice', 'bob');
  delivered(chat, alice, bob, 'hello', 1_000);
  delivered(chat, bob, alice, 'hello', 1_000);
  return { chat, simulation: chat.simulation, server: chat.server, alice, bob };
}

function delivered(
  { simulation }: ChatFixture,
  from: SimulatedClient,
  to: SimulatedClient,
  text: string,
  withinMs: number,
): void {
  const id = from.say(to, text);
  simulation.until(`"${text}" delivered`, () => from.stateOf(id) === 'delivered', withinMs);
}

function mailed({ server }: ChatFixture): number {
  return server.changes.filter(({ type }) => type === 'stored' || type === 'delivered').length;
}

describe('a client that restarts', () => {
  it('is reconnected directly within 2 s, on another port', () => {
    const { chat, alice, bob } = talking();
    bob.kill();
    bob.start();
    delivered(chat, alice, bob, 'back already?', metAgainMs);
    expect(mailed(chat)).toBe(0);
  });

  it('is reconnected within 2 s of its start, even when others have noticed that it was gone', () => {
    const { chat, simulation, alice, bob } = talking();
    bob.kill();
    const id = alice.say(bob, 'where are you?');
    simulation.pass(10_000);
    bob.start();
    simulation.until('delivered', () => alice.stateOf(id) === 'delivered', metAgainMs);
    delivered(chat, alice, bob, 'and directly', metAgainMs);
  });
});

describe('a client that moves', () => {
  it('is reconnected within 2 s at another address without any traffic, and the roster announces the move', () => {
    const { chat, simulation, server, alice, bob } = talking();
    const mailedBefore = mailed(chat);
    chat.hostOf(bob).setInterfaces(['10.0.0.77/24']);
    const id = alice.say(bob, 'to the old address');
    simulation.pass(noticedMs);
    bob.handleNetworkChange('addresses');
    simulation.until('delivered', () => alice.stateOf(id) === 'delivered', metAgainMs - noticedMs);
    simulation.pass(1_000);
    const { port } = addressesOf(alice, bob)[0] ?? { port: 0 };
    expect(addressesOf(alice, bob)).toEqual([{ host: '10.0.0.77', port }]);
    const moved = { type: 'moved', nickname: 'bob', address: `10.0.0.77:${port}` };
    expect(server.changes.filter(({ type }) => type === 'moved')).toEqual([moved]);
    expect([bob.isOnline, mailed(chat)]).toEqual([true, mailedBefore]);
  });

  it('PROTOCOL 6.18: reports its other addresses to the server, and only when they have changed', () => {
    const { chat, simulation, alice, bob } = talking();
    const [first] = addressesOf(alice, bob);
    // The server is not on the last subnet, so its address does not concern it.
    chat.hostOf(bob).setInterfaces(['10.0.0.11/24', '10.0.0.111/24', '172.16.0.5/16']);
    bob.handleNetworkChange('addresses');
    simulation.pass(1_000);
    expect(addressesOf(alice, bob)).toEqual([first, { host: '10.0.0.111', port: first?.port }]);
    const rosters = alice.events.length;
    bob.handleNetworkChange('woke');
    simulation.pass(1_000);
    expect(alice.events.length).toBe(rosters);
  });

  it('is online again within 2 s after a cable was out for a minute', () => {
    const { chat, simulation, alice, bob } = talking();
    const id = bob.say(alice, 'just before');
    chat.hostOf(bob).setInterfaces([]);
    simulation.pass(noticedMs);
    bob.handleNetworkChange('addresses');
    const later = bob.say(alice, 'without a network');
    simulation.pass(60_000);
    expect([bob.isOnline, alice.sees(bob)]).toEqual([false, false]);
    chat.hostOf(bob).setInterfaces(['10.0.0.78/24']);
    simulation.pass(noticedMs);
    bob.handleNetworkChange('addresses');
    simulation.until(
      'online, and all messages arrived',
      () => bob.isOnline && alice.sees(bob) && [id, later].every((each) => bob.stateOf(each) === 'delivered'),
      metAgainMs - noticedMs,
    );
  });
});

describe('a machine that wakes', () => {
  it('is online again and gets its waiting messages within 2 s', () => {
    const { chat, simulation, alice, bob } = talking();
    chat.hostOf(bob).sleep();
    simulation.pass(600_000);
    expect(alice.sees(bob)).toBe(false);
    const id = alice.say(bob, 'good morning');
    simulation.pass(5_000);
    chat.hostOf(bob).wake();
    simulation.pass(noticedMs);
    bob.handleNetworkChange('woke');
    simulation.until(
      'online, and read',
      () => alice.sees(bob) && alice.stateOf(id) === 'delivered',
      metAgainMs - noticedMs,
    );
  });

  it('that runs the server has all clients online again within 2 s', () => {
    const { chat, simulation, server, alice, bob } = talking();
    chat.serverHost.sleep();
    simulation.pass(600_000);
    expect([alice.isOnline, bob.isOnline]).toEqual([false, false]);
    chat.serverHost.wake();
    simulation.pass(noticedMs);
    server.handleNetworkChange('woke');
    simulation.until(
      'everybody online',
      () => alice.isOnline && bob.isOnline && alice.sees(bob) && bob.sees(alice),
      metAgainMs - noticedMs,
    );
  });
});

describe('a server that gets another address', () => {
  it('keeps its clients, and they find it there after its restart', () => {
    const { chat, simulation, server, alice, bob } = talking();
    chat.serverHost.setInterfaces(['10.0.0.2/24']);
    simulation.pass(noticedMs);
    server.handleNetworkChange('addresses');
    simulation.pass(60_000);
    expect([alice.isOnline, bob.isOnline]).toEqual([true, true]);
    expect(
      alice.events.filter((event) => event.type === 'session' && event.session.phase === 'unreachable'),
    ).toEqual([]);
    server.stop();
    simulation.pass(60_000);
    server.start();
    simulation.until('everybody online', () => alice.isOnline && bob.isOnline && alice.sees(bob));
  });
});

describe('a client that cannot be reached directly', () => {
  it('PROTOCOL 6.72: is dialed again with growing waits, while messages travel by the server', () => {
    const { chat, simulation, alice, bob } = talking();
    chat.part(alice, bob);
    // One message per second for three minutes.
    let calls = 0;
    simulation.network.onDatagramSent = ({ from, to, bytes }) => {
      if (
        from.host === chat.hostOf(alice).interfaces[0]?.host &&
        to.host === chat.hostOf(bob).interfaces[0]?.host
      )
        calls += bytes[3] === 1 ? 1 : 0;
    };
    for (let second = 0; second < 180; second++) {
      alice.say(bob, `${second}`);
      simulation.pass(1_000);
    }
    simulation.until('all messages arrived', () => bob.textsFrom(alice).length === 181);
    // Five attempts per dial, and waits of 2, 4, 8, 16, 32 and 60 s.
    expect(calls).toBeGreaterThanOrEqual(5 * 5);
    expect(calls).toBeLessThanOrEqual(7 * 5);
    chat.heal(alice, bob);
    // The roster's "online" ends the wait.
    chat.leaves(bob, alice);
    chat.returns(bob);
    simulation.until('back', () => alice.sees(bob));
    const before = mailed(chat);
    delivered(chat, alice, bob, 'directly again', metAgainMs);
    expect(mailed(chat)).toBe(before);
  });
});

/** The addresses at which `one` would dial `other`. */
function addressesOf(one: SimulatedClient, other: SimulatedClient) {
  const candidates = one.store.contacts.all().find(({ key }) => key === other.key)?.candidates ?? [];
  return candidates.map((text) => {
    const [host = '', port = ''] = text.split(':');
    return { host, port: Number(port) };
  });
}
