import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { InputLine } from './line-reader.ts';
import { PromptScreen } from './prompt-screen.ts';

interface Trial {
  readonly screen: PromptScreen;
  readonly input: PassThrough;
  /** Returns everything written since the previous call. */
  readonly written: () => string;
  readonly notices: () => string;
}

function start(columns = 40): Trial {
  const [input, output, errorOutput] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const screen = new PromptScreen(input, Object.assign(output, { columns }), errorOutput, {
    complete: (line) => ['clients', 'send bob '].filter((choice) => choice.startsWith(line)),
    stopJob: () => undefined,
  });
  const read = (stream: PassThrough): string => String((stream.read() as Buffer | null) ?? '');
  // The terminal is asked to mark pastes.
  expect(read(output)).toBe('\u001b[?2004h');
  return { screen, input, written: () => read(output), notices: () => read(errorOutput) };
}

async function type(input: PassThrough, text: string): Promise<void> {
  input.write(text);
  await new Promise(setImmediate);
}

async function take(screen: PromptScreen, count: number): Promise<InputLine[]> {
  const lines: InputLine[] = [];
  for await (const line of screen.lines) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}

const up = (rows: number): string => `\u001b[${rows}A`;
const left = '\u001b[1G';
const clearDown = '\u001b[0J';

describe('PromptScreen', () => {
  it('prompts with >>> and returns the typed lines', async () => {
    const { screen, input, written } = start();
    screen.prompt();
    expect(written()).toContain('>>> ');
    await type(input, 'clients\rsend bob hi\r');
    expect(await take(screen, 2)).toEqual([
      { type: 'line', text: 'clients' },
      { type: 'line', text: 'send bob hi' },
    ]);
    screen.close();
  });

  it('shows nothing of a secret, keeps it out of its history, and goes on with the prompt', async () => {
    const { screen, input, written } = start();
    screen.prompt();
    await type(input, 'clients\r');
    written();
    const secret = screen.secret('Code: ');
    await type(input, '9f3a-t6nz');
    await type(input, '\u007f\r');
    expect(await secret).toBe('9f3a-t6n');
    expect(written()).toBe('Code: \n');
    screen.prompt();
    // The key Up.
    await type(input, '\u001b[A\r');
    expect(await take(screen, 2)).toEqual([
      { type: 'line', text: 'clients' },
      { type: 'line', text: 'clients' },
    ]);
    expect(written()).not.toContain('9f3a');
    screen.close();
  });

  it('has no secret when it closes before the answer', async () => {
    const { screen } = start();
    const secret = screen.secret('Code: ');
    screen.close();
    expect(await secret).toBeUndefined();
  });

  it('prints above the line being typed and restores that line', async () => {
    const { screen, input, written } = start();
    screen.prompt();
    await type(input, 'send bob h');
    written();
    screen.print('[14:03] carol: hello');
    expect(written()).toBe(
      `${left}${clearDown}[14:03] carol: hello\n${left}${clearDown}>>> send bob h\u001b[15G`,
    );
    await type(input, 'i\r');
    expect(await take(screen, 1)).toEqual([{ type: 'line', text: 'send bob hi' }]);
    screen.close();
  });

  it.each([
    ['typed', [...'x'.repeat(50)]],
    ['pasted', ['x'.repeat(50)]],
  ])('prints above a line of three rows that was %s', async (_how, chunks) => {
    const { screen, input, written } = start(20);
    screen.prompt();
    for (const chunk of chunks) await type(input, chunk);
    written();
    screen.print('news');
    expect(written()).toBe(
      `${up(2)}${left}${clearDown}news\n${left}${clearDown}>>> ${'x'.repeat(50)}\u001b[15G`,
    );
    screen.close();
  });

  it('prints without redrawing while there is no prompt', async () => {
    const { screen, input, written } = start();
    screen.prompt();
    await type(input, 'clients\r');
    written();
    screen.print('alice | Online');
    expect(written()).toBe('alice | Online\n');
    screen.close();
  });

  it('prints notices on standard error, above the prompt', () => {
    const { screen, written, notices } = start();
    screen.prompt();
    written();
    screen.notice('The server does not answer.');
    expect(notices()).toBe('The server does not answer.\n');
    expect(written()).toContain('>>> ');
    screen.close();
  });

  it('recalls earlier lines with Up and completes with Tab', async () => {
    const { screen, input } = start();
    screen.prompt();
    await type(input, 'first\r');
    screen.prompt();
    await type(input, '\u001b[A\r');
    screen.prompt();
    await type(input, 'se\t');
    await type(input, 'x\r');
    expect((await take(screen, 3)).map((line) => (line.type === 'line' ? line.text : ''))).toEqual([
      'first',
      'first',
      'send bob x',
    ]);
    screen.close();
  });

  it('takes pasted lines as one text, which waits for the Enter key', async () => {
    const { screen, input, written } = start();
    screen.prompt();
    await type(input, 'send bob \u001b[200~one\r\ntwo\tx\n\u001b');
    await type(input, '[201~');
    await type(input, '!');
    expect(written()).toContain('one␤two    x');
    await type(input, '\r');
    expect(await take(screen, 1)).toEqual([{ type: 'line', text: 'send bob one\ntwo    x!' }]);
    screen.close();
  });

  it('runs no pasted command, and shows no control character of a paste', async () => {
    const { screen, input } = start();
    screen.prompt();
    const lines = take(screen, 1);
    await type(input, '\u001b[200~quit\n\u0003\u001b[2Jclients\n\u001b[201~');
    await type(input, '\r');
    expect(await lines).toEqual([{ type: 'line', text: 'quit\n[2Jclients' }]);
    screen.close();
  });

  it('leaves the screen to the shell in the background, and draws the prompt again in the foreground', async () => {
    const { screen, input, written } = start();
    screen.prompt();
    await type(input, 'send bob h');
    written();
    input.emit('background');
    screen.print('[14:03] carol: hello');
    expect(written()).toBe('\u001b[?2004l[14:03] carol: hello\n');
    input.emit('foreground');
    expect(written()).toContain('>>> send bob h');
    await type(input, 'i\r');
    expect(await take(screen, 1)).toEqual([{ type: 'line', text: 'send bob hi' }]);
    screen.close();
  });

  it.each([
    ['Ctrl-C', 'half a line\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('ends on %s and leaves the cursor on a new line', async (_name, keys) => {
    const { screen, input, written } = start();
    screen.prompt();
    const lines = take(screen, 1);
    await type(input, keys);
    expect(await lines).toEqual([]);
    expect(written().endsWith('\u001b[?2004l\n')).toBe(true);
  });
});
