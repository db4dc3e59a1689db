import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from '@playwright/test';
import { Conversation, person } from './app-page.ts';
import { node, type Gateway, type Gateways } from './gateways.ts';

const program = fileURLToPath(new URL('fill-client.ts', import.meta.url));
/** No other message has it. */
export const wordOfTheOldest = 'beginning';

export interface LongConversation {
  /** Alice's browser, which her gateway has let in. */
  readonly page: Page;
  readonly alice: Gateway;
}

/** Alice with so many messages of bob, who is away. Her page shows the list of people. */
export async function longConversation(
  gateways: Gateways,
  browser: Browser,
  messages: number,
  apartMs = 60_000,
): Promise<LongConversation> {
  const server = await gateways.server();
  const bob = await gateways.client('bob', server);
  const first = await gateways.client('alice', server);
  const page = await browser.newPage();
  page.setDefaultTimeout(240_000);
  await page.goto(first.link);
  await person(page, 'bob').waitFor();
  await page.goto('about:blank');
  await bob.kill('SIGTERM');
  await first.kill('SIGTERM');
  fill(first.start.dataFolder, messages, apartMs);
  const alice = await gateways.again(first);
  await page.goto(alice.url);
  await person(page, 'bob').waitFor();
  return { page, alice };
}

/** Opens the conversation from the list. */
export async function openConversation(page: Page): Promise<void> {
  await person(page, 'bob').click();
  await new Conversation(page, 'bob').messages.last().waitFor();
}

/** Scrolls up until all messages are in the tab. */
export async function loadAll(page: Page): Promise<void> {
  const conversation = new Conversation(page, 'bob');
  await conversation.log.evaluate(async (log, oldest) => {
    while (!log.textContent.includes(oldest)) {
      log.scrollTop = 0;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }, wordOfTheOldest);
}

/** Finds the oldest message by search, and shows it in its place. */
export async function findOldest(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Search messages' }).click();
  const dialog = page.getByRole('dialog', { name: 'Search messages' });
  await dialog.getByRole('searchbox').fill(wordOfTheOldest);
  await dialog.getByTestId('search-result').click();
  await new Conversation(page, 'bob').message(wordOfTheOldest).waitFor();
}

/** Writes the messages into the database of a gateway that has ended. */
function fill(dataFolder: string, messages: number, apartMs: number): void {
  const clients = path.join(dataFolder, 'clients');
  const [folder = ''] = readdirSync(clients);
  const database = path.join(clients, folder, 'client.sqlite');
  execFileSync(node, [program, database, String(messages), String(apartMs), wordOfTheOldest]);
}
