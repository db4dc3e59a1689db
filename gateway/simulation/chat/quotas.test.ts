import { beforeEach, describe, expect, it } from 'vitest';
import { defaultQuotas, type Quotas } from '../../../shared/quotas.ts';
import { contentText } from '../../../shared/content-text.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

const minuteMs = 60_000;

let chat: ChatFixture;
let alice: SimulatedClient;
let bob: SimulatedClient;
let carol: SimulatedClient;
beforeEach(() => {
  chat = new ChatFixture();
  [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
  chat.leaves(bob, alice, carol);
});

function setQuotas(change: Partial<Quotas>): void {
  chat.server.operate((admin) => admin.setQuotas({ ...defaultQuotas, ...change }));
}

function stateOf(one: SimulatedClient, text: string): string {
  const { delivery } = one.messagesWith(bob).find((message) => contentText(message.content) === text) ?? {};
  if (delivery?.state === 'waiting') return delivery.reason;
  return delivery?.state === 'failed' ? delivery.code : (delivery?.state ?? 'unknown');
}

function says(one: SimulatedClient, ...texts: string[]): void {
  for (const text of texts) one.say(bob, text);
  chat.simulation.pass(2_000);
}

describe('the quotas of a server', () => {
  it('PROTOCOL 6.22: limit one sender, leave room for others, and let refused messages in when there is room', () => {
    setQuotas({ senderMessagesMax: 2 });
    says(alice, 'one', 'two', 'three');
    says(carol, 'hello');
    expect(['one', 'two', 'three'].map((text) => stateOf(alice, text))).toEqual([
      'stored',
      'stored',
      'sender-quota-full',
    ]);
    expect(stateOf(carol, 'hello')).toBe('stored');
    chat.returns(bob);
    chat.simulation.until('bob has all', () => bob.textsFrom(alice).length === 3, 2 * minuteMs);
    expect(bob.textsFrom(alice)).toEqual(['one', 'two', 'three']);
    expect(bob.textsFrom(carol)).toEqual(['hello']);
  });

  it('PROTOCOL 6.22: limit a mailbox in messages and bytes, and hold after a restart of the server', () => {
    // Half of it is for senders that bob knows.
    setQuotas({ mailboxMessagesMax: 4 });
    says(alice, 'one');
    chat.server.kill();
    chat.server.start();
    chat.simulation.until('back', () => alice.isOnline && carol.isOnline, 20_000);
    says(carol, 'two');
    says(alice, 'three');
    expect([stateOf(carol, 'two'), stateOf(alice, 'three')]).toEqual(['stored', 'mailbox-full']);
    setQuotas({ mailboxBytesMax: 20_000 });
    says(carol, 'x'.repeat(8_000), 'y'.repeat(8_000));
    expect(stateOf(carol, 'x'.repeat(8_000))).toBe('stored');
    expect(stateOf(carol, 'y'.repeat(8_000))).toBe('mailbox-full');
  });

  it('PROTOCOL 6.22: accept a copy of a stored envelope, and receipts', () => {
    says(alice, 'one');
    setQuotas({ senderMessagesMax: 1, mailboxMessagesMax: 1 });
    chat.server.kill();
    chat.server.start();
    chat.simulation.until('back', () => alice.isOnline, 20_000);
    chat.part(alice, bob);
    chat.returns(bob);
    chat.simulation.until('bob has it', () => bob.textsFrom(alice).length === 1, minuteMs);
    chat.simulation.until('alice knows', () => stateOf(alice, 'one') === 'delivered', minuteMs);
  });

  it('PROTOCOL 6.23: remove an envelope that waited for too long, and its sender gets a bounce, even later', () => {
    setQuotas({ ageMsMax: 10 * minuteMs });
    says(alice, 'too late', 'too late as well');
    chat.leaves(alice, carol);
    chat.simulation.pass(12 * minuteMs);
    expect(chat.server.store.mailboxes.count(bob.key)).toBe(0);
    chat.returns(alice);
    chat.simulation.until('alice knows', () => stateOf(alice, 'too late') === 'message-expired', 5_000);
    chat.returns(bob);
    chat.simulation.pass(minuteMs);
    expect(bob.textsFrom(alice)).toEqual([]);
    expect(chat.server.store.bounces.count(alice.key)).toBe(0);
    const [first] = alice.messagesWith(bob);
    alice.command((client, now) => client.retry(now, first!.id));
    chat.simulation.until('delivered after all', () => stateOf(alice, 'too late') === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['too late']);
  });

  it('PROTOCOL 6.23: count the age of mail only while the server runs', () => {
    setQuotas({ ageMsMax: 10 * minuteMs });
    says(alice, 'patience');
    chat.simulation.pass(6 * minuteMs);
    chat.server.kill();
    chat.simulation.pass(30 * minuteMs);
    chat.server.start();
    chat.simulation.pass(2.5 * minuteMs);
    expect(stateOf(alice, 'patience')).toBe('stored');
    chat.simulation.pass(4 * minuteMs);
    expect(stateOf(alice, 'patience')).toBe('message-expired');
  });

  it('are retried with pauses when the disk is full at the upkeep', () => {
    setQuotas({ ageMsMax: minuteMs });
    says(alice, 'stays a little longer');
    chat.server.isDiskFull = true;
    chat.simulation.pass(10 * minuteMs);
    expect(chat.simulation.faults.length).toBeGreaterThan(0);
    expect(chat.simulation.faults.length).toBeLessThan(100);
    chat.server.isDiskFull = false;
    chat.simulation.faults.length = 0;
    chat.simulation.until(
      'gone',
      () => stateOf(alice, 'stays a little longer') === 'message-expired',
      3 * minuteMs,
    );
  });
});
