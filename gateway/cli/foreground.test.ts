import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ForegroundInput, mayReadTerminal } from './foreground.ts';

describe('mayReadTerminal', () => {
  it('allows a process in the foreground to read and refuses one in the background', () => {
    expect(mayReadTerminal('10 (node) S 9 10 9 34816 10 4194304')).toBe(true);
    expect(mayReadTerminal('10 (node) S 9 10 9 34816 9 4194304')).toBe(false);
    expect(mayReadTerminal('10 (a) b (c) S 9 10 9 34816 9 4194304')).toBe(false);
  });
});

/** A terminal that records what would stop a process in its background. */
class SampleTerminal extends PassThrough {
  isForeground = true;
  readonly modes: boolean[] = [];

  setRawMode(isRaw: boolean): this {
    if (!this.isForeground) throw new Error('SIGTTOU');
    this.modes.push(isRaw);
    return this;
  }

  override resume(): this {
    if (!this.isForeground) throw new Error('SIGTTIN');
    return super.resume();
  }
}

describe('ForegroundInput', () => {
  const start = (isForeground: boolean) => {
    const terminal = new SampleTerminal();
    terminal.isForeground = isForeground;
    const input = new ForegroundInput(terminal, () => terminal.isForeground);
    const read: string[] = [];
    const places: string[] = [];
    input.on('data', (chunk: Buffer) => read.push(chunk.toString()));
    for (const place of ['foreground', 'background']) input.on(place, () => places.push(place));
    const move = (to: boolean): void => {
      terminal.isForeground = to;
      input.check();
    };
    const type = async (text: string): Promise<void> => {
      terminal.write(text);
      await new Promise(setImmediate);
    };
    return { terminal, input, read, places, move, type };
  };

  it('leaves the terminal alone in the background, and reads once the shell brings it back', async () => {
    const { read, places, move, type, input } = start(false);
    input.setRawMode(true);
    await type('for the shell\n');
    expect(read).toEqual([]);
    move(true);
    await type('names\n');
    // The sample terminal has kept the first text. A real one has given it to the shell.
    expect(read.join('')).toBe('for the shell\nnames\n');
    expect(places).toEqual(['foreground']);
  });

  it('stops reading in the background, and sets its mode of the terminal again in the foreground', async () => {
    const { terminal, read, places, move, type, input } = start(true);
    input.setRawMode(true);
    await type('a');
    move(false);
    await type('b');
    expect(read).toEqual(['a']);
    input.setRawMode(false);
    input.setRawMode(true);
    move(true);
    await new Promise(setImmediate);
    expect(read).toEqual(['a', 'b']);
    expect(terminal.modes.slice(-2)).toEqual([false, true]);
    expect(places).toEqual(['background', 'foreground']);
  });

  it('gives the terminal back in its own mode before the shell stops the process', () => {
    const { terminal, input } = start(true);
    input.setRawMode(true);
    input.leave();
    expect(terminal.modes.at(-1)).toBe(false);
    expect(input.isForeground).toBe(false);
  });

  it('says that a process in the background would stop at its end, if it has set the mode before', () => {
    const { input, move } = start(true);
    move(false);
    expect(input.wouldStopAtEnd).toBe(false);
    move(true);
    input.setRawMode(true);
    expect(input.wouldStopAtEnd).toBe(false);
    move(false);
    expect(input.wouldStopAtEnd).toBe(true);
  });

  it('ends when the window closes', async () => {
    const { terminal, input } = start(true);
    let hasEnded = false;
    input.on('end', () => (hasEnded = true));
    terminal.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(hasEnded).toBe(true);
  });
});
