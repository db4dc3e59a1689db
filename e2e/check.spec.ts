import type { Page } from '@playwright/test';
import { freeUdpPort } from '../gateway/system-tests/free-port.ts';
import { joinFromFirstScreen, person, talkTo } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';

test('UI 51: a join without an answer leads to a check, which says what was tried and what usually helps', async ({
  gateways,
  open,
}) => {
  const page = await open(await gateways.app('alice'));
  const address = `127.0.0.1:${await freeUdpPort()}`;
  await joinFromFirstScreen(page, 'alice', address);
  const button = page.getByRole('button', { name: 'Check the connection' });
  await button.click();
  const dialog = await finishedCheck(page);
  await expect(dialog).toHaveAccessibleName(`Connection check: ${address}`);
  await expect(dialog.getByRole('row', { name: address })).toContainText('Refused: no program has this port');
  await expect(dialog.getByTestId('causes').getByRole('listitem').first()).toContainText(
    'It is the address of your own computer',
  );
  await test.step('UI 23, 24: axe finds nothing, light and dark, and the page fits 320 px', async () => {
    await nothingForAxeInLightAndDark(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await expect.poll(() => overflow(page)).toBe(0);
    await nothingForAxeInLightAndDark(page);
  });
  await test.step('the keyboard repeats the check and leaves it', async () => {
    const repeated = nextCheckBegins(page);
    await page.getByRole('button', { name: 'Check again' }).press('Enter');
    await repeated;
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(button).toBeFocused();
  });
});

test('UI 51: the banner, a waiting message and the connection of a person lead to a check of that connection, which also says what the other side sees', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const [alicesGateway, bobsGateway] = await Promise.all([
    gateways.client('alice', server),
    gateways.client('bob', server),
  ]);
  const page = await open(alicesGateway);
  await expect(person(page, 'bob')).toContainText('Online');
  const withBob = await talkTo(page, 'bob');
  await withBob.say('Hello');
  await test.step('from the connection of a person, who answers', async () => {
    await page.getByRole('button', { name: 'Connection with bob' }).click();
    await page.getByRole('button', { name: 'Check the connection' }).click();
    const dialog = await finishedCheck(page);
    await expect(dialog).toHaveAccessibleName('Connection check: bob');
    await expect(dialog.getByTestId('check-status')).toContainText('It answers now.');
    await test.step('and with what the other side sees', async () => {
      const theirs = dialog.getByRole('table', { name: 'What the other side tried towards you' });
      await expect(theirs.getByRole('row').filter({ hasText: '127.0.0.1' })).toContainText('Answered');
      await expect(dialog.getByTestId('other-side')).toContainText(
        'What this computer sent has arrived there.',
      );
      await nothingForAxeInLightAndDark(page);
    });
    await page.keyboard.press('Escape');
  });
  await bobsGateway.kill('SIGKILL');
  await server.kill('SIGKILL');
  await withBob.say('Are you there?');
  await test.step('from a message that waits', async () => {
    await page.getByRole('button', { name: 'Why?' }).click({ timeout: 30_000 });
    const dialog = await finishedCheck(page);
    await expect(dialog.getByTestId('check-status')).toContainText('no program has this port');
    await page.keyboard.press('Escape');
  });
  await test.step('from the banner', async () => {
    const banner = page.getByTestId('banner');
    await banner.getByRole('button', { name: 'Check the connection' }).click({ timeout: 30_000 });
    const dialog = await finishedCheck(page);
    await expect(dialog.getByRole('row').filter({ hasText: 'the address of the server' })).toContainText(
      'Refused',
    );
  });
});

/** Resolves when a check begins. It can be over before a test that asks again and again has seen it. */
function nextCheckBegins(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const running = '[data-testid="check-status"][data-over="false"]';
        const observer = new MutationObserver(() => {
          if (document.querySelector(running) !== null) resolve();
        });
        observer.observe(document, { subtree: true, childList: true, attributes: true });
      }),
  );
}

async function finishedCheck(page: Page) {
  const dialog = page.getByRole('dialog', { name: /^Connection check/u });
  await expect(dialog.getByTestId('check-status')).toHaveAttribute('data-over', 'true', { timeout: 15_000 });
  return dialog;
}

/** By how many pixels the page is wider than its window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
