import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

describe('docs/SECURITY.md', () => {
  const document = readFileSync('docs/SECURITY.md', 'utf8');
  const named = [...document.matchAll(/^\| .* \| `(.+)` \|$/gm)].map((match) => match[1]!);

  it('names a test that is there for each promise', () => {
    const rows = document.split('\n').filter((line) => line.startsWith('| ') && !line.includes('shown by'));
    expect(named.length).toBeGreaterThan(15);
    expect(named).toHaveLength(rows.length);
    const tests = globSync('gateway/**/*.test.ts').map((file) => readFileSync(file, 'utf8'));
    expect(named.filter((title) => !tests.some((text) => text.includes(title)))).toEqual([]);
  });
});
