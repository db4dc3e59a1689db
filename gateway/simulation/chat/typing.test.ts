import { beforeEach, describe, expect, it } from 'vitest';
import { encodeMessage } from '../../../shared/chat/codec.ts';
import { directConversation } from '../../../shared/conversation.ts';
import { everyoneRoom as everyone } from '../../../shared/rooms/room-state.ts';
import type { ChatSimulation, SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';
import { ManualClient } from './manual-client.ts';

let chat: ChatFixture;
let simulation: ChatSimulation;
let alice: SimulatedClient;
let bob: SimulatedClient;

beforeEach(() => {
  chat = new ChatFixture();
  ({ simulation } = chat);
  [alice, bob] = chat.online('alice', 'bob');
});

function types(one: SimulatedClient, other: { readonly key: SimulatedClient['key'] }): void {
  const result = one.command((client, now) => client.tellTyping(now, directConversation(other.key)));
  expect(result).toEqual({ status: 'done' });
}

/** Lets half a second pass, in which a hint arrives or does not. */
function sees(one: SimulatedClient, other: { readonly key: SimulatedClient['key'] }): boolean {
  simulation.pass(500);
  return one.role.typing().some(({ people }) => people.includes(other.key));
}

function says(from: SimulatedClient, to: SimulatedClient, text: string): void {
  const id = from.say(to, text);
  simulation.until(`${text} delivered`, () => from.stateOf(id) === 'delivered');
}

/** Both have written to the other, so that hints go both ways. */
function acquainted(): void {
  says(alice, bob, 'hello');
  says(bob, alice, 'hi');
}

function setTyping(one: SimulatedClient, on: boolean): void {
  one.command((client, now) => client.changeSetting(now, 'typing', on));
}

describe('a user who types to a peer', () => {
  it('PROTOCOL 6.103: is seen for 6 s after the last hint', () => {
    acquainted();
    types(alice, bob);
    expect(sees(bob, alice)).toBe(true);
    simulation.pass(5_000);
    expect(bob.role.typing()).toEqual([{ conversation: directConversation(alice.key), people: [alice.key] }]);
    simulation.pass(600);
    expect(bob.role.typing()).toEqual([]);
    const told = bob.events.filter(({ type }) => type === 'typing');
    expect(told.map((event) => 'people' in event && event.people)).toEqual([[alice.key], []]);
    expect(sees(alice, bob)).toBe(false);
  });

  it('PROTOCOL 6.102: tells it once in 3 s, however often a frontend says it', () => {
    acquainted();
    // A hint after the first one would keep the user on the screen for longer.
    for (let step = 0; step < 29; step++) {
      types(alice, bob);
      simulation.pass(100);
    }
    expect(sees(bob, alice)).toBe(true);
    simulation.pass(2_700);
    expect(sees(bob, alice)).toBe(false);
    types(alice, bob);
    expect(sees(bob, alice)).toBe(true);
    simulation.pass(2_500);
    types(alice, bob);
    simulation.pass(3_500);
    expect(sees(bob, alice)).toBe(true);
  });

  it('PROTOCOL 6.103: is no longer seen when the message is there', () => {
    acquainted();
    types(alice, bob);
    expect(sees(bob, alice)).toBe(true);
    says(alice, bob, 'done');
    expect(bob.role.typing()).toEqual([]);
  });

  it('PROTOCOL 6.101: opens no connection, and sends nothing later', () => {
    acquainted();
    chat.part(alice, bob);
    simulation.pass(200);
    types(alice, bob);
    simulation.pass(60_000);
    chat.heal(alice, bob);
    simulation.pass(60_000);
    expect(bob.events.filter(({ type }) => type === 'typing')).toEqual([]);

    const [carol, dave] = chat.online('carol', 'dave');
    chat.part(carol, dave);
    const id = carol.say(dave, 'by the server');
    simulation.until('delivered', () => carol.stateOf(id) === 'delivered');
    chat.heal(carol, dave);
    // The failed attempts are over, and nothing else is to be sent.
    simulation.pass(600_000);
    const connected = carol.profileWith(dave);
    types(carol, dave);
    simulation.pass(60_000);
    expect(carol.profileWith(dave)).toBe(connected);
  });

  it('PROTOCOL 6.102: tells no person to which the user never wrote, and is told by those that did', () => {
    says(alice, bob, 'hello');
    types(bob, alice);
    expect(sees(alice, bob)).toBe(false);
    types(alice, bob);
    expect(sees(bob, alice)).toBe(true);
    bob.allow(alice);
    types(bob, alice);
    expect(sees(alice, bob)).toBe(true);
  });

  it('PROTOCOL 6.102, 6.103: with the setting off, neither tells nor sees it', () => {
    acquainted();
    types(alice, bob);
    expect(sees(bob, alice)).toBe(true);
    setTyping(bob, false);
    expect(bob.role.typing()).toEqual([]);
    simulation.pass(3_000);
    types(alice, bob);
    types(bob, alice);
    expect([sees(bob, alice), sees(alice, bob)]).toEqual([false, false]);
    setTyping(bob, true);
    types(bob, alice);
    expect(sees(alice, bob)).toBe(true);
  });

  it('PROTOCOL 6.102, 6.103: neither tells a blocked key nor is seen by it, and a block ends what is shown', () => {
    acquainted();
    types(bob, alice);
    expect(sees(alice, bob)).toBe(true);
    alice.command((client, now) => client.block(now, bob.key));
    expect(alice.role.typing()).toEqual([]);
    simulation.pass(3_000);
    types(alice, bob);
    types(bob, alice);
    expect([sees(bob, alice), sees(alice, bob)]).toEqual([false, false]);
  });

  it('PROTOCOL 6.103: is no longer seen by a user that goes offline or has lost its memory', () => {
    acquainted();
    types(alice, bob);
    expect(sees(bob, alice)).toBe(true);
    bob.command((client, now) => client.resetFromStore(now));
    expect(bob.role.typing()).toEqual([]);
    expect(bob.events.filter(({ type }) => type === 'typing').at(-1)).toMatchObject({ people: [] });
    simulation.pass(3_000);
    acquainted();
    types(alice, bob);
    expect(sees(bob, alice)).toBe(true);
    chat.leaves(bob, alice);
    expect(bob.role.typing()).toEqual([]);
  });
});

describe('a stranger that connects to a client', () => {
  let hand: ManualClient;

  beforeEach(() => {
    hand = new ManualClient(simulation, '10.0.0.200', 5);
    hand.node.dial('d', [alice.address], alice.key);
    simulation.until('connected', () => hand.node.eventsOf('connected').length === 1);
  });

  function sendUnreliable(bytes: Uint8Array): void {
    hand.node.apply({ type: 'send-unreliable', peer: alice.key, bytes });
    simulation.pass(500);
  }

  it('PROTOCOL 6.103: is not shown as typing without a conversation', () => {
    sendUnreliable(encodeMessage({ kind: 'typing' }));
    hand.say(alice.key, { kind: 'typing' });
    expect(alice.events.filter(({ type }) => type === 'typing')).toEqual([]);
    expect(hand.heard()).toEqual([]);
  });

  it('PROTOCOL 6.67: gets no answer to anything that it sends unreliably', () => {
    const { key } = hand;
    sendUnreliable(Uint8Array.of(0xff));
    sendUnreliable(encodeMessage({ kind: 'room-browse', after: null }));
    sendUnreliable(encodeMessage({ kind: 'room-member-typing', room: everyone, member: key }));
    expect(hand.heard()).toEqual([]);
    hand.say(alice.key, { kind: 'room-browse', after: null });
    expect(hand.heard().map(({ kind }) => kind)).toEqual(['error']);
  });
});
