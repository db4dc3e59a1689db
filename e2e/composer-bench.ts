/**
 * `npm run bench:composer`: what a long paste costs in the app's box, beside a plain textarea of the same size in the same
 * browser. Needs what the end-to-end tests need. Prints a table; asserts nothing.
 */
import { chromium, type CDPSession, type Locator, type Page } from '@playwright/test';
import { firstScreen, joinFromFirstScreen, talkTo } from './app-page.ts';
import { Gateways } from './gateways.ts';
import { presentChromium } from '../scripts/chromium.mjs';
import { programBuilds, setUp } from '../scripts/setup.mjs';

const sizes = [1_000, 16_000, 100_000, 1_000_000];
const keysPerRun = 9;
/** Medians of so many rounds: one paste of a million characters takes from 1 to 2 s on the same machine. */
const rounds = Number(process.argv[2] ?? 5);

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

/** Milliseconds. Of keys, it is the median. The clipboard holds the text. */
async function measure(box: Locator): Promise<Costs> {
  await box.fill('');
  await box.focus();
  const pasteMs = await timed(box, 'ControlOrMeta+V');
  const keys: number[] = [];
  for (let key = 0; key < keysPerRun; key++) keys.push(await timed(box, 'x'));
  return { pasteMs, keyMs: median(keys) };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

/** From the press of the key to the end of the frame that shows the text, so that the layout of the page counts, too. */
async function timed(box: Locator, key: string): Promise<number> {
  const shown = await box.evaluateHandle((element) => {
    const result = new Promise<void>((resolve) => {
      const awaitFrame = () => void requestAnimationFrame(() => setTimeout(resolve));
      element.addEventListener('input', awaitFrame, { once: true });
    });
    // A handle on the promise itself would wait for it.
    return { result };
  });
  const before = await threadMs(box.page());
  await box.page().keyboard.press(key);
  await shown.evaluate(({ result }) => result);
  return (await threadMs(box.page())) - before;
}

/** The processor time of the page's main thread so far. Other programs of the machine do not count in it. */
async function threadMs(page: Page): Promise<number> {
  let session = sessions.get(page);
  if (session === undefined) {
    session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    sessions.set(page, session);
  }
  const { metrics } = await session.send('Performance.getMetrics');
  const seconds = metrics.find(({ name }) => name === 'ThreadTime')?.value;
  if (seconds === undefined) throw new Error('this browser does not tell the time of a thread');
  return 1000 * seconds;
}
const sessions = new Map<Page, CDPSession>();

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

await setUp(programBuilds);
const gateways = new Gateways();
const executablePath = presentChromium();
const browser = await chromium.launch(executablePath === undefined ? {} : { executablePath });
const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
try {
  const app = await appBox(await context.newPage(), gateways);
  const plain = await plainBox(await context.newPage(), app);
  process.stdout.write('characters   paste: app, plain, ratio          a key: app, plain, ratio (ms)\n');
  for (const size of sizes) {
    const [ofApp, ofPlain]: [Costs[], Costs[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      for (const [box, costs] of [
        [app, ofApp],
        [plain, ofPlain],
      ] as const) {
        // The page must have the focus to write the clipboard.
        await box.page().bringToFront();
        await box.evaluate((_box, text) => navigator.clipboard.writeText(text), pastedText(size));
        costs.push(await measure(box));
      }
    }
    const columns = (['pasteMs', 'keyMs'] as const).map((what) => {
      const [one, other] = [ofApp, ofPlain].map((costs) => median(costs.map((cost) => cost[what])));
      return [one, other, (one ?? 0) / (other ?? 1)]
        .map((value = 0, at) => value.toFixed(at === 2 ? 2 : 1))
        .join('  ');
    });
    process.stdout.write(`${String(size).padStart(10)}   ${columns.join('            ')}\n`);
  }
} finally {
  await browser.close();
  await gateways.close();
}
