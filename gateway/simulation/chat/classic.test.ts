import { describe, expect, it } from 'vitest';
import type { Profile } from '../../transport/flow/settings.ts';
import { ChatFixture } from './chat-fixture.ts';

describe('the original’s rule with one person', () => {
  it('is kept to by both sides, with nobody else, and after a restart', () => {
    const chat = new ChatFixture();
    const { world } = chat;
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    for (const other of [bob, carol]) alice.say(other, 'hello');
    world.until('both met', () => [bob, carol].every((other) => other.textsFrom(alice).length === 1));
    expect([bob.profileWith(alice), carol.profileWith(alice)]).toEqual(['normal', 'normal']);
    expect(alice.command((client, now) => client.setClassic(now, bob.key, true))).toEqual({ status: 'done' });
    const keepTo = (profile: Profile) => () =>
      alice.profileWith(bob) === profile && bob.profileWith(alice) === profile;
    world.until('both keep to it', keepTo('classic'), 100);
    expect(alice.profileWith(carol)).toBe('normal');
    alice.kill();
    alice.start();
    world.until('alice is back', () => alice.isOnline && bob.sees(alice));
    // Bob's old connection ends in silence; then he calls, and alice answers somebody whom she does not know yet.
    world.pass(60_000);
    const back = bob.say(alice, 'back?');
    world.until('alice has it', () => bob.stateOf(back) === 'delivered');
    expect([alice.profileWith(bob), bob.profileWith(alice)]).toEqual(['classic', 'classic']);
    alice.command((client, now) => client.setClassic(now, bob.key, false));
    world.until('normal again', keepTo('normal'), 100);
  });

  it('loses and doubles nothing while it is switched on and off on a bad network', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const chat = new ChatFixture({ lossPercent: 20, duplicatePercent: 5, delayMs: 3, jitterMs: 5 }, seed);
      const { world } = chat;
      const [alice, bob] = chat.online('alice', 'bob');
      const texts = Array.from({ length: 40 }, (_, number) => `${number} ${'x'.repeat(number * 100)}`);
      for (const [number, text] of texts.entries()) {
        alice.say(bob, text);
        bob.say(alice, text);
        const who = number % 3 === 0 ? alice : bob;
        const other = who === alice ? bob : alice;
        who.command((client, now) => client.setClassic(now, other.key, number % 4 < 2));
        world.pass(number * 3);
      }
      world.until(
        'everything has arrived',
        () => [alice.textsFrom(bob), bob.textsFrom(alice)].every(({ length }) => length === texts.length),
        600_000,
      );
      expect([alice.textsFrom(bob), bob.textsFrom(alice)], `seed ${seed}`).toEqual([texts, texts]);
    }
  });

  it('cannot be asked for with somebody whom nobody knows', () => {
    const [alice] = new ChatFixture().online('alice');
    const nobody = '99'.repeat(32) as typeof alice.key;
    expect(alice.command((client, now) => client.setClassic(now, nobody, true))).toMatchObject({
      status: 'refused',
      code: 'unknown-recipient',
    });
    expect(alice.role.isClassicWanted(nobody)).toBeNull();
  });
});
