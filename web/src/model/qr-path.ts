/** The squares of a QR code, row by row: 1 is dark. */
export interface QrModules {
  readonly size: number;
  readonly data: ArrayLike<number>;
}

/** Scanners need so many light squares around the code (ISO/IEC 18004). */
const quietSquares = 4;

/** Returns a code as one SVG path in a square of `side`, with the quiet zone around it. Neighbours in a row are one piece. */
export function qrPath({ size, data }: QrModules): { readonly side: number; readonly path: string } {
  const pieces: string[] = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const start = column;
      while (column < size && data[row * size + column] === 1) column++;
      const width = column - start;
      if (width > 0) pieces.push(`M${start + quietSquares} ${row + quietSquares}h${width}v1h-${width}z`);
    }
  }
  return { side: size + 2 * quietSquares, path: pieces.join('') };
}
