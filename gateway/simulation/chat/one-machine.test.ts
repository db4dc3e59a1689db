import { describe, expect, it } from 'vitest';
import { ChatSimulation } from './chat-simulation.ts';

describe('a client on the server’s machine', () => {
  it('is reached by other machines, although the server sees it at 127.0.0.1', () => {
    const simulation = new ChatSimulation({ seed: 1 });
    const box = simulation.host('laptop', '192.168.1.7/24');
    const guestHost = simulation.host('guest', '192.168.1.8/24');
    const hosted = simulation.server(box);
    const alice = simulation.client('alice', box, { host: '127.0.0.1', port: 50_000 });
    const bob = simulation.client('bob', guestHost, { host: '192.168.1.7', port: 50_000 });
    const carol = simulation.client('carol', box, { host: '127.0.0.1', port: 50_000 });
    const clients = [alice, bob, carol];
    for (const one of clients) one.start();
    simulation.until('everybody online', () =>
      clients.every((one) => one.isOnline && clients.every((other) => one.sees(other))),
    );
    const ids = [alice.say(bob, 'a'), bob.say(alice, 'b'), alice.say(carol, 'c'), carol.say(alice, 'd')];
    simulation.until('all delivered', () =>
      [alice, bob, alice, carol].every((one, index) => one.stateOf(ids[index]!) === 'delivered'),
    );
    // The message went directly: the server stored nothing.
    expect(hosted.changes.filter(({ type }) => type === 'stored' || type === 'delivered')).toEqual([]);
  });
});
