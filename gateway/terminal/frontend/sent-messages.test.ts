import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/message.ts';
import { alice, bob, incoming, messageId, withBob, withCarol } from './scripted-gateway.ts';
import { SentMessages } from './sent-messages.ts';

const one = messageId(1);
const two = messageId(2);

function told(delivery: Delivery, id = one) {
  return { type: 'delivery', conversation: withBob, id, delivery } as const;
}

describe('what was sent', () => {
  it('is settled when it is stored or delivered', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.add(two, withBob, 'bob');
    expect(sent.underwayCount).toBe(2);
    sent.handle(told({ state: 'sending', attempt: 5, via: 'direct' }));
    expect(sent.underwayCount).toBe(2);
    sent.handle(told({ state: 'stored' }));
    sent.handle(told({ state: 'delivered', later: false }, two));
    expect([sent.underwayCount, sent.openCount]).toEqual([0, 0]);
    expect([sent.underwaySentence(), sent.refusedSentence()]).toEqual([null, null]);
  });

  it('names what is neither, by person', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.add(two, withBob, 'bob');
    sent.add(messageId(3), withCarol, 'carol');
    expect(sent.underwaySentence()).toBe(
      'Neither delivered nor stored, but kept and sent later: 2 messages for bob, a message for carol.',
    );
  });

  it('a failed message is not waited for, but named with its reason', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.handle(told({ state: 'failed', code: 'unknown-recipient' }));
    expect(sent.underwayCount).toBe(0);
    expect(sent.refusedSentence()).toBe('Not sent: a message for bob (No Record of that Client).');
  });

  it('Retry puts it underway again, Discard leaves it named', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.handle(told({ state: 'failed', code: 'refused' }));
    sent.handle(told({ state: 'saved' }));
    expect(sent.underwayCount).toBe(1);
    sent.handle({ type: 'discarded', conversation: withBob, id: one });
    expect([sent.underwayCount, sent.openCount]).toEqual([0, 0]);
    expect(sent.refusedSentence()).toBe('Not sent: a message for bob (discarded).');
  });

  it('what the gateway refused is named, and forgotten as a message', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.refuse(one, 'bob', 'There is nothing to send.');
    sent.refuse(null, 'nobody\u001b', 'No Record of that Client');
    expect(sent.openCount).toBe(0);
    expect(sent.refusedSentence()).toBe(
      'Not sent: a message for bob (There is nothing to send), a message for nobody␛ (No Record of that Client).',
    );
  });

  it('other messages of the same person do not count', () => {
    const sent = new SentMessages();
    sent.handle(told({ state: 'saved' }));
    expect(sent.openCount).toBe(0);
  });

  it('learns from the history what made no event', () => {
    const sent = new SentMessages();
    sent.add(one, withBob, 'bob');
    sent.add(two, withCarol, 'carol');
    sent.handle(told({ state: 'sending', attempt: 1, via: 'direct' }, two));
    expect([...sent.conversationsWithoutNews()]).toEqual([withBob]);
    sent.learn([{ ...incoming(bob, 1, 'x'), author: alice, delivery: { state: 'delivered', later: true } }]);
    expect(sent.underwayCount).toBe(1);
    expect(sent.conversationsWithoutNews().size).toBe(0);
  });

  it('names at most ten people', () => {
    const sent = new SentMessages();
    for (let number = 0; number < 12; number++) sent.refuse(null, `p${number}`, 'No.');
    expect(sent.refusedSentence()).toMatch(/ p9 \(No\), and for 2 more\.$/u);
  });
});
