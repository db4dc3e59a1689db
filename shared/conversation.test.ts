import { expect, test } from 'vitest';
import {
  directConversation,
  parseConversationId,
  peerOfDirect,
  roomConversation,
  roomOfConversation,
} from './conversation.ts';
import { peerKeyFromBytes, roomIdFromBytes } from './ids.ts';

const peer = peerKeyFromBytes(new Uint8Array(32).fill(0xab));
const room = `room:${'0f'.repeat(16)}`;

test('a direct conversation names the key of the other person', () => {
  const id = directConversation(peer);
  expect(id).toBe(`direct:${'ab'.repeat(32)}`);
  expect(parseConversationId(id)).toBe(id);
  expect(peerOfDirect(id)).toBe(peer);
});

test('a room is a conversation without another person', () => {
  const id = parseConversationId(room);
  expect(id).toBe(room);
  expect(id === undefined ? peer : peerOfDirect(id)).toBeUndefined();
});

test('a conversation of a room gives the room, and a direct one gives none', () => {
  const id = roomIdFromBytes(new Uint8Array(16).fill(0x0f));
  expect(roomConversation(id)).toBe(room);
  expect(roomOfConversation(roomConversation(id))).toBe(id);
  expect(roomOfConversation(directConversation(peer))).toBeUndefined();
  expect(() => roomIdFromBytes(new Uint8Array(15))).toThrow(RangeError);
});

test.each([
  ['nothing', ''],
  ['a key without its kind', 'ab'.repeat(32)],
  ['a kind without its key', 'direct:'],
  ['a key that is too short', `direct:${'ab'.repeat(31)}`],
  ['a key that is too long', `direct:${'ab'.repeat(33)}`],
  ['a room that is too long', `${room}00`],
  ['upper case', `direct:${'AB'.repeat(32)}`],
  ['another kind', `group:${'0f'.repeat(16)}`],
  ['a line break after it', `${room}\n`],
  ['words before it', `x${room}`],
])('%s is not a conversation id', (_, text) => {
  expect(parseConversationId(text)).toBeUndefined();
});
