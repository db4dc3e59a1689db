/**
 * Returns the form of a message, or of a search, for the full-text index: compatible forms made one (full-width
 * letters, ligatures), and a space around each character that is a word by itself. The tokenizer (unicode61) then folds
 * case and accents and takes letters, marks, digits and symbols between everything else for words.
 */
export function indexedWords(text: string): string {
  return text.normalize('NFKC').replaceAll(wordByItself, ' $& ');
}

/** Writing without spaces between words, of which a part must be found; and emoji, which stand at words without one. */
const wordByItself =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{Extended_Pictographic}]/gu;

/**
 * The query of FTS5 (https://sqlite.org/fts5.html section 3) for messages with all these words, the last of which may
 * be the beginning of one; undefined when there is no word in it. Nothing of what was typed is syntax.
 */
export function searchQuery(typed: string): string | undefined {
  const words = indexedPhrases(typed);
  const last = words.at(-1);
  if (last === undefined) return undefined;
  // One letter begins a great part of all words: the index has beginnings of 2 and 3, and who types on has them.
  const isBeginning = !/\s$/u.test(typed) && [...last].length > 1;
  return words.map((word) => `"${word}"`).join(' AND ') + (isBeginning ? ' *' : '');
}

/** More make a search no finer, only longer. */
const wordsMax = 16;

function indexedPhrases(typed: string): string[] {
  return typed
    .split(/[\s"\0]+/u)
    .map((word) => indexedWords(word).trim())
    .filter((word) => /[\p{L}\p{N}\p{So}]/u.test(word))
    .slice(0, wordsMax);
}
