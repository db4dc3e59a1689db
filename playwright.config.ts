import { defineConfig } from '@playwright/test';

const chromium = process.env['CHROMIUM_PATH'];

/** Real gateways, real UDP on loopback, real Chromium. Each test starts its own processes on free ports. */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // A test fills a processor, except where the chat itself takes its time: tries of seconds, the keep-alive, the minute
  // between two looks for what is too old. Those are @waits; they begin at once, two of them beside the others.
  workers: 4,
  fullyParallel: true,
  projects: [
    { name: 'waits', grep: /@waits/, workers: 2 },
    { name: 'works', grepInvert: /@waits/ },
  ],
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
