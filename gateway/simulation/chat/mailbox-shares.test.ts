import { describe, expect, it } from 'vitest';
import { newMailKeyId } from '../../../shared/chat/mail-key.ts';
import { directConversation } from '../../../shared/conversation.ts';
import type { MailKeyId, MessageId } from '../../../shared/ids.ts';
import { receiptEnvelopesMax, receiptSealedBytesMax } from '../../../shared/limits.ts';
import { defaultQuotas, type Quotas } from '../../../shared/quotas.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { ManualClientAtServer } from './manual-client.ts';

const minuteMs = 60_000;

function messageId(number: number): MessageId {
  return `0198c0de-0000-7000-8000-${number.toString(16).padStart(12, '0')}` as MessageId;
}

class Mailboxes extends ChatFixture {
  #lastId = 0;

  setQuotas(change: Partial<Quotas>): void {
    this.server.operate((admin) => admin.setQuotas({ ...defaultQuotas, ...change }));
  }

  /** A registered client. A test writes its messages by hand. */
  hand(number: number): ManualClientAtServer {
    const hand = new ManualClientAtServer(
      this.simulation,
      this.server,
      `10.0.0.${100 + number}`,
      20 + number,
    );
    hand.register(1, `hand${number}`);
    return hand;
  }

  /** Names a mail key of the client, which has no such key. */
  keyIdOf(one: SimulatedClient): MailKeyId {
    const { installation } = this.server.store.mailKeys.installations(one.key).at(-1)!;
    return newMailKeyId(installation, Uint8Array.of(9, 9, 9, 9));
  }

