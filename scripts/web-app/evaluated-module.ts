import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** Shorter parts are not worth a name of their own. */
const sharedCharactersMin = 40;

/**
 * Evaluates a module at build time, and puts its exports into the bundle as data. `load` gives them. The bundle then has neither
 * the module's own code nor its imports.
 */
export function evaluatedModule(url: URL, load: () => Promise<object>): Plugin {
  const file = fileURLToPath(url);
  return {
    name: 'evaluated-module',
    async load(id) {
      return id === file ? sourceOf(await load()) : null;
    },
  };
}

/** Returns a module with these exports. A part that comes more than once is written once. */
export function sourceOf(exports: object): string {
  const counts = new Map<string, number>();
  const count = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const text = JSON.stringify(value);
    const before = counts.get(text) ?? 0;
    counts.set(text, before + 1);
    if (before === 0) Object.values(value).forEach(count);
  };
  Object.values(exports).forEach(count);

  const names = new Map<string, string>();
  const lines: string[] = [];
  const write = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const text = JSON.stringify(value);
    const known = names.get(text);
    if (known !== undefined) return known;
    const written = Array.isArray(value)
      ? `[${value.map(write).join()}]`
      : `{${Object.entries(value)
          .map(([key, each]) => `${JSON.stringify(key)}:${write(each)}`)
          .join()}}`;
    if ((counts.get(text) ?? 0) < 2 || text.length < sharedCharactersMin) return written;
    const name = `part${names.size}`;
    names.set(text, name);
    lines.push(`const ${name} = ${written};`);
    return name;
  };
  for (const [name, value] of Object.entries(exports)) lines.push(`export const ${name} = ${write(value)};`);
  return lines.join('\n');
}
