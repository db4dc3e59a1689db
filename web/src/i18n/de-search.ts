import { countedIn } from './plural.ts';
import type { SearchTexts } from './search-texts.ts';

const counted = countedIn('de');
const numbers = new Intl.NumberFormat('de');

/** The texts of the search in German. */
export const deSearch: SearchTexts = {
  heading: 'Nachrichten suchen',
  close: 'Suche schließen',
  label: 'Wörter, from:anna, in:#raum, has:link',
  hint: 'Das letzte Wort darf unvollständig sein. Namen und Wörter stehen in beliebiger Reihenfolge.',
  searching: 'Suche …',
  nothing: 'Keine Nachricht gefunden. Versuch es mit weniger oder kürzeren Wörtern.',
  noAuthor: (name) => `Niemand heißt „${name}“.`,
  noPlace: (name) => `Keine Unterhaltung heißt „${name}“.`,
  count: (count, hasMore) =>
    hasMore
      ? `Die neuesten ${numbers.format(count)} Nachrichten`
      : counted(count, '1 Nachricht', (n) => `${n} Nachrichten`),
  more: 'Frühere Nachrichten zeigen',
  inPlace: (name) => `Nachrichten in ${name}`,
};
