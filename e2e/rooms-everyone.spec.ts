import type { Page } from '@playwright/test';
import { createRoom } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';

/** UI 23, UI 24: each screen about rooms in light and dark, by keyboard, and at a width of 320 pixels. */

test('UI 23, 24: the screens of rooms fit 320 px, axe finds nothing in them, and the keyboard reaches all', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const server = await gateways.server();
  const page = await open(await gateways.client('alice', server), {
    viewport: { width: 320, height: 640 },
    hasTouch: true,
  });
  await gateways.client('bob', server);
  await test.step('New room: the form is filled by keyboard', () => newRoom(page));
  await test.step('a room with messages', () => pane(page));
  await test.step('the menu of a message, and what it opens', () => messageScreens(page));
  await test.step('the members, the settings, and the list of rooms', () => roomScreens(page));
  expect(consoleErrors).toEqual([]);
});

/** What is on the screen now is inside it, and axe finds nothing. */
async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  const wider = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[role=dialog], [role=menu], form, header, article')]
      .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth)
      .map(({ className }) => className),
  );
  expect(wider).toEqual([]);
  await nothingForAxeInLightAndDark(page);
}

async function newRoom(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'New room' });
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New room' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('a b');
  await fits(page);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
}

async function pane(page: Page): Promise<void> {
  const lab = await createRoom(page, 'lab');
  await lab.say('first', `long ${'x'.repeat(200)}`);
  await expect(lab.state(`long ${'x'.repeat(200)}`)).toHaveText(/In the room|Delivered/);
  await fits(page);
}

async function messageScreens(page: Page): Promise<void> {
  const actions = page.getByRole('button', { name: 'Message actions' }).first();
  await actions.press('Enter');
  await expect(page.getByRole('menu', { name: 'Message actions' })).toBeVisible();
  await fits(page);
  await page.keyboard.press('Escape');
  await expect(actions).toBeFocused();
  for (const [item, heading] of [
    ['More reactions', 'Choose a reaction'],
    ['Delivery', 'Delivery of this message'],
    ['Delete', 'Delete this message?'],
  ] as const) {
    await actions.press('Enter');
    await page.getByRole('menuitem', { name: item }).press('Enter');
    const dialog = page.getByRole('dialog', { name: heading });
    await expect(dialog).toBeVisible();
    await fits(page);
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(actions).toBeFocused();
  }
  await page.getByRole('button', { name: 'Poll or announcement' }).press('Enter');
  await page.getByRole('menuitem', { name: 'New poll' }).press('Enter');
  await expect(page.getByRole('dialog', { name: 'New poll' })).toBeVisible();
  await fits(page);
  await page.keyboard.press('Escape');
}

async function roomScreens(page: Page): Promise<void> {
  for (const [button, heading] of [
    ['Members of #lab', 'Members of #lab'],
    ['About #lab', '#lab'],
  ] as const) {
    const opener = page.getByRole('button', { name: button });
    await opener.press('Enter');
    const dialog = page.getByRole('dialog', { name: heading });
    await expect(dialog).toBeVisible();
    await fits(page);
    await page.keyboard.press('Escape');
    await expect(opener).toBeFocused();
  }
  await page.getByRole('button', { name: /^What counts as new in #lab/ }).press('Enter');
  await expect(page.getByRole('menuitemradio')).toHaveCount(3);
  await fits(page);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Back to people' }).click();
  await fits(page);
  await page.getByRole('button', { name: 'Browse rooms' }).press('Enter');
  await expect(page.getByTestId('listed-room').filter({ hasText: '#lab' })).toBeVisible();
  await fits(page);
  await page.keyboard.press('Escape');
}
