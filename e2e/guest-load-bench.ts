import { chromium, type Browser, type Page } from '@playwright/test';
import { fork, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { GuestLoadOrder, GuestLoadReport } from '../bench/load/guest-load-process.ts';
import { latencyMs } from '../bench/latency/steps.ts';
import { cpuMsOf, memoryOf, quantile } from '../bench/process-figures.ts';
import { presentChromium } from '../scripts/chromium.mjs';
import { freeTcpPort } from '../gateway/system-tests/free-port.ts';
import { talkTo } from './app-page.ts';
import type { Gateway, Gateways } from './gateways.ts';
import { guestLinkOf, takeGuests } from './guest-host.ts';
import { ObservedPage, timeMessage } from './latency-page.ts';
import { leaveProcessors } from './process-tree.ts';

/** Of them, two are in Chromium. */
const guestCount = 100;
const perSecond = 10;
/** The first messages are not counted: scripts are compiled. */
const warmUpMessages = 10;
const pauseMs = 100;

const crowdProgram = fileURLToPath(new URL('../bench/load/guest-load-process.ts', import.meta.url));

export interface GuestLoadFigures {
  /** From Enter to the painted text, from the owner of the gateway to a user with another one. */
  readonly ownerMs: { readonly alone: readonly number[]; readonly withGuests: readonly number[] };
  /** The same between two guests. */
  readonly guestsMs: readonly number[];
  /** From a guest without a browser to ten others, in `#everyone`. */
  readonly everyoneMs: readonly number[];
  readonly mebibytesPerGuest: number;
  /** Of one processor, while the guests write. */
  readonly processorShare: { readonly alone: number; readonly withGuests: number };
}

/**
 * Measures one gateway with 100 guests that write 10 messages a second to `#everyone`, so that it takes and paints a thousand. What two guests
 * and the owner write then is direct: in such a room a line is out of sight before a busy browser has painted it.
 */
export async function measureGuestLoad(
  gateways: Gateways,
  browser: Browser,
  messages: number,
): Promise<GuestLoadFigures> {
  const server = await gateways.server();
  // As `npm start` runs a client.
  const environment = { NODE_OPTIONS: '--max-semi-space-size=1' };
  const guestPort = await freeTcpPort();
  const owner = await gateways.script('owner', server, { guestPort, environment });
  const bob = await gateways.client('bob', server);
  const [atOwner, atBob] = [await observed(browser), await observed(browser)];
  await Promise.all([atOwner.page.goto(owner.link), atBob.page.goto(bob.link)]);
  await greet(atOwner.page, 'owner', atBob.page, 'bob');
  await Promise.all([atOwner.readClock(), atBob.readClock()]);
  const ofOwner = () => timeAll(atOwner, atBob, messages);
  const alone = await processorShareDuring(owner, ofOwner);

  takeGuests(owner, guestCount);
  const link = await guestLinkOf(owner);
  const beforeMebibytes = memoryOf(owner, 'VmRSS');
  const executablePath = presentChromium();
  const phones = await chromium.launchServer(executablePath === undefined ? {} : { executablePath });
  const crowd = new Crowd({ link, guests: guestCount - 2, rate: perSecond });
  try {
    await crowd.isIn();
    const visitors = await chromium.connect(phones.wsEndpoint());
    const pages = [await observed(visitors), await observed(visitors)] as const;
    for (const [index, { page }] of pages.entries()) await comeAsGuest(page, link, `visitor-${index}`);
    await greet(pages[0].page, 'visitor-0', pages[1].page, 'visitor-1');
    await Promise.all(pages.map((page) => page.readClock()));
    const mebibytesPerGuest = (memoryOf(owner, 'VmRSS') - beforeMebibytes) / guestCount;
    crowd.write();
    const betweenGuests = await timeAll(...pages, messages);
    // The phones of the guests would not paint with these processors.
    leaveProcessors(phones.process().pid ?? 0);
    const withGuests = await processorShareDuring(owner, ofOwner);
    const everyoneMs = await crowd.end();
    return {
      ownerMs: { alone: alone.result, withGuests: withGuests.result },
      guestsMs: betweenGuests,
      everyoneMs,
      mebibytesPerGuest,
      processorShare: { alone: alone.share, withGuests: withGuests.share },
    };
  } finally {
    crowd.kill();
    await phones.close();
  }
}

/** Opens the conversation of two people. Without an answer, a new sender may send only a few messages. */
async function greet(one: Page, nameOfOne: string, other: Page, nameOfOther: string): Promise<void> {
  const [withOther, withOne] = [await talkTo(one, nameOfOther), await talkTo(other, nameOfOne)];
  await withOther.say('Hello');
  await withOne.say('Hello');
  await withOther.message('Hello').nth(1).waitFor();
}

async function comeAsGuest(page: Page, link: string, nickname: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('textbox', { name: 'Nickname' }).fill(nickname);
  await page.getByRole('button', { name: 'Come in' }).click();
}

async function observed(browser: Browser): Promise<ObservedPage> {
  return ObservedPage.open(await browser.newContext());
}

async function timeAll(
  sender: ObservedPage,
  recipient: ObservedPage,
  messages: number,
): Promise<readonly number[]> {
  const latencies: number[] = [];
  await sender.page.bringToFront();
  for (let number = 0; number < messages + warmUpMessages; number++) {
    const text = `Message ${number} of ${randomInt(2 ** 40)} from one to the other`;
    await boxOf(sender.page).fill(text);
    await delay(pauseMs + randomInt(17));
    const latency = latencyMs(await timeMessage(sender, recipient, text));
    if (number >= warmUpMessages) latencies.push(latency);
    await delay(pauseMs);
  }
  return latencies;
}

function boxOf(page: Page) {
  return page.locator('[data-message-box]');
}

async function processorShareDuring<Result>(
  gateway: Gateway,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly share: number }> {
  const [startMs, before] = [performance.now(), cpuMsOf(gateway)];
  const result = await work();
  return { result, share: (cpuMsOf(gateway) - before) / (performance.now() - startMs) };
}

/** A process with guests that have no browser. */
class Crowd {
  readonly #child: ChildProcess;
  readonly #isIn: Promise<GuestLoadReport>;

  constructor(order: GuestLoadOrder) {
    this.#child = fork(crowdProgram, [JSON.stringify(order)]);
    // Each of them would have its own computer, so they leave the processors to the others.
    if (this.#child.pid !== undefined) leaveProcessors(this.#child.pid);
    this.#isIn = this.#report();
  }

  async isIn(): Promise<void> {
    await this.#isIn;
  }

  write(): void {
    this.#child.send('begin');
  }

  /** Returns how long their messages took. Throws if the guests are gone. */
  async end(): Promise<readonly number[]> {
    const report = this.#report();
    this.#child.send('end');
    const told = await report;
    return told.type === 'done' ? told.timesMs : [];
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #report(): Promise<GuestLoadReport> {
    const gone = (): Error => new Error('the process of the guests has ended');
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null) reject(gone());
      this.#child.once('message', (report: GuestLoadReport) => resolve(report));
      this.#child.once('exit', () => reject(gone()));
    });
  }
}

export function p50AndP99(samples: readonly number[]): string {
  return [0.5, 0.99].map((share) => quantile(samples, share).toFixed(1)).join(' ');
}
