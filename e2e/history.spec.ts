import type { Page } from '@playwright/test';
import { Conversation } from './app-page.ts';
import { findOldest, longConversation, openConversation, wordOfTheOldest } from './long-conversation.ts';
import { expect, test } from './test.ts';

const hourMs = 3_600_000;

test('UI 10, 22: a message far up is shown in its place, and the reader goes on from there', async ({
  gateways,
  browser,
}) => {
  const { page, alice } = await longConversation(gateways, browser, 400, hourMs);
  const withBob = new Conversation(page, 'bob');
  const oldest = withBob.message(wordOfTheOldest);
  await openConversation(page);
  const newest = (await withBob.messages.last().getAttribute('data-id')) ?? '';

  await test.step('UI 22: the result of a search is shown in its place, and what lies between is not loaded', async () => {
    await findOldest(page);
    await expect(oldest).toBeInViewport();
    await expect(oldest).toBeFocused();
    await expect(withBob.jump).toBeVisible();
    await expect(rowOf(page, newest)).toHaveCount(0);
  });

  await test.step('UI 22: the place stays when the gateway was gone', async () => {
    await alice.kill('SIGKILL');
    await expect(page.getByTestId('banner')).toBeVisible();
    await gateways.again(alice);
    await expect(page.getByTestId('banner')).toBeHidden();
    await expect(oldest).toBeInViewport();
  });

  await test.step('UI 10: scrolling down loads what comes after it, up to the newest message', async () => {
    await withBob.log.evaluate(async (log, id) => {
      const isAtBottom = () => log.scrollTop + log.clientHeight >= log.scrollHeight - 1;
      while (log.querySelector(`[data-id="${id}"]`) === null || !isAtBottom()) {
        log.scrollTop += log.clientHeight / 2;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    }, newest);
    await expect(rowOf(page, newest)).toBeInViewport();
    await expect(withBob.jump).toBeHidden();
    // All are in the tab, and only those near the reader and near the end are in the page.
    expect(await withBob.messages.count()).toBeLessThan(200);
  });

  await test.step('UI 22: "Jump to latest" leads back from the past', async () => {
    await page.reload();
    await withBob.messages.last().waitFor();
    await findOldest(page);
    await expect(oldest).toBeInViewport();
    await withBob.jump.click();
    await expect(rowOf(page, newest)).toBeInViewport();
    await expect(withBob.jump).toBeHidden();
  });

  await test.step('UI 12: a day line leads to another date, however far up', async () => {
    const line = withBob.log.locator('.day').last();
    const from = await line.locator('time').getAttribute('datetime');
    const to = new Date(Date.parse(from ?? '') - 10 * 24 * hourMs).toISOString().slice(0, 10);
    await line.getByRole('button').click();
    await line.getByLabel('Go to a date').fill(to);
    await page.keyboard.press('Enter');
    await expect(withBob.log.locator(`time[datetime="${to}"]`)).toBeInViewport();
  });
});

function rowOf(page: Page, id: string) {
  return page.locator(`[data-id="${id}"]`);
}
