import { describe, expect, it } from 'vitest';
import { directConversation, type ConversationId } from '../../shared/conversation.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { notifiedConversationsMax } from '../../shared/limits.ts';
import { idOf } from '../../shared/model/samples.ts';
import { NotificationRule, type Arrival, type NotificationAction } from './notification-rule.ts';

function keyOf(number: number): PeerKey {
  return number.toString(16).padStart(64, '0') as PeerKey;
}

const bob = keyOf(1);
const withBob = directConversation(bob);
let ids = 0;

type Change = Partial<Omit<Arrival, 'message'>> & { readonly message?: Partial<Arrival['message']> };

function arrival(author: PeerKey, { message, ...change }: Change = {}): Arrival {
  return {
    message: {
      id: idOf(++ids),
      conversation: directConversation(author),
      author,
      content: { kind: 'text', text: `text ${ids}` },
      sentAtMs: 0,
      position: { major: ids, minor: 0 },
      ...message,
    },
    backlog: false,
    notify: 'all',
    isOwn: false,
    isBlocked: false,
    isKnown: true,
    ...change,
  };
}

/** Takes the actions that are there: `show <key> <count>` or `withdraw <key>`. */
function taken(rule: NotificationRule): string[] {
  const lines: string[] = [];
  for (let action = rule.pollAction(); action !== undefined; action = rule.pollAction())
    lines.push(lineOf(action));
  return lines;
}

function lineOf(action: NotificationAction): string {
  const number = (conversation: ConversationId) => Number.parseInt(conversation.slice(-8), 16);
  if (action.type === 'withdraw') return `withdraw ${number(action.conversation)}`;
  return `show ${number(action.notice.conversation)} ${action.notice.count}`;
}

describe('a message notifies the user', () => {
  it('at once when it is the first of its conversation', () => {
    const rule = new NotificationRule();
    rule.handleMessage(0, arrival(bob));
    expect(taken(rule)).toEqual(['show 1 1']);
    expect(rule.pollTimeout()).toBeUndefined();
  });

  it.each([
    ['of the user', { isOwn: true }],
    ['of a blocked person', { isBlocked: true }],
    ['of a backlog', { backlog: true }],
    ['of a muted conversation', { notify: 'none' }],
    ['without a mention where only mentions count', { notify: 'mentions' }],
    ['that is hidden', { message: { hidden: true } }],
    ['that is deleted', { message: { content: { kind: 'deleted' } } }],
    [
      'that is only an entry of a room',
      { message: { content: { kind: 'notice', entry: { kind: 'join' } } } },
    ],
  ] satisfies [string, Change][])('but never one %s', (_which, change) => {
    const rule = new NotificationRule();
    rule.handleMessage(0, arrival(bob, change));
    expect(taken(rule)).toEqual([]);
  });

  it('where only mentions count, if it mentions the user', () => {
    const rule = new NotificationRule();
    rule.handleMessage(0, arrival(bob, { notify: 'mentions', message: { mentionsMe: true } }));
    expect(taken(rule)).toEqual(['show 1 1']);
  });

  it('once, although it comes again with another place', () => {
    const rule = new NotificationRule();
    const message = { id: idOf(1) };
    rule.handleMessage(0, arrival(bob, { message }));
    rule.handleMessage(10_000, arrival(bob, { message }));
    expect(taken(rule)).toEqual(['show 1 1']);
  });
});

describe('a conversation', () => {
  it('notifies at most once in 5 s, and then tells how many messages have come', () => {
    const rule = new NotificationRule();
    for (let atMs = 0; atMs < 4_000; atMs += 1_000) rule.handleMessage(atMs, arrival(bob));
    expect(taken(rule)).toEqual(['show 1 1']);
    expect(rule.pollTimeout()).toBe(5_000);
    rule.handleTimeout(4_999);
    expect(taken(rule)).toEqual([]);
    rule.handleTimeout(5_000);
    expect(taken(rule)).toEqual(['show 1 4']);
    expect(rule.pollTimeout()).toBeUndefined();
    rule.handleMessage(10_000, arrival(bob));
    expect(taken(rule)).toEqual(['show 1 5']);
  });

  it('does not wait for another one', () => {
    const rule = new NotificationRule();
    for (const key of [1, 2, 3]) rule.handleMessage(0, arrival(keyOf(key)));
    expect(taken(rule)).toEqual(['show 1 1', 'show 2 1', 'show 3 1']);
  });

  it('that the user has seen takes its notification back, and counts from the start', () => {
    const rule = new NotificationRule();
    rule.handleMessage(0, arrival(bob));
    rule.handleMessage(1_000, arrival(bob));
    rule.handleSeen(withBob);
    expect(taken(rule)).toEqual(['show 1 1', 'withdraw 1']);
    expect(rule.pollTimeout()).toBeUndefined();
    rule.handleSeen(withBob);
    expect(taken(rule)).toEqual([]);
    rule.handleMessage(6_000, arrival(bob));
    expect(taken(rule)).toEqual(['show 1 1']);
  });

  it('notifies at most once in 5 s also when each message is read or deleted at once', () => {
    const rule = new NotificationRule();
    for (let atMs = 0; atMs < 4_000; atMs += 1_000) {
      const each = arrival(bob);
      rule.handleMessage(atMs, each);
      if (atMs < 2_000) rule.handleSeen(withBob);
      else if (atMs < 3_000) rule.handleGone(each.message);
    }
    expect(taken(rule)).toEqual(['show 1 1', 'withdraw 1']);
    expect(rule.pollTimeout()).toBe(5_000);
    rule.handleTimeout(5_000);
    expect(taken(rule)).toEqual(['show 1 1']);
  });

  it('takes its notification back when the words that it showed are gone', () => {
    const rule = new NotificationRule();
    const [first, second] = [arrival(bob), arrival(bob)];
    rule.handleMessage(0, first);
    rule.handleMessage(6_000, second);
    rule.handleGone(first.message);
    expect(taken(rule)).toEqual(['show 1 1', 'show 1 2']);
    rule.handleGone(second.message);
    expect(taken(rule)).toEqual(['withdraw 1']);
  });
});

describe('many senders', () => {
  it('that the user never wrote to notify three times, then once a minute, and hold up no one else', () => {
    const rule = new NotificationRule();
    for (let key = 1; key <= 5; key++) rule.handleMessage(0, arrival(keyOf(key), { isKnown: false }));
    expect(taken(rule)).toEqual(['show 1 1', 'show 2 1', 'show 3 1']);
    rule.handleMessage(1_000, arrival(keyOf(9)));
    expect(taken(rule)).toEqual(['show 9 1']);
    expect(rule.pollTimeout()).toBe(60_000);
    rule.handleTimeout(60_000);
    expect(taken(rule)).toEqual(['show 4 1']);
  });

  it('cost a bounded place, which unknown people lose first', () => {
    const rule = new NotificationRule();
    rule.handleMessage(0, arrival(bob));
    for (let key = 2; key <= notifiedConversationsMax + 5; key++)
      rule.handleMessage(0, arrival(keyOf(key), { isKnown: false }));
    const lines = taken(rule);
    expect(lines.filter((line) => line.startsWith('withdraw'))).toEqual([
      'withdraw 2',
      'withdraw 3',
      'withdraw 4',
    ]);
    rule.handleReset();
    expect(taken(rule)).toEqual(['withdraw 1']);
  });
});
