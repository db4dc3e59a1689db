import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../../../shared/chat/codec.ts';
import { directConversation } from '../../../shared/conversation.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { instanceIdFromBytes, type MessageId } from '../../../shared/ids.ts';
import { defaultSettings } from '../../../shared/settings.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import type { ByzantineReplies } from './byzantine-server.ts';
import { ChatFixture } from './chat-fixture.ts';

function reads(one: SimulatedClient, other: SimulatedClient, id: MessageId): void {
  one.command((client, now) => client.markRead(now, directConversation(other.key), id));
}

function setReadReceipts(one: SimulatedClient, on: boolean): void {
  one.command((client, now) => client.changeSetting(now, 'readReceipts', on));
}

/** The states of a message in events, in order. */
function statesOf(one: SimulatedClient, id: MessageId): string[] {
  return one.events.flatMap((event) =>
    event.type === 'delivery' && event.id === id ? [event.delivery.state] : [],
  );
}

function twoUsers() {
  const chat = new ChatFixture();
  const [alice, bob] = chat.online('alice', 'bob');
  const says = (text: string, state = 'delivered'): MessageId => {
    const id = alice.say(bob, text);
    chat.simulation.until(`${text} ${state}`, () => alice.stateOf(id) === state);
    return id;
  };
  return { chat, simulation: chat.simulation, alice, bob, says };
}

