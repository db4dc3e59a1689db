/** `npm test -- structure`: checks imports, pure folders, citations, plain English and titles of elements, and lists long files. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { allowedDeadCitations, allowedDialect, allowedPacking, compare } from './structure/allowances.ts';
import { deadCitations, deadLinks, type Citable } from './structure/citations.ts';
import { countDialect } from './structure/dialect.ts';
import { inspectFile, parse } from './structure/inspect.ts';
import manifest from '../package.json' with { type: 'json' };
import { packingSpreads } from './structure/packing.ts';
import { wrongPictures } from './structure/pictures.ts';
import { protocolDocuments } from './structure/protocol-documents.ts';
import { missingPackages } from './structure/program-packages.ts';
import { promisesWithoutTest } from './structure/promises.ts';
import { plainTitles } from './structure/titles.ts';
import {
  importRules,
  isGenerated,
  longFileLines,
  pureFolders,
  quotesForeignText,
} from './structure/rules.ts';

const root = path.resolve(import.meta.dirname, '..');
const texts = new Map(filesOfTheRepository().map((file) => [file, read(file)]));
const sources = [...texts].filter(([file]) => /\.(?:ts|mjs|cjs|svelte)$/u.test(file));
const violations = sources.flatMap(([file, text]) => inspectFile(file, text));

// A rule about a folder that has moved would guard nothing.
for (const folder of new Set([...importRules.map((rule) => rule.folder), ...pureFolders])) {
  if (!sources.some(([file]) => file.startsWith(folder))) violations.push(`${folder} has rules and no files`);
}

const citable = readCitable();
const citations = new Map<string, string[]>();
const dialect = new Map<string, number>();
const packing = new Map<string, number[]>();
for (const [file, text] of texts) {
  if (!quotesForeignText(file)) {
    citations.set(file, deadCitations(text, citable));
    dialect.set(file, countDialect(text));
  }
  if (file.endsWith('.md')) {
    const isThere = (target: string) => existsSync(path.join(root, path.dirname(file), target));
    for (const link of deadLinks(text, isThere))
      violations.push(`${file} links to ${link}, which is not there`);
  }
}
for (const [file, text] of sources) packing.set(file, packingSpreads(parse(file, text)));

// A contract holds the tests that several implementations share.
const tests = [...texts].filter(([file]) => /\.(test|contract)\.ts$/u.test(file)).map(([, text]) => text);
violations.push(
  ...missingPackages(texts, Object.keys(manifest.dependencies)),
  ...wrongPictures(pictures(), texts.get('docs/screens/README.md') ?? '', texts.get('README.md') ?? ''),
  ...plainTitles(texts),
  ...promisesWithoutTest(texts.get('docs/SECURITY.md') ?? '', tests),
  ...compare('citations that lead nowhere', counted(citations), allowedDeadCitations),
  ...compare('words that are not plain English', dialect, allowedDialect),
  ...compare('spreads that only pack lines', counted(packing), allowedPacking),
);

if (process.argv.includes('--list')) listFindings();
for (const [file, text] of sources) {
  const lineCount = text.split('\n').length - 1;
  if (lineCount > longFileLines && !isGenerated(file))
    print(`${file} has ${lineCount} lines: is it two ideas?`);
}
for (const violation of violations) print(violation);
print(`structure: ${texts.size} files, ${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;

/** `--list`: prints each finding, also the allowed ones, for a person who lowers the numbers. */
function listFindings(): void {
  for (const [file, found] of citations) for (const citation of found) print(`${file}: ${citation}`);
  for (const [file, lines] of packing) for (const line of lines) print(`${file}:${line} packs lines`);
  for (const [file, count] of dialect) if (count > 0) print(`${file}: ${count} words`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function counted(found: ReadonlyMap<string, readonly unknown[]>): Map<string, number> {
  return new Map([...found].map(([file, { length }]) => [file, length]));
}

function pictures(): { readonly name: string; readonly bytes: number }[] {
  const folder = path.join(root, 'docs/screens');
  const names = readdirSync(folder).filter((name) => name !== 'README.md');
  return names.map((name) => ({ name, bytes: statSync(path.join(folder, name)).size }));
}

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** Files under version control and new files. Without git, in an unpacked archive for example, all files. */
function filesOfTheRepository(): string[] {
  const isText = (file: string) => /\.(?:ts|mjs|cjs|js|svelte|md|css|html|jsonc?)$/u.test(file);
  return listFiles().filter(
    (file) => isText(file) && !file.endsWith('package-lock.json') && existsSync(path.join(root, file)),
  );
}

function listFiles(): string[] {
  try {
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\0')
      .filter((file) => file !== '');
  } catch {
    const ignored = new Set([
      'node_modules',
      '.runtime',
      '.git',
      'dist',
      'test-results',
      'playwright-report',
    ]);
    return readdirSync(root)
      .filter((name) => !ignored.has(name))
      .flatMap((name) =>
        name.includes('.')
          ? [name]
          : readdirSync(path.join(root, name), { recursive: true, withFileTypes: true })
              .filter((entry) => entry.isFile())
              .map((entry) =>
                path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'),
              ),
      );
  }
}

function readCitable(): Citable {
  const numbersIn = (files: readonly string[], pattern: RegExp) =>
    new Set(
      files.flatMap((file) =>
        [...(texts.get(file) ?? '').matchAll(pattern)].map(([, number = '']) => number),
      ),
    );
  return {
    exists: (file) => existsSync(path.join(root, file)),
    protocolRules: numbersIn(protocolDocuments, /^\*\*(\d+\.\d+)\*\*/gmu),
    decisions: new Set(readdirSync(path.join(root, 'docs/decisions')).map((name) => name.slice(0, 4))),
    uiItems: numbersIn(['docs/UI.md'], /^[^a-z]*\bUI (\d+)\b/gmu),
    sections: (document) =>
      numbersIn(
        document === 'PROTOCOL' ? protocolDocuments : [`docs/${document}.md`],
        /^#+ (?:Section )?(\d+(?:\.\d+)*)\b/gmu,
      ),
  };
}
