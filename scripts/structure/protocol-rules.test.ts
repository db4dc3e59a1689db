import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { protocolDocuments } from './protocol-documents.ts';

const folders = '{shared,gateway,web}/**/*.ts';

function rulesOf(file: string): string[] {
  const document = readFileSync(file, 'utf8');
  return [...document.matchAll(/^\*\*(\d+\.\d+)\*\*/gm)].map((match) => match[1]!);
}

function citations(files: readonly string[], pattern: RegExp): Set<string> {
  return new Set(
    files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(pattern)].map((match) => match[1]!)),
  );
}

describe('the protocol', () => {
  const rules = protocolDocuments.flatMap(rulesOf);
  const sources = globSync(folders, { exclude: ['**/node_modules/**'] });

  it.each(protocolDocuments)('numbers its rules in order in %s', (file) => {
    const numbers = rulesOf(file);
    expect(numbers.length).toBeGreaterThan(30);
    const inOrder = [...numbers].sort((one, other) => {
      const [[section = 0, rule = 0], [otherSection = 0, otherRule = 0]] = [one, other].map((text) =>
        text.split('.').map(Number),
      ) as [number[], number[]];
      return section - otherSection || rule - otherRule;
    });
    expect(numbers).toEqual(inOrder);
  });

  it('has each number once, in one document', () => {
    expect(new Set(rules).size).toBe(rules.length);
  });

  it('has a test for each rule', () => {
    const tests = sources.filter((file) => file.endsWith('.test.ts'));
    const shown = citations(tests, /['"`]PROTOCOL (\d+\.\d+): /g);
    expect(rules.filter((rule) => !shown.has(rule))).toEqual([]);
  });

  it('has every rule that the code cites', () => {
    const cited = citations(sources, /\bPROTOCOL (\d+\.\d+)\b/g);
    expect([...cited].filter((rule) => !rules.includes(rule))).toEqual([]);
  });
});
