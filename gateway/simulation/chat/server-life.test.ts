import { describe, expect, it } from 'vitest';
import { ChatFixture } from './chat-fixture.ts';

describe('a server that stops', () => {
  it('takes no registration while it says goodbye, so that no client believes to be online', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    simulation.pass(10_000);
    // A queued message holds Bob's goodbye back. Alice has hers, and tries to register again at once.
    chat.hostOf(bob).sleep();
    carol.command((client, now) => client.deregister(now));
    simulation.pass(1);
    server.stop();
    simulation.pass(100);
    expect(alice.role.session().phase).toBe('unreachable');
  });

  it('has all clients online again after a proper stop, as after a crash', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    server.stop();
    simulation.pass(5_000);
    server.start();
    simulation.until(
      'back',
      () => alice.isOnline && bob.isOnline && alice.sees(bob) && bob.sees(alice),
      5_000,
    );
  });

  it('dials after its restart only addresses that it saw itself, and none that clients reported', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const victim = simulation.host('victim', '10.0.0.200/24');
    const mallory = chat.client('mallory');
    chat.hostOf(mallory).setInterfaces(['10.0.0.10/24', '10.0.0.200/24']);
    mallory.start();
    simulation.until('online', () => mallory.isOnline);
    mallory.kill();
    server.kill();
    const reached: string[] = [];
    victim.bind(49_152, {
      handleDatagrams: (_, datagrams) => reached.push(...datagrams.map(({ from }) => from.host)),
      handleTimeout: () => undefined,
      pollTransmit: () => undefined,
      pollTimeout: () => undefined,
    });
    chat.hostOf(mallory).setInterfaces(['10.0.0.10/24']);
    server.start();
    simulation.pass(10_000);
    expect(reached).toEqual([]);
  });
});

describe('the client table after a fault', () => {
  it('is still published, with rising versions', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    for (let round = 0; round < 5; round++) {
      chat.leaves(bob, alice);
      chat.returns(bob);
      simulation.until('bob is back', () => alice.sees(bob));
    }
    server.isDiskFull = true;
    const carol = chat.client('carol').start();
    simulation.pass(1_000);
    expect(simulation.faults.length).toBeGreaterThan(0);
    server.isDiskFull = false;
    simulation.faults.length = 0;
    simulation.until('carol is seen', () => alice.sees(carol), 20_000);
  });
});
