import { beforeEach, describe, expect, it } from 'vitest';
import { encodeMessage } from '../../../shared/chat/codec.ts';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import { roomConversation } from '../../../shared/conversation.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import { ChatFixture } from '../chat/chat-fixture.ts';
import type { SimulatedClient } from '../chat/chat-simulation.ts';
import { ManualClientAtServer } from '../chat/manual-client.ts';
import { isMemberOf } from './room-invariants.ts';

let chat: ChatFixture;
let alice: SimulatedClient;
let bob: SimulatedClient;
let carol: SimulatedClient;

beforeEach(() => {
  chat = new ChatFixture();
  [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
  chat.simulation.until('in #everyone', () =>
    [alice, bob, carol].every((one) => isMemberOf(one, everyoneRoom)),
  );
});

function types(one: SimulatedClient): void {
  one.command((client, now) => client.tellTyping(now, roomConversation(everyoneRoom)));
  chat.simulation.pass(500);
}

/** The nicknames of those that this user sees type in the room. */
function seenBy(one: SimulatedClient): string[] {
  const people = one.role.typing().flatMap((view) => view.people);
  return [alice, bob, carol].filter(({ key }) => people.includes(key)).map(({ nickname }) => nickname);
}

describe('a user who types in a small room', () => {
  it('PROTOCOL 6.103, 10.53: is seen by the others for 6 s, and not by the user', () => {
    types(alice);
    types(bob);
    expect([alice, bob, carol].map(seenBy)).toEqual([['bob'], ['alice'], ['alice', 'bob']]);
    chat.simulation.pass(5_200);
    expect(seenBy(carol)).toEqual(['bob']);
    chat.simulation.pass(600);
    expect(seenBy(carol)).toEqual([]);
  });

  it('PROTOCOL 6.103: is no longer seen when the message is there', () => {
    types(alice);
    expect(seenBy(bob)).toEqual(['alice']);
    const id = chat.simulation.newMessageId();
    const entry = { id, content: { kind: 'text', text: 'done' } } as const;
    alice.command((client, now) => client.writeRoom(now, everyoneRoom, entry));
    chat.simulation.until('it is there', () => bob.timesAnnounced(id) === 1);
    expect(seenBy(bob)).toEqual([]);
  });

  it('PROTOCOL 6.102, 6.103: tells nothing in a room with a blocked member, and does not see that one', () => {
    alice.command((client, now) => client.block(now, carol.key));
    types(alice);
    expect([seenBy(bob), seenBy(carol)]).toEqual([[], []]);
    types(carol);
    expect([seenBy(alice), seenBy(bob)]).toEqual([[], ['carol']]);
    alice.command((client, now) => client.unblock(now, carol.key));
    types(alice);
    expect(seenBy(carol)).toEqual(['alice']);
  });

  it('PROTOCOL 6.102, 6.103: with the setting off, neither tells nor sees it', () => {
    alice.command((client, now) => client.changeSetting(now, 'typing', false));
    types(alice);
    types(bob);
    expect([alice, bob, carol].map(seenBy)).toEqual([[], [], ['bob']]);
  });
});

describe('a server that gets hints', () => {
  let hand: ManualClientAtServer;
  const hint: ProtocolMessage = { kind: 'room-typing', room: everyoneRoom };

  beforeEach(() => {
    hand = new ManualClientAtServer(chat.simulation, chat.server, '10.0.0.200');
  });

  function tellUnreliably(bytes: Uint8Array): void {
    hand.node.apply({ type: 'send-unreliable', peer: hand.server, bytes });
    chat.simulation.pass(500);
  }

  it('PROTOCOL 6.67: passes on those of registered clients alone, and answers nothing that comes unreliably', () => {
    tellUnreliably(encodeMessage(hint));
    tellUnreliably(Uint8Array.of(0xff));
    expect(hand.heard()).toEqual([]);
    hand.register(1);
    chat.simulation.until('listed', () => alice.role.contacts().some(({ key }) => key === hand.key));
    const before = hand.heard().length;
    tellUnreliably(encodeMessage({ kind: 'time-request' }));
    tellUnreliably(Uint8Array.of(0xff));
    tellUnreliably(encodeMessage(hint));
    expect(hand.heard()).toHaveLength(before);
    expect(alice.role.typing()).toMatchObject([{ people: [hand.key] }]);
  });

  it('PROTOCOL 6.101: tells them no client without the feature', () => {
    const hints = () => hand.node.eventsOf('received-unreliable').length;
    hand.register(1);
    types(alice);
    expect(hints()).toBe(0);
    hand.register(2, 'hand', { features: ['typing'] });
    chat.simulation.pass(6_000);
    types(alice);
    expect(hints()).toBe(1);
  });
});
