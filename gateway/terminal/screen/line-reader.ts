import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

export type InputLine =
  | { readonly type: 'line'; readonly text: string }
  /** The line is longer than allowed and was skipped to its end. */
  | { readonly type: 'too-long' };

/**
 * Reads the lines of a pipe one at a time. Reads the next chunk only after the consumer has taken all previous lines.
 * A last line without a line feed counts. Ends early, without an error, when `signal` aborts.
 */
export async function* readLines(
  input: Readable,
  lineBytesMax: number,
  signal: AbortSignal,
): AsyncGenerator<InputLine, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let skipping = false;
  for await (const chunk of chunksOf(input, signal)) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield skipping ? { type: 'too-long' } : lineOf(line, lineBytesMax);
      skipping = false;
    }
    if (rest.length > lineBytesMax) {
      skipping = true;
      rest = '';
    } else if (skipping) rest = '';
  }
  rest += decoder.end();
  if (signal.aborted) return;
  if (skipping) yield { type: 'too-long' };
  else if (rest !== '') yield lineOf(rest, lineBytesMax);
}

function lineOf(text: string, lineBytesMax: number): InputLine {
  if (Buffer.byteLength(text) > lineBytesMax) return { type: 'too-long' };
  return { type: 'line', text: text.endsWith('\r') ? text.slice(0, -1) : text };
}

async function* chunksOf(input: Readable, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  // A stream that waits for data ends its iteration only when it is destroyed.
  const stop = () => void input.destroy();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of input as AsyncIterable<Buffer | string>) {
      yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    }
  } catch (error) {
    if (!isPrematureClose(error)) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Returns whether this is the error of iterating a destroyed stream, which only `signal` can have destroyed. */
function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
