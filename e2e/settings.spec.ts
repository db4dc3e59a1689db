import fs from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { openSettings, person } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';
import { twoUsers } from './two-users.ts';

test('UI 45: all settings are on one page, which the keyboard opens, uses and closes', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const { alice } = await twoUsers(gateways, open);
  const settings = alice.getByTestId('settings');
  await test.step('UI 7: the switcher leads to the settings, and Esc leaves them', async () => {
    await alice.keyboard.press('Control+k');
    await expect(alice.getByRole('combobox')).toBeFocused();
    await alice.keyboard.type('sett');
    await alice.keyboard.press('Enter');
    await expect(settings.getByRole('heading', { name: 'Settings' })).toBeFocused();
    await expect(alice).toHaveURL(/\/settings$/);
    await alice.keyboard.press('Escape');
    await expect(settings).toBeHidden();
    await expect(alice.getByRole('button', { name: 'Menu for alice' })).toBeFocused();
  });
  await test.step('UI 45: the page stays after a reload, and shows the nickname and the keys', async () => {
    await openSettings(alice, 'alice');
    await alice.reload();
    await expect(settings.getByTestId('own-nickname')).toHaveText('alice');
    await expect(settings.getByTestId('own-key')).toHaveText(/^[0-9a-f]{64}$/);
    await expect(settings.getByRole('list').getByText('this chat')).toBeVisible();
    await expect(settings.getByTestId('browser')).toHaveCount(1);
  });
  await test.step('UI 24: the settings scroll, and not the app around them', async () => {
    const pixels = () => alice.evaluate(() => document.documentElement.scrollHeight - innerHeight);
    expect(await pixels()).toBeLessThanOrEqual(0);
  });
  await test.step('UI 45: a switch and an unblock take effect', () => settingsTakeEffect(alice));
  await test.step('UI 23, 24: axe finds nothing, and the page fits 320 px and a wide window', () =>
    fitsEachWidth(alice));
  expect(consoleErrors).toEqual([]);
});

async function settingsTakeEffect(alice: Page): Promise<void> {
  const settings = alice.getByTestId('settings');
  const lastSeen = settings.getByRole('switch', { name: 'Let others see when I was last online' });
  await expect(lastSeen).not.toBeChecked();
  await lastSeen.press('Space');
  await expect(lastSeen).toBeChecked();

  await expect(settings.getByText('You have blocked no one.')).toBeVisible();
  await person(alice, 'bob').click();
  await alice.getByRole('button', { name: 'Connection with bob' }).click();
  await alice.getByRole('switch', { name: 'Block bob' }).click();
  await alice.keyboard.press('Escape');
  await openSettings(alice, 'alice');
  await expect(settings.getByTestId('blocked-person')).toContainText('bob');
  await settings.getByRole('button', { name: 'Unblock bob' }).press('Enter');
  await expect(settings.getByText('bob is no longer blocked.')).toBeVisible();
  await expect(settings.getByTestId('blocked-person')).toHaveCount(0);
}

async function fitsEachWidth(alice: Page): Promise<void> {
  const settings = alice.getByTestId('settings');
  const columns = () =>
    settings
      .getByRole('region')
      .evaluateAll((parts) => new Set(parts.map((part) => part.getBoundingClientRect().left)).size);
  await alice.setViewportSize({ width: 1440, height: 900 });
  await expect.poll(columns).toBe(2);
  await nothingForAxeInLightAndDark(alice);
  await alice.setViewportSize({ width: 320, height: 640 });
  await expect.poll(columns).toBe(1);
  await nothingForAxeInLightAndDark(alice);
  const overflow = () => alice.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(await overflow()).toBeLessThanOrEqual(0);
  await optionsStayWhole(settings.getByTestId('command'));
}

/** A line ends between the words of a command, so that each option can be read, and the copy is the command. */
async function optionsStayWhole(command: Locator): Promise<void> {
  const { lines, options, copied } = await command.evaluate((element) => {
    const linesOf = (range: Range) => new Set(Array.from(range.getClientRects(), ({ top }) => top)).size;
    const whole = document.createRange();
    whole.selectNodeContents(element);
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(whole);
    const texts = document.createNodeIterator(element, NodeFilter.SHOW_TEXT);
    const options: number[] = [];
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      const start = text.textContent?.indexOf('--data') ?? -1;
      if (start < 0) continue;
      const option = document.createRange();
      option.setStart(text, start);
      option.setEnd(text, start + '--data'.length);
      options.push(linesOf(option));
    }
    return { lines: linesOf(whole), options, copied: getSelection()?.toString() };
  });
  expect(options).toEqual([1]);
  expect(lines).toBeGreaterThan(1);
  expect(copied).toMatch(/ backup chats\.backup --data \S+$/u);
}

