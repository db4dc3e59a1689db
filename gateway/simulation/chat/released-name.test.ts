import { describe, expect, it } from 'vitest';
import { ChatFixture } from './chat-fixture.ts';

describe('a nickname that the operator releases', () => {
  it('PROTOCOL 6.21: its owner hears so, is offline for all, and comes back only when asked to', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    expect(server.operate((office, now) => office.release(now, 'ALICE'))).toBe(true);
    world.until('told', () => alice.role.session().phase === 'refused' && !bob.sees(alice), 2_000);
    expect(alice.role.session()).toMatchObject({ code: 'name-released' });
    expect(server.changes.at(-1)).toEqual({ type: 'departed', nickname: 'alice', cause: 'released' });
    world.pass(300_000);
    expect(alice.role.session().phase).toBe('refused');
    chat.returns(alice);
    world.until('back', () => alice.isOnline && bob.sees(alice));
  });

  it('is another’s who comes first, and its former owner is told that it is taken', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    chat.leaves(alice, bob);
    expect(server.operate((office, now) => office.release(now, 'alice'))).toBe(true);
    expect(server.operate((office) => office.names().names.map(({ nickname }) => nickname))).toEqual(['bob']);
    const newcomer = world.client('alice', world.host('new', '10.0.0.77/24'), server.address).start();
    world.until('the newcomer is online', () => newcomer.isOnline && bob.sees(newcomer));
    chat.returns(alice);
    world.until('refused', () => alice.role.session().phase === 'refused');
    expect(alice.role.session()).toMatchObject({ code: 'nickname-taken', suggestion: 'alice2' });
  });

  it('that nobody has is no news, and a server that is started again has forgotten the released one', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    expect(server.operate((office, now) => office.release(now, 'carol'))).toBe(false);
    server.operate((office, now) => office.release(now, 'alice'));
    server.kill();
    server.start();
    world.until('bob is back', () => bob.isOnline, 20_000);
    world.pass(20_000);
    expect(server.operate((office) => office.names())).toEqual({
      names: [{ nickname: 'bob', online: true, waiting: 0 }],
      matching: 1,
    });
    expect(bob.sees(alice)).toBe(false);
  });
});
