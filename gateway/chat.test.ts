import { beforeEach, describe, expect, it } from 'vitest';
import { ChatWorld, type ClientInWorld, type ServerInWorld } from './testing/chat-world.ts';
import { StoreError } from './store/errors.ts';
import type { SimulatedHost } from './testing/simulated-network.ts';

let world: ChatWorld;
let server: ServerInWorld;
let hosts: SimulatedHost[];

function build(link = {}, seed = 1): void {
  world = new ChatWorld({ seed, link });
  server = world.server(world.host('box', '10.0.0.1/24'));
  hosts = [];
}

function person(nickname: string): ClientInWorld {
  const host = world.host(nickname, `10.0.0.${10 + hosts.length}/24`);
  hosts.push(host);
  return world.client(nickname, host, server.address);
}

function online(...people: ClientInWorld[]): void {
  for (const one of people) one.start();
  world.until('everybody online', () =>
    people.every((one) => one.isOnline && people.every((other) => one.sees(other))),
  );
}

beforeEach(() => build());

describe('the original, row by row (DESIGN section 10)', () => {
  it('clients: everybody has the client table, kept current without asking', () => {
    const [alice, bob, carol] = [person('alice'), person('bob'), person('carol')];
    online(alice, bob, carol);
    expect(
      alice.role
        .people()
        .map(({ nickname }) => nickname)
        .sort(),
    ).toEqual(['alice', 'bob', 'carol']);
  });

  it('send: a message goes directly, and is delivered when the recipient has it on disk', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    const id = alice.say(bob, 'hello');
    world.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['hello']);
    expect(server.changes.some(({ type }) => type === 'stored')).toBe(false);
  });

  it('send to somebody offline: waits on the server, arrives at the return, which is announced', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    bob.command((client, now) => client.deregister(now));
    world.until('bob is offline for alice', () => !alice.sees(bob));
    const first = alice.say(bob, 'one');
    const second = alice.say(bob, 'two');
    world.until('stored', () => alice.stateOf(first) === 'stored' && alice.stateOf(second) === 'stored');
    bob.command((client, now) => client.register(now));
    world.until('delivered later', () => alice.stateOf(second) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['one', 'two']);
    expect(bob.events).toContainEqual({ type: 'waiting-messages', count: 2 });
    expect(alice.events).toContainEqual({
      type: 'delivery',
      peer: bob.key,
      id: second,
      delivery: { state: 'delivered', later: true },
    });
  });

  it('send to somebody who does not answer: the server tries, marks offline, tells everybody, stores', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    bob.kill();
    const id = alice.say(bob, 'are you there?');
    world.until('stored', () => alice.stateOf(id) === 'stored', 15_000);
    world.until('offline for everybody', () => !alice.sees(bob));
    expect(server.changes).toContainEqual({ type: 'departed', nickname: 'bob', cause: 'unreachable' });
    bob.start();
    world.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['are you there?']);
  });

  it('a server that is asked to store for somebody online delivers, and tells the sender so', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    // The two cannot reach each other directly; both reach the server.
    world.network.partition(hosts[0]!, hosts[1]!);
    const id = alice.say(bob, 'by the server');
    world.until('delivered', () => alice.stateOf(id) === 'delivered', 15_000);
    expect(bob.textsFrom(alice)).toEqual(['by the server']);
    expect(alice.events).toContainEqual({ type: 'delivered-by-server', peer: bob.key, id });
    expect(alice.sees(bob)).toBe(true);
  });

  it('dereg: offline in the server’s table, and everybody is told', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    alice.command((client, now) => client.deregister(now));
    world.until('offline', () => alice.role.session().phase === 'offline' && !bob.sees(alice), 2_000);
  });

  it('a nickname that somebody has is refused with a suggestion, whether its owner is online or not', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    const impostor = world.client('BOB', world.host('impostor', '10.0.0.99/24'), server.address).start();
    world.until('refused', () => impostor.role.session().phase === 'refused');
    expect(impostor.role.session()).toMatchObject({ code: 'nickname-taken', suggestion: 'BOB2' });
    bob.command((client, now) => client.deregister(now));
    world.until('bob offline', () => !alice.sees(bob));
    impostor.command((client, now) => client.register(now));
    world.until('refused again', () => impostor.events.filter(({ type }) => type === 'session').length >= 3);
    world.pass(5_000);
    expect(impostor.role.session().phase).toBe('refused');
  });

  it('a client that was killed returns to its nickname at once, while the server still believes it online', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    bob.kill();
    bob.start();
    world.until('back', () => bob.isOnline, 1_000);
  });

  it('an unknown person: nothing is sent', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice);
    const id = world.newMessageId();
    expect(alice.command((client, now) => client.send(now, { id, to: bob.key, text: 'x' }))).toEqual({
      type: 'refused',
      code: 'unknown-recipient',
    });
    expect(alice.store.messages.find(id)).toBeUndefined();
  });

  it('a silent server: told so, tried again until it answers', () => {
    const alice = person('alice');
    server.kill();
    alice.start();
    world.until('told', () => alice.role.session().phase === 'unreachable', 5_000);
    world.pass(30_000);
    server.start();
    world.until('online', () => alice.isOnline, 15_000);
  });
});

