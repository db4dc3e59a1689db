// `npm test`: sets up, runs every suite even after one has failed, and prints one line over all of them at the end.
// `npm test -- unit e2e` runs these suites only. Arguments after a single suite go to its program.
// `npm test -- --install-chromium` installs a browser if the computer has no Chromium.
// `npm run test:system` runs the tests that need root and more programs than Chromium.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, constants, tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { findChromium, installOption } from './chromium.mjs';
import { root, run, say, SetupError } from './processes.mjs';
import { compileCache, guestPage, programBuilds, setUp, webApp } from './setup.mjs';
import { fail } from './setup-faults.mjs';
import { missingForSystemTests } from './system-packages.mjs';

/** @typedef {{ passed: number, failed: number, failures?: readonly string[] }} Tally `failures`: what failed, in one line each */
/** @typedef {{ name: string, commands: string[][], env?: NodeJS.ProcessEnv, count?: () => Tally, missing?: () => string | undefined }} Suite */
/** @typedef {{ fullName: string, status: string, failureMessages?: string[] }} VitestTest */
/** @typedef {{ numTotalTests: number, numPassedTests: number, testResults: { name: string, status: string, message?: string, assertionResults: VitestTest[] }[] }} VitestReport */
/** @typedef {{ status: string, results: { errors?: { message?: string }[] }[] }} PlaywrightTest */
/** @typedef {{ specs?: { file: string, title: string, tests: PlaywrightTest[] }[], suites?: PlaywrightSuite[] }} PlaywrightSuite */
/** @typedef {Tally & { name: string, seconds: number }} Result */
/** @typedef {{ node: string, env: NodeJS.ProcessEnv, extra: string[] }} Setting */

const failureCharactersMax = 600;

const reports = mkdtempSync(path.join(tmpdir(), 'chatagram-test-'));
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));

/** Results of earlier runs. `.ci/run` removes them: a type-aware lint rule can depend on a file that has changed since. */
const cache = path.join(root, '.runtime', 'cache');

/** Each suite here uses one processor and waits for nothing. The longest comes first. */
/** @type {readonly Suite[]} */
const checks = [
  {
    name: 'lint',
    commands: [
      [
        'eslint/bin/eslint.js',
        '--max-warnings',
        '0',
        '--cache',
        '--cache-strategy',
        'content',
        '--cache-location',
        path.join(cache, 'eslint.json'),
        '.',
      ],
    ],
  },
  {
    name: 'types',
    commands: [
      typesOf('.', 'types'),
      typesOf('e2e', 'e2e-types'),
      ['svelte-check/bin/svelte-check', '--tsconfig', 'web/tsconfig.json', '--fail-on-warnings'],
    ],
  },
  { name: 'format', commands: [['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']] },
  { name: 'unused', commands: [['knip/bin/knip.js']] },
  { name: 'structure', commands: [['../scripts/structure.ts']] },
];

/** @type {import('./chromium.mjs').FoundChromium} */
let chromium = {};

const e2eReport = path.join(reports, 'e2e.json');

/**
 * Each suite here uses all processors, except while its tests wait. They run one after another. The end-to-end tests wait
 * the most, so they come first: most checks are done when they end.
 */
/** @type {readonly Suite[]} */
const tests = [
  {
    name: 'e2e',
    commands: [['@playwright/test/cli.js', 'test', '--reporter=list,json']],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: e2eReport },
    count: () => countEndToEnd(JSON.parse(readFileSync(e2eReport, 'utf8'))),
    missing: () => ('missing' in chromium ? chromium.missing : undefined),
  },
  vitestSuite('unit', 'vitest.config.ts'),
];

/** Runs only where it is named. */
/** @type {Suite} */
const system = { ...vitestSuite('system', 'vitest.system.config.ts'), missing: missingForSystemTests };

const suites = [...checks, ...tests, system];

