import { wordsOf, type TextWord } from './words.ts';

/** What a user looks for, as typed: `boat from:anna in:#trips has:link`. */
export interface TypedSearch {
  /** Without the filters. */
  readonly words: string;
  /** Names of authors, of which one must be the author. */
  readonly from: readonly string[];
  /** Names of people and `#rooms`, of which one must be the place. */
  readonly in: readonly string[];
  readonly hasLink: boolean;
}

const filter = /(?<=^|\s)(from|in|has):(?:"([^"]*)"?|(\S*))/giu;

/** More filters of one kind are ignored. */
const filterNamesMax = 8;

/** Reads what a user typed. A name with spaces stands in quotation marks. Any text is a search. */
export function parseSearch(typed: string): TypedSearch {
  const from: string[] = [];
  const places: string[] = [];
  let hasLink = false;
  const words = typed.replaceAll(
    filter,
    (all: string, name: string, quoted: string | undefined, bare: string | undefined) => {
      const value = (quoted ?? bare ?? '').trim();
      const key = name.toLowerCase();
      if (key === 'has') {
        const isLink = value.toLowerCase() === 'link' || value.toLowerCase() === 'links';
        hasLink ||= isLink;
        return isLink || value === '' ? '' : all;
      }
      // A filter without its name is still being typed.
      const names = key === 'from' ? from : places;
      if (value !== '' && names.length < filterNamesMax) names.push(value);
      return '';
    },
  );
  return { words, from, in: places, hasLink };
}

/** Words that must stand next to each other, as typed without a space between them. */
export interface Phrase {
  readonly words: readonly string[];
  /** The last word may be the beginning of one. */
  readonly isBeginning: boolean;
}

/** More make a search no finer, only longer. */
const phrasesMax = 16;

/**
 * Returns the phrases of a search, all of which must be in a message. The last one may be the beginning of a word, unless
 * a space follows it: the user is still typing.
 */
export function phrasesOf(words: string): Phrase[] {
  const parts = words
    .split(/[\s\0]+/u)
    .map((part) => ({ part, words: wordsOf(part) }))
    .filter((phrase) => phrase.words.length > 0)
    .slice(0, phrasesMax);
  const isTyping = !/\s$/u.test(words);
  return parts.map((phrase, index) => phraseOf(phrase.words, isTyping && index === parts.length - 1));
}

function phraseOf(words: readonly TextWord[], isTyping: boolean): Phrase {
  const forms = words.map(({ form }) => form);
  const [beforeLast, last] = [words.at(-2), words.at(-1)];
  if (last?.kind !== 'tail') return { words: forms, isBeginning: isTyping && last?.kind === 'word' };
  // In a line, the last character makes a pair with one that was not typed.
  if (beforeLast?.kind !== 'pair') return { words: forms, isBeginning: true };
  return { words: forms.slice(0, -1), isBeginning: isTyping && openSyllable.test(last.form) };
}

/** A Korean syllable to which the next key may add a letter. */
const openSyllable = /^[\u1100-\u115F]+[\u1160-\u11A7]*$/u;

/** A part of a text, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Returns which parts of a text a search has found, in order and apart from each other. */
export function foundRanges(text: string, phrases: readonly Phrase[]): TextRange[] {
  if (phrases.length === 0) return [];
  const words = wordsOf(text);
  const ranges: TextRange[] = [];
  for (const phrase of phrases) {
    for (let at = 0; at + phrase.words.length <= words.length; at++) {
      const range = rangeAt(words, at, phrase);
      if (range !== undefined) ranges.push(range);
    }
  }
  return joinedRanges(ranges);
}

/** Whether a text has this phrase. */
export function hasPhrase(text: string, phrase: Phrase): boolean {
  return foundRanges(text, [phrase]).length > 0;
}

function rangeAt(
  words: readonly TextWord[],
  at: number,
  { words: forms, isBeginning }: Phrase,
): TextRange | undefined {
  for (const [index, form] of forms.entries()) {
    const word = words[at + index];
    const mayGoOn = isBeginning && index === forms.length - 1;
    if (word === undefined || !(mayGoOn ? word.form.startsWith(form) : word.form === form)) return undefined;
  }
  const [first, last] = [words[at], words[at + forms.length - 1]];
  if (first === undefined || last === undefined) return undefined;
  const isOneOfPair = last.kind === 'pair' && forms.length === 1 && isBeginning && isSingle(forms[0] ?? '');
  return { start: first.start, end: isOneOfPair ? last.firstEnd : last.end };
}

/** Whether a form is one character of writing without spaces: a pair has two. */
function isSingle(form: string): boolean {
  return wordsOf(form.normalize('NFC')).length === 1;
}

function joinedRanges(ranges: readonly TextRange[]): TextRange[] {
  const joined: TextRange[] = [];
  for (const range of ranges.toSorted((one, other) => one.start - other.start)) {
    const last = joined.at(-1);
    if (last === undefined || range.start > last.end) joined.push(range);
    else joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  }
  return joined;
}