describe('nothing is lost', () => {
  it('a message typed while everything is away leaves when somebody is back', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    bob.kill();
    server.kill();
    world.pass(60_000);
    const id = alice.say(bob, 'patience');
    world.pass(10_000);
    expect(alice.stateOf(id)).toBe('waiting');
    server.start();
    world.until('stored', () => alice.stateOf(id) === 'stored');
    bob.start();
    world.until('delivered', () => alice.stateOf(id) === 'delivered');
  });

  it('people who know each other go on talking while the server is away', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    server.kill();
    world.pass(60_000);
    const id = alice.say(bob, 'still here');
    world.until('delivered', () => alice.stateOf(id) === 'delivered', 15_000);
  });

  it('a sender that is killed before it could send, sends after its return', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    world.network.partition(hosts[0]!, hosts[1]!);
    const id = alice.say(bob, 'saved');
    alice.kill();
    world.network.heal(hosts[0]!, hosts[1]!);
    alice.start();
    world.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['saved']);
  });

  it('the server restarts with mail: nothing is lost, nothing doubled, and its clients come back by themselves', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    bob.command((client, now) => client.deregister(now));
    world.until('bob away', () => !alice.sees(bob));
    const id = alice.say(bob, 'kept');
    world.until('stored', () => alice.stateOf(id) === 'stored');
    server.kill();
    world.pass(3_000);
    server.start();
    world.until(
      'alice is back',
      () => server.changes.filter((c) => c.type === 'registered' && c.nickname === 'alice').length === 2,
      5_000,
    );
    bob.command((client, now) => client.register(now));
    world.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['kept']);
    expect(bob.timesAnnounced(id)).toBe(1);
  });

  it('a server that lost its disk is offered again what it had stored', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    bob.kill();
    const id = alice.say(bob, 'twice offered');
    world.until('stored', () => alice.stateOf(id) === 'stored', 15_000);
    server.kill();
    server.wipe();
    server.start();
    world.until('alice is back', () => alice.isOnline && alice.role.people().length > 0, 60_000);
    world.pass(5_000);
    bob.start();
    world.until('delivered', () => alice.stateOf(id) === 'delivered', 120_000);
    expect(bob.textsFrom(alice)).toEqual(['twice offered']);
  });

  it('a receipt for somebody who is away waits too', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    bob.command((client, now) => client.deregister(now));
    world.until('bob away', () => !alice.sees(bob));
    const id = alice.say(bob, 'see you');
    world.until('stored', () => alice.stateOf(id) === 'stored');
    alice.command((client, now) => client.deregister(now));
    world.until('alice away', () => alice.role.session().phase === 'offline');
    bob.command((client, now) => client.register(now));
    world.until('bob has it', () => bob.textsFrom(alice).length === 1);
    world.pass(5_000);
    alice.command((client, now) => client.register(now));
    world.until('delivered', () => alice.stateOf(id) === 'delivered');
  });

  it('a client that vanishes is offline for everybody within 45 s', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    bob.kill();
    world.until('offline', () => !alice.sees(bob), 45_500);
  });

  it('16 KiB arrive whole, and not a byte more is taken', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    const text = 'ü'.repeat(8 * 1024);
    const id = alice.say(bob, text);
    world.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual([text]);
    const tooLong = world.newMessageId();
    expect(
      alice.command((client, now) => client.send(now, { id: tooLong, to: bob.key, text: `${text}!` })),
    ).toEqual({
      type: 'refused',
      code: 'message-too-long',
    });
  });
});

describe('on one machine', () => {
  it('who hosts and chats on one machine is reached by others, though the server sees only 127.0.0.1', () => {
    const box = world.host('laptop', '192.168.1.7/24');
    const guestHost = world.host('guest', '192.168.1.8/24');
    const hosted = world.server(box);
    const alice = world.client('alice', box, { host: '127.0.0.1', port: 50_000 });
    const bob = world.client('bob', guestHost, { host: '192.168.1.7', port: 50_000 });
    const carol = world.client('carol', box, { host: '127.0.0.1', port: 50_000 });
    online(alice, bob, carol);
    const ids = [alice.say(bob, 'a'), bob.say(alice, 'b'), alice.say(carol, 'c'), carol.say(alice, 'd')];
    world.until('all delivered', () =>
      [alice, bob, alice, carol].every((one, index) => one.stateOf(ids[index]!) === 'delivered'),
    );
    // Directly: the server was asked to store nothing.
    expect(hosted.changes.filter(({ type }) => type === 'stored' || type === 'delivered')).toEqual([]);
  });
});

