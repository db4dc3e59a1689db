import { readFileSync } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';

/**
 * Returns whether this process may read from its terminal. The attempt would stop a process that a shell has started
 * in the background, together with all its work.
 */
export function mayReadTerminal(stat: string | undefined = ownStat()): boolean {
  if (stat === undefined) return true;
  // proc_pid_stat(5): the command is in parentheses and may contain anything.
  // Then follow state, ppid, pgrp, session, tty_nr and tpgid.
  const [, , group, , , foregroundGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foregroundGroup;
}

/** Only Linux has this file. */
function ownStat(): string | undefined {
  try {
    return readFileSync('/proc/self/stat', 'utf8');
  } catch {
    return undefined;
  }
}

/** A terminal that a user types into: `process.stdin`. */
type Terminal = Readable & { setRawMode(isRaw: boolean): unknown };

/**
 * Reads a terminal while this process is in its foreground. In the background it leaves the terminal alone: to read from
 * it or to change its mode would stop the process (SIGTTIN, SIGTTOU). Emits `foreground` and `background` at each change.
 */
export class ForegroundInput extends PassThrough {
  readonly isTTY = true;
  readonly #terminal: Terminal;
  readonly #mayRead: () => boolean;
  readonly #forward = (chunk: Buffer): void => {
    this.write(chunk);
  };
  #isForeground = false;
  #isRaw = false;

  constructor(terminal: Terminal, mayRead: () => boolean = mayReadTerminal) {
    super();
    this.#terminal = terminal;
    this.#mayRead = mayRead;
    // The window has closed.
    terminal.on('error', () => this.end());
    terminal.on('end', () => this.end());
    this.check();
  }

  get isForeground(): boolean {
    return this.#isForeground;
  }

  /** As of a terminal. In the background, the mode waits until the process is back. */
  setRawMode(isRaw: boolean): this {
    this.#isRaw = isRaw;
    if (this.#isForeground) this.#terminal.setRawMode(isRaw);
    return this;
  }

  /** Begins or ends to read, if the process has changed its place since the last call. */
  check(): void {
    if (!this.#mayRead()) this.leave();
    else if (!this.#isForeground) {
      this.#isForeground = true;
      // The shell has set its own mode in between, and the terminal's object does not know that.
      this.#terminal.setRawMode(false);
      if (this.#isRaw) this.#terminal.setRawMode(true);
      this.#terminal.on('data', this.#forward);
      this.#terminal.resume();
      this.emit('foreground');
    }
  }

  /** Stops reading, before the shell stops the process. */
  leave(): void {
    if (!this.#isForeground) return;
    this.#isForeground = false;
    this.#terminal.off('data', this.#forward);
    this.#terminal.pause();
    if (this.#isRaw && this.#mayRead()) this.#terminal.setRawMode(false);
    this.emit('background');
  }
}

/** `fg` tells nothing to a job that runs already. */
const pollMs = 500;

/** Follows the shell: `&`, Ctrl-Z, `bg` and `fg`. */
export function followShell(input: ForegroundInput): void {
  setInterval(() => input.check(), pollMs).unref();
  if (process.platform === 'win32') return;
  let isContinued = false;
  process.on('SIGCONT', () => {
    isContinued = true;
    input.check();
  });
  const stop = (): void => {
    isContinued = false;
    input.leave();
    // The terminal is left alone from the next turn of the event loop on.
    setImmediate(() => {
      // A busy computer brings the job back before this process has stopped itself. It would stay stopped, and only it.
      if (isContinued) return input.check();
      process.off('SIGTSTP', stop);
      // Without our handler the signal stops the process here, or does nothing where no shell could continue it.
      process.kill(process.pid, 'SIGTSTP');
      setImmediate(() => {
        process.on('SIGTSTP', stop);
        input.check();
      });
    });
  };
  process.on('SIGTSTP', stop);
}

/** Ctrl-Z as the terminal itself would send it: to npm and the starting script too, or the shell would not notice. */
export function stopWholeJob(): void {
  process.kill(0, 'SIGTSTP');
}
