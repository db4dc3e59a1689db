import { importsOf, parse } from './inspect.ts';

/** Where a start with only the `dependencies` of package.json begins: the builds, the gateway and the web app. */
export const programEntries: readonly string[] = [
  'vite.config.ts',
  'vite.gateway.config.ts',
  'vite.guest.config.ts',
  'gateway/main.ts',
  'web/src/main.ts',
  'web/src/guest/main.ts',
];

/**
 * Returns a sentence for each import of a package that the program needs to run, and that is not among these. `npm start` installs
 * no other packages. `texts` are the files of the repository.
 */
export function missingPackages(
  texts: ReadonlyMap<string, string>,
  dependencies: readonly string[],
): string[] {
  const missing: string[] = [];
  const reached = new Set(programEntries);
  // The set grows while the loop runs.
  for (const file of reached) {
    const text = texts.get(file);
    if (text === undefined) {
      if (programEntries.includes(file)) missing.push(`${file} begins the program and is not there`);
      continue;
    }
    for (const { module, line, isType } of importsOf(parse(file, text), file)) {
      if (isType || module.startsWith('node:')) continue;
      const name = /^(?:@[^/]+\/)?[^/]+/u.exec(module)?.[0] ?? module;
      if (texts.has(module)) reached.add(module);
      else if (!isPath(module) && !dependencies.includes(name))
        missing.push(`${file}:${line} imports ${name}, and npm start does not install it: see dependencies`);
    }
  }
  return missing;
}

/** A style sheet or a picture: relative imports are paths from the root of the repository. */
function isPath(module: string): boolean {
  return /^(?:gateway|shared|web|scripts)\//u.test(module);
}
