import { beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../store/errors.ts';
import { ChatFixture } from './chat-fixture.ts';

let chat: ChatFixture;
beforeEach(() => {
  chat = new ChatFixture();
});

describe('a disk that refuses', () => {
  it('the sender’s: the command is refused, nothing earlier is lost, and the chat goes on when there is room', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const before = alice.say(bob, 'before');
    chat.world.until('delivered', () => alice.stateOf(before) === 'delivered');
    alice.isDiskFull = true;
    expect(() => alice.say(bob, 'not saved')).toThrow(StoreError);
    bob.say(alice, 'while the disk is full');
    const faultsAtFirst = chat.world.faults.length;
    chat.world.pass(60_000);
    expect(alice.textsFrom(bob)).toEqual([]);
    // It tries again with ever longer waits, not as fast as the network is.
    expect(chat.world.faults.length - faultsAtFirst).toBeLessThan(100);
    alice.isDiskFull = false;
    chat.world.faults.length = 0;
    chat.world.until('what was said meanwhile arrives', () => alice.textsFrom(bob).length === 1, 120_000);
    const after = alice.say(bob, 'after');
    chat.world.until('delivered', () => alice.stateOf(after) === 'delivered');
    expect(alice.messagesWith(bob).map(({ content }) => content.text)).toEqual([
      'before',
      'while the disk is full',
      'after',
    ]);
    expect(bob.textsFrom(alice)).toEqual(['before', 'after']);
  });

  it('PROTOCOL 6.20: the server’s: the sender is told so, nobody hears "stored", and it is stored when there is room', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.command((client, now) => client.deregister(now));
    chat.world.until('bob away', () => !alice.sees(bob));
    chat.server.isDiskFull = true;
    const id = alice.say(bob, 'kept by alice');
    chat.world.pass(1_000);
    expect(alice.messagesWith(bob).at(-1)?.delivery).toMatchObject({
      state: 'waiting',
      reason: 'server-disk-full',
    });
    chat.world.pass(60_000);
    expect(alice.stateOf(id)).not.toBe('stored');
    expect(chat.world.faults.length).toBeLessThan(200);
    chat.server.isDiskFull = false;
    chat.world.faults.length = 0;
    chat.world.until('stored', () => alice.stateOf(id) === 'stored', 60_000);
    bob.command((client, now) => client.register(now));
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered');
  });

  it('the server’s, with mail for everybody: it does not offer all of it again at each fault', () => {
    const people = chat.online('alice', 'bob', 'carol', 'dave');
    for (const one of people) for (const other of people) if (one !== other) chat.part(one, other);
    let offered = 0;
    chat.world.network.onDeparture = ({ from }) => {
      if (from.host === chat.server.address.host) offered++;
    };
    for (let round = 0; round < 30; round++)
      for (const one of people) for (const other of people) if (one !== other) one.say(other, `${round}`);
    chat.world.until('some are delivered', () => people[0].textsFrom(people[1]).length > 0);
    chat.server.isDiskFull = true;
    offered = 0;
    chat.world.pass(10_000);
    expect(chat.world.faults.length).toBeGreaterThan(0);
    expect(offered).toBeLessThan(1_000);
    chat.server.isDiskFull = false;
    chat.world.faults.length = 0;
    const hasAll = (one: (typeof people)[number]) =>
      people.every((other) => one === other || one.textsFrom(other).length === 30);
    chat.world.until('all is delivered', () => people.every(hasAll), 120_000);
  });
});
