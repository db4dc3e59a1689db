/**
 * `npm run bench:app`: what the app costs with 10,000 messages in a conversation: opening it, scrolling through it, the memory over
 * that, the first load, and a warm start to a page that can be typed in. Needs what the end-to-end tests need. Prints a table; asserts
 * nothing. `npm run bench:app -- 600` scrolls for so many seconds.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type CDPSession, type Page } from '@playwright/test';
import { openClientStore } from '../gateway/store/sqlite/client/client-store.ts';
import { sampleId, sampleInstallation } from '../gateway/store/sample.ts';
import { presentChromium } from '../scripts/chromium.mjs';
import { root } from '../scripts/processes.mjs';
import { bundledGateway, setUp, webApp } from '../scripts/setup.mjs';
import { firstLoads } from '../scripts/web-app/first-load.ts';
import { directConversation } from '../shared/conversation.ts';
import { Gateways, type Gateway } from './gateways.ts';
import { Conversation, person } from './app-page.ts';

const messages = 10_000;
const scrollingSeconds = Number(process.argv[2] ?? 60);
const words = 'the quick brown fox jumps over the lazy dog and goes home to sleep now'.split(' ');

function say(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(58)} ${figure}\n`);
}

/** Ends alice's gateway, writes the messages into her database, and starts it again. */
async function filled(gateways: Gateways, alice: Gateway): Promise<Gateway> {
  await alice.kill('SIGTERM');
  const clients = path.join(alice.start.dataFolder, 'clients');
  const [folder = ''] = readdirSync(clients);
  const store = openClientStore(path.join(clients, folder, 'client.sqlite'));
  const bob = store.contacts.all().find(({ nickname }) => nickname === 'bob');
  if (bob === undefined) throw new Error('alice does not know bob');
  store.begin();
  for (let number = 1; number <= messages; number++) {
    const count = 1 + ((number * 7) % 40);
    store.messages.insert({
      id: sampleId(number),
      conversation: directConversation(bob.key),
      author: bob.key,
      content: {
        kind: 'text',
        text: Array.from({ length: count }, (_, at) => words[(number + at) % words.length]).join(' '),
      },
      sentAtMs: Date.now() - (messages - number) * 60_000,
      clockOffsetMs: null,
      installation: sampleInstallation(2),
      sequence: number,
      recipients: [],
    });
  }
  store.commit();
  store.close();
  return gateways.again(alice);
}

/** The processor time of the page's main thread and the used memory, after a collection. */
class Meter {
  readonly #session: CDPSession;

  constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(page: Page): Promise<Meter> {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    return new Meter(session);
  }

  async taskMs(): Promise<number> {
    return 1_000 * (await this.#metric('TaskDuration'));
  }

  async heapMegabytes(): Promise<number> {
    await this.#session.send('HeapProfiler.collectGarbage');
    return (await this.#metric('JSHeapUsedSize')) / 1e6;
  }

  async #metric(name: string): Promise<number> {
    const { metrics } = await this.#session.send('Performance.getMetrics');
    const value = metrics.find((metric) => metric.name === name)?.value;
    if (value === undefined) throw new Error(`this browser does not tell ${name}`);
    return value;
  }
}

/** Opens the conversation from the list, and returns the main thread's time until the page is quiet. */
async function open(page: Page, meter: Meter): Promise<number> {
  const before = await meter.taskMs();
  await person(page, 'bob').click();
  await new Conversation(page, 'bob').messages.last().waitFor();
  await page.waitForTimeout(500);
  return (await meter.taskMs()) - before;
}

/** Goes to the top again and again, until all messages are in the tab. */
async function loadAll(page: Page): Promise<void> {
  const older = page.getByRole('button', { name: 'Load older messages' });
  const log = page.getByRole('log');
  while ((await older.count()) > 0) {
    await log.evaluate((element) => void (element.scrollTop = 0));
    await page.waitForTimeout(20);
  }
}

/** Scrolls up and down, a third of the window at each picture. Returns the longest task in milliseconds and the count above 50. */
async function scroll(
  page: Page,
  seconds: number,
): Promise<{ longest: number; over50: number; tasks: number }> {
  return page.getByRole('log').evaluate(async (log, forMs) => {
    const durations: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) durations.push(duration);
    });
    observer.observe({ type: 'longtask' });
    const endMs = performance.now() + forMs;
    let direction = -1;
    let pictures = 0;
    while (performance.now() < endMs) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      log.scrollTop += (direction * log.clientHeight) / 3;
      pictures += 1;
      if (log.scrollTop <= 0) direction = 1;
      else if (log.scrollTop + log.clientHeight >= log.scrollHeight - 1) direction = -1;
    }
    observer.disconnect();
    return { longest: Math.max(0, ...durations), over50: durations.length, tasks: pictures };
  }, seconds * 1_000);
}

await setUp([webApp, bundledGateway]);
for (const { screen, bytes, bytesMax } of firstLoads(path.join(root, 'dist', 'web')))
  say(`first load: ${screen} (at most ${bytesMax / 1_000} kB)`, `${(bytes / 1_000).toFixed(1)} kB gzipped`);

const gateways = new Gateways();
const executablePath = presentChromium();
const browser = await chromium.launch(executablePath === undefined ? {} : { executablePath });
try {
  const server = await gateways.server();
  const bob = await gateways.client('bob', server);
  const first = await gateways.client('alice', server);
  const page = await browser.newPage();
  page.setDefaultTimeout(240_000);
  await page.goto(first.link);
  await person(page, 'bob').waitFor();
  await page.goto('about:blank');
  const startMs = performance.now();
  const alice = await filled(gateways, first);
  say(
    'writing the messages and starting the gateway',
    `${((performance.now() - startMs) / 1_000).toFixed(1)} s`,
  );
  await bob.kill('SIGTERM');

  const meter = await Meter.of(page);
  await page.goto(alice.url);
  await person(page, 'bob').waitFor();
  say('opening, first time', `${(await open(page, meter)).toFixed(0)} ms of the main thread`);
  await loadAll(page);
  await page.goBack();
  say(
    `opening with all ${messages} in the tab`,
    `${(await open(page, meter)).toFixed(0)} ms of the main thread`,
  );

  const memory = [await meter.heapMegabytes()];
  const rounds = 6;
  let longest = 0;
  let over50 = 0;
  for (let round = 0; round < rounds; round++) {
    const seen = await scroll(page, scrollingSeconds / rounds);
    longest = Math.max(longest, seen.longest);
    over50 += seen.over50;
    memory.push(await meter.heapMegabytes());
  }
  say(
    `scrolling for ${scrollingSeconds} s: longest task`,
    longest === 0 ? 'under 50 ms' : `${longest.toFixed(0)} ms`,
  );
  say('scrolling: tasks over 50 ms', String(over50));
  say('scrolling: memory of scripts', `${memory.map((megabytes) => megabytes.toFixed(1)).join('  ')} MB`);

  await alice.kill('SIGTERM');
  const againMs = performance.now();
  const again = await gateways.again(alice);
  await page.goto(`${again.url}c/bob`);
  await new Conversation(page, 'bob').box.waitFor();
  await new Conversation(page, 'bob').messages.last().waitFor();
  say('warm start: from the command to a page to type in', `${(performance.now() - againMs).toFixed(0)} ms`);
} finally {
  await browser.close();
  await gateways.close();
}