describe('a read receipt', () => {
  it('PROTOCOL 9.7: goes directly, names the last message read, and holds for the sender’s next process', () => {
    const { simulation, alice, bob, says } = twoUsers();
    const [first, second, third] = ['one', 'two', 'three'].map((text) => says(text)) as [
      MessageId,
      MessageId,
      MessageId,
    ];
    reads(bob, alice, second);
    simulation.until('read', () => alice.stateOf(second) === 'read');
    expect([first, third].map((id) => alice.stateOf(id))).toEqual(['read', 'delivered']);
    simulation.until('the receipts are acknowledged', () => bob.store.receipts.senders().length === 0);
    expect(statesOf(alice, second).filter((state) => state === 'read')).toHaveLength(1);
    alice.kill();
    alice.start();
    expect(alice.stateOf(first)).toBe('read');
  });

  it('PROTOCOL 9.7: names the last message of the sender when the reader marks an own one further down as read', () => {
    const { simulation, alice, bob, says } = twoUsers();
    const [first, second] = [says('one'), says('two')];
    const own = bob.say(alice, 'below them');
    simulation.until('delivered', () => bob.stateOf(own) === 'delivered');
    reads(bob, alice, own);
    simulation.until('read', () => alice.stateOf(second) === 'read');
    expect(alice.stateOf(first)).toBe('read');
  });

  it('PROTOCOL 9.7: goes by the server when there is no direct connection, and waits for a sender that is away', () => {
    const { chat, simulation, alice, bob, says } = twoUsers();
    const id = says('one');
    chat.part(alice, bob);
    chat.leaves(alice, bob);
    reads(bob, alice, id);
    simulation.until('given away', () => bob.store.receipts.senders().length === 0);
    expect(alice.stateOf(id)).toBe('delivered');
    bob.kill();
    chat.returns(alice);
    simulation.until('read', () => alice.stateOf(id) === 'read');
  });

  it('PROTOCOL 9.7: leaves after a crash that came before it was sent', () => {
    const { chat, simulation, alice, bob, says } = twoUsers();
    const id = says('one');
    chat.leaves(alice, bob);
    chat.server.kill();
    reads(bob, alice, id);
    bob.kill();
    chat.server.start();
    bob.start();
    chat.returns(alice);
    simulation.until('read', () => alice.stateOf(id) === 'read');
  });

  it('PROTOCOL 9.7: is not sent by a client that disabled read receipts, and messages stay delivered', () => {
    const { chat, simulation, alice, bob, says } = twoUsers();
    setReadReceipts(bob, false);
    expect(bob.asAfterRestart().settings()).toEqual({ ...defaultSettings, readReceipts: false });
    const first = says('one');
    reads(bob, alice, first);
    chat.leaves(alice, bob);
    chat.server.kill();
    setReadReceipts(bob, true);
    expect(bob.store.receipts.read(alice.key)).toBeUndefined();
    chat.server.start();
    chat.returns(alice);
    simulation.until(
      'both online',
      () => alice.isOnline && bob.isOnline && alice.sees(bob) && bob.sees(alice),
    );
    simulation.pass(60_000);
    expect(alice.stateOf(first)).toBe('delivered');
    // From now on receipts are sent, even for earlier readings.
    const second = says('two');
    reads(bob, alice, second);
    simulation.until('read', () => alice.stateOf(second) === 'read');
    expect(alice.stateOf(first)).toBe('read');
  });

  it('PROTOCOL 9.7: that waits is not sent after the user disables read receipts', () => {
    const { chat, simulation, alice, bob, says } = twoUsers();
    const id = says('one');
    chat.leaves(alice, bob);
    chat.server.kill();
    simulation.pass(60_000);
    reads(bob, alice, id);
    expect(bob.store.receipts.read(alice.key)).toBe(id);
    setReadReceipts(bob, false);
    expect(bob.store.receipts.senders()).toEqual([]);
    chat.server.start();
    chat.returns(alice);
    simulation.until('both online', () => alice.isOnline && bob.isOnline);
    simulation.pass(60_000);
    expect(alice.stateOf(id)).toBe('delivered');
  });

  it('PROTOCOL 9.7: covers only delivered messages, and counts only from their recipient', () => {
    const { chat, simulation, alice, bob, says } = twoUsers();
    const carol = chat.client('carol').start();
    simulation.until('carol is here', () => carol.isOnline && alice.sees(carol) && carol.sees(alice));
    const forCarol = alice.say(carol, 'for carol');
    simulation.until('carol has it', () => alice.stateOf(forCarol) === 'delivered');
    // Two messages to Bob. The server loses the first, and its sender gives it up.
    chat.part(alice, bob);
    let first: MessageId | undefined;
    const reject: ByzantineReplies = (to, message) =>
      message.kind === 'deliver' && message.id === (first ??= message.id)
        ? [[alice.key, { kind: 'bounces', items: [{ id: message.id, recipient: bob.key, code: 'refused' }] }]]
        : [[to, message]];
    chat.server.byzantineReplies = reject;
    const lost = says('lost', 'failed');
    const second = says('second');
    chat.server.byzantineReplies = undefined;
    reads(bob, alice, second);
    simulation.until('read', () => alice.stateOf(second) === 'read');
    expect(alice.stateOf(lost)).toBe('failed');
    expect(alice.stateOf(forCarol)).toBe('delivered');
    // It arrives late. It is delivered, but not read before Bob has seen it.
    chat.heal(alice, bob);
    alice.command((client, now) => client.retry(now, lost));
    simulation.until('delivered', () => alice.stateOf(lost) === 'delivered');
    simulation.pass(30_000);
    expect(alice.stateOf(lost)).toBe('delivered');
    // The read mark is before it now, so a reading of later messages counts again (docs/decisions/0004-order.md).
    expect(
      bob.role.conversations().find(({ conversation }) => conversation === directConversation(alice.key))
        ?.unread,
    ).toBe(2);
    reads(bob, alice, second);
    simulation.until('read, too', () => alice.stateOf(lost) === 'read');
  });

  it('PROTOCOL 9.7: in another user’s name has no effect', () => {
    const { chat, simulation, alice, bob, says } = twoUsers();
    const carol = chat.client('carol').start();
    simulation.until('carol is here', () => carol.isOnline && alice.sees(carol) && carol.sees(alice));
    const id = says('one');
    const forged: ProtocolMessageOf<'receipt'> = { kind: 'receipt', ids: [id], read: id };
    const greeting = carol.say(alice, 'hello');
    simulation.until('connected', () => carol.stateOf(greeting) === 'delivered');
    alice.command((client, now) =>
      client.handleEvent(now, {
        type: 'received',
        peer: carol.key,
        instance: instanceIdFromBytes(new Uint8Array(8)),
        channel: 'chat',
        bytes: encodeMessage(forged),
      }),
    );
    expect(alice.stateOf(id)).toBe('delivered');
    reads(bob, alice, id);
    simulation.until('read', () => alice.stateOf(id) === 'read');
  });
});
