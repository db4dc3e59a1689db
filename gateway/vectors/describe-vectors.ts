import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { readVectorFile, vectorPath, writeVectorFile, type VectorCase } from './vector-files.ts';

/**
 * For each result, derives a case again from what is given in it, checks it in both directions, and returns it whole. What a
 * reader returns must be what the file says. `known` holds the cases before this one, or all.
 */
export type CaseReaders<Case extends VectorCase> = {
  readonly [Result in Case['result']]: (
    vector: Extract<Case, { readonly result: Result }>,
    known: readonly Case[],
  ) => Case | Promise<Case>;
};

/** With CHATAGRAM_WRITE_VECTORS=1 the files are written again from this program. */
const writes = process.env.CHATAGRAM_WRITE_VECTORS === '1';

/** Escapes what a reader of the file could not see, or would see as a part of the character before it. */
function withEscapes(json: string): string {
  return json.replaceAll(/[\p{M}\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}]/gu, (character) =>
    character === ' '
      ? ' '
      : Array.from({ length: character.length }, (_, index) =>
          character.charCodeAt(index).toString(16).padStart(4, '0'),
        )
          .map((hex) => `\\u${hex}`)
          .join(''),
  );
}

/** Declares a test for each case of docs/protocol/vectors/<name>.json. */
export function describeVectors<Case extends VectorCase>(
  name: string,
  readers: CaseReaders<Case>,
): readonly Case[] {
  const file = readVectorFile<Case>(name);
  const { cases } = file;
  const readerOf = (vector: Case) =>
    readers[vector.result as Case['result']] as CaseReaders<Case>[Case['result']] | undefined;
  const read = async (vector: Case, known: readonly Case[]): Promise<Case> => {
    const reader = readerOf(vector);
    if (reader === undefined) throw new Error(`no test reads the result ${vector.result}`);
    return reader(vector as Parameters<typeof reader>[0], known);
  };
  describe(`docs/protocol/vectors/${name}.json`, () => {
    it('names each case once, and says what each result and each field means', () => {
      expect(new Set(cases.map((vector) => vector.name)).size).toBe(cases.length);
      const results = new Set(cases.map(({ result }) => result));
      expect(results).toEqual(new Set(Object.keys(readers)));
      expect(results).toEqual(new Set(Object.keys(file.results)));
      const fields = new Set(cases.flatMap((vector) => Object.keys(vector)));
      expect(fields).toEqual(new Set(['name', 'result', ...Object.keys(file.fields)]));
    });
    if (writes) {
      it('is written again', async () => {
        const written: Case[] = [];
        for (const vector of cases) written.push(await read(vector, written));
        const target = vectorPath(name);
        const text = withEscapes(JSON.stringify({ ...file, cases: written }));
        writeVectorFile(name, await format(text, { ...(await resolveConfig(target)), filepath: target }));
      });
      return;
    }
    for (const vector of cases)
      it(`${vector.result}: ${vector.name}`, async () => {
        expect(await read(vector, cases)).toEqual(vector);
      });
  });
  return cases;
}
