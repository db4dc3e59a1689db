import type { Contact } from '../../../shared/bridge/schema.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { nameContains } from '../../../shared/case-folding.ts';

/** The part of a name behind an `@`, at which the caret stands. */
export interface TypedMention {
  readonly kind: 'mention';
  /** Where the `@` is. */
  readonly start: number;
  /** Where the caret is. */
  readonly end: number;
  readonly query: string;
}

/** The part of the code of an emoji behind a `:`, at which the caret stands. */
export interface TypedEmoji {
  readonly kind: 'emoji';
  /** Where the `:` is. */
  readonly start: number;
  readonly end: number;
  readonly query: string;
  /** The user typed the second `:` too. */
  readonly closed: boolean;
}

const queryUnitsMax = 32;

/** Returns the mention that the user is typing, or undefined. The `@` of a mail address begins none. */
export function typedMention(text: string, caret: number): TypedMention | undefined {
  const start = text.lastIndexOf('@', caret - 1);
  if (start === -1 || caret - start - 1 > queryUnitsMax) return undefined;
  const query = text.slice(start + 1, caret);
  if (/\s/u.test(query) || /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, start - 2), start))) return undefined;
  return { kind: 'mention', start, end: caret, query };
}

/** Whether the user may be typing such a code. Only then the rest of its completion is loaded. */
export function mayBeEmojiCode(text: string, caret: number): boolean {
  return /:[\w+-]{2,40}:?$/u.test(text.slice(Math.max(0, caret - 42), caret));
}

/** A person that the user can mention, or all members (null, `@room`). */
export interface NameSuggestion {
  readonly kind: 'name';
  readonly key: PeerKey | null;
  readonly name: string;
}

export interface EmojiSuggestion {
  readonly kind: 'emoji';
  readonly emoji: string;
  readonly code: string;
}

export type Suggestion = NameSuggestion | EmojiSuggestion;

const suggestionsMax = 6;

/** Returns names with the typed part, first those that begin with it. */
export function suggestionsFor(
  query: string,
  people: Iterable<Pick<Contact, 'key' | 'nickname' | 'keyConflict'>>,
  mayMentionRoom: boolean,
): readonly NameSuggestion[] {
  const found: NameSuggestion[] = [];
  for (const { key, nickname, keyConflict } of people) {
    if (nickname === null || keyConflict?.type === 'not-pinned' || !nameContains(nickname, query)) continue;
    found.push({ kind: 'name', key, name: nickname });
  }
  if (mayMentionRoom && 'room'.startsWith(query.toLowerCase()))
    found.push({ kind: 'name', key: null, name: 'room' });
  const begins = ({ name }: NameSuggestion) => name.toLowerCase().startsWith(query.toLowerCase());
  return found
    .toSorted(
      (one, other) => Number(begins(other)) - Number(begins(one)) || byName.compare(one.name, other.name),
    )
    .slice(0, suggestionsMax);
}

/** A part of the text and what takes its place. The caret goes behind it. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Returns how a suggestion replaces what the user typed of it. A name has one space behind it. */
export function replacementFor(
  text: string,
  { start, end }: TypedMention | TypedEmoji,
  suggestion: Suggestion,
): Replacement {
  if (suggestion.kind === 'emoji') return { start, end, text: suggestion.emoji };
  return { start, end: text.startsWith(' ', end) ? end + 1 : end, text: `@${suggestion.name} ` };
}

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });
