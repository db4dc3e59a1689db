import type { Browser, Page } from '@playwright/test';
import { freeTcpPort } from '../gateway/system-tests/free-port.ts';
import { Conversation } from './app-page.ts';
import type { Gateways } from './gateways.ts';
import { guestLinkOf, takeGuests } from './guest-host.ts';

/** A busy Wi-Fi, and an old phone. */
const megabitPerSecond = 10;
const roundTripMs = 10;
const slowdown = 4;

export interface GuestStartFigures {
  /** From opening the link to a page that takes a nickname. */
  readonly interactiveMs: number;
  /** From the pressed button to a box for messages. */
  readonly inMs: number;
  /** From Enter to the state that the message is sent. */
  readonly sentMs: number;
}

/** A guest with a new browser opens the link, types a nickname and sends a message. Chromium slows its network and its processor. */
export async function measureGuestStart(gateways: Gateways, browser: Browser): Promise<GuestStartFigures> {
  const server = await gateways.server();
  const owner = await gateways.script('owner', server, { guestPort: await freeTcpPort() });
  takeGuests(owner);
  const link = await guestLinkOf(owner);
  const page = await slowPage(browser);
  const startMs = performance.now();
  await page.goto(link, { waitUntil: 'commit' });
  const nickname = page.getByRole('textbox', { name: 'Nickname' });
  await nickname.fill('zoe');
  const interactiveMs = performance.now() - startMs;
  const pressedMs = performance.now();
  await page.getByRole('button', { name: 'Come in' }).click();
  const everyone = new Conversation(page, '#everyone');
  await everyone.box.fill('Hello from a phone');
  const inMs = performance.now() - pressedMs;
  const enterMs = performance.now();
  await everyone.box.press('Enter');
  await everyone.state('Hello from a phone').waitFor();
  return { interactiveMs, inMs, sentMs: performance.now() - enterMs };
}

async function slowPage(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  const devtools = await page.context().newCDPSession(page);
  const bytesPerSecond = (megabitPerSecond * 1_000_000) / 8;
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: roundTripMs,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond,
  });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  return page;
}
