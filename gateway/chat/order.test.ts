import { beforeEach, describe, expect, it } from 'vitest';
import { SmallChat } from '../testing/small-chat.ts';

let chat: SmallChat;
beforeEach(() => {
  chat = new SmallChat();
});

describe('order', () => {
  it('a message that was overtaken is put into its place', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    const first = alice.say(bob, 'first');
    chat.world.until(
      'given to the server',
      () => alice.stateOf(first) === 'sending' && chat.server.store.mailboxes.count(bob.key) > 0,
      15_000,
    );
    expect(bob.textsFrom(alice)).toEqual([]);
    chat.heal(alice, bob);
    chat.world.until('delivered', () => alice.stateOf(first) === 'delivered');
    const later = alice.say(bob, 'second');
    chat.world.until('delivered', () => alice.stateOf(later) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['first', 'second']);
  });

  it('a clock that is a year off changes no order', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const year = 365 * 24 * 3_600_000;
    const ids = [alice.say(bob, 'now')];
    chat.hostOf(alice).wallOffsetMs = -year;
    ids.push(alice.say(bob, 'last year'));
    chat.hostOf(alice).wallOffsetMs = year;
    ids.push(alice.say(bob, 'next year'));
    chat.world.until('delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'));
    expect(bob.textsFrom(alice)).toEqual(['now', 'last year', 'next year']);
  });
});
