import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PasteFilter } from './paste-filter.ts';

/** Returns the keys and the pastes of these bytes, in order. */
async function partsOf(chunks: readonly Uint8Array[], charactersMax = 1_000): Promise<string[]> {
  const terminal = new PassThrough();
  const parts: string[] = [];
  const filter = new PasteFilter(terminal, (text) => parts.push(`pasted ${text}`), charactersMax);
  filter.on('data', (keys: Buffer) => {
    const last = parts.at(-1);
    if (last?.startsWith('keys ')) parts.splice(-1, 1, last + keys.toString());
    else parts.push(`keys ${keys.toString()}`);
  });
  const ended = new Promise((resolve) => filter.once('end', resolve));
  for (const chunk of chunks) terminal.write(chunk);
  terminal.end();
  await ended;
  return parts;
}

describe('PasteFilter', () => {
  it('tells keys and pastes apart, wherever the bytes are cut', async () => {
    const whole = Buffer.from('a\r\u001b[A\u001b[200~one\n👋\u001b[201~b\u001b[200~\u001b[201~\u001b');
    const expected = ['keys a\r\u001b[A', 'pasted one\n👋', 'keys b', 'pasted ', 'keys \u001b'];
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), fc.nat(whole.length), async (one, other) => {
        const [first, second] = [Math.min(one, other), Math.max(one, other)];
        const chunks = [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)];
        expect(await partsOf(chunks.filter(({ length }) => length > 0))).toEqual(expected);
      }),
    );
  });

  it('passes on Escape without more behind it, because it is a key', async () => {
    const terminal = new PassThrough();
    const filter = new PasteFilter(terminal, () => undefined, 10);
    const keys = once(filter, 'data');
    terminal.write('\u001b');
    expect(String((await keys)[0])).toBe('\u001b');
  });

  it('cuts a paste that is too long', async () => {
    const paste = Buffer.from(`\u001b[200~${'x'.repeat(5_000)}\u001b[201~y`);
    expect(await partsOf([paste.subarray(0, 3_000), paste.subarray(3_000)], 10)).toEqual([
      'pasted xxxxxxxxxx',
      'keys y',
    ]);
  });
});
