import { beforeEach, describe, expect, it } from 'vitest';
import { roomConversation } from '../../../shared/conversation.ts';
import { roomIdFromBytes, type RoomId } from '../../../shared/ids.ts';
import { typingPeopleInAllMax, typingPeopleMax } from '../../../shared/limits.ts';
import { keyOf, me } from '../../../shared/model/samples.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import type { ClientEvent } from '../client-event.ts';
import { Typing } from './typing.ts';

/** A server that says of everyone everywhere that they type. */

let events: ClientEvent[];
let typing: Typing;
beforeEach(() => {
  events = [];
  typing = new Typing({
    store: openClientStore(),
    context: {
      send: () => undefined,
      emit: (event) => events.push(event),
      currentConnection: () => undefined,
    },
    me,
    contacts: { find: () => undefined, isSpokenWith: () => false, awaitsKeyDecision: () => false },
    blocks: { has: () => false },
    session: { isOnline: true, isAway: false, serverKey: keyOf(200), serverHas: () => true },
    rooms: () => ({ audienceOf: () => undefined, isMember: () => true }),
  });
});

function room(number: number): RoomId {
  return roomIdFromBytes(new Uint8Array(16).fill(number));
}

function hear(roomNumber: number, person: number, atMs = 0): void {
  typing.handleRoomMember({ monotonicMs: atMs, wallMs: atMs }, room(roomNumber), keyOf(person));
}

describe('the people that are shown as typing', () => {
  it('PROTOCOL 6.103: are at most 20 of a conversation, those that typed most recently', () => {
    for (let person = 1; person <= typingPeopleMax + 5; person++) hear(1, person);
    hear(1, 6);
    hear(1, 100);
    const shown = typing.view()[0]?.people;
    expect(shown).toHaveLength(typingPeopleMax);
    expect(shown).toContain(keyOf(6));
    expect(shown).not.toContain(keyOf(7));
    expect(shown?.at(-1)).toBe(keyOf(100));
  });

  it('PROTOCOL 6.103: are at most 200 in all, and the conversation with most of them loses one', () => {
    hear(200, 1);
    for (let number = 1; number <= 30; number++)
      for (let person = 1; person <= typingPeopleMax; person++) hear(number, person);
    const sizes = typing.view().map(({ people }) => people.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(typingPeopleInAllMax);
    expect(typing.view()).toContainEqual({ conversation: roomConversation(room(200)), people: [keyOf(1)] });
  });

  it('PROTOCOL 6.103: are told when they change, and not at each hint', () => {
    for (let second = 0; second < 5; second++) hear(1, 1, second * 1_000);
    expect(events).toHaveLength(1);
    expect(typing.pollTimeout()).toBe(10_000);
    typing.handleTimeout({ monotonicMs: 9_999, wallMs: 0 });
    expect(events).toHaveLength(1);
    typing.handleTimeout({ monotonicMs: 10_000, wallMs: 0 });
    expect(events.at(-1)).toMatchObject({ type: 'typing', people: [] });
    expect(typing.pollTimeout()).toBeUndefined();
  });

  it('PROTOCOL 6.103: never include the user', () => {
    typing.handleRoomMember({ monotonicMs: 0, wallMs: 0 }, room(1), me);
    expect(typing.view()).toEqual([]);
  });
});
