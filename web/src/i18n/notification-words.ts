import type { PeerKey } from '../../../shared/ids.ts';
import type { ChatState } from '../../../shared/model/chat.ts';
import { peerOfDirect, roomOfConversation } from '../../../shared/conversation.ts';
import { nameOfConversation } from '../../../shared/model/rooms.ts';
import { shortKey } from '../model/contacts.ts';
import type { Notice } from '../model/notifications.ts';
import { settingsTexts } from './settings-texts.ts';
import { texts } from './texts.ts';

/** Returns what a notification says. A name that can be taken for another one has the start of its key. */
export function notificationWords(
  { conversation, author, count, mentionsMe, text }: Notice,
  chat: Pick<ChatState, 'rooms' | 'contacts'>,
): { readonly title: string; readonly body: string } {
  const words = settingsTexts.notification;
  const name = nameOf(author, chat);
  if (roomOfConversation(conversation) === undefined) {
    const title = nameOf(peerOfDirect(conversation) ?? author, chat);
    return { title, body: text === null ? words.fromPerson(count, mentionsMe) : words.said(text, count) };
  }
  const title = nameOfConversation(chat, conversation) ?? texts.rooms.heading;
  const body = text === null ? words.inRoom(name, count, mentionsMe) : words.said(`${name}: ${text}`, count);
  return { title, body };
}

function nameOf(key: PeerKey, { contacts }: Pick<ChatState, 'contacts'>): string {
  const { nickname = null, keyConflict, looksLike } = contacts.get(key) ?? {};
  const name = nickname ?? texts.contacts.unnamed;
  const isUnclear = nickname === null || keyConflict?.type === 'not-pinned' || looksLike !== undefined;
  return isUnclear ? `${name} (${shortKey(key)})` : name;
}
