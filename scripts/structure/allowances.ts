/**
 * What an earlier state of the program left behind, counted for each folder. A number may only fall: a check fails when
 * there is more, and also when there is less, until the number here is lowered. A file counts for the longest row that
 * its path begins with.
 */
export type Allowances = Readonly<Record<string, number>>;

/** Words of the dialect (dialect.ts). */
export const allowedDialect: Allowances = {
  // The text of a test vector of RFC 8439.
  'gateway/crypto/aead.test.ts': 1,
};

/** Citations that lead nowhere (citations.ts). */
export const allowedDeadCitations: Allowances = {};

/** Spreads that only pack lines (packing.ts). */
export const allowedPacking: Allowances = {};

/** Counts the findings in each file for its row, and returns a sentence for each row that is not as allowed. */
export function compare(what: string, findings: ReadonlyMap<string, number>, allowed: Allowances): string[] {
  const rows = new Set(Object.keys(allowed));
  const counts = new Map([...rows].map((row) => [row, 0]));
  const sentences: string[] = [];
  for (const [file, count] of findings) {
    const row = rowOf(file, rows);
    if (row !== undefined) counts.set(row, (counts.get(row) ?? 0) + count);
    else if (count > 0) sentences.push(`${file} has ${count} ${what}, and none is allowed`);
  }
  for (const [row, count] of counts) {
    const most = allowed[row] ?? 0;
    if (count > most) sentences.push(`${row} has ${count} ${what}, and ${most} are allowed`);
    if (count < most) {
      sentences.push(
        `${row} has ${count} ${what}: lower its number in scripts/structure/allowances.ts from ${most}`,
      );
    }
  }
  return sentences;
}

function rowOf(file: string, rows: Iterable<string>): string | undefined {
  return [...rows].filter((row) => file.startsWith(row)).sort((one, other) => other.length - one.length)[0];
}
