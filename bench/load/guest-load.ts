import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium, type Browser, type Page } from '@playwright/test';
import { presentChromium } from '../../scripts/chromium.mjs';
import { userPath } from '../../scripts/processes.mjs';
import { guestPage, setUp } from '../../scripts/setup.mjs';
import { freeTcpPort, freeUdpPort } from '../../gateway/system-tests/free-port.ts';
import { GatewayProcess } from '../../gateway/system-tests/gateway-process.ts';
import { JsonUser } from '../../gateway/system-tests/json-user.ts';
import { cpuMsOf, memoryOf, quantile } from '../process-figures.ts';
import type { GuestLoadOrder, GuestLoadReport } from './guest-load-process.ts';

/**
 * `npm run load:guests -- --guests 98 --rate 10 --seconds 20`: many guests of one gateway talk in #everyone, two of them in Chromium. Measures how long
 * their messages take, what each guest costs, and how long a message of the owner of that gateway takes, without guests and beside them.
 * `--profile` writes a CPU profile of that gateway.
 */
const { values } = parseArgs({
  options: {
    guests: { type: 'string', default: '98' },
    rate: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '20' },
    profile: { type: 'string' },
  },
});
const order = { guests: Number(values.guests), rate: Number(values.rate) };
const seconds = Number(values.seconds);
if (![order.guests, order.rate, seconds].every((number) => Number.isSafeInteger(number) && number > 0)) {
  process.stderr.write(
    'usage: npm run load:guests -- --guests <how many> --rate <messages a second> --seconds <how long> --profile <folder>\n',
  );
  process.exit(2);
}
await setUp([guestPage]);

