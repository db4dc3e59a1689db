/** An emoji of the picker. */
export interface Emoji {
  readonly emoji: string;
  readonly name: string;
}

/** The emojis that a menu offers at once. */
export const quickEmojis: readonly string[] = ['👍', '❤️', '😂', '🎉', '😮', '🙏'];

const oneEmoji = /^\p{RGI_Emoji}$/v;

/** Others can send any text as a reaction. The app shows only what is one emoji. */
export function isEmoji(text: string): boolean {
  return oneEmoji.test(text);
}

/** Reads the emojis of the package emoji-picker-element-data. What is no emoji for this browser is left out. */
export function readEmojis(data: unknown): readonly (Emoji & { readonly words: string })[] {
  if (!Array.isArray(data)) return [];
  return data.flatMap((row: unknown) => {
    if (typeof row !== 'object' || row === null || !('emoji' in row) || !('annotation' in row)) return [];
    const { emoji, annotation } = row;
    if (typeof emoji !== 'string' || typeof annotation !== 'string' || !isEmoji(emoji)) return [];
    const tags = 'tags' in row && Array.isArray(row.tags) ? row.tags.join(' ') : '';
    return [{ emoji, name: annotation, words: `${annotation} ${tags}`.toLowerCase() }];
  });
}

/** Returns the emojis that have each typed word, at the beginning of one of theirs: first those with just this name. */
export function emojisFor(
  query: string,
  emojis: readonly (Emoji & { readonly words: string })[],
): readonly Emoji[] {
  const wanted = query
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  const found = emojis.filter(({ words }) => wanted.every((word) => ` ${words}`.includes(` ${word}`)));
  const typed = wanted.join(' ');
  const isNamedSo = ({ name }: Emoji) => name === typed;
  return typed === '' ? found : [...found.filter(isNamedSo), ...found.filter((each) => !isNamedSo(each))];
}
