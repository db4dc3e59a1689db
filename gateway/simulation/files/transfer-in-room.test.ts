import { expect, it } from 'vitest';
import { roomConversation } from '../../../shared/conversation.ts';
import { pieceBytes } from '../../../shared/files/tree.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import { ChatFixture } from '../chat/chat-fixture.ts';
import { isMemberOf } from '../rooms/room-invariants.ts';
import { accept, fileBytes, fileOf, tryToOffer } from './file-fixture.ts';

it('PROTOCOL 13.32: a file in a room loads from its author to each member that accepts it, and not after it was deleted', () => {
  const chat = new ChatFixture({ delayMs: 20 });
  const { simulation } = chat;
  const [alice, bob, cat, dan] = chat.online('alice', 'bob', 'cat', 'dan');
  const all = [alice, bob, cat, dan];
  simulation.until('in #everyone', () => all.every((one) => isMemberOf(one, everyoneRoom)));
  const bytes = fileBytes(12 * pieceBytes + 5);
  const source = alice.files.addBlob(bytes);
  const conversation = roomConversation(everyoneRoom);
  const of = tryToOffer(simulation, alice, conversation, source);
  if (of === undefined) throw new Error('a member may offer a file');
  simulation.until('all see it', () => all.every((one) => fileOf(one, of) !== undefined));
  accept(bob, of);
  accept(cat, of);
  simulation.until('both have it', () => [bob, cat].every((one) => fileOf(one, of)?.state === 'done'));
  for (const one of [bob, cat]) expect(one.files.bytesOf(source.blob)).toEqual(bytes);
  simulation.until('the author knows', () =>
    [bob, cat].every(({ key }) =>
      fileOf(alice, of)?.peers.some(({ peer, state }) => peer === key && state === 'done'),
    ),
  );
  expect(fileOf(dan, of)).toMatchObject({ state: 'offered' });
  expect(dan.files.has(source.blob)).toBe(false);
  const id = simulation.newMessageId();
  const content = { kind: 'delete', of } as const;
  alice.command((client, now) => client.writeRoom(now, everyoneRoom, { id, content }));
  // A file without its message goes within a minute, with its bytes.
  simulation.until('no one has the file', () => all.every((one) => fileOf(one, of) === undefined), 90_000);
  expect(all.map((one) => one.files.has(source.blob))).toEqual(all.map(() => false));
});
