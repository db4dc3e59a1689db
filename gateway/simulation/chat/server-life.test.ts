import { describe, expect, it } from 'vitest';
import { ChatFixture } from './chat-fixture.ts';

describe('a server that goes', () => {
  it('lets nobody in again while it says goodbye, so that nobody believes to be online', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    world.pass(10_000);
    // What is queued for bob holds his goodbye back; alice, who has hers, tries to come back at once.
    chat.hostOf(bob).sleep();
    carol.command((client, now) => client.deregister(now));
    world.pass(1);
    server.stop();
    world.pass(100);
    expect(alice.role.session().phase).toBe('unreachable');
  });

  it('is met again by everybody after a proper end, as after a crash', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    server.stop();
    world.pass(5_000);
    server.start();
    world.until('back', () => alice.isOnline && bob.isOnline && alice.sees(bob) && bob.sees(alice), 5_000);
  });

  it('dials after its return only where it saw people itself, not what their words say', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const victim = world.host('victim', '10.0.0.200/24');
    const mallory = chat.person('mallory');
    chat.hostOf(mallory).setInterfaces(['10.0.0.10/24', '10.0.0.200/24']);
    mallory.start();
    world.until('online', () => mallory.isOnline);
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
    world.pass(10_000);
    expect(reached).toEqual([]);
  });
});

describe('the client table after a fault', () => {
  it('goes on being told: its versions go on rising', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    for (let round = 0; round < 5; round++) {
      chat.leaves(bob, alice);
      chat.returns(bob);
      world.until('bob is back', () => alice.sees(bob));
    }
    server.isDiskFull = true;
    const carol = chat.person('carol').start();
    world.pass(1_000);
    expect(world.faults.length).toBeGreaterThan(0);
    server.isDiskFull = false;
    world.faults.length = 0;
    world.until('carol is seen', () => alice.sees(carol), 20_000);
  });
});
