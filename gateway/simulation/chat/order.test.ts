import { beforeEach, describe, expect, it } from 'vitest';
import { ChatFixture } from './chat-fixture.ts';

let chat: ChatFixture;
beforeEach(() => {
  chat = new ChatFixture();
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

  it('PROTOCOL 6.42: the time shown of a message is right by the clock of whoever reads, also when the sender’s is a year off', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const year = 365 * 24 * 3_600_000;
    for (const offsetMs of [-year, year]) {
      chat.hostOf(alice).wallOffsetMs = offsetMs;
      chat.hostOf(bob).wallOffsetMs = 7 * 3_600_000;
      // What net's watch tells when a clock was set.
      for (const one of [alice, bob]) one.handleNetworkChange('woke');
      chat.world.pass(1_000);
      const id = alice.say(bob, `by a clock that is ${offsetMs} ms off`);
      chat.world.until('delivered', () => alice.stateOf(id) === 'delivered');
      const said = alice.messagesWith(bob).find((message) => message.id === id)!;
      const heard = bob.messagesWith(alice).find((message) => message.id === id)!;
      expect(Math.abs(heard.sentAtMs - (said.sentAtMs - offsetMs + 7 * 3_600_000))).toBeLessThan(1_000);
    }
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
