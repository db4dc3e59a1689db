import { describe, expect, it } from 'vitest';
import { errors } from '../../../shared/errors.ts';
import type { Delivery } from '../../../shared/message.ts';
import { alice, bob, incoming, lab, messageId, withBob, withCarol } from './scripted-gateway.ts';
import { SentMessages } from './sent-messages.ts';

const one = messageId(1);
const two = messageId(2);

function deliveryEvent(delivery: Delivery, id = one) {
  return { type: 'delivery', conversation: withBob, id, delivery } as const;
}

describe('SentMessages', () => {
  it('settles a message that is stored or delivered', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.add(two, withBob, 'bob');
    expect(sent.inProgressCount).toBe(2);
    sent.handle(deliveryEvent({ state: 'sending', attempt: 5, via: 'direct' }));
    expect(sent.inProgressCount).toBe(2);
    sent.handle(deliveryEvent({ state: 'stored' }));
    sent.handle(deliveryEvent({ state: 'delivered', later: false }, two));
    expect([sent.inProgressCount, sent.openCount]).toEqual([0, 0]);
    expect([sent.inProgressSentence(), sent.refusedSentence()]).toEqual([null, null]);
  });

  it('names other messages by recipient', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.add(two, withBob, 'bob');
    sent.add(messageId(3), withCarol, 'carol');
    expect(sent.inProgressSentence()).toBe(
      'Not delivered yet, but saved here and sent at the next start: 2 messages for bob, a message for carol.',
    );
  });

  it('counts what has arrived, and what still waits', () => {
    const sent = new SentMessages();
    for (const number of [1, 2, 3]) sent.add(messageId(number), withBob, 'bob');
    sent.add(messageId(4), lab.conversation, '#lab', 'change');
    sent.handle(deliveryEvent({ state: 'stored' }));
    sent.handle(deliveryEvent({ state: 'delivered', later: false }, two));
    sent.handle(deliveryEvent({ state: 'delivered', later: false }, two));
    expect([sent.arrivedText(), sent.waitingText()]).toEqual(['2 messages', 'a message and a change']);
    sent.handle(deliveryEvent({ state: 'failed', code: 'refused' }, messageId(3)));
    sent.handle(deliveryEvent({ state: 'in-room', delivered: 0, read: 0, of: 1 }, messageId(4)));
    expect([sent.arrivedText(), sent.waitingText()]).toEqual(['2 messages and a change', '']);
  });

  it('does not wait for a failed message, but names its reason', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.handle(deliveryEvent({ state: 'failed', code: 'unknown-recipient' }));
    expect(sent.inProgressCount).toBe(0);
    expect(sent.refusedSentence()).toBe('Not sent: a message for bob (No Record of that Client).');
  });

  it('follows a retried message again and names a discarded one', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.handle(deliveryEvent({ state: 'failed', code: 'refused' }));
    sent.handle(deliveryEvent({ state: 'saved' }));
    expect(sent.inProgressCount).toBe(1);
    sent.handle({ type: 'discarded', conversation: withBob, id: one });
    expect([sent.inProgressCount, sent.openCount]).toEqual([0, 0]);
    expect(sent.refusedSentence()).toBe('Not sent: a message for bob (discarded).');
  });

  it('names a message that the gateway refused, and forgets it', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.refuse(one, 'bob', 'The message is empty. Type some text.');
    sent.refuse(null, 'zoe\u001b', 'No Record of that Client');
    expect(sent.openCount).toBe(0);
    expect(sent.refusedSentence()).toBe(
      'Not sent: a message for bob (The message is empty. Type some text), a message for zoe␛ (No Record of that Client).',
    );
  });

  it('ignores messages of other frontends', () => {
    const sent = new SentMessages();
    sent.handle(deliveryEvent({ state: 'saved' }));
    expect(sent.openCount).toBe(0);
  });

  it('sees that messages of an earlier run arrive, but no receipts of them', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    const inRoom = { state: 'in-room', delivered: 0, read: 0, of: 3 } as const;
    sent.handle(deliveryEvent({ ...inRoom, delivered: 1 }, two));
    expect(sent.earlierArrivedCount).toBe(0);
    sent.handle(deliveryEvent(inRoom, two));
    sent.handle(deliveryEvent({ state: 'stored' }, messageId(3)));
    sent.handle(deliveryEvent({ state: 'stored' }));
    expect(sent.earlierArrivedCount).toBe(2);
  });

  it('learns from the history about messages without an event', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.add(two, withCarol, 'carol');
    sent.handle(deliveryEvent({ state: 'sending', attempt: 1, via: 'direct' }, two));
    expect([...sent.conversationsWithoutNews()]).toEqual([withBob]);
    sent.learn([{ ...incoming(bob, 1, 'x'), author: alice, delivery: { state: 'delivered', later: true } }]);
    expect(sent.inProgressCount).toBe(1);
    expect(sent.conversationsWithoutNews().size).toBe(0);
  });

  it('names at most ten recipients', () => {
    const sent = new SentMessages();
    for (let number = 0; number < 12; number++) sent.refuse(null, `p${number}`, 'No.');
    expect(sent.refusedSentence()).toMatch(/ p9 \(No\), and for 2 more\.$/u);
  });
});

it('entries of rooms that are no messages are called changes', () => {
  const sent = new SentMessages();
  for (const number of [1, 2, 3]) sent.add(messageId(number), lab.conversation, '#lab', 'change');
  expect(sent.inProgressSentence()).toBe(
    'Not delivered yet, but saved here and sent at the next start: 3 changes of #lab.',
  );
  sent.handle({ type: 'room-refused', room: lab.room, id: messageId(1), code: 'not-allowed' });
  sent.handle({ type: 'room-refused', room: lab.room, id: null, code: 'not-a-member' });
  sent.refuse(messageId(2), '#lab', 'No.');
  expect(sent.refusedSentence()).toBe(
    `Not sent: a change of #lab (${errors['not-allowed'].sentence.slice(0, -1)}), a change of #lab (No).`,
  );
});
