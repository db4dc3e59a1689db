import { describe, expect, it } from 'vitest';
import type { SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

/** DESIGN section 3: "A peer that restarts, changes address or wakes from sleep is met again within 2 s." */
const metAgainMs = 2_000;
/** So long the gateway takes at most to see a change of its network (net/network-watch.ts). */
const noticedMs = 1_000;

/** Alice and bob with a live connection between them; the server has nothing to do with what they say. */
function talking() {
  const chat = new ChatFixture();
  const [alice, bob] = chat.online('alice', 'bob');
  delivered(chat, alice, bob, 'hello', 1_000);
  delivered(chat, bob, alice, 'hello', 1_000);
  return { chat, world: chat.world, server: chat.server, alice, bob };
}

function delivered(
  { world }: ChatFixture,
  from: SimulatedClient,
  to: SimulatedClient,
  text: string,
  withinMs: number,
): void {
  const id = from.say(to, text);
  world.until(`"${text}" delivered`, () => from.stateOf(id) === 'delivered', withinMs);
}

function mailed({ server }: ChatFixture): number {
  return server.changes.filter(({ type }) => type === 'stored' || type === 'delivered').length;
}

describe('a person whose gateway is started again', () => {
  it('is met again within 2 s, on another port, directly', () => {
    const { chat, alice, bob } = talking();
    bob.kill();
    bob.start();
    delivered(chat, alice, bob, 'back already?', metAgainMs);
    expect(mailed(chat)).toBe(0);
  });

  it('is met again within 2 s of its start, also when others have noticed that it was gone', () => {
    const { chat, world, alice, bob } = talking();
    bob.kill();
    const id = alice.say(bob, 'where are you?');
    world.pass(10_000);
    bob.start();
    world.until('delivered', () => alice.stateOf(id) === 'delivered', metAgainMs);
    delivered(chat, alice, bob, 'and directly', metAgainMs);
  });
});

describe('a person who moves', () => {
  it('is met again within 2 s at another address, with nothing to say; the roster tells it', () => {
    const { chat, world, server, alice, bob } = talking();
    const mailedBefore = mailed(chat);
    chat.hostOf(bob).setInterfaces(['10.0.0.77/24']);
    const id = alice.say(bob, 'to the old address');
    world.pass(noticedMs);
    bob.handleNetworkChange('addresses');
    world.until('delivered', () => alice.stateOf(id) === 'delivered', metAgainMs - noticedMs);
    world.pass(1_000);
    const { port } = addressesOf(alice, bob)[0] ?? { port: 0 };
    expect(addressesOf(alice, bob)).toEqual([{ host: '10.0.0.77', port }]);
    const moved = { type: 'moved', nickname: 'bob', address: `10.0.0.77:${port}` };
    expect(server.changes.filter(({ type }) => type === 'moved')).toEqual([moved]);
    expect([bob.isOnline, mailed(chat)]).toEqual([true, mailedBefore]);
  });

  it('PROTOCOL 6.18: tells the server what else it is reachable at, and only when that has changed', () => {
    const { chat, world, alice, bob } = talking();
    const [first] = addressesOf(alice, bob);
    chat.hostOf(bob).setInterfaces(['10.0.0.11/24', '172.16.0.5/16']);
    bob.handleNetworkChange('addresses');
    world.pass(1_000);
    expect(addressesOf(alice, bob)).toEqual([first, { host: '172.16.0.5', port: first?.port }]);
    const rosters = alice.events.length;
    bob.handleNetworkChange('woke');
    world.pass(1_000);
    expect(alice.events.length).toBe(rosters);
  });

  it('is back within 2 s of a cable that was out for a minute', () => {
    const { chat, world, alice, bob } = talking();
    const id = bob.say(alice, 'just before');
    chat.hostOf(bob).setInterfaces([]);
    world.pass(noticedMs);
    bob.handleNetworkChange('addresses');
    const later = bob.say(alice, 'without a network');
    world.pass(60_000);
    expect([bob.isOnline, alice.sees(bob)]).toEqual([false, false]);
    chat.hostOf(bob).setInterfaces(['10.0.0.78/24']);
    world.pass(noticedMs);
    bob.handleNetworkChange('addresses');
    world.until(
      'online, and all said',
      () => bob.isOnline && alice.sees(bob) && [id, later].every((each) => bob.stateOf(each) === 'delivered'),
      metAgainMs - noticedMs,
    );
  });
});

describe('a machine that wakes', () => {
  it('has its person back online, and what waited, within 2 s', () => {
    const { chat, world, alice, bob } = talking();
    chat.hostOf(bob).sleep();
    world.pass(600_000);
    expect(alice.sees(bob)).toBe(false);
    const id = alice.say(bob, 'good morning');
    world.pass(5_000);
    chat.hostOf(bob).wake();
    world.pass(noticedMs);
    bob.handleNetworkChange('woke');
    world.until(
      'online, and read',
      () => alice.sees(bob) && alice.stateOf(id) === 'delivered',
      metAgainMs - noticedMs,
    );
  });

  it('with the server on it has everybody back within 2 s', () => {
    const { chat, world, server, alice, bob } = talking();
    chat.serverHost.sleep();
    world.pass(600_000);
    expect([alice.isOnline, bob.isOnline]).toEqual([false, false]);
    chat.serverHost.wake();
    world.pass(noticedMs);
    server.handleNetworkChange('woke');
    world.until(
      'everybody online',
      () => alice.isOnline && bob.isOnline && alice.sees(bob) && bob.sees(alice),
      metAgainMs - noticedMs,
    );
  });
});

describe('a server that gets another address', () => {
  it('takes everybody along, and is found there again when it is started anew', () => {
    const { chat, world, server, alice, bob } = talking();
    chat.serverHost.setInterfaces(['10.0.0.2/24']);
    world.pass(noticedMs);
    server.handleNetworkChange('addresses');
    world.pass(60_000);
    expect([alice.isOnline, bob.isOnline]).toEqual([true, true]);
    expect(
      alice.events.filter((event) => event.type === 'session' && event.session.phase === 'unreachable'),
    ).toEqual([]);
    server.stop();
    world.pass(60_000);
    server.start();
    world.until('everybody online', () => alice.isOnline && bob.isOnline && alice.sees(bob));
  });
});

describe('a person who cannot be reached directly', () => {
  it('is tried again with growing waits; meanwhile the server carries everything', () => {
    const { chat, world, alice, bob } = talking();
    chat.part(alice, bob);
    // Every second something to say, for three minutes.
    let calls = 0;
    world.network.onDeparture = ({ from, to, bytes }) => {
      if (
        from.host === chat.hostOf(alice).interfaces[0]?.host &&
        to.host === chat.hostOf(bob).interfaces[0]?.host
      )
        calls += bytes[3] === 1 ? 1 : 0;
    };
    for (let second = 0; second < 180; second++) {
      alice.say(bob, `${second}`);
      world.pass(1_000);
    }
    world.until('all said', () => bob.textsFrom(alice).length === 181);
    // Five tries a dial; waits of 2, 4, 8, 16, 32 and 60 s.
    expect(calls).toBeGreaterThanOrEqual(5 * 5);
    expect(calls).toBeLessThanOrEqual(7 * 5);
    chat.heal(alice, bob);
    // The roster's "online" ends the waiting.
    chat.leaves(bob, alice);
    chat.returns(bob);
    world.until('back', () => alice.sees(bob));
    const before = mailed(chat);
    delivered(chat, alice, bob, 'directly again', metAgainMs);
    expect(mailed(chat)).toBe(before);
  });
});

/** Where `one` would look for `other`. */
function addressesOf(one: SimulatedClient, other: SimulatedClient) {
  const candidates = one.store.contacts.all().find(({ key }) => key === other.key)?.candidates ?? [];
  return candidates.map((text) => {
    const [host = '', port = ''] = text.split(':');
    return { host, port: Number(port) };
  });
}
