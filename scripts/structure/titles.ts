import { parse, type AST } from 'svelte/compiler';

/** Elements with a `title` that names them and is no tip. */
const named = new Set(['iframe', 'svg']);

/**
 * Returns a sentence for each element with a `title` in the components of the web app. The keyboard and fingers never reach a `title`: an
 * element has `data-tip` instead (web/src/components/controls/Tips.svelte).
 */
export function plainTitles(texts: ReadonlyMap<string, string>): string[] {
  return [...texts]
    .filter(([file]) => file.startsWith('web/src/') && file.endsWith('.svelte'))
    .flatMap(([file, text]) =>
      titledElements(text).map(
        ({ name, line }) => `${file}:${line} gives <${name}> a title: the keyboard needs data-tip instead`,
      ),
    );
}

interface TitledElement {
  readonly name: string;
  readonly line: number;
}

function titledElements(source: string): TitledElement[] {
  const found: TitledElement[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isNode(value)) return;
    if (value.type === 'RegularElement' || value.type === 'SvelteElement') {
      const hasTitle = value.attributes.some((each) => each.type === 'Attribute' && each.name === 'title');
      if (hasTitle && !named.has(value.name))
        found.push({ name: value.name, line: source.slice(0, value.start).split('\n').length });
    }
    Object.values(value).forEach(visit);
  };
  visit(parse(source, { modern: true }).fragment);
  return found;
}

type MarkupNode = AST.RegularElement | AST.SvelteElement | { readonly type: 'other' };

/** Narrows a value: each node of the compiler's tree is an object with a type. */
function isNode(value: unknown): value is MarkupNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}
