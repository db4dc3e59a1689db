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
  #wasRaw = false;

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

  /**
   * Whether the end of this process would stop it instead, for good. Node then gives the terminal its first mode back, and the
   * background may not (SIGTTOU).
   */
  get wouldStopAtEnd(): boolean {
    return this.#wasRaw && !this.#mayRead();
  }

  /** As of a terminal. In the background, the mode waits until the process is back. */
  setRawMode(isRaw: boolean): this {
    this.#isRaw = isRaw;
    if (this.#isForeground) this.#setMode(isRaw);
    return this;
  }

  /** Begins or ends to read, if the process has changed its place since the last call. */
  check(): void {
    if (!this.#mayRead()) this.leave();
    else if (!this.#isForeground) {
      this.#isForeground = true;
      // The shell has set its own mode in between, and the terminal's object does not know that.
      this.#setMode(false);
      if (this.#isRaw) this.#setMode(true);
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
    if (this.#isRaw && this.#mayRead()) this.#setMode(false);
    this.emit('background');
  }

  #setMode(isRaw: boolean): void {
    this.#wasRaw ||= isRaw;
    this.#terminal.setRawMode(isRaw);
  }
}

/** `fg` tells nothing to a job that runs already. */
const pollMs = 500;

/**
 * Follows the shell: `&`, Ctrl-Z, `bg` and `fg`. Returns what stops the whole job, for a Ctrl-Z that the terminal passes on as a
 * key: npm and the starting script have to stop too, or the shell would not notice.
 */
export function followShell(input: ForegroundInput): () => void {
  setInterval(() => input.check(), pollMs).unref();
  if (process.platform === 'win32') return () => undefined;
  let isContinued = false;
  process.on('SIGCONT', () => {
    isContinued = true;
    input.check();
  });
  const stopNow = (pid: number): void => {
    process.off('SIGTSTP', onStop);
    // Without our handler the signal stops the process here, or does nothing where no shell could continue it.
    process.kill(pid, 'SIGTSTP');
    setImmediate(() => {
      process.on('SIGTSTP', onStop);
      input.check();
    });
  };
  const onStop = (): void => {
    isContinued = false;
    input.leave();
    // The shell brings the job back as soon as npm has stopped, perhaps while this process still leaves the terminal. It would
    // stay stopped, and only it. The second turn of the event loop has seen such a signal.
    setImmediate(() => setImmediate(() => (isContinued ? input.check() : stopNow(process.pid))));
  };
  process.on('SIGTSTP', onStop);
  return () => {
    // The terminal first: with npm stopped, the shell would take it, and then its mode can no longer be set. Pid 0 is the
    // whole job. All its processes stop at once, so that the shell cannot bring back only some of them.
    input.leave();
    stopNow(0);
  };
}
