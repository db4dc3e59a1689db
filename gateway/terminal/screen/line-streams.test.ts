import { PassThrough, Readable, Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { readLines, type InputLine } from './line-reader.ts';
import { isFullDisk, LineWriter } from './line-writer.ts';

async function linesOf(chunks: readonly (Buffer | string)[], lineBytesMax = 1_000): Promise<InputLine[]> {
  const input = new PassThrough();
  for (const chunk of chunks) input.write(chunk);
  input.end();
  return collect(readLines(input, lineBytesMax, new AbortController().signal));
}

async function collect(lines: AsyncIterable<InputLine>): Promise<InputLine[]> {
  const all: InputLine[] = [];
  for await (const each of lines) all.push(each);
  return all;
}

const line = (text: string): InputLine => ({ type: 'line', text });

describe('readLines', () => {
  it('splits at line feeds, with or without carriage return, and keeps the last line', async () => {
    expect(await linesOf(['a\nb\r', '\n', 'c d', ' e'])).toEqual([line('a'), line('b'), line('c d e')]);
    expect(await linesOf(['a\n\n'])).toEqual([line('a'), line('')]);
    expect(await linesOf([])).toEqual([]);
  });

  it('keeps a character whole that two chunks share', async () => {
    const bytes = Buffer.from('send bob 👋\n');
    expect(await linesOf([bytes.subarray(0, 11), bytes.subarray(11)])).toEqual([line('send bob 👋')]);
  });

  it('skips a line that is too long and reports it', async () => {
    expect(await linesOf(['x'.repeat(1_001), '\nnext\n'])).toEqual([{ type: 'too-long' }, line('next')]);
    expect(await linesOf(['ä'.repeat(501) + '\n' + 'ä'.repeat(500)])).toEqual([
      { type: 'too-long' },
      line('ä'.repeat(500)),
    ]);
    expect(await linesOf(['x'.repeat(1_001), 'y'.repeat(5)])).toEqual([{ type: 'too-long' }]);
  });

  it('returns the same lines wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 8 }), fc.nat(40), async (texts, cut) => {
        const whole = Buffer.from(texts.map((text) => text.replaceAll(/[\r\n]/gu, '')).join('\n') + '\n');
        const pieces = [whole.subarray(0, cut), whole.subarray(cut)].filter((piece) => piece.length > 0);
        expect(await linesOf(pieces)).toEqual(await linesOf([whole]));
      }),
    );
  });

  it('leaves out the byte order mark that editors of Windows write', async () => {
    expect(await linesOf([Buffer.from('\uFEFFa\n\uFEFFb\n')])).toEqual([line('a'), line('\uFEFFb')]);
    const bytes = Buffer.from('\uFEFFa');
    expect(await linesOf([bytes.subarray(0, 1), bytes.subarray(1)])).toEqual([line('a')]);
  });

  it('gives up a line without an end, such as /dev/zero, with bounded memory', async () => {
    let read = 0;
    const zero = new Readable({
      read() {
        read++;
        this.push(Buffer.alloc(1024 * 1024));
      },
    });
    expect(await collect(readLines(zero, 1_000, new AbortController().signal))).toEqual([
      { type: 'endless' },
    ]);
    expect(read).toBeLessThan(70);
    expect(zero.destroyed).toBe(true);
  });

  it('takes an input that cannot be read as one that has ended', async () => {
    const writeOnly = new Readable({
      read() {
        this.destroy(Object.assign(new Error('EBADF: bad file descriptor, read'), { code: 'EBADF' }));
      },
    });
    expect(await collect(readLines(writeOnly, 1_000, new AbortController().signal))).toEqual([]);
  });

  it('ends when the signal aborts, even if the pipe stays open', async () => {
    const input = new PassThrough();
    const closing = new AbortController();
    const all = collect(readLines(input, 1_000, closing.signal));
    input.write('a\n');
    await new Promise(setImmediate);
    closing.abort();
    expect(await all).toEqual([line('a')]);
  });
});

describe('LineWriter', () => {
  it('waits for a slow reader', async () => {
    const output = new PassThrough({ highWaterMark: 4 });
    const writer = new LineWriter(output, () => undefined);
    writer.write('12345678');
    let isReady = false;
    const ready = writer.ready().then(() => (isReady = true));
    await new Promise(setImmediate);
    expect(isReady).toBe(false);
    output.resume();
    await ready;
  });

  it('drops lines without waiting when the reader has gone', async () => {
    const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const onGone = vi.fn();
    const writer = new LineWriter(output, onGone);
    writer.write('a');
    await new Promise(setImmediate);
    writer.write('b');
    await writer.ready();
    await writer.flushed(1_000_000);
    expect(onGone).toHaveBeenCalledTimes(1);
  });

  it('skips lines for a caller that cannot wait, and counts them', async () => {
    const output = new PassThrough({ highWaterMark: 4 });
    const writer = new LineWriter(output, () => undefined);
    for (const text of ['12345678', 'lost', 'lost']) writer.writeOrSkip(text);
    output.setEncoding('utf8');
    const read: string[] = [];
    output.on('data', (text: string) => read.push(text));
    await writer.flushed(1_000_000);
    expect(read.join('')).toBe(
      '12345678\n(2 lines were skipped, because the output was not read in time or its disk was full)\n',
    );
  });

  it('as a log outlives a full disk, and counts the lines that it lost', () => {
    const onGone = vi.fn();
    const output = new FullFile();
    const writer = new LineWriter(output, onGone, { outlivesFullDisk: true });
    writer.write('lost');
    writer.writeOrSkip('lost too');
    output.isFull = false;
    writer.writeOrSkip('kept');
    expect(output.written).toEqual([
      '(2 lines were skipped, because the output was not read in time or its disk was full)\nkept\n',
    ]);
    expect(onGone).not.toHaveBeenCalled();
  });

  it('tells another caller that the disk is full', () => {
    const onGone = vi.fn((error: Error) => isFullDisk(error));
    new LineWriter(new FullFile(), onGone).write('lost');
    expect(onGone).toHaveReturnedWith(true);
  });
});

/** Standard output into a file: it emits an error for each write that fails, and is never destroyed. */
class FullFile extends Writable {
  isFull = true;
  readonly written: unknown[] = [];

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    const error = this.isFull ? Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }) : null;
    if (error === null) this.written.push(chunk);
    const done = rest.at(-1) as ((error: Error | null) => void) | undefined;
    done?.(error);
    if (error !== null) this.emit('error', error);
    return true;
  }
}