try {
  const words = process.argv.slice(2);
  const { chosen, extra } = choose(words.filter((word) => word !== installOption));
  const mayInstall = words.includes(installOption) || Boolean(process.env.CI);
  const isEndToEnd = chosen.some((suite) => suite.name === 'e2e');
  // Suites that run processes of the gateway start its bundle.
  const node = await setUp(
    chosen.every((suite) => checks.includes(suite)) ? [webApp, guestPage] : programBuilds,
  );
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: compileCache(),
    PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}`,
  };
  if (isEndToEnd) {
    chromium = await findChromium(node, mayInstall);
    if ('path' in chromium) env.CHROMIUM_PATH = chromium.path;
  }
  const setting = { node, env, extra };
  process.exitCode = report(await runAll(chosen, setting)) ? 0 : 1;
} catch (error) {
  fail(error);
}

/**
 * @param {string} name
 * @param {string} config
 * @returns {Suite}
 */
function vitestSuite(name, config) {
  const file = path.join(reports, `${name}.json`);
  return {
    name,
    commands: [
      [
        'vitest/vitest.mjs',
        'run',
        '--config',
        config,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
      ],
    ],
    count: () => countVitest(JSON.parse(readFileSync(file, 'utf8'))),
  };
}

/**
 * @param {string} project
 * @param {string} name of the file that keeps what has not changed since the last run
 */
function typesOf(project, name) {
  const file = path.join(cache, `${name}.tsbuildinfo`);
  return ['typescript/bin/tsc', '-p', project, '--incremental', '--tsBuildInfoFile', file];
}

/** @param {string[]} args */
function choose(args) {
  const named = args.filter((arg) => suites.some((suite) => suite.name === arg));
  const extra = args.filter((arg) => !named.includes(arg));
  if (extra.length > 0 && named.length !== 1) {
    const names = suites.map((suite) => suite.name).join('|');
    throw new SetupError(
      `Usage: npm test -- [${names}] ... (arguments for a program may follow the name of a single suite)`,
    );
  }
  const chosen = suites.filter((suite) =>
    named.length === 0 ? suite !== system : named.includes(suite.name),
  );
  return { chosen, extra };
}

/**
 * Runs the checks beside the tests, with the time of the processors that the tests leave. Tests print as they run, and
 * so does a single suite. Each other check prints in one piece, when it has ended and no test runs.
 * @param {readonly Suite[]} chosen
 * @param {Setting} setting
 * @returns {Promise<Result[]>} in the order of `chosen`
 */
async function runAll(chosen, setting) {
  /** @type {Map<Suite, Result>} */
  const results = new Map();
  /** @type {string[]} */
  const unprinted = [];
  const live = chosen.length === 1 ? chosen : chosen.filter((suite) => !checks.includes(suite));
  let printsLive = live.length > 0;
  const print = () => {
    for (const file of unprinted.splice(0)) process.stdout.write(readFileSync(file));
  };
  const quiet = chosen.filter((suite) => !live.includes(suite)).values();
  const runQuiet = async () => {
    for (const suite of quiet) {
      const file = path.join(reports, `${suite.name}.txt`);
      const output = openSync(file, 'w');
      results.set(suite, await runSuite(suite, setting, output));
      closeSync(output);
      unprinted.push(file);
      if (!printsLive) print();
    }
  };
  const runLive = async () => {
    for (const suite of live) {
      results.set(suite, await runSuite(suite, setting));
      print();
    }
    printsLive = false;
    print();
  };
  await Promise.all([runLive(), ...Array.from({ length: availableParallelism() }, runQuiet)]);
  return chosen.flatMap((suite) => results.get(suite) ?? []);
}

/**
 * @param {Suite} suite
 * @param {Setting} setting
 * @param {'stdout' | number} [output]
 * @returns {Promise<Result>}
 */
async function runSuite(suite, { node, env, extra }, output = 'stdout') {
  const { name, commands, count, missing } = suite;
  const heading = `\n--- ${name}\n`;
  if (output === 'stdout') process.stderr.write(heading);
  else writeSync(output, heading);
  const sentence = missing?.();
  if (sentence !== undefined) {
    say(sentence);
    return { name, passed: 0, failed: 1, seconds: 0 };
  }
  const startedMs = performance.now();
  let code = 0;
  for (const [program = '', ...args] of commands) {
    const file = path.join(root, 'node_modules', program);
    const options = { output, env: { ...env, ...suite.env }, priority: priorityOf(suite) };
    code = (await run(node, [file, ...args, ...extra], options)) || code;
  }
  const tally = count === undefined ? { passed: code === 0 ? 1 : 0, failed: 0 } : read(count);
  // A program that ends with an error has failed, even if its report counts no failure.
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  // A suite in which nothing ran has failed.
  if (tally.passed === 0 && tally.failed === 0) tally.failed = 1;
  return { name, ...tally, seconds: (performance.now() - startedMs) / 1000 };
}

/**
 * Tests have clocks and must not wait for checks.
 * @param {Suite} suite
 */
function priorityOf(suite) {
  return checks.includes(suite)
    ? constants.priority.PRIORITY_BELOW_NORMAL
    : constants.priority.PRIORITY_NORMAL;
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
 * A test that did not pass has failed: there are no skipped tests here.
 * @param {VitestReport} report of Vitest
 * @returns {Tally}
 */
function countVitest(report) {
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status !== 'passed');
    if (tests.length === 0) return status === 'passed' ? [] : [failureLine(name, 'the file', message)];
    return tests.map((test) => failureLine(name, test.fullName, test.failureMessages?.[0] ?? test.status));
  });
  return {
    passed: report.numPassedTests,
    failed: report.numTotalTests - report.numPassedTests,
    failures,
  };
}

/**
 * @param {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number }, suites: PlaywrightSuite[] }} report of Playwright
 * @returns {Tally}
 */
function countEndToEnd({ stats, suites }) {
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + stats.skipped,
    failures: suites.flatMap(endToEndFailures),
  };
}

/**
 * @param {PlaywrightSuite} suite
 * @returns {string[]}
 */
function endToEndFailures({ specs = [], suites = [] }) {
  const own = specs.flatMap(({ file, title, tests }) =>
    tests
      .filter(({ status }) => status !== 'expected')
      .map(({ status, results }) =>
        failureLine(
          path.join('e2e', file),
          title,
          results
            .at(-1)
            ?.errors?.map(({ message }) => message)
            .join(' ') || status,
        ),
      ),
  );
  return [...own, ...suites.flatMap(endToEndFailures)];
}

/**
 * @param {string} file
 * @param {string} test
 * @param {string} [message] of the error, in as many lines as it has
 */
function failureLine(file, test, message = '') {
  const words = stripVTControlCharacters(message).replaceAll(/\s+/gu, ' ');
  return `${path.relative(root, path.resolve(root, file))}: ${test}: ${words.slice(0, failureCharactersMax)}`;
}

/**
 * Prints the result of each suite, and at last one line over all of them.
 * @param {Result[]} results
 * @returns {boolean} whether every suite passed
 */
function report(results) {
  const lines = results.map(
    ({ name, passed, failed, seconds }) =>
      `${name.padEnd(10)} ${failed === 0 ? 'ok    ' : 'FAILED'} ${passed} passed, ${failed} failed (${seconds.toFixed(1)} s)`,
  );
  // A part of a long output is all that some see of it: the end says what failed.
  lines.push(
    ...results.flatMap(({ name, failures = [] }) => failures.map((line) => `FAILED ${name}: ${line}`)),
  );
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  process.stdout.write(`\n${lines.join('\n')}\n${passed} passed, ${failed} failed\n`);
  return failed === 0;
}
