import { describe, expect, it } from 'vitest';
import { ChatFixture } from './chat-fixture.ts';

describe('a nickname that the operator releases', () => {
  it('PROTOCOL 6.21: puts its owner offline and tells it so, and the owner registers again only on the user’s request', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    expect(server.operate((admin, now) => admin.release(now, 'ALICE'))).toBe(true);
    simulation.until('told', () => alice.role.session().phase === 'refused' && !bob.sees(alice), 2_000);
    expect(alice.role.session()).toMatchObject({ code: 'name-released' });
    expect(server.changes.at(-1)).toEqual({ type: 'departed', nickname: 'alice', cause: 'released' });
    simulation.pass(300_000);
    expect(alice.role.session().phase).toBe('refused');
    chat.returns(alice);
    simulation.until('back', () => alice.isOnline && bob.sees(alice));
  });

  it('PROTOCOL 6.109: is given up by its user, who learns from the server alone that it is free', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    alice.command((client, now) => client.deregister(now, { release: true }));
    simulation.until('gone', () => alice.role.session().phase === 'offline' && !bob.sees(alice), 5_000);
    expect(alice.role.isNameReleased()).toBe(true);
    expect(server.people().map(({ nickname }) => nickname)).toEqual(['bob']);
    bob.command((client, now) => client.deregister(now));
    simulation.until('away', () => bob.role.session().phase === 'offline', 5_000);
    expect(bob.role.isNameReleased()).toBe(false);
    expect(server.people().map(({ nickname }) => nickname)).toEqual(['bob']);
  });

  it('goes to the first new owner, and the old owner gets nickname-taken', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    chat.leaves(alice, bob);
    expect(server.operate((admin, now) => admin.release(now, 'alice'))).toBe(true);
    expect(server.people().map(({ nickname }) => nickname)).toEqual(['bob']);
    const newcomer = simulation
      .client('alice', simulation.host('new', '10.0.0.77/24'), server.address)
      .start();
    simulation.until('the newcomer is online', () => newcomer.isOnline && bob.sees(newcomer));
    chat.returns(alice);
    simulation.until('refused', () => alice.role.session().phase === 'refused');
    expect(alice.role.session()).toMatchObject({ code: 'nickname-taken', suggestion: 'alice2' });
  });

  it('may be unknown without an effect, and a restarted server still does not know a released one', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    expect(server.operate((admin, now) => admin.release(now, 'carol'))).toBe(false);
    server.operate((admin, now) => admin.release(now, 'alice'));
    server.kill();
    server.start();
    simulation.until('bob is back', () => bob.isOnline, 20_000);
    simulation.pass(20_000);
    expect(server.people()).toMatchObject([{ nickname: 'bob', online: true, waiting: 0 }]);
    expect(bob.sees(alice)).toBe(false);
  });
});
