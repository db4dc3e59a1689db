const isAscii = /^[ -~]*$/;

/** Full case folding by the full mappings of Unicode: `STRASSE` and `straße` are one, and the final sigma is a sigma. */
export function caseFolded(text: string): string {
  if (isAscii.test(text)) return text.toLowerCase();
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/**
 * Whether a nickname has the text that a user types to find it. Case and width do not matter, nor marks that the user
 * leaves out: `istanbul` finds `İstanbul`, and `محمد` finds `مُحَمَّد`. Marks that the user types do matter.
 */
export function nameContains(nickname: string, typed: string): boolean {
  const wanted = searchForm(typed.trim());
  const name = searchForm(nickname);
  return name.includes(wanted) || (!isAscii.test(name) && withoutMarks(name).includes(wanted));
}

function searchForm(text: string): string {
  if (isAscii.test(text)) return text.toLowerCase();
  return caseFolded(text.normalize('NFKC')).normalize('NFC');
}

function withoutMarks(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .normalize('NFC');
}
