// `npm test`: sets up, runs every suite whatever the others gave, and ends with one line over all of them.
// `npm test -- unit e2e` runs these suites only; with one of them, what follows goes to its program.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findChromium } from './chromium.mjs';
import { fail, root, run, say, SetupError } from './processes.mjs';
import { setUp } from './setup.mjs';

/** @typedef {{ passed: number, failed: number }} Tally */
/** @typedef {{ name: string, commands: string[][], env?: NodeJS.ProcessEnv, count?: () => Tally }} Suite */

const reports = mkdtempSync(path.join(tmpdir(), 'chatagram-test-'));
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));
const unitReport = path.join(reports, 'unit.json');
const e2eReport = path.join(reports, 'e2e.json');

/** @type {readonly Suite[]} */
const suites = [
  {
    name: 'types',
    commands: [
      ['typescript/bin/tsc', '-p', '.'],
      ['typescript/bin/tsc', '-p', 'e2e'],
      ['svelte-check/bin/svelte-check', '--tsconfig', 'web/tsconfig.json', '--fail-on-warnings'],
    ],
  },
  { name: 'lint', commands: [['eslint/bin/eslint.js', '--max-warnings', '0', '.']] },
  { name: 'format', commands: [['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']] },
  { name: 'unused', commands: [['knip/bin/knip.js']] },
  { name: 'structure', commands: [['../scripts/structure.ts']] },
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

try {
  const { chosen, extra } = choose(process.argv.slice(2));
  const node = await setUp();
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` };
  if (chosen.some((suite) => suite.name === 'e2e')) {
    const chromium = await findChromium(node);
    if (chromium !== undefined) env.CHROMIUM_PATH = chromium;
  }
  const results = [];
  for (const suite of chosen) results.push(await runSuite(suite, node, env, extra));
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
 * @param {Suite} suite
 * @param {string} node
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} extra
 */
async function runSuite({ name, commands, count, env: suiteEnv }, node, env, extra) {
  say(`\n--- ${name}`);
  const startedMs = performance.now();
  let code = 0;
  for (const [program = '', ...args] of commands) {
    const file = path.join(root, 'node_modules', program);
    code =
      (await run(node, [file, ...args, ...extra], { output: 'stdout', env: { ...env, ...suiteEnv } })) ||
      code;
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
 * @param {{ name: string, passed: number, failed: number, seconds: number }[]} results
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
