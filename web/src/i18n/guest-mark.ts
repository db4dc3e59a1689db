import type { Contact } from '../../../shared/bridge/schema.ts';
import { ownKey, type ChatState } from '../../../shared/model/chat.ts';
import { shortKey } from '../model/contacts.ts';
import { texts } from './texts.ts';

/** Returns the name of a guest's host: its nickname, the start of its key, or null for the user. Undefined for no guest. */
export function hostName(chat: ChatState, contact: Contact | undefined): string | null | undefined {
  const host = contact?.guestOf;
  if (host === undefined) return undefined;
  return host === ownKey(chat.session) ? null : (chat.contacts.get(host)?.nickname ?? shortKey(host));
}

/** Returns what stands beside the name of a guest, or undefined. */
export function guestMark(chat: ChatState, contact: Contact | undefined): string | undefined {
  const host = hostName(chat, contact);
  return host === undefined ? undefined : texts.guestOf(host);
}
