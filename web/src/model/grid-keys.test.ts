import { describe, expect, it } from 'vitest';
import { gridMove, rowsOf, type GridMove } from './grid-keys.ts';

/** 0 1 2 3 / 4 5 6 7 / 8 9 */
const grid = { count: 10, columns: 4 };
const press = (from: number, key: string, ctrlKey = false): GridMove =>
  gridMove(from, { key, ctrlKey }, grid);

describe('UI 23: the keys of a grid', () => {
  it('go to the neighbours, also from the end of a row to the next one, and stop at both ends', () => {
    expect([press(1, 'ArrowRight'), press(3, 'ArrowRight'), press(9, 'ArrowRight')]).toEqual([
      { to: 2 },
      { to: 4 },
      { to: 9 },
    ]);
    expect([press(4, 'ArrowLeft'), press(0, 'ArrowLeft')]).toEqual([{ to: 3 }, { to: 0 }]);
  });

  it('go down in the column, to the last cell where the last row is short, and above the grid from the first row', () => {
    expect([press(1, 'ArrowDown'), press(7, 'ArrowDown'), press(8, 'ArrowDown')]).toEqual([
      { to: 5 },
      { to: 9 },
      { to: 8 },
    ]);
    expect([press(9, 'ArrowUp'), press(2, 'ArrowUp')]).toEqual([{ to: 5 }, 'above']);
  });

  it('go to both ends of the row, and with Ctrl to both ends of the grid', () => {
    expect([press(6, 'Home'), press(5, 'End'), press(8, 'End')]).toEqual([{ to: 4 }, { to: 7 }, { to: 9 }]);
    expect([press(6, 'Home', true), press(1, 'End', true)]).toEqual([{ to: 0 }, { to: 9 }]);
  });

  it('are no other keys', () => {
    expect([press(1, 'Enter'), press(1, 'a')]).toEqual([null, null]);
  });

  it('move in rows of so many cells', () => {
    expect(rowsOf([0, 1, 2, 3, 4], 2)).toEqual([[0, 1], [2, 3], [4]]);
    expect(rowsOf([], 2)).toEqual([]);
  });
});
