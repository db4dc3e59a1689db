import type { EmojiSuggestion, TypedEmoji } from './completion.ts';
import { isEmoji } from './emojis.ts';

/** An emoji of the picker. This file is not part of the first load, and neither are the names. */
export interface ListedEmoji {
  readonly emoji: string;
  readonly name: string;
  /** The name and other words for it, in small letters. */
  readonly words: string;
  /** Its names between colons, such as `smile`. */
  readonly codes: readonly string[];
}

/** Unicode has had the emojis before this version since 2020. Fonts have them. */
const newVersion = 13.1;

/**
 * Reads the emojis of the package emoji-picker-element-data. It leaves out those that this browser does not know, and new ones that
 * its fonts do not draw.
 */
export function readEmojis(data: unknown, isDrawn: (emoji: string) => boolean): readonly ListedEmoji[] {
  if (!Array.isArray(data)) return [];
  return data.flatMap((row: unknown) => {
    if (typeof row !== 'object' || row === null || !('emoji' in row) || !('annotation' in row)) return [];
    const { emoji: written, annotation } = row;
    if (typeof written !== 'string' || typeof annotation !== 'string') return [];
    const emoji = recommended(written);
    if (!isEmoji(emoji)) return [];
    const isOld = 'version' in row && typeof row.version === 'number' && row.version < newVersion;
    if (!isOld && !isDrawn(emoji)) return [];
    const words = `${annotation} ${textsOf(row, 'tags').join(' ')}`.toLowerCase();
    return [{ emoji, name: annotation, words, codes: textsOf(row, 'shortcodes') }];
  });
}

/** The package writes a variation selector also behind emojis that Unicode recommends without it, such as 👍. */
function recommended(emoji: string): string {
  return isEmoji(emoji) ? emoji : emoji.replace(/\uFE0F$/u, '');
}

function textsOf(row: object, field: 'tags' | 'shortcodes'): readonly string[] {
  const list: unknown = field in row ? (row as Record<typeof field, unknown>)[field] : [];
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
}

/** Returns the emojis that have each typed word, at the beginning of one of theirs: first those with just this name. */
export function emojisFor(query: string, emojis: readonly ListedEmoji[]): readonly ListedEmoji[] {
  const wanted = query
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  const found = emojis.filter(({ words }) => wanted.every((word) => ` ${words}`.includes(` ${word}`)));
  const typed = wanted.join(' ');
  const isNamedSo = ({ name }: ListedEmoji) => name === typed;
  return typed === '' ? found : [...found.filter(isNamedSo), ...found.filter((each) => !isNamedSo(each))];
}

const suggestionsMax = 6;

/**
 * Returns the emojis for a typed `:code`: first those with a code that begins with it, the shortest code first, then those with a later
 * word of the code that begins so. Behind `:code:`, it returns the one with just this code.
 */
export function emojiSuggestions(
  { query, closed }: Pick<TypedEmoji, 'query' | 'closed'>,
  emojis: readonly ListedEmoji[],
): readonly EmojiSuggestion[] {
  const typed = query.toLowerCase();
  const withCode = (fits: (code: string) => boolean) =>
    emojis
      .flatMap(({ emoji, codes }): readonly EmojiSuggestion[] => {
        const code = codes.find(fits);
        return code === undefined ? [] : [{ kind: 'emoji', emoji, code }];
      })
      .toSorted((one, other) => one.code.length - other.code.length);
  if (closed) return withCode((code) => code === typed).slice(0, 1);
  const first = withCode((code) => code.startsWith(typed));
  const listed = new Set(first.map(({ emoji }) => emoji));
  const later = withCode((code) => code.includes(`_${typed}`)).filter(({ emoji }) => !listed.has(emoji));
  return [...first, ...later].slice(0, suggestionsMax);
}
