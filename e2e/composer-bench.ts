/**
 * `npm run bench:composer`: what a long paste costs in the app's box, beside a plain textarea of the same size in the same
 * browser. Needs what the end-to-end tests need. Prints a table; asserts nothing.
 */
import { chromium, type Locator, type Page } from '@playwright/test';
import { firstScreen, joinFromFirstScreen, talkTo } from './app-page.ts';
import { Gateways } from './gateways.ts';
import { presentChromium } from '../scripts/chromium.mjs';

const sizes = [1_000, 16_000, 100_000, 1_000_000];
const keysPerRun = 9;

interface Costs {
  readonly pasteMs: number;
  readonly keyMs: number;
}

/** Words in lines of about 70 characters, as pasted text has. */
function pastedText(length: number): string {
  return 'the quick brown fox jumps over the lazy dog and goes home to sleep now\n'
    .repeat(length / 70 + 1)
    .slice(0, length);
}

/** Milliseconds; of keys the median. The clipboard holds the text. */
async function measure(box: Locator): Promise<Costs> {
  await box.fill('');
  await box.focus();
  const pasteMs = await timed(box, 'ControlOrMeta+V');
  const keys: number[] = [];
  for (let key = 0; key < keysPerRun; key++) keys.push(await timed(box, 'x'));
  keys.sort((one, other) => one - other);
  return { pasteMs, keyMs: keys[keysPerRun >> 1] ?? Number.NaN };
}

/** From the press of the key to the end of the frame that shows the text, so that the layout of the page counts, too. */
async function timed(box: Locator, key: string): Promise<number> {
  const shown = await box.evaluateHandle((element) => {
    let start = 0;
    element.addEventListener('keydown', () => (start = performance.now()), { once: true });
    const result = new Promise<number>((resolve) => {
      const measureFrame = () => {
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
      };
      element.addEventListener('input', measureFrame, { once: true });
    });
    // A handle on the promise itself would wait for it.
    return { result };
  });
  await box.page().keyboard.press(key);
  return shown.evaluate(({ result }) => result);
}

/** With the app's font: letters of different fonts take different times. No code of the app is left beside it. */
async function plainBox(page: Page, box: Locator): Promise<Locator> {
  const { url, style } = await box.evaluate((element) => {
    const { fontFamily, fontSize, lineHeight, fontFeatureSettings, overflowWrap } = getComputedStyle(element);
    const { href } = element.ownerDocument.location;
    return { url: href, style: { fontFamily, fontSize, lineHeight, fontFeatureSettings, overflowWrap } };
  });
  await page.goto(url);
  await page.getByRole('textbox').first().waitFor();
  await page.evaluate((ofApp) => {
    const plain = document.createElement('textarea');
    Object.assign(plain.style, ofApp, { width: '52rem', height: '168px', resize: 'none' });
    document.body.replaceChildren(plain);
  }, style);
  return page.getByRole('textbox');
}

async function appBox(page: Page, gateways: Gateways): Promise<Locator> {
  const server = await gateways.server();
  await gateways.client('bob', server);
  const alice = await gateways.app('alice');
  await page.goto(alice.link);
  await firstScreen(page).nickname.waitFor();
  await joinFromFirstScreen(page, 'alice', `127.0.0.1:${server.port}`);
  return (await talkTo(page, 'bob')).box;
}

const gateways = new Gateways();
const executablePath = presentChromium();
const browser = await chromium.launch(executablePath === undefined ? {} : { executablePath });
const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
try {
  const app = await appBox(await context.newPage(), gateways);
  const plain = await plainBox(await context.newPage(), app);
  process.stdout.write('characters   paste: app, plain, ratio          a key: app, plain, ratio (ms)\n');
  for (const size of sizes) {
    // The page must have the focus to write the clipboard.
    await app.page().bringToFront();
    await app.evaluate((_box, text) => navigator.clipboard.writeText(text), pastedText(size));
    const ofApp = await measure(app);
    await plain.page().bringToFront();
    const ofPlain = await measure(plain);
    const columns = [
      [ofApp.pasteMs, ofPlain.pasteMs],
      [ofApp.keyMs, ofPlain.keyMs],
    ].map(([one = 0, other = 0]) => [one.toFixed(1), other.toFixed(1), (one / other).toFixed(2)].join('  '));
    process.stdout.write(`${String(size).padStart(10)}   ${columns.join('            ')}\n`);
  }
} finally {
  await browser.close();
  await gateways.close();
}
