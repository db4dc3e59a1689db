/** Returns the cells of each table of a Markdown text, without the line under the header. Backticks are left out. */
function tablesOf(markdown: string): string[][][] {
  const tables: string[][][] = [];
  let table: string[][] | undefined;
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) table = undefined;
    else if (!/^\|[-|]+\|$/u.test(line)) {
      if (table === undefined) tables.push((table = []));
      table.push(cellsOf(line));
    }
  }
  return tables;
}

/** Returns the rows under the header of the table with this header. Throws if there is no such table. */
export function tableWith(markdown: string, header: readonly string[]): string[][] {
  const [, ...rows] = tablesOf(markdown).find(([first]) => first?.join('|') === header.join('|')) ?? [];
  if (rows.length === 0) throw new Error(`no table with the header ${header.join(', ')}`);
  return rows;
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/u)
    .map((cell) =>
      cell
        .trim()
        .replaceAll('`', '')
        .replaceAll(String.raw`\|`, '|'),
    );
}
