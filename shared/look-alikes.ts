import { caseFolded } from './case-folding.ts';
import { confusables } from './confusables.ts';

/**
 * Nicknames that a reader can take for one another. Two of them look alike if they have a look-alike key in common
 * (PROTOCOL 6.95). An index by these keys finds the look-alikes of a nickname without comparing it with all others.
 */

/**
 * Returns the look-alike keys of a prepared nickname: the skeleton (UTS 39 section 4) of the nickname as written, of its
 * case-folded form, and of the case-folded skeleton. By the last one, Cyrillic `ВОВ` looks like `bob`: it looks like `BOB`,
 * and that is the same nickname as `bob`. A nickname of both directions also has the three keys without the order.
 */
export function lookAlikeKeys(nickname: string): ReadonlySet<string> {
  const keys = new Set(keyForms.map((keyOf) => keyOf(nickname)));
  const parts = directedParts(nickname);
  if (parts.length > 1) for (const keyOf of keyForms) keys.add(parts.map(keyOf).toSorted().join(''));
  return keys;
}

const keyForms: readonly ((text: string) => string)[] = [
  skeletonOf,
  (text) => skeletonOf(caseFolded(text)),
  (text) => skeletonOf(caseFolded(skeletonOf(text))),
];

export function looksLike(one: string, other: string): boolean {
  const keys = lookAlikeKeys(other);
  return [...lookAlikeKeys(one)].some((key) => keys.has(key));
}

/** UTS 39 section 4. Also without a dot above a letter that has one already: `i` looks the same with it and without. */
function skeletonOf(text: string): string {
  const visible = isAscii.test(text)
    ? text
    : text
        .normalize('NFD')
        .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
        .replaceAll(/(\p{Soft_Dotted}\p{Mn}*?)\u0307/gu, '$1');
  let skeleton = '';
  for (const character of visible) skeleton += prototypes.get(character) ?? character;
  return isAscii.test(skeleton) ? skeleton : skeleton.normalize('NFD');
}

const isAscii = /^[ -~]*$/;

/**
 * Returns the parts of a nickname that has letters of both directions, or digits beside letters from right to left. Whichever
 * part is written first, such names can look the same on the screen (UAX 9). Any other nickname is one part.
 */
function directedParts(nickname: string): readonly string[] {
  if (isAscii.test(nickname) || !rightToLeft.test(nickname) || !leftToRight.test(nickname)) return [nickname];
  return nickname.match(parts) ?? [];
}

/** Blocks of scripts that are written from right to left (Unicode: DerivedBidiClass.txt, the defaults R and AL). */
const rightToLeftBlocks =
  '\\u0590-\\u08FF\\uFB1D-\\uFDFF\\uFE70-\\uFEFF\\u{10800}-\\u{10FFF}\\u{1E800}-\\u{1EFFF}';
const rightToLeft = new RegExp(`[\\p{L}&&[${rightToLeftBlocks}]]`, 'v');
const leftToRight = new RegExp(`[\\p{Nd}[\\p{L}--[${rightToLeftBlocks}]]]`, 'v');
/** Letters from right to left with their marks, letters from left to right and digits with theirs, and single signs. */
const parts = new RegExp(
  `[\\p{L}&&[${rightToLeftBlocks}]][[\\p{L}&&[${rightToLeftBlocks}]]\\p{M}\\u200C\\u200D]*` +
    `|[\\p{Nd}[\\p{L}--[${rightToLeftBlocks}]]][\\p{Nd}[\\p{L}--[${rightToLeftBlocks}]]\\p{M}]*|.`,
  'gsv',
);

const prototypes = new Map(
  confusables.split(',').flatMap((group) => {
    const [prototype = '', characters = ''] = group.split('=');
    const to = textOf(prototype);
    return characters.split(' ').map((hex) => [textOf(hex), to] as const);
  }),
);

function textOf(codePoints: string): string {
  return String.fromCodePoint(...codePoints.split('+').map((hex) => Number.parseInt(hex, 16)));
}