  /** Offers so many envelopes for the mailbox of the client. */
  fill(hand: ManualClientAtServer, to: SimulatedClient, count: number, type = 'text', bytes = 300): void {
    const rest = { format: 1, type, keyId: this.keyIdOf(to), sealed: new Uint8Array(bytes) };
    for (let number = 0; number < count; number++)
      hand.say(hand.server, { kind: 'store', to: to.key, id: messageId(++this.#lastId), ...rest }, 0);
    this.simulation.pass(200);
  }

  /** What waits in the mailbox of the client, of all types. */
  waitingFor(one: SimulatedClient): number {
    const usages = [...this.server.store.mailboxes.usageFor(one.key).values()];
    return usages.reduce((total, { messages }) => total + messages, 0);
  }

  /** The first writes to the others by the server, so that they are known to it. */
  writes(one: SimulatedClient, ...others: SimulatedClient[]): void {
    for (const other of others) {
      this.part(one, other);
      const id = one.say(other, 'hello');
      this.simulation.until('delivered', () => one.stateOf(id) === 'delivered', 2 * minuteMs);
    }
  }
}

describe('a mailbox under attack', () => {
  it('PROTOCOL 6.24: 64 keys do not fill a mailbox for a sender that its owner knows, nor for another newcomer', () => {
    const chat = new Mailboxes();
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    chat.writes(bob, alice);
    chat.leaves(bob, alice, carol);
    chat.setQuotas({ mailboxMessagesMax: 256 });
    const hands = Array.from({ length: 64 }, (_, number) => chat.hand(number));
    for (const hand of hands) chat.fill(hand, bob, 5);
    expect(chat.waitingFor(bob)).toBe(128);

    const newcomer = carol.say(bob, 'from a newcomer');
    const friends = Array.from({ length: 100 }, (_, number) => alice.say(bob, `from a friend, ${number}`));
    const isStored = (one: SimulatedClient, id: MessageId) => one.stateOf(id) === 'stored';
    chat.simulation.until(
      'all stored',
      () => isStored(carol, newcomer) && friends.every((id) => isStored(alice, id)),
      minuteMs,
    );
    expect(chat.waitingFor(bob)).toBe(228);
    const bounces = hands.flatMap((hand) => hand.heardOf('bounces')).flatMap(({ items }) => items);
    expect(new Set(bounces.map(({ code }) => code))).toEqual(new Set(['mailbox-full']));
    chat.returns(bob);
    chat.simulation.until('bob has both', () => bob.textsFrom(alice).length === 100, 2 * minuteMs);
    expect(bob.textsFrom(carol)).toEqual(['from a newcomer']);
  }, 60_000);

  it('PROTOCOL 6.24: keeps its share for a known sender after a restart of the server', () => {
    const chat = new Mailboxes();
    const [alice, bob] = chat.online('alice', 'bob');
    chat.writes(bob, alice);
    chat.leaves(bob, alice);
    chat.setQuotas({ mailboxMessagesMax: 8 });
    const hand = chat.hand(1);
    chat.fill(hand, bob, 8);
    expect(hand.heardOf('stored')).toHaveLength(4);
    chat.server.kill();
    chat.server.start();
    chat.simulation.until('back', () => alice.isOnline, minuteMs);
    const ids = Array.from({ length: 4 }, (_, number) => alice.say(bob, `text ${number}`));
    chat.simulation.until('stored', () => ids.every((id) => alice.stateOf(id) === 'stored'), minuteMs);
    expect(chat.waitingFor(bob)).toBe(8);
  });

  it('PROTOCOL 9.4, 6.22: receipts are no longer than receipts are, have a quota of their own, and expire', () => {
    const chat = new Mailboxes();
    const [bob, carol] = chat.online('bob', 'carol');
    chat.leaves(bob, carol);
    chat.leaves(carol);
    const hand = chat.hand(1);
    chat.fill(hand, bob, 1, 'receipt', receiptSealedBytesMax + 1);
    expect(hand.heardOf('reject')).toMatchObject([{ code: 'malformed' }]);
    chat.fill(hand, bob, receiptEnvelopesMax + 1, 'receipt', receiptSealedBytesMax);
    expect(chat.waitingFor(bob)).toBe(receiptEnvelopesMax);
    chat.setQuotas({ senderMessagesMax: receiptEnvelopesMax });
    chat.fill(hand, bob, 1, 'receipt');
    expect(hand.heardOf('reject').map(({ code }) => code)).toEqual([
      'malformed',
      'mailbox-full',
      'mailbox-full',
    ]);
    chat.fill(hand, carol, 1);
    expect(chat.waitingFor(carol)).toBe(1);
    chat.setQuotas({ ageMsMax: minuteMs });
    chat.simulation.pass(3 * minuteMs);
    expect(chat.waitingFor(bob)).toBe(0);
    const bounced = hand.heardOf('bounces').flatMap(({ items }) => items);
    expect(bounced[0]).toMatchObject({ code: 'message-expired', retryAfterMs: 1_000 });
  });

  it('PROTOCOL 6.22: recipients that take no receipts do not use up the quota for the receipts of others', () => {
    const chat = new Mailboxes();
    const friend = chat.client('friend').start();
    const greedy = chat.online('a', 'b', 'c', 'd', 'e');
    const hand = chat.hand(1);
    // The friend is known to the hand, which wrote to it.
    chat.fill(hand, friend, 1);
    for (const one of [friend, ...greedy]) chat.leaves(one);
    chat.setQuotas({ senderMessagesMax: 40 });
    const confirmBounces = (): void => {
      const ids = hand.heardOf('bounces').flatMap(({ items }) => items.map(({ id }) => id));
      if (ids.length > 0) hand.tell({ kind: 'receipt-ack', ids: ids.slice(-20) });
    };
    for (const one of greedy) {
      chat.fill(hand, one, 30, 'receipt');
      confirmBounces();
    }
    const counts = () => greedy.map((one) => chat.waitingFor(one));
    // Those that it does not know have half of its quota together.
    expect(counts().reduce((sum, count) => sum + count)).toBe(20);
    expect(Math.max(...counts())).toBeLessThanOrEqual(5);
    const { length: rejected } = hand.heardOf('reject');
    chat.fill(hand, friend, 15, 'receipt');
    expect(hand.heardOf('reject')).toHaveLength(rejected);
    expect(chat.waitingFor(friend)).toBeGreaterThanOrEqual(15);
    chat.setQuotas({ senderMessagesMax: 30 });
    chat.fill(hand, friend, 1, 'receipt');
    expect(hand.heardOf('reject')).toHaveLength(rejected + 1);
    expect(hand.heardOf('reject').at(-1)?.code).toBe('sender-quota-full');
  });

  it('PROTOCOL 6.23, 9.29: a receipt that has expired is told again', () => {
    const chat = new Mailboxes();
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    chat.leaves(bob);
    const id = alice.say(bob, 'I leave for long');
    chat.simulation.until('stored', () => alice.stateOf(id) === 'stored', minuteMs);
    chat.leaves(alice);
    chat.returns(bob);
    chat.simulation.until('one receipt', () => chat.waitingFor(alice) === 1, minuteMs);
    chat.setQuotas({ ageMsMax: minuteMs });
    chat.simulation.until('it expires', () => chat.waitingFor(alice) === 0, 5 * minuteMs);
    chat.setQuotas({});
    chat.simulation.until('it is told again', () => chat.waitingFor(alice) === 1, minuteMs);
    chat.leaves(bob);
    chat.returns(alice);
    chat.simulation.until('alice knows', () => alice.stateOf(id) === 'delivered', minuteMs);
  });

  it('PROTOCOL 6.24, 9.29: a receipt that gave way is told again', () => {
    const chat = new Mailboxes();
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    chat.writes(alice, carol);
    chat.part(alice, bob);
    chat.leaves(bob, alice);
    const id = alice.say(bob, 'read me');
    chat.simulation.until('stored', () => alice.stateOf(id) === 'stored', minuteMs);
    chat.leaves(alice, carol);
    chat.returns(bob);
    chat.simulation.until('received', () => bob.textsFrom(alice).length === 1, minuteMs);
    chat.simulation.until('one receipt', () => chat.waitingFor(alice) === 1, minuteMs);
    bob.command((client, now) => client.markRead(now, directConversation(alice.key), id));
    chat.simulation.until('two receipts', () => chat.waitingFor(alice) === 2, minuteMs);
    chat.setQuotas({ mailboxMessagesMax: 2 });
    const other = carol.say(alice, 'me too');
    chat.simulation.until('stored', () => carol.stateOf(other) === 'stored', minuteMs);
    expect(chat.waitingFor(alice)).toBe(2);
    chat.simulation.pass(minuteMs);
    chat.returns(alice);
    chat.simulation.until('alice knows', () => alice.stateOf(id) === 'read', 3 * minuteMs);
  });
});
