// Plain JavaScript without packages, for Node 18 and newer: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** A sentence for the person is all there is to say; no stack trace. */
export class SetupError extends Error {}

/** @param {string} sentence progress for people; standard output belongs to the program */
export function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

/** @param {unknown} error ends the process: a sentence for what people can mend, a trace for a bug */
export function fail(error) {
  say(error instanceof SetupError ? error.message : String(error instanceof Error ? error.stack : error));
  process.exit(1);
}

/**
 * Runs a program to its end and gives its exit code; a signal before that ends it and us.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ output?: 'stdout' | 'stderr' | 'none' | number, shell?: boolean, env?: NodeJS.ProcessEnv }} [options]
 *   where what it prints goes: standard error, if nothing else is asked for; or all of it to an open file
 * @returns {Promise<number>}
 */
export function run(file, args, { output = 'stderr', shell = false, env = process.env } = {}) {
  /** @type {[number | 'ignore', number | 'ignore']} */
  const sink = typeof output === 'number' ? [output, output] : sinks[output];
  const child = spawn(file, args, { cwd: root, stdio: ['ignore', ...sink], shell, env });
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
      say(`${file}: ${error.message}`);
      end(127);
    });
    child.once('exit', (code, signal) => end(exitCode(code, signal)));
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
 * @param {NodeJS.ProcessEnv} env
 */
export function become(file, args, env) {
  const child = spawn(file, args, { stdio: 'inherit', env });
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
  child.once('error', fail);
  child.once('exit', (code, signal) => process.exit(exitCode(code, signal)));
}

/**
 * What a shell would report of a program that ended.
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function exitCode(code, signal) {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
