import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BridgeEvent } from '../bridge/events.ts';
import { directConversation } from '../conversation.ts';
import type { ChatMessage, Delivery } from '../message.ts';
import {
  bob,
  carol,
  idOf,
  keyOf,
  me,
  messageOf,
  contactOf,
  sentMessageOf,
  snapshotOf,
  withBob,
  withCarol,
} from './samples.ts';
import {
  applyEvent,
  applySnapshot,
  conversationOf,
  deliveryOf,
  initialState,
  newestConversationId,
  ownKey,
  type ChatState,
} from './chat.ts';

const joined = applySnapshot(initialState, snapshotOf());
const after = (events: readonly BridgeEvent[], from: ChatState = joined) => events.reduce(applyEvent, from);
const arrived = (number: number, unread = 1): BridgeEvent => ({
  type: 'message',
  message: messageOf(number),
  unread,
  mentions: 0,
  backlog: false,
});
const sent = (number: number): BridgeEvent => ({
  type: 'message',
  message: sentMessageOf(number),
  unread: 0,
  mentions: 0,
  backlog: false,
});
const delivery = (number: number, to: Delivery): BridgeEvent => ({
  type: 'delivery',
  conversation: withBob,
  id: idOf(number),
  delivery: to,
});
const idsOf = (state: ChatState) => conversationOf(state, withBob).messages.map((message) => message.id);
const deliveryAt = (state: ChatState, number: number) => deliveryOf(state, withBob, idOf(number));

describe('a snapshot', () => {
  it('replaces everything that the state held', () => {
    const before = after([arrived(1), { type: 'contacts', contacts: [contactOf(carol, 'carol')] }]);
    const state = applySnapshot(before, snapshotOf());
    expect(idsOf(state)).toEqual([]);
    expect([...state.contacts.keys()]).toEqual([me, bob]);
  });

  it('sorts its messages by position', () => {
    const messages = [messageOf(3), messageOf(1), messageOf(2)];
    const conversations = [
      { conversation: withBob, unread: 0, mentions: 0, notify: 'all' as const, messages, hasMore: false },
    ];
    expect(idsOf(applySnapshot(initialState, snapshotOf({ conversations })))).toEqual([1, 2, 3].map(idOf));
  });
});

