import { parse, type AST } from 'svelte/compiler';
import { expect, it } from 'vitest';
import readme from '../../../README.md?raw';
import { enFirstScreen } from './en-first-screen.ts';
import { en } from './en.ts';

const components = Object.entries(
  import.meta.glob<string>('../**/*.svelte', { query: '?raw', import: 'default', eager: true }),
);

/** Attributes with text that a user sees or hears. */
const shownAttributes = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'data-tip',
  'label',
  'placeholder',
  'title',
]);
const hasWords = (text: string) => /\p{L}/u.test(text);

/** Returns the words in the markup of a component that do not come from an expression. */
function literalWordsIn(source: string): string[] {
  const found: string[] = [];
  const visit = (value: unknown, isShown: boolean): void => {
    if (Array.isArray(value)) value.forEach((each) => visit(each, isShown));
    if (!isNode(value)) return;
    if (value.type === 'Text' && isShown && hasWords(value.data)) found.push(value.data.trim());
    if (value.type === 'Attribute') visit(value.value, shownAttributes.has(value.name));
    else Object.values(value).forEach((each) => visit(each, isShown));
  };
  visit(parse(source, { modern: true }).fragment, true);
  return found;
}

type MarkupNode = AST.Text | AST.Attribute | { readonly type: 'other' };

/** Narrows a value: each node of the compiler's tree is an object with a type. */
function isNode(value: unknown): value is MarkupNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}

it('finds words in the text and in the attributes of a component', () => {
  const source = '<p class="big" title="Over">{#if x}<b aria-label={y}>Send</b>{/if} {z} 3 ×</p>';
  expect(literalWordsIn(source)).toEqual(['Over', 'Send']);
});

it('UI 25: all texts of the components come from the catalogue', () => {
  expect(components.length).toBeGreaterThan(30);
  const own = components.flatMap(([file, source]) =>
    literalWordsIn(source).map((words) => `${file}: ${words}`),
  );
  expect(own).toEqual([]);
});

it('the README names what a user presses on the first screen as the screen does', () => {
  const { start, byAddress, join } = en.firstScreen;
  for (const words of [start, enFirstScreen.nearby.heading, byAddress, join])
    expect(readme).toContain(`**${words}**`);
});
