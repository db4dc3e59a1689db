import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import type { Delivery } from '../../../shared/message.ts';
import {
  bob,
  carol,
  idOf,
  me,
  messageOf,
  personOf,
  sentMessageOf,
  snapshotOf,
  withBob,
  withCarol,
} from '../testing/samples.ts';
import { applyEvent, applyHistory, applySnapshot, conversationWith, initialState, ownKey } from './chat.ts';
import type { ChatState } from './chat.ts';

const joined = applySnapshot(initialState, snapshotOf());
const after = (events: readonly BridgeEvent[], from: ChatState = joined) => events.reduce(applyEvent, from);
const arrived = (number: number, unread = 1): BridgeEvent => ({
  type: 'message',
  message: messageOf(number),
  unread,
  backlog: false,
});
const sent = (number: number): BridgeEvent => ({
  type: 'message',
  message: sentMessageOf(number),
  unread: 0,
  backlog: false,
});
const delivery = (number: number, to: Delivery): BridgeEvent => ({
  type: 'delivery',
  conversation: withBob,
  id: idOf(number),
  delivery: to,
});
const idsOf = (state: ChatState) => conversationWith(state, bob).messages.map((message) => message.id);
const deliveryOf = (state: ChatState, number: number) =>
  conversationWith(state, bob).messages.find((message) => message.id === idOf(number))?.delivery;

describe('a snapshot', () => {
  it('replaces everything that was known', () => {
    const before = after([arrived(1), { type: 'people', people: [personOf(carol, 'carol')] }]);
    const state = applySnapshot(before, snapshotOf());
    expect(idsOf(state)).toEqual([]);
    expect([...state.contacts.keys()]).toEqual([me, bob]);
  });

  it('puts messages in order, whatever order they came in', () => {
    const messages = [messageOf(3), messageOf(1), messageOf(2)];
    const conversations = [{ conversation: withBob, unread: 0, messages, hasMore: false }];
    expect(idsOf(applySnapshot(initialState, snapshotOf({ conversations })))).toEqual([1, 2, 3].map(idOf));
  });

  it('keeps toasts that were not dismissed; a reset, which is another chat, does not', () => {
    const told = after([{ type: 'waiting-messages', count: 2 }]);
    expect(applySnapshot(told, snapshotOf()).toasts).toHaveLength(1);
    expect(after([{ type: 'reset', snapshot: snapshotOf() }], told).toasts).toHaveLength(0);
  });
});

