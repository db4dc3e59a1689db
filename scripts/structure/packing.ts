import ts from 'typescript';

/**
 * Returns the lines of spreads that only pack properties or elements into one line: `...{ a, b }`, `...['a', 'b']`.
 * The properties belong on lines of their own.
 */
export function packingSpreads(source: ts.SourceFile): number[] {
  const lines: number[] = [];
  const look = (node: ts.Node): void => {
    const packs =
      (ts.isSpreadAssignment(node) && ts.isObjectLiteralExpression(node.expression)) ||
      (ts.isSpreadElement(node) && ts.isArrayLiteralExpression(node.expression));
    if (packs) lines.push(source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1);
    ts.forEachChild(node, look);
  };
  look(source);
  return lines;
}