describe('events', () => {
  it('session, hosting and people events change what they name and leave the rest', () => {
    const state = after([
      { type: 'session', session: { phase: 'offline', me, nickname: 'alice', server: { address: 's' } } },
      {
        type: 'hosting',
        hosting: {
          port: 50_000,
          addresses: [{ address: '192.168.1.7:50000', network: 'lan' }],
          here: '127.0.0.1:50000#k7q2-m4xd-9f3a-t6nz',
          joinCode: null,
          movedFrom: null,
        },
      },
      { type: 'contacts', contacts: [contactOf(bob, 'bob', false), contactOf(carol, 'carol')] },
    ]);
    expect(state.session.phase).toBe('offline');
    expect(state.hosting?.port).toBe(50_000);
    expect(state.contacts.get(bob)?.online).toBe(false);
    expect(state.contacts.get(carol)?.online).toBe(true);
    expect(state.contacts.get(me)?.nickname).toBe('alice');
  });

  it('removed contacts leave the table together with their empty conversation', () => {
    const state = after([
      { type: 'contacts', contacts: [contactOf(bob, 'bob'), contactOf(carol, 'carol')] },
      { type: 'contacts-removed', keys: [carol] },
    ]);
    expect([state.contacts.has(bob), state.contacts.has(carol), state.conversations.has(withCarol)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('a message is inserted at its position, and sets the unread count', () => {
    const state = after([arrived(1, 1), arrived(3, 2), arrived(2, 3)]);
    expect(idsOf(state)).toEqual([1, 2, 3].map(idOf));
    expect(conversationOf(state, withBob).unread).toBe(3);
  });

  it('a changed message replaces the loaded one, and one that is not loaded changes nothing', () => {
    const changed: ChatMessage = {
      ...messageOf(1),
      edited: true,
      content: { kind: 'text', text: 'other words' },
    };
    const change = { author: bob, kind: 'edit' } as const;
    const state = after([arrived(1), { type: 'changed', message: changed, change, mentions: 1 }]);
    expect(conversationOf(state, withBob).messages).toEqual([changed]);
    expect(conversationOf(state, withBob).mentions).toBe(1);
    const missing = after([arrived(2), { type: 'changed', message: changed, change, mentions: 0 }]);
    expect(idsOf(missing)).toEqual([idOf(2)]);
  });

  it('a deleted message loses its delivery, and a late state does not bring it back', () => {
    const deleted: ChatMessage = { ...messageOf(1, { author: me }), content: { kind: 'deleted' } };
    const state = after([
      sent(1),
      { type: 'changed', message: deleted, change: { author: me, kind: 'delete' }, mentions: 0 },
      { type: 'delivery', conversation: withBob, id: idOf(1), delivery: { state: 'read' } },
    ]);
    expect(conversationOf(state, withBob).messages).toEqual([deleted]);
  });

  it('the level of notifications belongs to its conversation', () => {
    const state = after([{ type: 'notify', conversation: withBob, notify: 'mentions' }]);
    expect(conversationOf(state, withBob).notify).toBe('mentions');
    expect(conversationOf(state, withCarol).notify).toBe('all');
  });

  it('a message of an author who is not in the table yet opens a conversation', () => {
    const message = messageOf(1, { conversation: withCarol, author: carol });
    const state = after([{ type: 'message', message, unread: 1, mentions: 0, backlog: false }]);
    expect(conversationOf(state, withCarol).messages).toEqual([message]);
  });

  it('a known message with a new position moves there and appears once', () => {
    const moved = messageOf(1, { position: { major: 9, minor: 1 } });
    const state = after([
      arrived(1),
      arrived(2),
      { type: 'message', message: moved, unread: 1, mentions: 0, backlog: false },
    ]);
    expect(idsOf(state)).toEqual([2, 1].map(idOf));
  });

  it('a late message above the loaded part waits for history, so that no gap hides messages', () => {
    const conversations = [
      {
        conversation: withBob,
        unread: 0,
        mentions: 0,
        notify: 'all' as const,
        messages: [messageOf(10), messageOf(11)],
        hasMore: true,
      },
    ];
    const state = applyEvent(applySnapshot(initialState, snapshotOf({ conversations })), arrived(5));
    expect(idsOf(state)).toEqual([10, 11].map(idOf));
    expect(conversationOf(state, withBob).unread).toBe(1);
  });

  it('read, discarded and delivered-by-server events change their conversation', () => {
    const state = after([
      arrived(1, 4),
      sent(2),
      sent(3),
      { type: 'read', conversation: withBob, unread: 0, mentions: 0 },
      { type: 'discarded', conversation: withBob, id: idOf(2) },
      { type: 'delivered-by-server', conversation: withBob, id: idOf(3) },
    ]);
    expect(idsOf(state)).toEqual([1, 3].map(idOf));
    expect(conversationOf(state, withBob).unread).toBe(0);
    expect(conversationOf(state, withBob).deliveredByServer.has(idOf(3))).toBe(true);
  });
});

describe('a conversation after its peer’s new key was accepted', () => {
  const [dora, erin] = [keyOf(0xd02a), keyOf(0xe214)];
  const [withDora, withErin] = [directConversation(dora), directConversation(erin)];

  it('is found by its previous id after a snapshot, as long as the old key is not a contact again', () => {
    const moved = snapshotOf({
      contacts: [contactOf(me, 'alice'), contactOf(carol, 'bob')],
      movedConversations: [{ from: withBob, to: withCarol }],
    });
    const state = applySnapshot(joined, moved);
    expect(newestConversationId(state, withBob)).toBe(withCarol);
    expect(newestConversationId(state, withCarol)).toBe(withCarol);
    const again = applyEvent(state, { type: 'contacts', contacts: [contactOf(bob, 'bob 2')] });
    expect(newestConversationId(again, withBob)).toBe(withBob);
    expect(newestConversationId(applySnapshot(state, snapshotOf()), withDora)).toBe(withDora);
  });

  it('is found by every previous id after several events', () => {
    const state = after([
      { type: 'key-accepted', peer: carol, key: dora },
      { type: 'key-accepted', peer: dora, key: erin },
    ]);
    expect([withCarol, withDora, withErin].map((id) => newestConversationId(state, id))).toEqual([
      withErin,
      withErin,
      withErin,
    ]);
  });

  it('goes back to the first key when the user accepts that one again', () => {
    const state = after([
      { type: 'key-accepted', peer: carol, key: dora },
      { type: 'key-accepted', peer: dora, key: carol },
    ]);
    expect([...state.movedConversations]).toEqual([[withDora, withCarol]]);
  });
});

describe('delivery states only move forward', () => {
  it('a message underway moves freely between saved, sending and waiting', () => {
    const state = after([
      sent(1),
      delivery(1, { state: 'sending', attempt: 2, via: 'direct' }),
      delivery(1, { state: 'waiting', nextAttemptAtMs: 5, reason: 'no-connection' }),
    ]);
    expect(deliveryAt(state, 1)?.state).toBe('waiting');
  });

  it('neither a late state nor a copy of the message takes delivered back', () => {
    const state = after([
      sent(1),
      delivery(1, { state: 'delivered', later: false }),
      delivery(1, { state: 'stored' }),
      delivery(1, { state: 'sending', attempt: 5, via: 'server' }),
      sent(1),
    ]);
    expect(deliveryAt(state, 1)).toEqual({ state: 'delivered', later: false });
  });

  it('Retry starts a failed message again', () => {
    const state = after([
      sent(1),
      delivery(1, { state: 'failed', code: 'refused' }),
      delivery(1, { state: 'sending', attempt: 1, via: 'direct' }),
    ]);
    expect(deliveryAt(state, 1)?.state).toBe('sending');
  });

  it('the state of an unknown message changes nothing', () => {
    expect(after([delivery(1, { state: 'stored' })])).toBe(joined);
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

  it('show each message once and in order, and applying an event twice changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const state = after(events);
        const positions = conversationOf(state, withBob).messages.map((message) => message.position.major);
        expect(positions).toEqual([...new Set(positions)].toSorted((one, other) => one - other));
        const last = events.at(-1);
        if (last !== undefined) expect(applyEvent(state, last)).toEqual(state);
      }),
    );
  });
});

it('there is no own key before a chat is joined', () => {
  expect(ownKey({ phase: 'none' })).toBeNull();
  expect(ownKey({ phase: 'joining', nickname: 'alice', server: { address: 's' } })).toBeNull();
  expect(ownKey(joined.session)).toBe(me);
});

describe('a state with a limit of messages', () => {
  const limited = applySnapshot({ ...initialState, messagesMax: 2 }, snapshotOf());

  it('keeps the newest messages, and knows that the gateway has more', () => {
    const state = after([arrived(1), arrived(2), arrived(3)], limited);
    expect(idsOf(state)).toEqual([2, 3].map(idOf));
    expect(conversationOf(state, withBob).hasMore).toBe(true);
  });

  it('applies to a snapshot too', () => {
    const messages = [messageOf(1), messageOf(2), messageOf(3)];
    const conversations = [
      { conversation: withBob, unread: 0, mentions: 0, notify: 'all' as const, messages, hasMore: false },
    ];
    expect(idsOf(applySnapshot(limited, snapshotOf({ conversations })))).toEqual([2, 3].map(idOf));
  });

  it('forgets which of the dropped messages the server delivered', () => {
    const byServer = (number: number): BridgeEvent => ({
      type: 'delivered-by-server',
      conversation: withBob,
      id: idOf(number),
    });
    const state = after([sent(1), byServer(1), sent(2), byServer(2), sent(3)], limited);
    expect([...conversationOf(state, withBob).deliveredByServer]).toEqual([idOf(2)]);
  });
});
