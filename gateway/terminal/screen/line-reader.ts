import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

export type InputLine =
  | { readonly type: 'line'; readonly text: string }
  /** The line is longer than allowed and was skipped to its end. */
  | { readonly type: 'too-long' }
  /** The line seems to have no end. It is the last one, and the rest of the input is not read. */
  | { readonly type: 'endless' };

/** Says that no more commands are read. */
export const endlessSentence = 'The input is one line without an end. Chatagram no longer reads it.';

/** So much of one line is skipped. A longer one is no text: `/dev/zero`, a disk image, a program that went wrong. */
const skippedCharactersMax = 64 * 1024 * 1024;

/**
 * Reads the lines of a pipe one at a time. Reads the next chunk only after the consumer has taken all previous lines.
 * A last line without a line feed counts. Ends early, without an error, when `signal` aborts or the input cannot be read:
 * `nohup` gives a standard input that is open for writing only (EBADF), and the terminal of a closed window is gone (EIO).
 */
export async function* readLines(
  input: Readable,
  lineBytesMax: number,
  signal: AbortSignal,
): AsyncGenerator<InputLine, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let skipping = false;
  let skipped = 0;
  let isFirst = true;
  for await (const chunk of chunksOf(input, signal)) {
    const text = decoder.write(chunk);
    const lines = (rest + (isFirst ? withoutMark(text) : text)).split('\n');
    if (text !== '') isFirst = false;
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield skipping ? { type: 'too-long' } : lineOf(line, lineBytesMax);
      skipping = false;
      skipped = 0;
    }
    if (rest.length > lineBytesMax || skipping) {
      skipping = true;
      skipped += rest.length;
      rest = '';
    }
    if (skipped > skippedCharactersMax) {
      yield { type: 'endless' };
      return;
    }
  }
  rest += decoder.end();
  if (signal.aborted) return;
  if (skipping) yield { type: 'too-long' };
  else if (rest !== '') yield lineOf(rest, lineBytesMax);
}

/** Editors of Windows begin a file with a byte order mark. It is no part of the first line. */
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
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
  } catch {
    // The signal destroyed the stream, or it cannot be read: both end the input.
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
