/** Chooses between the forms of a word: `one` for a single thing, else `other` with the count, written as the language writes numbers. */
type Counted = (count: number, one: string, other: (count: string) => string) => string;

/** Returns the choice of one language. English and German have no more than these two forms of the plural rules of Unicode. */
export function countedIn(locale: 'en' | 'de'): Counted {
  const rules = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return (count, one, other) => (rules.select(count) === 'one' ? one : other(numbers.format(count)));
}