describe('events', () => {
  it('session, hosting and people change what they name and leave the rest', () => {
    const state = after([
      { type: 'session', session: { phase: 'offline', me, nickname: 'alice', server: 's' } },
      { type: 'hosting', hosting: { port: 50_000, addresses: ['192.168.1.7:50000'] } },
      { type: 'people', people: [personOf(bob, 'bob', false), personOf(carol, 'carol')] },
    ]);
    expect(state.session.phase).toBe('offline');
    expect(state.hosting?.port).toBe(50_000);
    expect(state.contacts.get(bob)?.online).toBe(false);
    expect(state.contacts.get(carol)?.online).toBe(true);
    expect(state.contacts.get(me)?.nickname).toBe('alice');
  });

  it('people who are gone are in the table no more, nor is their conversation, in which nothing was said', () => {
    const state = after([
      { type: 'people', people: [personOf(bob, 'bob'), personOf(carol, 'carol')] },
      { type: 'people-gone', keys: [carol] },
    ]);
    expect([state.contacts.has(bob), state.contacts.has(carol), state.conversations.has(withCarol)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('a message stands at its place, and its unread count is taken over', () => {
    const state = after([arrived(1, 1), arrived(3, 2), arrived(2, 3)]);
    expect(idsOf(state)).toEqual([1, 2, 3].map(idOf));
    expect(conversationWith(state, bob).unread).toBe(3);
  });

  it('a message of somebody who is in no table yet opens a conversation', () => {
    const message = messageOf(1, { conversation: withCarol, author: carol });
    const state = after([{ type: 'message', message, unread: 1, backlog: false }]);
    expect(conversationWith(state, carol).messages).toEqual([message]);
  });

  it('a message that comes again with another place moves there and stands once', () => {
    const moved = messageOf(1, { position: { major: 9, minor: 1 } });
    const state = after([
      arrived(1),
      arrived(2),
      { type: 'message', message: moved, unread: 1, backlog: false },
    ]);
    expect(idsOf(state)).toEqual([2, 1].map(idOf));
  });

  it('a latecomer above the loaded part waits for history, so that no gap hides messages', () => {
    const conversations = [
      { conversation: withBob, unread: 0, messages: [messageOf(10), messageOf(11)], hasMore: true },
    ];
    const state = applyEvent(applySnapshot(initialState, snapshotOf({ conversations })), arrived(5));
    expect(idsOf(state)).toEqual([10, 11].map(idOf));
    expect(conversationWith(state, bob).unread).toBe(1);
  });

  it('read, discarded and delivered-by-server change their conversation', () => {
    const state = after([
      arrived(1, 4),
      sent(2),
      sent(3),
      { type: 'read', conversation: withBob, unread: 0 },
      { type: 'discarded', conversation: withBob, id: idOf(2) },
      { type: 'delivered-by-server', conversation: withBob, id: idOf(3) },
    ]);
    expect(idsOf(state)).toEqual([1, 3].map(idOf));
    expect(conversationWith(state, bob).unread).toBe(0);
    expect(conversationWith(state, bob).deliveredByServer.has(idOf(3))).toBe(true);
  });

  it('the same toast again takes the place of the earlier, and there are never more than four', () => {
    const version = (from: string): BridgeEvent => ({ type: 'other-version', from, version: 9 });
    const twice = after([version('10.0.0.1:1'), version('10.0.0.1:1')]);
    expect(twice.toasts).toEqual([{ kind: 'other-version', from: '10.0.0.1:1', version: 9 }]);
    expect(after(['a', 'b', 'c', 'd', 'e', 'f'].map(version)).toasts).toHaveLength(4);
  });
});

describe('DESIGN 5: states only move forward', () => {
  it('underway they move freely', () => {
    const state = after([
      sent(1),
      delivery(1, { state: 'sending', attempt: 2, via: 'direct' }),
      delivery(1, { state: 'waiting', nextTryAtMs: 5, reason: 'no-connection' }),
    ]);
    expect(deliveryOf(state, 1)?.state).toBe('waiting');
  });

  it('nothing takes delivered back, neither a late state nor a copy of the message', () => {
    const state = after([
      sent(1),
      delivery(1, { state: 'delivered', later: false }),
      delivery(1, { state: 'stored' }),
      delivery(1, { state: 'sending', attempt: 5, via: 'server' }),
      sent(1),
    ]);
    expect(deliveryOf(state, 1)).toEqual({ state: 'delivered', later: false });
  });

  it('Retry starts a failed message anew', () => {
    const state = after([
      sent(1),
      delivery(1, { state: 'failed', code: 'refused' }),
      delivery(1, { state: 'sending', attempt: 1, via: 'direct' }),
    ]);
    expect(deliveryOf(state, 1)?.state).toBe('sending');
  });

  it('a state of a message that is not here changes nothing', () => {
    expect(after([delivery(1, { state: 'stored' })])).toBe(joined);
  });
});

describe('history', () => {
  const conversations = [
    { conversation: withBob, unread: 0, messages: [messageOf(10), messageOf(11)], hasMore: true },
  ];
  const loaded = applySnapshot(initialState, snapshotOf({ conversations }));

  it('goes above what is loaded, and tells whether there is more', () => {
    const state = applyHistory(loaded, bob, idOf(10), {
      messages: [messageOf(8), messageOf(9)],
      hasMore: false,
    });
    expect(idsOf(state)).toEqual([8, 9, 10, 11].map(idOf));
    expect(conversationWith(state, bob).hasMore).toBe(false);
  });

  it('of a top that is not the top any more is left aside: it would leave a gap', () => {
    expect(applyHistory(loaded, bob, idOf(7), { messages: [messageOf(6)], hasMore: false })).toBe(loaded);
  });
});

describe('any events in any order', () => {
  const number = fc.integer({ min: 1, max: 6 });
  const anyDelivery: fc.Arbitrary<Delivery> = fc.oneof(
    fc.constant<Delivery>({ state: 'saved' }),
    fc.record({
      state: fc.constant('sending' as const),
      attempt: fc.nat(5),
      via: fc.constant('direct' as const),
    }),
    fc.constant<Delivery>({ state: 'stored' }),
    fc.record({ state: fc.constant('delivered' as const), later: fc.boolean() }),
  );
  const anyEvent: fc.Arbitrary<BridgeEvent> = fc.oneof(
    number.map(sent),
    fc.tuple(number, anyDelivery).map(([which, to]) => delivery(which, to)),
    number.map((which): BridgeEvent => ({ type: 'discarded', conversation: withBob, id: idOf(which) })),
  );

  it('give each message once, in order, and applying an event twice changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const state = after(events);
        const places = conversationWith(state, bob).messages.map((message) => message.position.major);
        expect(places).toEqual([...new Set(places)].toSorted((one, other) => one - other));
        const last = events.at(-1);
        if (last !== undefined) expect(applyEvent(state, last)).toEqual(state);
      }),
    );
  });
});

it('ownKey: nobody before a chat was joined', () => {
  expect(ownKey({ phase: 'none' })).toBeNull();
  expect(ownKey({ phase: 'joining', nickname: 'alice', server: 's' })).toBeNull();
  expect(ownKey(joined.session)).toBe(me);
});