test('UI 46: a wipe leaves nothing on the disk and in the browser, in every tab, and frees the nickname', async ({
  gateways,
  open,
}) => {
  const { server, aliceGateway, alice, withBob } = await twoUsers(gateways, open, {});
  const { dataFolder } = aliceGateway.start;
  await withBob.say('zebra crossing 4711');
  await expect(withBob.state('zebra crossing 4711')).toHaveText(/Delivered|Read/);
  await withBob.box.fill('a draft about zebras');
  const second = await alice.context().newPage();
  await second.goto(new URL('/settings', alice.url()).href);
  await expect(second.getByTestId('data-folder')).toHaveText(dataFolder);
  const settings = await openSettings(alice, 'alice');
  await expect(settings.getByText('Messages and keys')).toBeVisible();
  const dialog = alice.getByRole('dialog', { name: 'Wipe all chats' });
  const wipe = dialog.getByRole('button', { name: 'Wipe everything' });
  await test.step('UI 46: the dialog says what a wipe cannot reach, and waits for the nickname', async () => {
    await settings.getByRole('button', { name: 'Wipe all chats' }).press('Enter');
    await expect(dialog.getByText('the copies of other people')).toBeVisible();
    await expect(dialog.getByRole('textbox')).toBeFocused();
    await alice.keyboard.type('alic');
    await expect(wipe).toBeDisabled();
    await nothingForAxeInLightAndDark(alice);
  });
  await test.step('UI 46: a second gateway on the same data folder is named, and nothing is wiped', async () => {
    const other = await gateways.client('zoe', server, { data: path.basename(dataFolder) });
    await alice.keyboard.type('e');
    await wipe.press('Enter');
    await expect(dialog.getByRole('alert')).toContainText('Another Chatagram uses the same data folder');
    await expect(dialog.getByRole('alert')).toContainText(/gateways\/\d+/);
    await other.kill('SIGTERM');
  });
  await test.step('UI 46: after the wipe, every tab says what was done, and keeps nothing', async () => {
    await dialog.getByRole('textbox').press('Enter');
    for (const page of [alice, second]) {
      const heading = page.getByRole('heading', { name: 'The chats of this computer are wiped' });
      await expect(heading).toBeVisible();
      await expect(page.getByText('The server has freed the nickname alice.')).toBeVisible();
      expect(await keptBy(page)).toEqual({ local: 0, session: 0, databases: 0 });
    }
    await nothingForAxeInLightAndDark(alice);
    expect(await alice.context().cookies()).toEqual([]);
  });
  expect(await aliceGateway.exited).toEqual({ code: 0, signal: null });
  expect(filesIn(dataFolder)).toEqual([]);
  await second.close();
  await test.step('another person takes the nickname', async () => {
    const page = await open(await gateways.client('alice', server), {});
    await expect(page.getByTestId('own-state')).toHaveText('Online');
  });
});

test('UI 46, 47: after a wipe, the page of a German browser says in German what was done, and fits 320 px', async ({
  gateways,
  open,
}) => {
  const gateway = await gateways.client('alice', await gateways.server());
  const page = await open(gateway, { locale: 'de-DE', viewport: { width: 320, height: 640 } });
  await expect(page.getByTestId('own-state')).toBeVisible();
  await page.goto(new URL('/settings', page.url()).href);
  await page.getByTestId('settings').getByRole('button', { name: 'Alle Chats löschen' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Alle Chats löschen' });
  await dialog.getByRole('textbox').fill('alice');
  await nothingForAxeInLightAndDark(page);
  await dialog.getByRole('button', { name: 'Alles löschen' }).press('Enter');
  await expect(page.getByRole('heading', { name: 'Die Chats dieses Computers sind gelöscht' })).toBeVisible();
  await expect(page.getByText('Der Server hat den Spitznamen alice freigegeben.')).toBeVisible();
  await expect(page.getByText('Chatagram ist beendet.')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await nothingForAxeInLightAndDark(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
});

function keptBy(page: Page) {
  return page.evaluate(async () => ({
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
  }));
}

/** The files below a folder. The folders themselves may stay. */
function filesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
