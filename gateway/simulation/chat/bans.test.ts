import { describe, expect, it } from 'vitest';
import { banDayMs, type BanSubject } from '../../../shared/ban.ts';
import { bansMax } from '../../../shared/limits.ts';
import { sampleKey } from '../../store/sample.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { ManualClientAtServer } from './manual-client.ts';
import type { SimulatedServer } from './simulated-server.ts';

function ban(server: SimulatedServer, subject: BanSubject, days: number | null = null) {
  return server.operate((admin, now) => admin.ban(now, subject, days, [server.identity.key]));
}

function unban(server: SimulatedServer, subject: BanSubject): boolean {
  return server.operate((admin) => admin.unban(subject));
}

const address = (text: string) => ({ type: 'address', address: text }) as const;
const nickname = (text: string) => ({ type: 'nickname', nickname: text }) as const;

function isBanned(one: SimulatedClient): boolean {
  const session = one.role.session();
  return session.phase === 'refused' && session.code === 'banned';
}

describe('a key that the operator bans', () => {
  it('PROTOCOL 6.80: is offline at once and told so, keeps its name and its mail, and registers only when its user asks', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    expect(ban(server, nickname('BOB'))).toEqual({
      ban: { banned: { type: 'key', key: bob.key, nickname: 'bob' }, untilMs: null },
    });
    expect(server.people()).toMatchObject([
      { nickname: 'alice', online: true, waiting: 0 },
      { nickname: 'bob', online: false, waiting: 0 },
    ]);
    simulation.until('told', () => isBanned(bob) && !alice.sees(bob), 2_000);
    expect(server.changes.at(-1)).toEqual({ type: 'departed', nickname: 'bob', cause: 'banned' });
    const id = alice.say(bob, 'for later');
    simulation.until('stored', () => alice.stateOf(id) === 'stored');
    const changes = server.changes.length;
    simulation.pass(300_000);
    expect(server.changes).toHaveLength(changes);

    chat.returns(bob);
    simulation.until('refused', () => server.changes.length > changes && isBanned(bob));
    expect(server.changes.at(-1)).toMatchObject({ type: 'refused', nickname: 'bob', code: 'banned' });

    expect([unban(server, nickname('bob')), unban(server, nickname('bob'))]).toEqual([true, false]);
    chat.returns(bob);
    simulation.until('back', () => alice.sees(bob) && alice.stateOf(id) === 'delivered');
  });

  it('is banned without a nickname too, and another nickname does not help it', () => {
    const { simulation, server } = new ChatFixture();
    const hand = new ManualClientAtServer(simulation, server, '10.0.0.2');
    expect(ban(server, { type: 'key', key: hand.key })).toMatchObject({
      ban: { banned: { nickname: null } },
    });
    hand.register(1, 'hand');
    hand.node.dial('again', [server.address]);
    simulation.until('connected', () => hand.node.eventsOf('connected').length === 2);
    hand.register(2, 'other');
    expect(hand.heardOf('register-rejected')).toEqual([
      { kind: 'register-rejected', registration: 1, code: 'banned', suggestion: null },
      { kind: 'register-rejected', registration: 2, code: 'banned', suggestion: null },
    ]);
    expect(ban(server, nickname('hand'))).toEqual({ error: 'unknown-name' });
  });

  it('PROTOCOL 6.80: is told why, and the server closes its connection, whether it was registered or asks again', () => {
    const { simulation, server } = new ChatFixture();
    const hand = new ManualClientAtServer(simulation, server, '10.0.0.2');
    const closed = () => hand.node.eventsOf('disconnected').map(({ cause }) => cause);
    hand.register(1, 'hand');
    expect([hand.heardOf('registered').length, closed()]).toEqual([1, []]);
    ban(server, nickname('hand'));
    simulation.until('closed', () => closed().length === 1, 2_000);
    hand.node.dial('again', [server.address]);
    simulation.until('connected', () => hand.node.eventsOf('connected').length === 2);
    expect(closed()).toHaveLength(1);
    hand.register(2, 'hand');
    simulation.until('closed again', () => closed().length === 2, 2_000);
    expect(closed()).toEqual(['refused', 'refused']);
    expect(hand.heardOf('register-rejected').map(({ code }) => code)).toEqual(['banned', 'banned']);
  });

  it('is found by the nickname that it had then, after the operator has released it', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [, bob] = chat.online('alice', 'bob');
    ban(server, nickname('bob'));
    server.operate((admin, now) => admin.release(now, 'bob'));
    expect(unban(server, nickname('carol'))).toBe(false);
    expect(unban(server, nickname('bob'))).toBe(true);
    chat.returns(bob);
    simulation.until('online', () => bob.isOnline);
  });
});

describe('a text that can be a nickname or an address', () => {
  it('is the nickname where a user has it, and the ban of that is lifted first', () => {
    const chat = new ChatFixture();
    const { server } = chat;
    const [named, local] = chat.online('10.0.0.99', 'localhost');
    const typed = (text: string) => ({ type: 'nickname-or-address', text }) as const;
    const banOf = (key: string, name: string) => ({
      ban: { banned: { type: 'key', key, nickname: name }, untilMs: null },
    });
    expect(ban(server, typed('10.0.0.99'))).toEqual(banOf(named.key, '10.0.0.99'));
    expect(ban(server, typed('localhost'))).toEqual(banOf(local.key, 'localhost'));
    expect(ban(server, address('10.0.0.99'))).toHaveProperty('ban.banned.type', 'address');
    expect(ban(server, typed('10.0.0.98:50000'))).toHaveProperty('ban.banned.address', '10.0.0.98');
    const bans = () => server.operate((admin, now) => admin.bans(now)).map(({ banned }) => banned.type);
    expect(unban(server, typed('10.0.0.99'))).toBe(true);
    expect(bans()).toEqual(['key', 'address', 'address']);
    expect([unban(server, typed('10.0.0.99')), unban(server, typed('10.0.0.98'))]).toEqual([true, true]);
    expect(bans()).toEqual(['key']);
    expect(unban(server, typed('10.0.0.97'))).toBe(false);
  });
});

