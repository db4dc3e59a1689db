import type { Page } from '@playwright/test';
import { talkTo, type Conversation } from './app-page.ts';
import { expect, test } from './test.ts';

const burst = 170;

test('UI 7, 9, 15: the newest message stays in view in a flood, and the reader leaves and reaches the end by every means', async ({
  gateways,
  browser,
}) => {
  const server = await gateways.server();
  const [alice, bob] = [await gateways.client('alice', server), await gateways.client('bob', server)];
  const sender = await (await browser.newContext()).newPage();
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const reader = await context.newPage();
  await Promise.all([sender.goto(alice.link), reader.goto(bob.link)]);
  const withBob = await talkTo(sender, 'bob');
  const withAlice = await talkTo(reader, 'alice');
  await withAlice.say('Hello');
  await expect(withBob.message('Hello')).toBeVisible();

  await test.step('UI 9: in a flood, rows leave the page and the end stays in view', () =>
    staysAtEnd(sender, [withAlice, withBob]));
  await test.step('UI 9: a reader who scrolled far up sees the own message after sending it', () =>
    seesOwnMessage(reader, withAlice));
  await test.step('UI 7: Home, End and the page keys go where they say', () => scrollsByKey(withAlice));
  await test.step('UI 9: the wheel works over the button that leads to the end, and the focus is not lost with it', () =>
    wheelsOverButton(reader, withAlice));
  await test.step('UI 15: of several messages, the authors and the words are copied', () =>
    copiesSeveral(reader, withAlice));
});

test('UI 9: messages above that change in a flood move nothing that the reader sees', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const [bob, alice] = [await gateways.client('bob', server), await gateways.script('alice', server)];
  const reader = await open(bob);
  const withAlice = await talkTo(reader, 'alice');
  await withAlice.say('Hello');
  const conversation = await conversationFrom(alice.stdout);
  const command = (number: number, rest: object): void => {
    const id = `0198c0de-4b1d-7000-8000-${String(number).padStart(12, '0')}`;
    alice.write(JSON.stringify({ id, command: { id, conversation, ...rest } }));
  };
  for (let number = 1; number <= 90; number++)
    command(number, { type: 'send', content: { kind: 'text', text: `line ${number}` } });
  await expect(withAlice.message('line 90')).toBeInViewport();

  await withAlice.log.hover();
  await reader.mouse.wheel(0, -500);
  await expect(withAlice.jump).toBeVisible();
  await expect.poll(() => fromBottom(withAlice.log)).toBe(500);
  const watched = withAlice.message('line 75');
  const { y = 0 } = (await watched.boundingBox()) ?? {};
  for (let number = 1; number <= 60; number++) {
    const of = `0198c0de-4b1d-7000-8000-${String(number).padStart(12, '0')}`;
    command(100 + number, { type: 'edit', of, text: `changed ${number}\nhigher\nthan before` });
    // The page draws between them, and scrolls by itself.
    await reader.evaluate(() => new Promise(requestAnimationFrame));
  }
  await expect(withAlice.messages.filter({ hasText: 'Edited' })).toHaveCount(60);
  await expect.poll(async () => Math.round(((await watched.boundingBox())?.y ?? 0) - y)).toBe(0);
});

/** The direct conversation with the first person that a script has heard of. */
async function conversationFrom(lines: readonly string[]): Promise<string> {
  const key = (): string | undefined => /"contacts":\[\{"key":"([0-9a-f]{64})"/u.exec(lines.join('\n'))?.[1];
  await expect.poll(key).toBeDefined();
  return `direct:${key() ?? ''}`;
}

async function staysAtEnd(sender: Page, conversations: readonly Conversation[]): Promise<void> {
  await flood(sender);
  for (const { log, jump, messages } of conversations) {
    await expect(log.getByText(`line ${burst - 1}`, { exact: true })).toBeInViewport();
    await expect.poll(() => fromBottom(log)).toBeLessThanOrEqual(1);
    await expect(jump).toBeHidden();
    expect(await messages.count()).toBeLessThan(burst);
  }
}

async function seesOwnMessage(reader: Page, withAlice: Conversation): Promise<void> {
  for (const pixels of [700, 3_000]) {
    await withAlice.log.hover();
    await reader.mouse.wheel(0, -pixels);
    await expect(withAlice.jump).toBeVisible();
    await withAlice.say(`sent from ${pixels} px up`);
    await expect(withAlice.message(`sent from ${pixels} px up`)).toBeInViewport();
    await expect.poll(() => fromBottom(withAlice.log)).toBeLessThanOrEqual(1);
    await expect(withAlice.jump).toBeHidden();
  }
}

async function scrollsByKey(withAlice: Conversation): Promise<void> {
  await withAlice.log.press('Home');
  await expect.poll(() => withAlice.log.evaluate((log) => log.scrollTop)).toBe(0);
  await withAlice.log.press('End');
  await expect.poll(() => fromBottom(withAlice.log)).toBeLessThanOrEqual(1);
  await withAlice.log.press('PageUp');
  await expect(withAlice.jump).toBeVisible();
  await withAlice.log.press('PageDown');
  await expect(withAlice.jump).toBeHidden();
}

async function wheelsOverButton(reader: Page, withAlice: Conversation): Promise<void> {
  await withAlice.log.hover();
  await reader.mouse.wheel(0, -400);
  await withAlice.jump.hover();
  const before = await fromBottom(withAlice.log);
  await reader.mouse.wheel(0, -200);
  await expect.poll(() => fromBottom(withAlice.log)).toBeGreaterThan(before);
  await withAlice.jump.click();
  await expect(withAlice.jump).toBeHidden();
  await expect(withAlice.log).toBeFocused();
}

async function copiesSeveral(reader: Page, withAlice: Conversation): Promise<void> {
  const [first, last] = [withAlice.message('sent from 700 px up'), withAlice.message('sent from 3000 px up')];
  await first.evaluate(
    (from, to) => {
      getSelection()?.setBaseAndExtent(from, 0, to, to.childNodes.length);
    },
    await last.elementHandle(),
  );
  await reader.keyboard.press('Control+C');
  expect(await reader.evaluate(() => navigator.clipboard.readText())).toBe(
    'You: sent from 700 px up\nYou: sent from 3000 px up',
  );
}

/** Types as fast as a script can, some messages of several lines. */
async function flood(page: Page): Promise<void> {
  await page.evaluate(async (count) => {
    const box = document.querySelector('textarea');
    for (let number = 0; number < count && box !== null; number++) {
      box.value = number % 7 === 3 ? `line ${number}\nof three\nlines` : `line ${number}`;
      box.dispatchEvent(new Event('input', { bubbles: true }));
      box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      // The app draws between the messages, as it does while a person types.
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }, burst);
}

function fromBottom(log: Conversation['log']): Promise<number> {
  return log.evaluate((element) => element.scrollHeight - element.clientHeight - element.scrollTop);
}
