/**
 * Returns the promises of docs/SECURITY.md that no test shows. Each row of its tables ends with the title of a test, in
 * backticks.
 */
export function promisesWithoutTest(document: string, tests: readonly string[]): string[] {
  const rows = document.split('\n').filter((line) => line.startsWith('| ') && !line.includes('shown by'));
  return rows.flatMap((row) => {
    const title = /^\| .* \| `(.+)` \|$/u.exec(row)?.[1];
    if (title === undefined) return [`docs/SECURITY.md has a row that names no test: ${row}`];
    if (tests.some((text) => text.includes(title))) return [];
    return [`docs/SECURITY.md names a test that is not there: ${title}`];
  });
}
