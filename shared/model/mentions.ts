import { mentionsMax } from '../limits.ts';
import type { PeerKey } from '../ids.ts';
import { nicknameComparisonKey } from '../nickname.ts';
import type { Contact } from '../bridge/schema.ts';
import { ownKey, type ChatState } from './chat.ts';

/**
 * A mention in a text: `@` and a nickname, or `@room`. The `@` stands at the start, or behind a character that is no letter and no digit, so
 * that no mail address is a mention. The nickname is as long as possible, up to a space. A sign ends it only where the longer text is no
 * nickname: `@bob, @bob's` and `(@bob)` mention bob, and `@bob.k` mentions bob.k if the chat has such a person.
 */
export interface Mention {
  /** From the `@` on. */
  readonly start: number;
  readonly end: number;
  /** Null: `@room`. */
  readonly key: PeerKey | null;
}

/** The words of a message with what they mention, as contents have it. */
export interface Words {
  readonly text: string;
  readonly mentions?: PeerKey[];
  readonly mentionsRoom?: true;
}

/** A text of nothing but `@` must not cost more than one of words. */
const marksMax = 1_000;
const nicknameUnitsMax = 64;

/** Finds what a text mentions of these people, and `@room` where the user may mention all members. */
export function mentionsIn(
  text: string,
  find: (nickname: string) => PeerKey | undefined,
): readonly Mention[] {
  const found: Mention[] = [];
  let marks = 0;
  for (let start = text.indexOf('@'); start !== -1 && marks < marksMax; marks++) {
    const mention = mentionAt(text, start, find);
    if (mention !== undefined) found.push(mention);
    start = text.indexOf('@', mention?.end ?? start + 1);
  }
  return found;
}

/** Returns the typed text with the people that it mentions. `mayMentionRoom`: whether `@room` mentions all members. */
export function wordsOf(
  text: string,
  chat: Pick<ChatState, 'contacts' | 'session'>,
  mayMentionRoom: boolean,
): Words {
  if (!text.includes('@')) return { text };
  const found = mentionsIn(text, finderOf(chat.contacts.values(), ownKey(chat.session)));
  const keys = [...new Set(found.map(({ key }) => key).filter((key) => key !== null))].slice(0, mentionsMax);
  return {
    text,
    ...(keys.length === 0 ? {} : { mentions: keys }),
    ...(mayMentionRoom && found.some(({ key }) => key === null) ? { mentionsRoom: true } : {}),
  };
}

/** Returns a search for the keys of these people by their nicknames. A name under two keys is that of the first key. */
export function finderOf(
  contacts: Iterable<Contact>,
  except: PeerKey | null = null,
): (nickname: string) => PeerKey | undefined {
  const keys = new Map<string, PeerKey>();
  for (const { key, nickname, keyConflict } of contacts) {
    if (nickname === null || key === except || keyConflict?.type === 'not-pinned') continue;
    const name = nicknameComparisonKey(nickname);
    if (!keys.has(name)) keys.set(name, key);
  }
  return (nickname) => keys.get(nicknameComparisonKey(nickname));
}

function mentionAt(
  text: string,
  start: number,
  find: (nickname: string) => PeerKey | undefined,
): Mention | undefined {
  if (/[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, start - 2), start))) return undefined;
  const [word = ''] = /^\S*/u.exec(text.slice(start + 1, start + 1 + nicknameUnitsMax)) ?? [];
  for (let length = word.length; length > 0; length = lastSign(word, length)) {
    const name = word.slice(0, length);
    const key = name === 'room' ? null : find(name);
    if (key !== undefined) return { start, end: start + 1 + length, key };
  }
  return undefined;
}

/** Where the last sign before this place begins: a character that is no letter, mark or digit. 0 without one. */
function lastSign(word: string, before: number): number {
  const signs = /[^\p{L}\p{M}\p{N}]/gu;
  let last = 0;
  for (const { index } of word.slice(0, before).matchAll(signs)) last = index;
  return last;
}
