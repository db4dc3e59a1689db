import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askSecret } from './ask-secret.ts';

function ask() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let interrupts = 0;
  const answer = askSecret({ input, output, question: 'Code: ', onInterrupt: () => interrupts++ });
  const written = (): string => String((output.read() as Buffer | null) ?? '');
  return { input, answer, written, interrupts: () => interrupts };
}

describe('askSecret', () => {
  it('returns what the user types, and shows only the question', async () => {
    const { input, answer, written } = ask();
    input.write('9f3a\u007fb\r');
    expect(await answer).toBe('9f3b');
    expect(written()).toBe('Code: \n');
  });

  it('returns undefined at the end of the input and after Ctrl-C', async () => {
    const ended = ask();
    ended.input.end();
    expect(await ended.answer).toBeUndefined();
    const interrupted = ask();
    interrupted.input.write('9f\u0003');
    expect(await interrupted.answer).toBeUndefined();
    expect([ended.interrupts(), interrupted.interrupts()]).toEqual([0, 1]);
  });
});
