import { describe, expect, it } from 'vitest';
import type { Profile } from '../../transport/flow/settings.ts';
import { ChatFixture } from './chat-fixture.ts';

describe('the classic profile with one peer', () => {
  it('is used by both sides, with no other peer, and after a restart', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    for (const other of [bob, carol]) alice.say(other, 'hello');
    simulation.until('both met', () => [bob, carol].every((other) => other.textsFrom(alice).length === 1));
    expect([bob.profileWith(alice), carol.profileWith(alice)]).toEqual(['normal', 'normal']);
    expect(alice.command((client, now) => client.setClassic(now, bob.key, true))).toEqual({ status: 'done' });
    const keepTo = (profile: Profile) => () =>
      alice.profileWith(bob) === profile && bob.profileWith(alice) === profile;
    simulation.until('both keep to it', keepTo('classic'), 100);
    expect(alice.profileWith(carol)).toBe('normal');
    alice.kill();
    alice.start();
    simulation.until('alice is back', () => alice.isOnline && bob.sees(alice));
    // Bob's old connection times out. Then he dials, and Alice answers a peer that she does not know yet.
    simulation.pass(60_000);
    const back = bob.say(alice, 'back?');
    simulation.until('alice has it', () => bob.stateOf(back) === 'delivered');
    expect([alice.profileWith(bob), bob.profileWith(alice)]).toEqual(['classic', 'classic']);
    alice.command((client, now) => client.setClassic(now, bob.key, false));
    simulation.until('normal again', keepTo('normal'), 100);
  });

  it('loses and duplicates no message while it is switched on and off on a bad network', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const chat = new ChatFixture({ lossPercent: 20, duplicatePercent: 5, delayMs: 3, jitterMs: 5 }, seed);
      const { simulation } = chat;
      const [alice, bob] = chat.online('alice', 'bob');
      const texts = Array.from({ length: 40 }, (_, number) => `${number} ${'x'.repeat(number * 100)}`);
      for (const [number, text] of texts.entries()) {
        alice.say(bob, text);
        bob.say(alice, text);
        const sender = number % 3 === 0 ? alice : bob;
        const other = sender === alice ? bob : alice;
        sender.command((client, now) => client.setClassic(now, other.key, number % 4 < 2));
        simulation.pass(number * 3);
      }
      simulation.until(
        'everything has arrived',
        () => [alice.textsFrom(bob), bob.textsFrom(alice)].every(({ length }) => length === texts.length),
        600_000,
      );
      expect([alice.textsFrom(bob), bob.textsFrom(alice)], `seed ${seed}`).toEqual([texts, texts]);
    }
  });

  it('is refused for an unknown key', () => {
    const [alice] = new ChatFixture().online('alice');
    const unknownKey = '99'.repeat(32) as typeof alice.key;
    expect(alice.command((client, now) => client.setClassic(now, unknownKey, true))).toMatchObject({
      status: 'refused',
      code: 'unknown-recipient',
    });
    expect(alice.role.isClassicWanted(unknownKey)).toBeNull();
  });
});
