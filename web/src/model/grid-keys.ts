export interface Grid {
  readonly count: number;
  readonly columns: number;
}

/** Where the focus goes from a cell. `above`: to what stands above the grid. Null: the key does not move in a grid. */
export type GridMove = { readonly to: number } | 'above' | null;

/** The keys of a grid, as the ARIA Authoring Practices have them. The last row can be shorter than the others. */
export function gridMove(
  from: number,
  { key, ctrlKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey'>,
  grid: Grid,
): GridMove {
  const last = grid.count - 1;
  const rowStart = from - (from % grid.columns);
  const rowEnd = Math.min(last, rowStart + grid.columns - 1);
  switch (key) {
    case 'ArrowRight':
      return { to: Math.min(last, from + 1) };
    case 'ArrowLeft':
      return { to: Math.max(0, from - 1) };
    case 'ArrowDown':
      // Below a long row, the short last one has no cell in each column.
      return { to: rowEnd === last ? from : Math.min(last, from + grid.columns) };
    case 'ArrowUp':
      return rowStart === 0 ? 'above' : { to: from - grid.columns };
    case 'Home':
      return { to: ctrlKey ? 0 : rowStart };
    case 'End':
      return { to: ctrlKey ? last : rowEnd };
    default:
      return null;
  }
}

/** Splits a list into rows. */
export function rowsOf<Cell>(cells: readonly Cell[], columns: number): Cell[][] {
  const count = Math.ceil(cells.length / columns);
  return Array.from({ length: count }, (_, row) => cells.slice(row * columns, (row + 1) * columns));
}
