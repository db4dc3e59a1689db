import { describe, expect, it } from 'vitest';
import { ChatSimulation } from './chat-simulation.ts';

describe('on one machine', () => {
  it('who hosts and chats on one machine is reached by others, though the server sees only 127.0.0.1', () => {
    const world = new ChatSimulation({ seed: 1 });
    const box = world.host('laptop', '192.168.1.7/24');
    const guestHost = world.host('guest', '192.168.1.8/24');
    const hosted = world.server(box);
    const alice = world.client('alice', box, { host: '127.0.0.1', port: 50_000 });
    const bob = world.client('bob', guestHost, { host: '192.168.1.7', port: 50_000 });
    const carol = world.client('carol', box, { host: '127.0.0.1', port: 50_000 });
    const people = [alice, bob, carol];
    for (const one of people) one.start();
    world.until('everybody online', () =>
      people.every((one) => one.isOnline && people.every((other) => one.sees(other))),
    );
    const ids = [alice.say(bob, 'a'), bob.say(alice, 'b'), alice.say(carol, 'c'), carol.say(alice, 'd')];
    world.until('all delivered', () =>
      [alice, bob, alice, carol].every((one, index) => one.stateOf(ids[index]!) === 'delivered'),
    );
    // Directly: the server was asked to store nothing.
    expect(hosted.changes.filter(({ type }) => type === 'stored' || type === 'delivered')).toEqual([]);
  });
});