describe('in a bad network', () => {
  it.each([1, 2, 3, 4, 5])(
    '200 messages each way under loss and duplication, once and in order (seed %i)',
    (seed) => {
      build({ lossPercent: 20, duplicatePercent: 10 }, seed);
      const [alice, bob] = [person('alice'), person('bob')];
      online(alice, bob);
      const count = 200;
      for (let index = 0; index < count; index++) {
        alice.say(bob, `a${index}`);
        bob.say(alice, `b${index}`);
      }
      const delivered = (one: ClientInWorld): number =>
        one.events.filter((event) => event.type === 'delivery' && event.delivery.state === 'delivered')
          .length;
      world.until('all delivered', () => delivered(alice) === count && delivered(bob) === count, 3_600_000);
      expect(bob.textsFrom(alice)).toEqual(Array.from({ length: count }, (_, index) => `a${index}`));
      expect(alice.textsFrom(bob)).toEqual(Array.from({ length: count }, (_, index) => `b${index}`));
    },
  );
});

describe('a crowd', () => {
  it('300 people in the table: all see all, a change reaches everybody, a burst of changes is few rosters', () => {
    world = new ChatWorld({ seed: 1 });
    server = world.server(world.host('box', '10.0.0.1/8'));
    const people = Array.from({ length: 300 }, (_, index) => {
      const host = world.host(`host${index}`, `10.0.${1 + Math.floor(index / 200)}.${1 + (index % 200)}/8`);
      return world.client(`person${index}`, host, { host: '10.0.0.1', port: 50_000 });
    });
    for (const one of people) one.start();
    const knows = (one: ClientInWorld, count: number): boolean =>
      one.role.people().filter(({ online }) => online).length === count;
    world.until('all see all', () => people.every((one) => knows(one, 300)), 120_000);
    const rostersBefore = people[7]!.events.filter(({ type }) => type === 'people').length;
    for (const one of people.slice(100, 200)) one.command((client, now) => client.deregister(now));
    world.until(
      'the others see them go',
      () => people.slice(0, 100).every((one) => knows(one, 200)),
      120_000,
    );
    expect(people[7]!.events.filter(({ type }) => type === 'people').length - rostersBefore).toBeLessThan(20);
  }, 60_000);
});

describe('order', () => {
  it('a message that was overtaken is put into its place', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    world.network.partition(hosts[0]!, hosts[1]!);
    const first = alice.say(bob, 'first');
    world.until(
      'given to the server',
      () => alice.stateOf(first) === 'sending' && server.store.mailboxes.count(bob.key) > 0,
      15_000,
    );
    expect(bob.textsFrom(alice)).toEqual([]);
    world.network.heal(hosts[0]!, hosts[1]!);
    world.until('delivered', () => alice.stateOf(first) === 'delivered');
    const later = alice.say(bob, 'second');
    world.until('delivered', () => alice.stateOf(later) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['first', 'second']);
  });

  it('a clock that is a year off changes no order', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    const year = 365 * 24 * 3_600_000;
    const ids = [alice.say(bob, 'now')];
    hosts[0]!.wallOffsetMs = -year;
    ids.push(alice.say(bob, 'last year'));
    hosts[0]!.wallOffsetMs = year;
    ids.push(alice.say(bob, 'next year'));
    world.until('delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'));
    expect(bob.textsFrom(alice)).toEqual(['now', 'last year', 'next year']);
  });
});

describe('a disk that refuses', () => {
  it('the sender’s: the command is refused, nothing earlier is lost, and the chat goes on when there is room', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    const before = alice.say(bob, 'before');
    world.until('delivered', () => alice.stateOf(before) === 'delivered');
    alice.isDiskFull = true;
    expect(() => alice.say(bob, 'not saved')).toThrow(StoreError);
    bob.say(alice, 'while the disk is full');
    const faultsAtFirst = world.faults.length;
    world.pass(60_000);
    expect(alice.textsFrom(bob)).toEqual([]);
    // It tries again with ever longer waits, not as fast as the network is.
    expect(world.faults.length - faultsAtFirst).toBeLessThan(100);
    alice.isDiskFull = false;
    world.faults.length = 0;
    world.until('what was said meanwhile arrives', () => alice.textsFrom(bob).length === 1, 120_000);
    const after = alice.say(bob, 'after');
    world.until('delivered', () => alice.stateOf(after) === 'delivered');
    expect(alice.messagesWith(bob).map(({ text }) => text)).toEqual([
      'before',
      'while the disk is full',
      'after',
    ]);
    expect(bob.textsFrom(alice)).toEqual(['before', 'after']);
  });

  it('the server’s: nobody is told "stored" of what is not, and it is stored when there is room', () => {
    const [alice, bob] = [person('alice'), person('bob')];
    online(alice, bob);
    bob.command((client, now) => client.deregister(now));
    world.until('bob away', () => !alice.sees(bob));
    server.isDiskFull = true;
    const id = alice.say(bob, 'kept by alice');
    world.pass(60_000);
    expect(alice.stateOf(id)).toBe('sending');
    expect(world.faults.length).toBeLessThan(200);
    server.isDiskFull = false;
    world.faults.length = 0;
    world.until('stored', () => alice.stateOf(id) === 'stored', 60_000);
    bob.command((client, now) => client.register(now));
    world.until('delivered', () => alice.stateOf(id) === 'delivered');
  });
});
