import { beforeEach, describe, expect, it } from 'vitest';
import { ChatFixture } from './chat-fixture.ts';

let chat: ChatFixture;
beforeEach(() => {
  chat = new ChatFixture();
});

describe('the order of messages', () => {
  it('puts an overtaken message into its place', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    const first = alice.say(bob, 'first');
    chat.simulation.until(
      'given to the server',
      () => alice.stateOf(first) === 'sending' && chat.server.store.mailboxes.count(bob.key) > 0,
      15_000,
    );
    expect(bob.textsFrom(alice)).toEqual([]);
    chat.heal(alice, bob);
    chat.simulation.until('delivered', () => alice.stateOf(first) === 'delivered');
    const later = alice.say(bob, 'second');
    chat.simulation.until('delivered', () => alice.stateOf(later) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['first', 'second']);
  });

  it('PROTOCOL 6.42: comes with times that are right by the reader’s clock, even when the sender’s clock is a year off', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const year = 365 * 24 * 3_600_000;
    for (const offsetMs of [-year, year]) {
      chat.hostOf(alice).wallOffsetMs = offsetMs;
      chat.hostOf(bob).wallOffsetMs = 7 * 3_600_000;
      // The network watch reports a clock that was set.
      for (const one of [alice, bob]) one.handleNetworkChange('woke');
      chat.simulation.pass(1_000);
      const id = alice.say(bob, `by a clock that is ${offsetMs} ms off`);
      chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
      const sent = alice.messagesWith(bob).find((message) => message.id === id)!;
      const heard = bob.messagesWith(alice).find((message) => message.id === id)!;
      expect(Math.abs(heard.sentAtMs - (sent.sentAtMs - offsetMs + 7 * 3_600_000))).toBeLessThan(1_000);
    }
  });

  it('does not change when a clock is a year off', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const year = 365 * 24 * 3_600_000;
    const ids = [alice.say(bob, 'now')];
    chat.hostOf(alice).wallOffsetMs = -year;
    ids.push(alice.say(bob, 'last year'));
    chat.hostOf(alice).wallOffsetMs = year;
    ids.push(alice.say(bob, 'next year'));
    chat.simulation.until('delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'));
    expect(bob.textsFrom(alice)).toEqual(['now', 'last year', 'next year']);
  });
});
