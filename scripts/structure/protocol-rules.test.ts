import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { protocolDocuments } from './protocol-documents.ts';

const folders = '{shared,gateway,web,scripts}/**/*.ts';

function rulesOf(file: string): string[] {
  return rulesIn(readFileSync(file, 'utf8'));
}

function rulesIn(text: string): string[] {
  return [...text.matchAll(/^\*\*(\d+\.\d+)\*\*/gm)].map((match) => match[1]!);
}

function citations(files: readonly string[], pattern: RegExp): Set<string> {
  return new Set(
    files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(pattern)].map((match) => match[1]!)),
  );
}

describe('the protocol', () => {
  const rules = protocolDocuments.flatMap(rulesOf);
  const sources = globSync(folders, { exclude: ['**/node_modules/**'] });

  it.each(protocolDocuments)('numbers its rules by their sections in %s', (file) => {
    const sections = readFileSync(file, 'utf8').split(/^## /m);
    const misplaced = sections.flatMap((section) => {
      const number = /^\d+/.exec(section)?.[0] ?? 'none';
      return rulesIn(section).filter((rule) => rule.split('.')[0] !== number);
    });
    expect(rulesOf(file).length).toBeGreaterThan(20);
    expect(misplaced).toEqual([]);
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
