import { directConversation, roomConversation } from '../conversation.ts';
import type { MessageId, PeerKey, RoomId } from '../ids.ts';
import type { ChatMessage } from '../message.ts';
import type { Snapshot } from '../bridge/events.ts';
import type { RoomView } from '../bridge/rooms.ts';
import type { Contact } from '../bridge/schema.ts';
import { defaultSettings } from '../settings.ts';

/** Values for tests. A small number tells keys and ids apart. */

export function keyOf(number: number): PeerKey {
  return number.toString(16).padStart(64, '0') as PeerKey;
}

export function idOf(number: number): MessageId {
  return `0199a000-0000-7000-8000-${number.toString(16).padStart(12, '0')}` as MessageId;
}

export const me = keyOf(0xa11ce);
export const bob = keyOf(0xb0b);
export const carol = keyOf(0xca401);
export const withBob = directConversation(bob);
export const withCarol = directConversation(carol);

/** 2026-10-07T12:00:00Z. */
const noonMs = 1_791_374_400_000;

export function messageOf(number: number, change: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id: idOf(number),
    conversation: directConversation(bob),
    author: bob,
    content: { kind: 'text', text: `message ${number}` },
    sentAtMs: noonMs + number * 1_000,
    position: { major: number, minor: number },
    ...change,
  };
}

export function sentMessageOf(number: number, change: Partial<ChatMessage> = {}): ChatMessage {
  return messageOf(number, { author: me, delivery: { state: 'saved' }, ...change });
}

export function contactOf(key: PeerKey, nickname: string | null, online = true): Contact {
  return { key, nickname, online };
}

export function roomViewOf(number: number, name: string, change: Partial<RoomView> = {}): RoomView {
  const room = number.toString(16).padStart(32, '0') as RoomId;
  return {
    room,
    conversation: roomConversation(room),
    name,
    topic: '',
    access: 'open',
    mode: { name: 'normal' },
    history: 'all',
    retention: {},
    ended: null,
    standing: 'member',
    silenced: false,
    members: 3,
    pins: [],
    findings: [],
    otherServer: false,
    cut: false,
    ...change,
  };
}

export function snapshotOf(change: Partial<Snapshot> = {}): Snapshot {
  return {
    session: { phase: 'online', me, nickname: 'alice', server: { address: '192.168.1.7:50000' }, sinceMs: 0 },
    hosting: null,
    guests: null,
    lab: null,
    contacts: [contactOf(me, 'alice'), contactOf(bob, 'bob')],
    conversations: [
      { conversation: withBob, unread: 0, mentions: 0, notify: 'all', messages: [], hasMore: false },
    ],
    rooms: [],
    movedConversations: [],
    settings: defaultSettings,
    profiles: [],
    ...change,
  };
}
