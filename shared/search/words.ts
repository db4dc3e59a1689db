import { caseFolded } from '../case-folding.ts';

/** A word of a text, in the form in which words are compared, and its place in the text in UTF-16 units. */
export interface TextWord {
  readonly form: string;
  readonly start: number;
  readonly end: number;
  /**
   * `pair`: two characters of writing without spaces between words. The next word begins with the second one, so a search
   * finds any part of a line. `tail`: the last character of such a run.
   */
  readonly kind: 'word' | 'pair' | 'tail' | 'symbol';
  /** Of a pair: the end of its first character. Else as `end`. */
  readonly firstEnd: number;
}

/** A longer word is found by its beginning. */
const wordLettersMax = 64;

/**
 * Returns the words of a text. Compatible forms are one (full-width letters, ligatures), and case and accents do not
 * count: `Straße` is `strasse`, `ΟΔΟΣ` is `οδος`, and `مُحَمَّد` is `محمد`. A character of writing without spaces makes a pair with
 * the next one. The gateway's index and the marks in results both use these words.
 */
export function wordsOf(text: string): TextWord[] {
  if (isAscii.test(text)) return asciiWords(text);
  const words: TextWord[] = [];
  let letters: { form: string; start: number; end: number; count: number } | undefined;
  let before: Character | undefined;
  const endWord = () => {
    if (letters !== undefined) {
      const { form, start, end } = letters;
      words.push({ form, start, end, kind: 'word', firstEnd: end });
    }
    if (before !== undefined) words.push(runEnd(before));
    letters = undefined;
    before = undefined;
  };
  for (const character of charactersOf(text)) {
    const { form, start, end } = character;
    switch (character.kind) {
      case 'letter':
        if (letters === undefined) {
          endWord();
          letters = { form, start, end, count: 1 };
        } else {
          letters.end = end;
          if (letters.count++ < wordLettersMax) letters.form += form;
        }
        break;
      case 'unspaced':
        if (before === undefined) endWord();
        else words.push(pairOf(before, character));
        before = character;
        break;
      case 'symbol':
        endWord();
        words.push({ form, start, end, kind: 'symbol', firstEnd: end });
        break;
      case 'gap':
        endWord();
        break;
      default:
        character.kind satisfies never;
    }
  }
  endWord();
  return words;
}

/** Whether a text has the address of a web page. */
export function hasLink(text: string): boolean {
  return /(?<![a-z0-9])https?:\/\/[^\s/]/iu.test(text);
}

const isAscii = /^\p{ASCII}*$/u;

function asciiWords(text: string): TextWord[] {
  return Array.from(text.matchAll(/[A-Za-z0-9]+/g), ({ 0: word, index: start }) => {
    const end = start + word.length;
    return { form: word.slice(0, wordLettersMax).toLowerCase(), start, end, kind: 'word', firstEnd: end };
  });
}

interface Character {
  readonly kind: 'letter' | 'unspaced' | 'symbol' | 'gap';
  readonly form: string;
  readonly start: number;
  readonly end: number;
}

function pairOf(first: Character, second: Character): TextWord {
  return {
    form: first.form + second.form,
    start: first.start,
    end: second.end,
    kind: 'pair',
    firstEnd: first.end,
  };
}

function runEnd({ form, start, end }: Character): TextWord {
  return { form, start, end, kind: 'tail', firstEnd: end };
}

/**
 * A syllable of separate Korean letters, or a character with the marks on it. The half-width sound marks of Japanese count as
 * marks. More than 32 marks on one character begin another one, so that no text takes long to normalize.
 */
const cluster =
  /[\u1100-\u115F\uA960-\uA97C][\u1160-\u11A7\uD7B0-\uD7C6]{0,4}[\u11A8-\u11FF\uD7CB-\uD7FB]{0,4}|[^\p{M}][\p{M}\uFF9E\uFF9F]{0,32}|\p{M}{1,32}/gu;

function* charactersOf(text: string): Generator<Character> {
  for (const { 0: source, index: start } of text.matchAll(cluster)) {
    const end = start + source.length;
    for (const { kind, form } of foldedCluster(source)) yield { kind, form, start, end };
  }
}

type FoldedCharacter = Pick<Character, 'kind' | 'form'>;

/** Few clusters make most of all texts. */
const folded = new Map<string, readonly FoldedCharacter[]>();
const foldedMax = 4_096;

function foldedCluster(source: string): readonly FoldedCharacter[] {
  const known = folded.get(source);
  if (known !== undefined) return known;
  const made = fold(source);
  if (folded.size >= foldedMax) folded.clear();
  folded.set(source, made);
  return made;
}

/**
 * Marks of these scripts, which people leave out when they type. The marks of others are vowels, or make another letter. Also the
 * line that makes Arabic words longer, and characters that no one sees, except the space of no width.
 */
const leftOut =
  /[[[\p{Mn}\p{Me}]&&[\p{scx=Latin}\p{scx=Greek}\p{scx=Cyrillic}\p{scx=Hebrew}\p{scx=Arabic}\p{scx=Syriac}\p{sc=Inherited}]]--[\u3099\u309A]]|\u0640|[\p{Cf}--\u200B]/gv;

/** Writing without spaces between words. Korean has spaces, but its particles and compounds have none. */
const unspaced =
  /(?=[\p{L}\p{M}\p{N}])[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Yi}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const hangul = /^\p{sc=Hangul}+$/u;
/** Emoji stand at words without a space. */
const symbol = /[\p{So}\p{Sc}\p{Extended_Pictographic}]/u;

function fold(source: string): FoldedCharacter[] {
  const withoutMarks = source.normalize('NFKD').replaceAll(leftOut, '');
  const form = caseFolded(withoutMarks).normalize('NFC');
  const syllable = form.normalize('NFD');
  // As letters, so that a syllable is found while it is typed.
  if (hangul.test(form)) return [{ kind: 'unspaced', form: syllable }];
  return Array.from(form, (character): FoldedCharacter => {
    if (unspaced.test(character)) return { kind: 'unspaced', form: character };
    if (/\p{sc=Hangul}/u.test(character)) return { kind: 'unspaced', form: character.normalize('NFD') };
    if (/[\p{L}\p{M}\p{N}]/u.test(character)) return { kind: 'letter', form: character };
    return { kind: symbol.test(character) ? 'symbol' : 'gap', form: character };
  });
}
