import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { PlainScreen } from './plain-screen.ts';

function start() {
  const [input, output, errorOutput] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const screen = new PlainScreen(input, output, errorOutput);
  const written = (): string => String((output.read() as Buffer | null) ?? '');
  return { screen, input, written };
}

describe('PlainScreen', () => {
  it('prints the prompt and the lines, and no cursor codes or colours', async () => {
    const { screen, input, written } = start();
    const lines = screen.lines[Symbol.asyncIterator]();
    screen.prompt();
    input.write('clients\n');
    expect(await lines.next()).toEqual({ done: false, value: { type: 'line', text: 'clients' } });
    screen.print('alice | Online');
    screen.prompt();
    screen.print('[14:03] carol: hello');
    screen.notice('The server does not answer.');
    screen.close();
    expect(await lines.next()).toMatchObject({ done: true });
    const text = written();
    expect(text).toBe('>>> alice | Online\n>>> \n[14:03] carol: hello\n>>> \n>>> ');
    expect(text).not.toContain('\u001b');
  });

  it('shows nothing of a secret', async () => {
    const { screen, input, written } = start();
    const secret = screen.secret('Code: ');
    input.write('9f3a\r');
    expect(await secret).toBe('9f3a');
    expect(written()).toBe('Code: \n');
    screen.close();
  });
});