const ownerIntervalMs = 100;
const browserIntervalMs = 1_000;
const settleMs = 5_000;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-guest-load-'));
const udpPort = await freeUdpPort();
const at = { host: '127.0.0.1', port: await freeTcpPort() };
const server = new GatewayProcess('server', ['-s', String(udpPort), '--data', path.join(folder, 'server')]);
const owner = userOf('alice', ['--guests', '--guests-at', `${at.host}:${at.port}`], profiled());
const friend = userOf('bob', []);
let browser: Browser | undefined;
let crowd: ChildProcess | undefined;
try {
  server.start();
  owner.process.start();
  friend.process.start();
  const link = await owner.waitFor(({ guests }) => guests?.link);
  await owner.execute({ type: 'limit-guests', limit: order.guests + 2 });
  // Bob takes any number of messages of a person to which he has written.
  await friend.writeTo('alice', 'hello');
  await delay(settleMs);
  const aloneMs = await ownerTimes(seconds * 1_000);
  const memoryAlone = memoryOf(owner.process, 'VmRSS');
  crowd = startCrowd({ ...order, link });
  await reportOf(crowd, 'in');
  browser = await chromium.launch({ executablePath: presentChromium() ?? chromium.executablePath() });
  const pages = [await guestIn(browser, link, 'carol'), await guestIn(browser, link, 'dave')] as const;
  await delay(settleMs);
  const memoryIdle = memoryOf(owner.process, 'VmRSS');
  const cpuBeforeMs = cpuMsOf(owner.process);
  const finished = reportOf(crowd, 'done');
  // It ends with the browser, if that fails.
  finished.catch(() => undefined);
  crowd.send('begin');
  const [besideMs, paintedMs] = await Promise.all([
    ownerTimes(seconds * 1_000),
    paintedTimes(pages, seconds * 1_000),
  ]);
  const cpuPercent = (cpuMsOf(owner.process) - cpuBeforeMs) / (seconds * 10);
  crowd.send('end');
  const report = await finished;
  const memoryBusy = memoryOf(owner.process, 'VmRSS');
  const all = order.guests + pages.length;
  say('owner to a user, without guests', ...times(aloneMs));
  say('owner to a user, beside the guests', ...times(besideMs), 'wanted: p99 within 2x');
  if (report.type === 'done') say('guest to guests, by script', ...times(report.timesMs));
  say('Enter in one browser to painted in the other', ...times(paintedMs));
  say(
    'memory of a guest that says nothing',
    `${((memoryIdle - memoryAlone) / all).toFixed(2)} MiB`,
    'wanted: under 2 MiB',
  );
  say('memory of a guest afterwards', `${((memoryBusy - memoryAlone) / all).toFixed(2)} MiB`);
  say('processor of the gateway', `${cpuPercent.toFixed(0)} %`);
} finally {
  crowd?.kill('SIGKILL');
  await browser?.close();
  // A process writes its profile when it ends by itself.
  if (values.profile !== undefined) await owner.process.stop();
  await Promise.all([owner.process.kill(), friend.process.kill(), server.kill()]);
  fs.rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

function userOf(nickname: string, words: readonly string[], within: readonly string[] = []): JsonUser {
  const dataFolder = path.join(folder, nickname);
  return new JsonUser({ nickname, server: { host: '127.0.0.1', port: udpPort }, dataFolder, words, within });
}

/** The words before a command that make it write a CPU profile. */
function profiled(): string[] {
  if (values.profile === undefined) return [];
  return ['env', `NODE_OPTIONS=--cpu-prof "--cpu-prof-dir=${userPath(values.profile)}"`];
}

/** The owner writes to the other user for this time. Returns how long each message took. */
async function ownerTimes(durationMs: number): Promise<number[]> {
  const sentAtMs = new Map<string, number>();
  for (const endMs = performance.now() + durationMs; performance.now() < endMs;) {
    const beginMs = performance.now();
    sentAtMs.set(await owner.writeTo('bob', 'How late is it there?'), beginMs);
    await delay(ownerIntervalMs);
  }
  await delay(1_000);
  return [...sentAtMs].map(([id, ms]) => (owner.deliveredAtMs.get(id) ?? Number.POSITIVE_INFINITY) - ms);
}

function startCrowd(crowdOrder: GuestLoadOrder): ChildProcess {
  const script = fileURLToPath(new URL('guest-load-process.ts', import.meta.url));
  return fork(script, [JSON.stringify(crowdOrder)]);
}

function reportOf(child: ChildProcess, type: GuestLoadReport['type']): Promise<GuestLoadReport> {
  return new Promise((resolve, reject) => {
    child.on('message', (report: GuestLoadReport) => {
      if (report.type === type) resolve(report);
    });
    child.once('exit', (code) => reject(new Error(`the guests ended with ${code ?? 'a signal'}`)));
  });
}

async function guestIn(inBrowser: Browser, link: string, nickname: string): Promise<Page> {
  const context = await inBrowser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('textbox', { name: 'Nickname' }).fill(nickname);
  await page.getByRole('button', { name: 'Come in' }).click();
  await page.locator('[data-testid="room"][data-name="everyone"]').click();
  return page;
}

/** The two write to each other in turn. Returns the times from Enter to the frame with the text. */
async function paintedTimes(pages: readonly [Page, Page], durationMs: number): Promise<number[]> {
  const found: number[] = [];
  for (const endMs = performance.now() + durationMs; performance.now() < endMs;) {
    const [from, to] = found.length % 2 === 0 ? pages : ([pages[1], pages[0]] as const);
    const text = `Enter number ${found.length} of a browser`;
    const box = from.getByRole('textbox', { name: 'Message to #everyone', exact: true });
    const [painted, pressed] = await Promise.all([
      to.evaluate<number>(awaitPainted(text)),
      from.evaluate<number>(awaitEnter()),
      box.fill(text).then(() => box.press('Enter')),
    ]);
    found.push(painted - pressed);
    await delay(browserIntervalMs);
  }
  return found;
}

/** Both run in the page, where `performance.timeOrigin` makes the clocks of all pages of this computer one. */
function awaitEnter(): string {
  return `new Promise((resolve) => addEventListener('keydown', (event) => {
    if (event.key === 'Enter') resolve(performance.timeOrigin + event.timeStamp);
  }, { capture: true, once: true }))`;
}

function awaitPainted(text: string): string {
  return `new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      const bubbles = [...document.querySelectorAll('.bubble')];
      if (!bubbles.some((bubble) => bubble.textContent.includes(${JSON.stringify(text)}))) return;
      observer.disconnect();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.timeOrigin + performance.now());
        port2.postMessage(0);
      });
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  })`;
}

function times(samples: readonly number[]): string[] {
  return [0.5, 0.9, 0.99].map((share) => `p${share * 100} ${quantile(samples, share).toFixed(0)} ms`);
}

function say(what: string, ...figures: readonly string[]): void {
  process.stdout.write(`${what.padEnd(46)} ${figures.join(', ')}\n`);
}
