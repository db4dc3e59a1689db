import { expect, it } from 'vitest';
import { roomConversation } from '../../../shared/conversation.ts';
import type { RoomId } from '../../../shared/ids.ts';
import { contentText } from '../../../shared/content-text.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import { ChatFixture } from '../chat/chat-fixture.ts';
import type { SimulatedClient } from '../chat/chat-simulation.ts';
import { isMemberOf } from './room-invariants.ts';

function say(chat: ChatFixture, one: SimulatedClient, text: string): void {
  const id = chat.simulation.newMessageId();
  const entry = { id, content: { kind: 'text', text } } as const;
  expect(one.command((client, now) => client.writeRoom(now, everyoneRoom, entry)).status).toBe('done');
}

function textsIn(one: SimulatedClient, room: RoomId = everyoneRoom): string[] {
  const { messages } = one.store.messages.page(roomConversation(room), null, 100);
  return messages.filter(({ content }) => content.kind === 'text').map(({ content }) => contentText(content));
}

/** Users who are in `#everyone`. */
function inEveryone(): { chat: ChatFixture; alice: SimulatedClient; bob: SimulatedClient } {
  const chat = new ChatFixture();
  const [alice, bob] = chat.online('alice', 'bob');
  chat.simulation.until('in #everyone', () => [alice, bob].every((one) => isMemberOf(one, everyoneRoom)));
  return { chat, alice, bob };
}

it('a client that is restored from a backup has the room as the others have it, each message once', () => {
  const { chat, alice, bob } = inEveryone();
  say(chat, alice, 'before');
  say(chat, bob, 'from bob');
  chat.simulation.until('both have it', () => [alice, bob].every((one) => textsIn(one).length === 2));
  // The backup has a message in the outbox that the room then gets.
  chat.server.kill();
  say(chat, bob, 'waits in the backup');
  const backup = bob.disk.copy();
  chat.server.start();
  say(chat, alice, 'after the backup');
  chat.simulation.until('all have it', () => [alice, bob].every((one) => textsIn(one).length === 4), 120_000);
  bob.kill();
  bob.restore(backup);
  bob.start();
  chat.simulation.until('bob is back', () => bob.isOnline && textsIn(bob).length === 4, 120_000);
  say(chat, bob, 'by another installation');
  chat.simulation.until('alice has it', () => textsIn(alice).length === 5);
  chat.simulation.pass(30_000);
  expect(textsIn(bob)).toEqual(textsIn(alice));
  expect(bob.store.rooms.waiting(everyoneRoom)).toEqual([]);
});

it('the rooms of a server that got another key stay readable and say so, and its new rooms are others', () => {
  const { chat, alice } = inEveryone();
  say(chat, alice, 'to the old server');
  chat.simulation.until('in the room', () => textsIn(alice).length === 1);
  chat.server.kill();
  chat.server.wipe({ newKey: true });
  chat.server.start();
  chat.simulation.until('refused', () => alice.role.session().phase === 'refused', 120_000);
  alice.command((client, now) => client.acceptServerKey(now, chat.server.identity.key));
  chat.simulation.until('online', () => alice.isOnline, 120_000);
  const rooms = () => alice.role.rooms();
  chat.simulation.until('in the new room', () => rooms().some(({ otherServer }) => !otherServer), 60_000);
  say(chat, alice, 'to the new server');
  chat.simulation.until('in the new room', () => textsIn(alice).includes('to the new server'));
  const old = rooms().find(({ otherServer }) => otherServer);
  expect(old).toMatchObject({ name: 'everyone', otherServer: true });
  expect(textsIn(alice)).toEqual(['to the new server']);
  expect(textsIn(alice, old?.room)).toEqual(['to the old server']);
  const conversations = alice.role.conversations().map(({ conversation }) => conversation);
  expect(conversations).toContain(old?.conversation);
  const entry = { id: chat.simulation.newMessageId(), content: { kind: 'text', text: 'too late' } } as const;
  const refusal = alice.command((client, now) => client.writeRoom(now, old?.room ?? everyoneRoom, entry));
  expect(refusal).toMatchObject({ status: 'refused', code: 'other-server' });
});
