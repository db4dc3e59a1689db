import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { protocolDocuments } from '../../scripts/structure/protocol-documents.ts';
import { readVectorFile, vectorNames, vectorPath } from './vector-files.ts';

const root = path.resolve(import.meta.dirname, '../..');
const names = vectorNames();
const rules = new Set(
  protocolDocuments.flatMap((file) =>
    [...readFileSync(path.join(root, file), 'utf8').matchAll(/^\*\*(\d+\.\d+)\*\*/gm)].map(
      ([, rule]) => rule,
    ),
  ),
);

describe('docs/protocol/vectors', () => {
  it('has no file that no test reads', () => {
    const tests = globSync(path.join(import.meta.dirname, '*.test.ts')).map((file) =>
      readFileSync(file, 'utf8'),
    );
    const isRead = (name: string) =>
      tests.some((text) => new RegExp(`\\bdescribeVectors(?:<\\w+>)?\\(\\s*'${name}'`, 'u').test(text));
    expect(names.filter((name) => !isRead(name))).toEqual([]);
  });

  it('is listed file by file in docs/protocol/README.md', () => {
    const readme = readFileSync(path.join(root, 'docs/protocol/README.md'), 'utf8');
    const listed = [...readme.matchAll(/\[(\S+)\.json\]\(vectors\/\1\.json\)/gm)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual(names.toSorted());
  });

  it.each(names)('names only rules that are there, and only fields in lowercase hex: %s', (name) => {
    const file = readVectorFile(name);
    expect(file.rules.length).toBeGreaterThan(0);
    expect(file.rules.filter((rule) => !rules.has(rule))).toEqual([]);
    expect(Object.keys(file)).toEqual(['about', 'rules', 'results', 'fields', 'cases']);
    // Hex of 8 bytes and more is never in upper case.
    expect(readFileSync(vectorPath(name), 'utf8')).not.toMatch(/"(?=[0-9a-f]*[A-F])[0-9A-Fa-f]{16,}"/u);
  });
});
