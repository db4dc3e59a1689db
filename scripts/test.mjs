// `npm test`: sets up, runs every suite whatever the others gave, and ends with one line over all of them.
// `npm test -- unit e2e` runs these suites only; with one of them, what follows goes to its program.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { findChromium } from './chromium.mjs';
import { fail, root, run, say, SetupError } from './processes.mjs';
import { setUp } from './setup.mjs';

/** @typedef {{ passed: number, failed: number }} Tally */
/** @typedef {{ name: string, commands: string[][], env?: NodeJS.ProcessEnv, count?: () => Tally }} Suite */
/** @typedef {Tally & { name: string, seconds: number }} Result */
/** @typedef {{ node: string, env: NodeJS.ProcessEnv, extra: string[] }} Setting */

const reports = mkdtempSync(path.join(tmpdir(), 'chatagram-test-'));
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));
const unitReport = path.join(reports, 'unit.json');
const e2eReport = path.join(reports, 'e2e.json');

/** Each keeps one processor busy: as many of them as there are processors run side by side, the longest one first. */
/** @type {readonly Suite[]} */
const checks = [
  { name: 'lint', commands: [['eslint/bin/eslint.js', '--max-warnings', '0', '.']] },
  {
    name: 'types',
    commands: [
      ['typescript/bin/tsc', '-p', '.'],
      ['typescript/bin/tsc', '-p', 'e2e'],
      ['svelte-check/bin/svelte-check', '--tsconfig', 'web/tsconfig.json', '--fail-on-warnings'],
    ],
  },
  { name: 'format', commands: [['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']] },
  { name: 'unused', commands: [['knip/bin/knip.js']] },
  { name: 'structure', commands: [['../scripts/structure.ts']] },
];

/** Each keeps all processors busy by itself. */
/** @type {readonly Suite[]} */
const tests = [
  {
    name: 'unit',
    commands: [
      [
        'vitest/vitest.mjs',
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${unitReport}`,
      ],
    ],
    count: () => countUnit(JSON.parse(readFileSync(unitReport, 'utf8'))),
  },
  {
    name: 'e2e',
    commands: [['@playwright/test/cli.js', 'test', '--reporter=list,json']],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: e2eReport },
    count: () => countEndToEnd(JSON.parse(readFileSync(e2eReport, 'utf8'))),
  },
];

const suites = [...checks, ...tests];

try {
  const { chosen, extra } = choose(process.argv.slice(2));
  const node = await setUp();
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    // The programs of the suites, and every gateway that they start, load in half the time.
    NODE_COMPILE_CACHE: path.join(root, '.runtime', 'compile-cache'),
    ...process.env,
    PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}`,
  };
  if (chosen.some((suite) => suite.name === 'e2e')) {
    const chromium = await findChromium(node);
    if (chromium !== undefined) env.CHROMIUM_PATH = chromium;
  }
  const setting = { node, env, extra };
  const results = await runSideBySide(
    chosen.filter((suite) => checks.includes(suite)),
    setting,
  );
  for (const suite of chosen.filter((suite) => tests.includes(suite)))
    results.push(await runSuite(suite, setting));
  process.exitCode = report(results) ? 0 : 1;
} catch (error) {
  fail(error);
}

/** @param {string[]} args */
function choose(args) {
  const named = args.filter((arg) => suites.some((suite) => suite.name === arg));
  const extra = args.filter((arg) => !named.includes(arg));
  if (extra.length > 0 && named.length !== 1) {
    throw new SetupError(
      `Usage: npm test -- [${suites.map((suite) => suite.name).join('|')}] ...; only behind a single suite do arguments for its program follow.`,
    );
  }
  return { chosen: suites.filter((suite) => named.length === 0 || named.includes(suite.name)), extra };
}

/**
 * What each of them prints comes in one piece when it has ended; a single one prints as it goes.
 * @param {readonly Suite[]} several
 * @param {Setting} setting
 * @returns {Promise<Result[]>}
 */
async function runSideBySide(several, setting) {
  const [single] = several;
  if (single !== undefined && several.length === 1) return [await runSuite(single, setting)];
  /** @type {Result[]} */
  const results = [];
  const waiting = several.entries();
  const runOneAfterAnother = async () => {
    for (const [at, suite] of waiting) {
      const file = path.join(reports, `${suite.name}.txt`);
      const output = openSync(file, 'w');
      results[at] = await runSuite(suite, setting, output);
      closeSync(output);
      process.stdout.write(readFileSync(file));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, runOneAfterAnother));
  return results;
}

/**
 * @param {Suite} suite
 * @param {Setting} setting
 * @param {'stdout' | number} [output]
 * @returns {Promise<Result>}
 */
async function runSuite({ name, commands, count, env: suiteEnv }, { node, env, extra }, output = 'stdout') {
  const heading = `\n--- ${name}\n`;
  if (output === 'stdout') process.stderr.write(heading);
  else writeSync(output, heading);
  const startedMs = performance.now();
  let code = 0;
  for (const [program = '', ...args] of commands) {
    const file = path.join(root, 'node_modules', program);
    code = (await run(node, [file, ...args, ...extra], { output, env: { ...env, ...suiteEnv } })) || code;
  }
  const tally = count === undefined ? { passed: code === 0 ? 1 : 0, failed: 0 } : read(count);
  // A program that is not content must not be read as content, whatever its report counts.
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  // A suite in which nothing ran shows nothing.
  if (tally.passed === 0 && tally.failed === 0) tally.failed = 1;
  return { name, ...tally, seconds: (performance.now() - startedMs) / 1000 };
}

/**
 * @param {() => Tally} count
 * @returns {Tally}
 */
function read(count) {
  try {
    return count();
  } catch (error) {
    say(`The suite left no report: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1 };
  }
}

/**
 * Whatever did not pass failed: nothing here is skipped or left to do.
 * @param {{ numTotalTests: number, numPassedTests: number }} report of vitest
 * @returns {Tally}
 */
function countUnit(report) {
  return { passed: report.numPassedTests, failed: report.numTotalTests - report.numPassedTests };
}

/**
 * @param {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number } }} report of playwright
 * @returns {Tally}
 */
function countEndToEnd({ stats }) {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped };
}

/**
 * Prints what each suite gave, and the line over all of them last.
 * @param {Result[]} results
 * @returns {boolean} whether all is well
 */
function report(results) {
  const lines = results.map(
    ({ name, passed, failed, seconds }) =>
      `${name.padEnd(10)} ${failed === 0 ? 'ok    ' : 'FAILED'} ${passed} passed, ${failed} failed (${seconds.toFixed(1)} s)`,
  );
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  process.stdout.write(`\n${lines.join('\n')}\n${passed} passed, ${failed} failed\n`);
  return failed === 0;
}