describe('an address that the operator bans', () => {
  it('PROTOCOL 6.81: takes its users offline and refuses registrations from it, with any key, and no others', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    expect(ban(server, address('10.0.0.11:50123'))).toEqual({
      ban: { banned: { type: 'address', address: '10.0.0.11' }, untilMs: null },
    });
    simulation.until('told', () => isBanned(bob) && !alice.sees(bob), 2_000);
    const another = simulation.client('another', chat.hostOf(bob), server.address).start();
    simulation.until('refused', () => isBanned(another));
    const carol = chat.client('carol').start();
    simulation.until('online', () => carol.isOnline && alice.isOnline);
    expect(unban(server, address('10.0.0.11'))).toBe(true);
    chat.returns(bob);
    simulation.until('online', () => bob.isOnline);
  });

  it('ends the registration of a client that moves there', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    ban(server, address('10.0.0.77'));
    chat.hostOf(bob).setInterfaces(['10.0.0.77/24']);
    bob.handleNetworkChange('addresses');
    simulation.until('told', () => isBanned(bob) && !alice.sees(bob), 60_000);
    expect(alice.isOnline).toBe(true);
  });

  it('of IPv6 stands for its network of 64 bits, and a link-local one for itself', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    chat.serverHost.setInterfaces(['fd00:0:0:7::1/64', 'fd00:0:0:8::1/64', 'fe80::1/64']);
    let hosts = 0;
    const start = (host: string, at: string): SimulatedClient => {
      const machine = simulation.host(`six ${++hosts}`, `${host}/64`);
      return simulation.client(`six${hosts}`, machine, { host: at, port: 50_000 }).start();
    };
    expect(ban(server, address('fd00:0:0:7::5'))).toMatchObject({
      ban: { banned: { address: 'fd00:0:0:7::/64' } },
    });
    ban(server, address('fe80::5'));
    const kept = [start('fd00:0:0:7::99', 'fd00:0:0:7::1'), start('fe80::5', 'fe80::1')];
    const others = [start('fd00:0:0:8::5', 'fd00:0:0:8::1'), start('fe80::6', 'fe80::1')];
    simulation.until('answered', () => kept.every(isBanned) && others.every(({ isOnline }) => isOnline));
    expect(unban(server, address('fd00:0:0:7::/64'))).toBe(true);
  });
});

describe('the bans of a server', () => {
  it('PROTOCOL 6.82: never hold loopback or the operator’s own keys, and a refused ban changes nothing', () => {
    const chat = new ChatFixture();
    const { server } = chat;
    const [alice] = chat.online('alice');
    const own = [server.identity.key, alice.key];
    for (const subject of [
      address('127.0.0.1'),
      address('[::1]:50000'),
      address('127.9.9.9'),
      nickname('alice'),
      { type: 'key', key: server.identity.key } as const,
    ]) {
      const result = server.operate((admin, now) => admin.ban(now, subject, null, own));
      expect(result, JSON.stringify(subject)).toEqual({ error: 'ban-not-allowed' });
    }
    expect(ban(server, address('10.0.0'))).toEqual({ error: 'ban-address-invalid' });
    expect(server.operate((admin, now) => admin.bans(now))).toEqual([]);
    expect(alice.isOnline).toBe(true);
  });

  it('PROTOCOL 6.83: end after their days, survive a restart and a restored backup, and are at most 1,000', () => {
    const chat = new ChatFixture();
    const { simulation, server, serverHost } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    ban(server, nickname('bob'), 7);
    ban(server, address('10.0.0.99'));
    const backup = server.disk.copy();
    simulation.until('told', () => isBanned(bob));
    const refusedAgain = (why: string): void => {
      const { length } = server.changes;
      chat.returns(bob);
      const isAnswer = () => server.changes.slice(length).some(({ type }) => type === 'refused');
      simulation.until(why, () => isAnswer() && isBanned(bob), 60_000);
    };
    server.kill();
    server.start();
    refusedAgain('after a restart');
    unban(server, nickname('bob'));
    server.kill();
    server.restore(backup);
    server.start();
    refusedAgain('after a restore');

    serverHost.wallOffsetMs = 7 * banDayMs - 60_000;
    refusedAgain('a minute before the end');
    serverHost.wallOffsetMs = 7 * banDayMs;
    chat.returns(bob);
    simulation.until('online after the end', () => bob.isOnline && alice.sees(bob));
    const left = [{ banned: { type: 'address', address: '10.0.0.99' }, untilMs: null }];
    expect(server.operate((admin, now) => admin.bans(now))).toEqual(left);

    for (let number = 1; number < bansMax; number++) ban(server, { type: 'key', key: sampleKey(number) });
    expect(ban(server, nickname('bob'))).toEqual({ error: 'too-many-bans' });
    expect(ban(server, address('10.0.0.99'), 1)).toHaveProperty('ban');
  });
});
