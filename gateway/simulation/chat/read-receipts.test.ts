import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../../../shared/chat/codec.ts';
import { directConversation } from '../../../shared/conversation.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { MessageId } from '../../../shared/ids.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import type { ByzantineReplies } from './byzantine-server.ts';
import { ChatFixture } from './chat-fixture.ts';

function reads(one: SimulatedClient, other: SimulatedClient, id: MessageId): void {
  one.command((client, now) => client.markRead(now, directConversation(other.key), id));
}

function setReadReceipts(one: SimulatedClient, on: boolean): void {
  one.command((client, now) => client.changeSetting(now, 'readReceipts', on));
}

/** The states that faces were told of a message, in order. */
function told(one: SimulatedClient, id: MessageId): string[] {
  return one.events.flatMap((event) =>
    event.type === 'delivery' && event.id === id ? [event.delivery.state] : [],
  );
}

function twoPeople() {
  const chat = new ChatFixture();
  const [alice, bob] = chat.online('alice', 'bob');
  const says = (text: string, state = 'delivered'): MessageId => {
    const id = alice.say(bob, text);
    chat.world.until(`${text} ${state}`, () => alice.stateOf(id) === state);
    return id;
  };
  return { chat, world: chat.world, alice, bob, says };
}

describe('what others hear of my reading', () => {
  it('PROTOCOL 9.7: directly, up to the message that was read, also for the next process', () => {
    const { world, alice, bob, says } = twoPeople();
    const [first, second, third] = ['one', 'two', 'three'].map((text) => says(text)) as [
      MessageId,
      MessageId,
      MessageId,
    ];
    reads(bob, alice, second);
    world.until('read', () => alice.stateOf(second) === 'read');
    expect([first, third].map((id) => alice.stateOf(id))).toEqual(['read', 'delivered']);
    world.until('noted', () => bob.store.receipts.senders().length === 0);
    expect(told(alice, second).filter((state) => state === 'read')).toHaveLength(1);
    alice.kill();
    alice.start();
    expect(alice.stateOf(first)).toBe('read');
  });

  it('PROTOCOL 9.7: by the server where there is no other way, and to who comes back later', () => {
    const { chat, world, alice, bob, says } = twoPeople();
    const id = says('one');
    chat.part(alice, bob);
    chat.leaves(alice, bob);
    reads(bob, alice, id);
    world.until('given away', () => bob.store.receipts.senders().length === 0);
    expect(alice.stateOf(id)).toBe('delivered');
    bob.kill();
    chat.returns(alice);
    world.until('read', () => alice.stateOf(id) === 'read');
  });

  it('PROTOCOL 9.7: a word that had not left before a crash leaves after it', () => {
    const { chat, world, alice, bob, says } = twoPeople();
    const id = says('one');
    chat.leaves(alice, bob);
    chat.server.kill();
    reads(bob, alice, id);
    bob.kill();
    chat.server.start();
    bob.start();
    chat.returns(alice);
    world.until('read', () => alice.stateOf(id) === 'read');
  });

  it('PROTOCOL 9.7: whoever does not want that says nothing, also of what has not left, and delivered stays delivered', () => {
    const { chat, world, alice, bob, says } = twoPeople();
    setReadReceipts(bob, false);
    expect(bob.asAfterRestart().settings()).toEqual({ readReceipts: false, lastSeen: false });
    const first = says('one');
    reads(bob, alice, first);
    chat.leaves(alice, bob);
    chat.server.kill();
    setReadReceipts(bob, true);
    expect(bob.store.receipts.read(alice.key)).toBeUndefined();
    chat.server.start();
    chat.returns(alice);
    world.until('both online', () => alice.isOnline && bob.isOnline && alice.sees(bob) && bob.sees(alice));
    world.pass(60_000);
    expect(alice.stateOf(first)).toBe('delivered');
    // From now on it is told, with what was read before.
    const second = says('two');
    reads(bob, alice, second);
    world.until('read', () => alice.stateOf(second) === 'read');
    expect(alice.stateOf(first)).toBe('read');
  });

  it('PROTOCOL 9.7: what waits to be told is not told when the person does not want it any more', () => {
    const { chat, world, alice, bob, says } = twoPeople();
    const id = says('one');
    chat.leaves(alice, bob);
    chat.server.kill();
    world.pass(60_000);
    reads(bob, alice, id);
    expect(bob.store.receipts.read(alice.key)).toBe(id);
    setReadReceipts(bob, false);
    expect(bob.store.receipts.senders()).toEqual([]);
    chat.server.start();
    chat.returns(alice);
    world.until('both online', () => alice.isOnline && bob.isOnline);
    world.pass(60_000);
    expect(alice.stateOf(id)).toBe('delivered');
  });

  it('PROTOCOL 9.7: nothing is read that was not delivered, and nobody else can say so', () => {
    const { chat, world, alice, bob, says } = twoPeople();
    const carol = chat.person('carol').start();
    world.until('carol is here', () => carol.isOnline && alice.sees(carol) && carol.sees(alice));
    const forCarol = alice.say(carol, 'for carol');
    world.until('carol has it', () => alice.stateOf(forCarol) === 'delivered');
    // Two to bob, of which the first is lost by the server on its way, and given up by its sender.
    chat.part(alice, bob);
    const lies: ByzantineReplies = (to, said) =>
      said.kind === 'deliver' && said.sequence === 1
        ? [[alice.key, { kind: 'bounces', items: [{ id: said.id, recipient: bob.key, code: 'refused' }] }]]
        : [[to, said]];
    chat.server.lies = lies;
    const lost = says('lost', 'failed');
    const second = says('second');
    chat.server.lies = undefined;
    reads(bob, alice, second);
    world.until('read', () => alice.stateOf(second) === 'read');
    expect(alice.stateOf(lost)).toBe('failed');
    expect(alice.stateOf(forCarol)).toBe('delivered');
    // It arrives late, and is delivered, but not read before bob has seen it.
    chat.heal(alice, bob);
    alice.command((client, now) => client.retry(now, lost));
    world.until('delivered', () => alice.stateOf(lost) === 'delivered');
    world.pass(30_000);
    expect(alice.stateOf(lost)).toBe('delivered');
    // The mark stands before it now, so what was read below it counts again (0004-order).
    expect(
      bob.role.conversations().find(({ conversation }) => conversation === directConversation(alice.key))
        ?.unread,
    ).toBe(2);
    reads(bob, alice, second);
    world.until('read, too', () => alice.stateOf(lost) === 'read');
  });

  it('PROTOCOL 9.7: a receipt in another’s name reads nothing', () => {
    const { chat, world, alice, bob, says } = twoPeople();
    const carol = chat.person('carol').start();
    world.until('carol is here', () => carol.isOnline && alice.sees(carol) && carol.sees(alice));
    const id = says('one');
    const forged: ProtocolMessageOf<'receipt'> = { kind: 'receipt', ids: [id], read: id };
    const greeting = carol.say(alice, 'hello');
    world.until('connected', () => carol.stateOf(greeting) === 'delivered');
    alice.command((client, now) =>
      client.handleEvent(now, {
        type: 'received',
        peer: carol.key,
        channel: 'chat',
        bytes: encodeMessage(forged),
      }),
    );
    expect(alice.stateOf(id)).toBe('delivered');
    reads(bob, alice, id);
    world.until('read', () => alice.stateOf(id) === 'read');
  });
});
