import { defineConfig } from '@playwright/test';

const chromium = process.env['CHROMIUM_PATH'];

/** Real gateways, real UDP on loopback, real Chromium. Each test starts its own processes on free ports. */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Each test is several processes and browser contexts, most of the time waiting for each other.
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  use: {
    browserName: 'chromium',
    headless: true,
    locale: 'en-GB',
    // Of every test a trace is made, and kept if it fails; pictures in it would cost a quarter of the time.
    trace: { mode: 'retain-on-failure', screenshots: false },
    launchOptions: chromium === undefined || chromium === '' ? {} : { executablePath: chromium },
  },
});
