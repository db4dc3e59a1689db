import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tableWith } from './markdown-tables.ts';

const document = readFileSync('docs/UI.md', 'utf8');
const header = ['line', 'what users expect', 'shown by'];

/** The items that every conversation has, of two people and of a room. Those after them are of one part of the app. */
const itemsOfConversations = 30;

/** The numbers in the titles of the tests and steps of each file in `e2e/`. */
const shownIn: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  readdirSync('e2e')
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => [`e2e/${name}`, numbersInTitles(readFileSync(`e2e/${name}`, 'utf8'))]),
);

/** A title begins with its numbers: `UI 7, 11:` or `UI 24, UI 27:`. */
function numbersInTitles(source: string): ReadonlySet<string> {
  const titles = source.matchAll(/\btest(?:\.step)?\(\s*['`](UI [^:]+):/gu);
  return new Set([...titles].flatMap(([, numbers = '']) => numbers.match(/\d+/gu) ?? []));
}

const rows = document
  .split(/^## /mu)
  .slice(1)
  .flatMap((section) => tableWith(section, header))
  .map(([item = '', , shownBy = '']) => ({
    number: item.replace('UI ', ''),
    specs: [...shownBy.matchAll(/e2e\/[\w-]+\.spec\.ts/gu)].map(([spec]) => spec),
  }));

describe('the tests of docs/UI.md', () => {
  it('each of the items 1 to 30 has an end-to-end test that carries its number', () => {
    const shown = new Set([...shownIn.values()].flatMap((numbers) => [...numbers]));
    const items = Array.from({ length: itemsOfConversations }, (_, index) => String(index + 1));
    expect(items.filter((item) => !shown.has(item))).toEqual([]);
    expect(items.filter((item) => rows.every(({ number }) => number !== item))).toEqual([]);
  });

  it('each end-to-end test that the document names for an item carries the number of the item', () => {
    const wrong = rows.flatMap(({ number, specs }) =>
      specs.filter((spec) => shownIn.get(spec)?.has(number) !== true).map((spec) => `UI ${number}: ${spec}`),
    );
    expect(wrong).toEqual([]);
  });
});
