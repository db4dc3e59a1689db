import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { cddlDefinitions, cddlRule } from '../chat/cddl.ts';
import { fileMessageSchemas, OfferSchema, PieceRangeSchema } from '../chat/file-kinds.ts';
import {
  fileBytesMax,
  fileNameBytesMax,
  filePreviewBytesMax,
  fileRangesMax,
  packedDepthMax,
  packedEntriesMax,
  packedIndexBytesMax,
  packedPathBytesMax,
} from '../limits.ts';
import { fileRefusals, packedRefusals } from './refusals.ts';
import { leafBytes, partPieces, pieceBytes, pieceLeaves } from './tree.ts';

const text = readFileSync(new URL('../../docs/protocol/files.md', import.meta.url), 'utf8');

const schemas: Record<string, TSchema> = {
  offer: OfferSchema,
  'piece-range': PieceRangeSchema,
  ...fileMessageSchemas,
};

/** The cells of each row of the table with this head. */
function rowsBelow(head: string): string[][] {
  const [, below] = text.split(`\n${head}\n`);
  if (below === undefined) throw new Error(`the document has no table ${head}`);
  const [, ...lines] = below.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end === -1 ? undefined : end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/protocol/files.md', () => {
  it('PROTOCOL 13.7: has the CDDL of each message as the program reads it, and no other', () => {
    const blocks = [...text.matchAll(/^```cddl\n(.*?)\n```$/gmsu)].map(([, block = '']) => block);
    const rules = Object.entries(schemas).map(([name, schema]) => cddlRule(name, schema));
    const written = blocks.join('\n\n').split('\n\n');
    expect(written.toSorted()).toEqual([...rules, cddlDefinitions(rules.join('\n'))].toSorted());
  });

  it('PROTOCOL 13.11: has each code of a refusal, and no other', () => {
    const rows = Object.entries(fileRefusals).map(([code, row]) => [
      `\`${code}\``,
      row.when,
      row.again ? 'yes' : 'no',
    ]);
    expect(rowsBelow('| code | when | the same may be asked for again |')).toEqual(rows);
  });

  it('PROTOCOL 13.23: has each code with which a packed stream is refused, and the bounds of one', () => {
    expect(rowsBelow('| code | when |')).toEqual(
      Object.entries(packedRefusals).map(([code, when]) => [`\`${code}\``, when]),
    );
    const stated = rowsBelow('| in a packed stream | at most |').map(([label, most = '']) => [
      label,
      most.split(' ', 1)[0],
    ]);
    expect(Object.fromEntries(stated)).toEqual({
      'the index': packedIndexBytesMax.toLocaleString('en'),
      entries: packedEntriesMax.toLocaleString('en'),
      'names in a path': String(packedDepthMax),
      'a path with its separators': packedPathBytesMax.toLocaleString('en'),
    });
  });

  it('PROTOCOL 13.12: has the bounds that the program keeps to', () => {
    const stated = rowsBelow('| in a message | at most |').map(([label = '', most = '']) => [
      label,
      most.split(' ', 1)[0],
    ]);
    expect(Object.fromEntries(stated)).toEqual(
      Object.fromEntries(Object.entries(bounds).map(([label, most]) => [label, most.toLocaleString('en')])),
    );
  });
});

/** Each by its label in the document. */
const bounds = {
  'a file': fileBytesMax,
  'a leaf': leafBytes,
  'hashes of a part': partPieces,
  'hashes of a piece': pieceLeaves,
  'hashes of a proof': Math.log2(fileBytesMax / pieceBytes / partPieces),
  'ranges of a `file-get`': fileRangesMax,
  'the name of a file': fileNameBytesMax,
  'a media type': 127,
  'a preview': filePreviewBytesMax,
};
