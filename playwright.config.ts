import type { PlaywrightTestConfig } from '@playwright/test';
import path from 'node:path';
import { disabledFeatures } from './e2e/disabled-features.ts';
import { presentChromium } from './scripts/chromium.mjs';
import { SetupError } from './scripts/processes.mjs';
import { presentRuntime } from './scripts/runtime.mjs';
import { packagesAreInstalled } from './scripts/setup.mjs';

/**
 * Real gateways, real UDP on loopback, real Chromium. Each test starts its own processes on free ports.
 * `npm test`, `npx playwright test` and the extensions of editors all load this file, on Node 20 or newer.
 * The gateways need a newer Node: setup.mjs keeps one in .runtime where the system's is too old.
 */
function readConfig(): PlaywrightTestConfig {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new SetupError(
      `Playwright needs Node.js 20 or newer and this is ${process.versions.node}: run \`npm test\`.`,
    );
  }
  const node = presentRuntime();
  if (node === undefined || !packagesAreInstalled()) {
    throw new SetupError(
      'The end-to-end tests are not set up yet: run `npm test` once, then this command again.',
    );
  }
  // The workers inherit both.
  process.env['CHATAGRAM_NODE'] = node;
  process.env['NODE_COMPILE_CACHE'] ??= path.join(import.meta.dirname, '.runtime', 'compile-cache');
  const chromium = presentChromium();
  return {
    testDir: 'e2e',
    outputDir: 'test-results',
    globalSetup: './e2e/global-setup.ts',
    workers: 4,
    fullyParallel: true,
    forbidOnly: true,
    retries: 0,
    // Both only against hanging: on a busy machine everything takes many times longer.
    timeout: 300_000,
    expect: { timeout: 45_000 },
    use: {
      browserName: 'chromium',
      headless: true,
      locale: 'en-GB',
      // To record traces takes a fifth of the time of all tests. docs/DEBUGGING.md says how to ask for them.
      trace: 'off',
      launchOptions: {
        args: [disabledFeatures],
        ...(chromium === undefined ? {} : { executablePath: chromium }),
      },
    },
  };
}

/** A sentence is enough for what a user can mend. A stack would hide it. */
function withoutStack(error: unknown): unknown {
  if (error instanceof SetupError) error.stack = error.message;
  return error;
}

function configOrSentence(): PlaywrightTestConfig {
  try {
    return readConfig();
  } catch (error) {
    throw withoutStack(error);
  }
}

export default configOrSentence();
