// Plain JavaScript without packages, for Node 18 and newer: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Node gives a module's real path, so no part of it is a link. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** A sentence for the person is all there is to say; no stack trace. */
export class SetupError extends Error {}

/** @param {string} sentence progress for people; standard output belongs to the program */
export function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

/**
 * Where relative paths on the command line begin. npm runs every script in the folder of package.json, and keeps the
 * user's own folder in INIT_CWD. Throws SetupError where that folder was removed.
 * @returns {string}
 */
export function userFolder() {
  const { INIT_CWD: initial = '', npm_package_json: manifest } = process.env;
  const here = currentFolder();
  const isRunByNpm = here === root && (manifest === undefined || isOurs(manifest));
  return isRunByNpm && path.isAbsolute(initial) && existsSync(initial) ? initial : here;
}

/**
 * Returns the absolute path of a file that the user names on the command line of a script.
 * @param {string} file
 */
export function userPath(file) {
  return path.resolve(userFolder(), file);
}

/** @returns {string} */
function currentFolder() {
  try {
    return process.cwd();
  } catch {
    throw new SetupError(
      'The folder that you are in was removed. Change to another one with cd, then run the same command again.',
    );
  }
}

/** @param {string} manifest of the package that npm runs a script of; another package can start our script too */
function isOurs(manifest) {
  try {
    return realpathSync(path.dirname(manifest)) === root;
  } catch {
    return false;
  }
}

/** @typedef {{ shell?: boolean, env?: NodeJS.ProcessEnv, cwd?: string, priority?: number }} RunOptions */

/**
 * Runs a program to its end and gives its exit code; a signal before that ends it and us.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions & { output?: 'stdout' | 'stderr' | 'none' | number }} [options]
 *   where what it prints goes: standard error, if nothing else is asked for; or all of it to an open file
 * @returns {Promise<number>}
 */
export function run(file, args, { output = 'stderr', ...options } = {}) {
  /** @type {[number | 'ignore', number | 'ignore']} */
  const sink = typeof output === 'number' ? [output, output] : sinks[output];
  return runToEnd(start(file, args, ['ignore', ...sink], options), (error) =>
    say(`${file}: ${error.message}`),
  );
}

/** What a program printed last counts, and a broken program may print without end. */
const capturedCharactersMax = 1_000_000;

/**
 * Does the same and keeps what the program prints.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function capture(file, args, options = {}) {
  const child = start(file, args, ['ignore', 'pipe', 'pipe'], options);
  let output = '';
  const keep = (/** @type {string} */ text) => {
    output = (output + text).slice(-capturedCharactersMax);
  };
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', keep);
  const code = await runToEnd(child, (error) => keep(`${error.message}\n`));
  return { code, output };
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {import('node:child_process').StdioOptions} stdio
 * @param {RunOptions} options
 */
function start(file, args, stdio, { shell = false, env = process.env, cwd = root, priority }) {
  const child = spawn(file, args, { cwd, stdio, shell, env });
  if (priority !== undefined && child.pid !== undefined) prioritize(child.pid, priority);
  return child;
}

/**
 * @param {number} pid
 * @param {number} priority as `os.setPriority` takes it
 */
function prioritize(pid, priority) {
  try {
    setPriority(pid, priority);
  } catch {
    // The program has ended already, or the system keeps it as it is. Then it only takes more of the processor.
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {(error: Error) => void} report hears why the program could not start
 * @returns {Promise<number>} its exit code
 */
function runToEnd(child, report) {
  const interrupt = (/** @type {NodeJS.Signals} */ signal) => {
    child.kill(signal);
    process.exit(128 + constants.signals[signal]);
  };
  // Of several that run side by side, the one that hears the signal first ends us all.
  const abandon = () => child.kill();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('exit', abandon);
  return new Promise((resolve) => {
    const end = (/** @type {number} */ code) => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      process.off('exit', abandon);
      resolve(code);
    };
    child.once('error', (error) => {
      report(error);
      end(127);
    });
    // Not before all that it printed has arrived.
    child.once('close', (code, signal) => end(exitCode(code, signal)));
  });
}

/** Standard output and standard error of a child, as descriptors of ours. */
/** @type {Record<"stdout" | "stderr" | "none", [number | "ignore", number | "ignore"]>} */
const sinks = { stdout: [1, 2], stderr: [2, 2], none: ['ignore', 'ignore'] };

/** npm sends a terminal's Ctrl-C on to us, and the terminal has sent it already: one request, one signal. */
const echoMs = 500;

/**
 * Becomes this program as far as a parent can be its child: same terminal, signals passed on, same exit code.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, cwd: string }} options
 */
export function become(file, args, { env, cwd }) {
  const child = spawn(file, args, { stdio: 'inherit', env, cwd });
  /** @type {Partial<Record<NodeJS.Signals, number>>} */
  const passedOnMs = {};
  const passOn = (/** @type {NodeJS.Signals} */ signal) => {
    // A console on Windows tells every process by itself, and kill() there ends a process at once.
    if (process.platform === 'win32') return;
    const nowMs = performance.now();
    if (nowMs - (passedOnMs[signal] ?? -Infinity) < echoMs) return;
    passedOnMs[signal] = nowMs;
    child.kill(signal);
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, passOn);
  child.once('error', (error) => {
    say(`${file} cannot be started: ${error.message}. Check that this file may be executed.`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(exitCode(code, signal)));
}

/**
 * The line with which a POSIX shell becomes this program, with the shell's own arguments after those given here.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env: Record<string, string>, cwd: string }} options env has only what the shell's environment lacks
 */
export function shellCommand(file, args, { env, cwd }) {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return [...exports, `cd ${quoted(cwd)} && exec ${[file, ...args].map(quoted).join(' ')} "$@"`].join('\n');
}

/** @param {string} word */
function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

const parentPollMs = 500;

/** A signal that ends the shell that waits for this process does not reach this process: so it looks. */
export function endWithParent() {
  const parent = process.ppid;
  const poll = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, parentPollMs);
  poll.unref();
}

/**
 * What a shell would report of a program that ended.
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function exitCode(code, signal) {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
