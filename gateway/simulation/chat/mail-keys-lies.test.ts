import { describe, expect, it } from 'vitest';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { MailFixture, minuteMs } from './mail-fixture.ts';

type Answer = ProtocolMessageOf<'mail-key'>;

/** A server that answers each request for a key of one user as `lie` says, which gets the honest answer. */
function lying(chat: MailFixture, owner: SimulatedClient, lie: (honest: Answer) => Answer): void {
  chat.server.byzantineReplies = (to, message) => [
    [to, message.kind === 'mail-key' && message.peer === owner.key ? lie(message) : message],
  ];
}

/** Keeps the honest answers, to be given again later. */
function recording(chat: MailFixture, owner: SimulatedClient): Answer[] {
  const answers: Answer[] = [];
  lying(chat, owner, (honest) => {
    answers.push(honest);
    return honest;
  });
  return answers;
}

const texts = Array.from({ length: 10 }, (_, number) => `text ${number}`);

describe('a server that hands out wrong mail keys', () => {
  it('PROTOCOL 9.26: gets each message sealed again where it hands out one one-time key to all', () => {
    const chat = new MailFixture();
    const [alice, bob, carol] = chat.apart('alice', 'bob', 'carol');
    let first: Answer | undefined;
    let handedOut = 0;
    lying(chat, bob, (honest) => {
      if (honest.key?.kind !== 'one-time') return honest;
      handedOut++;
      return (first ??= honest);
    });
    chat.write(alice, bob, ...texts);
    chat.write(carol, bob, ...texts);
    chat.simulation.pass(20 * minuteMs);
    expect(handedOut).toBeGreaterThan(2);
    expect(bob.store.mailKeys.find(first!.key!.keyId)).toBeUndefined();
    chat.server.byzantineReplies = undefined;
    chat.check();
  });

  it('PROTOCOL 9.24: gets no message for a key that has expired', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    const old = recording(chat, bob);
    chat.write(alice, bob, 'first');
    chat.settle('first is delivered', 'delivered');
    chat.passDays(92, alice, bob);
    let asked = 0;
    lying(chat, bob, () => old[asked++ % old.length]!);
    const id = alice.say(bob, 'second');
    chat.simulation.pass(10 * minuteMs);
    expect(alice.stateOf(id)).toBe('waiting');
    expect(chat.server.store.mailboxes.has(bob.key, alice.key, id)).toBe(false);
    // It is asked again, but not all the time.
    expect(asked).toBeGreaterThan(10);
    expect(asked).toBeLessThan(30);
    chat.server.byzantineReplies = undefined;
    chat.sent.push({ from: alice, to: bob, text: 'second', id });
    chat.check();
  });

  it('PROTOCOL 9.25: stores no message for an installation that was replaced', () => {
    const chat = new MailFixture();
    const [alice, bob] = chat.apart('alice', 'bob');
    const old = recording(chat, bob);
    chat.write(alice, bob, 'first');
    chat.settle('first is delivered', 'delivered');
    bob.kill();
    const moved = chat.simulation.copyOf(bob, chat.hostOf(bob), chat.server.address).start();
    chat.simulation.until('the new installation is online', () => moved.isOnline && alice.sees(moved));
    let asked = 0;
    lying(chat, bob, () => old[asked++ % old.length]!);
    const id = alice.say(moved, 'second');
    chat.simulation.pass(60 * minuteMs);
    expect(chat.server.store.mailboxes.has(bob.key, alice.key, id)).toBe(false);
    expect(asked).toBeGreaterThan(5);
    expect(asked).toBeLessThan(40);
    chat.server.byzantineReplies = undefined;
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered', 10 * minuteMs);
    expect(moved.textsFrom(alice)).toEqual(['second']);
  });
});
