/** Checks that the folders keep to the design: who imports whom, what is pure, how long a file gets. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inspectFile } from './structure/inspect.ts';
import { importRules, longFileLines, pureFolders } from './structure/rules.ts';

const root = path.resolve(import.meta.dirname, '..');
const files = ['shared', 'gateway', 'web', 'scripts', 'bench', 'e2e'].flatMap(sourcesBelow);
const violations = files.flatMap((file) => inspectFile(file, readFileSync(path.join(root, file), 'utf8')));

// A rule about a folder that moved away would hold for ever and guard nothing.
const guarded = new Set([...importRules.map((rule) => rule.folder), ...pureFolders]);
for (const folder of guarded) {
  if (!files.some((file) => file.startsWith(folder))) violations.push(`${folder} has rules and no files`);
}

for (const file of files) {
  const lineCount = readFileSync(path.join(root, file), 'utf8').split('\n').length - 1;
  if (lineCount > longFileLines) process.stdout.write(`${file} has ${lineCount} lines: is it two ideas?\n`);
}
for (const violation of violations) process.stdout.write(`${violation}\n`);
process.stdout.write(`structure: ${files.length} files, ${violations.length} violations\n`);
process.exitCode = violations.length === 0 ? 0 : 1;

function sourcesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs|cjs|svelte)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
}
