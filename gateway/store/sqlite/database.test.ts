import { expect, it } from 'vitest';
import { withoutReprepare } from './database.ts';

it('a parameter that is a limit by itself becomes a sum, and every other limit stays', () => {
  expect(withoutReprepare('SELECT id FROM a WHERE b = ? ORDER BY c LIMIT ?')).toBe(
    'SELECT id FROM a WHERE b = ? ORDER BY c LIMIT 0 + ?',
  );
  expect(withoutReprepare('SELECT (SELECT 1 FROM a LIMIT ?2) FROM b LIMIT ?3')).toBe(
    'SELECT (SELECT 1 FROM a LIMIT 0 + ?2) FROM b LIMIT 0 + ?3',
  );
  const literal = 'SELECT id FROM a LIMIT 1';
  expect(withoutReprepare(literal)).toBe(literal);
});
