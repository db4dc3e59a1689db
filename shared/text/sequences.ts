/**
 * Replaces each emoji by a box, and removes each joiner that a script needs. A joiner, a selector or a tag that is left in the
 * result shows nothing and has no purpose.
 */
export function withoutSequences(text: string): string {
  if (!hasSequences.test(text)) return text;
  return text.replaceAll(/\p{RGI_Emoji}/gv, '\u25A1').replaceAll(joiner, '');
}

/** What only an emoji sequence or a script with joiners may have: joiners, U+FE0F, and tags of flags. */
const hasSequences = /\p{Join_Control}|\uFE0F|[\u{E0020}-\u{E007F}]/u;

/**
 * Scripts in which a joiner changes how letters look (UAX 31 section 2.3). A Persian or a Sinhala name cannot be written
 * without it.
 */
const joiningScripts = [
  'Adlam',
  'Arabic',
  'Balinese',
  'Bengali',
  'Devanagari',
  'Gujarati',
  'Gurmukhi',
  'Hanifi_Rohingya',
  'Javanese',
  'Kannada',
  'Khmer',
  'Malayalam',
  'Mongolian',
  'Myanmar',
  'Nko',
  'Oriya',
  'Sinhala',
  'Syriac',
  'Tamil',
  'Telugu',
];

/** The viramas of ISCII scripts. Malayalam names end with one and U+200D where the keyboard has no chillu letters. */
const viramas = String.raw`\u094D\u09CD\u0A4D\u0ACD\u0B4D\u0BCD\u0C4D\u0CCD\u0D4D\u0DCA`;

/** U+200C and U+200D between two letters or marks of one such script, and U+200D after a virama (RFC 5892 appendix A.2). */
const joiners = joiningScripts
  .map((script) => String.raw`[\p{Script_Extensions=${script}}&&[\p{L}\p{M}]]`)
  .map((character) => String.raw`(?<=${character})[\u200C\u200D](?=${character})`)
  .concat(String.raw`(?<=[${viramas}])\u200D(?![\u200C\u200D])`)
  .join('|');
const joiner = new RegExp(joiners, 'gv');

/** An emoji, or a joiner that a script needs. For a pattern with the flag v. */
export const sequences = String.raw`\p{RGI_Emoji}|${joiners}`;
