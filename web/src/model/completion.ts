import type { Contact } from '../../../shared/bridge/schema.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { nameContains } from '../../../shared/case-folding.ts';

/** The part of a name behind an `@`, at which the caret stands. */
export interface TypedMention {
  /** Where the `@` is. */
  readonly start: number;
  readonly query: string;
}

const queryUnitsMax = 32;

/** Returns the mention that the user is typing, or undefined. The `@` of a mail address begins none. */
export function typedMention(text: string, caret: number): TypedMention | undefined {
  const start = text.lastIndexOf('@', caret - 1);
  if (start === -1 || caret - start - 1 > queryUnitsMax) return undefined;
  const query = text.slice(start + 1, caret);
  if (/\s/u.test(query) || /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, start - 2), start))) return undefined;
  return { start, query };
}

/** A person that the user can mention, or all members (null, `@room`). */
export interface Suggestion {
  readonly key: PeerKey | null;
  readonly name: string;
}

const suggestionsMax = 6;

/** Returns names with the typed part, first those that begin with it. */
export function suggestionsFor(
  query: string,
  people: Iterable<Pick<Contact, 'key' | 'nickname' | 'keyConflict'>>,
  mayMentionRoom: boolean,
): readonly Suggestion[] {
  const found: Suggestion[] = [];
  for (const { key, nickname, keyConflict } of people) {
    if (nickname === null || keyConflict?.type === 'not-pinned' || !nameContains(nickname, query)) continue;
    found.push({ key, name: nickname });
  }
  if (mayMentionRoom && 'room'.startsWith(query.toLowerCase())) found.push({ key: null, name: 'room' });
  const begins = ({ name }: Suggestion) => name.toLowerCase().startsWith(query.toLowerCase());
  return found
    .toSorted(
      (one, other) => Number(begins(other)) - Number(begins(one)) || byName.compare(one.name, other.name),
    )
    .slice(0, suggestionsMax);
}

/** Returns the text with the whole name, and where the caret goes. */
export function complete(
  text: string,
  { start, query }: TypedMention,
  { name }: Suggestion,
): { readonly text: string; readonly caret: number } {
  const before = `${text.slice(0, start)}@${name}`;
  const after = text.slice(start + 1 + query.length);
  const space = after.startsWith(' ') ? '' : ' ';
  return { text: before + space + after, caret: before.length + 1 };
}

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });
