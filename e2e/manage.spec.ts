import type { Locator, Page } from '@playwright/test';
import {
  chooseInMenu,
  firstScreen,
  hostFromFirstScreen,
  joinFromFirstScreen,
  person,
  talkTo,
} from './app-page.ts';
import { nothingForAxe, nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';

const item = 'Manage this chat';

/** The second letter is Cyrillic. */
const lookAlike = 'bоb';
/** As long as a nickname can be. */
const longName = 'a'.repeat(32);

test('UI 7, 23, 24: a host sees the names of the chat, releases one, and sets the quotas', async ({
  gateways,
  open,
}) => {
  const host = await open(await gateways.app('host'), {
    viewport: { width: 320, height: 640 },
    hasTouch: true,
  });
  await hostFromFirstScreen(host, longName);
  const dialog = host.getByRole('dialog', { name: item });
  await test.step('UI 24: at 320 px the steps to join end above the bar of the user, and the dialog fits, light and dark', () =>
    fitsNarrowScreen(host, dialog));
  await host.keyboard.press('Escape');
  await host.setViewportSize({ width: 1280, height: 720 });

  const address = await host.getByText(/:\d+#/).first().innerText();
  const port = /:(\d+)#/u.exec(address)?.[1] ?? '';
  const bob = await open(await gateways.app('bob'));
  await joinFromFirstScreen(bob, 'bob', `127.0.0.1:${port}`);
  await expect(bob.getByTestId('own-state')).toHaveText('Online');
  await test.step('UI 7: a user who does not host has nothing to manage, and Esc closes the menu', () =>
    nothingToManage(bob));
  await test.step('UI 23: Cancel changes nothing', () => cancelRelease(host, dialog));
  await test.step('UI 7: the host sets the quotas, and Esc closes the dialog', () => setQuotas(host, dialog));
  await test.step('the dialog stays open in a window that is made narrow, over a conversation', () =>
    staysInNarrowWindow(host, dialog));
  await test.step('the host bans a user for a week and lifts the ban, and bans no address of this computer', () =>
    banAndLift(dialog, bob));
  const newcomer = await open(await gateways.app('newcomer'));
  await test.step('a nickname that looks like one that is taken is refused, and the form suggests another', async () => {
    await joinFromFirstScreen(newcomer, lookAlike, `127.0.0.1:${port}`);
    await expect(newcomer.getByText('This looks like a nickname that is already taken.')).toBeVisible();
    await expect(newcomer.getByRole('button', { name: `Use ${lookAlike}2` })).toBeVisible();
  });
  await test.step('the host releases a nickname', async () => {
    await dialog.getByRole('button', { name: 'Release bob' }).click();
    await dialog.getByRole('button', { name: 'Release bob now' }).click();
    await expect(dialog.getByText('The nickname bob is free now.')).toBeVisible();
    await expect(dialog.getByTestId('managed-name')).toHaveText([new RegExp(longName)]);
    await expect(bob.getByTestId('banner')).toContainText('has released your nickname');
  });
  await test.step('the app marks two contacts with names that look alike', async () => {
    await host.keyboard.press('Escape');
    await firstScreen(newcomer).join.click();
    await expect(newcomer.getByTestId('own-state')).toHaveText('Online');
    await marksLookAlikes(host);
  });
});

async function marksLookAlikes(host: Page): Promise<void> {
  await expect(person(host, 'bob')).toContainText(`Looks like ${lookAlike}`);
  await expect(person(host, lookAlike)).toContainText(/Looks like bob, key [0-9a-f]{4} [0-9a-f]{4}/);
  const withNewcomer = await talkTo(host, lookAlike);
  const notice = host.getByTestId('look-alike-notice');
  await expect(notice).toContainText(`The name ${lookAlike} looks like bob`);
  await expect(notice).toContainText(/The key of this person begins with [0-9a-f]{4} [0-9a-f]{4}\./);
  await notice.getByText('Safety number', { exact: true }).click();
  await expect(notice.getByTestId('safety-number')).toBeVisible();
  await expect(host.getByRole('img', { name: 'Looks like bob' })).toBeVisible();
  await withNewcomer.say('who are you?');
  await nothingForAxeInLightAndDark(host);
}

async function staysInNarrowWindow(host: Page, dialog: Locator): Promise<void> {
  const size = host.viewportSize()!;
  await host.keyboard.press('Escape');
  await person(host, 'bob').click();
  await chooseInMenu(host, longName, item);
  await host.setViewportSize({ width: 320, height: 640 });
  await expect(dialog).toBeVisible();
  await host.setViewportSize(size);
}

async function fitsNarrowScreen(host: Page, dialog: Locator): Promise<void> {
  const lastStep = await host.getByRole('listitem').last().boundingBox();
  const bar = await host.getByTestId('own-state').boundingBox();
  expect(lastStep!.y + lastStep!.height).toBeLessThanOrEqual(bar!.y);
  await chooseInMenu(host, longName, item);
  await dialog.getByRole('button', { name: /^Release a/ }).click();
  await expect(dialog.getByRole('textbox', { name: 'Longest wait' })).toHaveValue('30');
  await nothingForAxeInLightAndDark(host);
  const wider = await dialog.evaluate((element) =>
    [element, ...element.querySelectorAll<HTMLElement>('*')]
      .filter((one) => one.getBoundingClientRect().right > innerWidth)
      .map(({ outerHTML }) => outerHTML.slice(0, 80)),
  );
  expect(wider).toEqual([]);
}

async function nothingToManage(bob: Page): Promise<void> {
  await bob.getByRole('button', { name: 'Menu for bob' }).click();
  await expect(bob.getByRole('menuitem', { name: 'Leave this chat' })).toBeVisible();
  await expect(bob.getByRole('menuitem', { name: item })).toHaveCount(0);
  await bob.keyboard.press('Escape');
  await expect(bob.getByRole('menu')).toBeHidden();
  await expect(bob.getByRole('button', { name: 'Menu for bob' })).toBeFocused();
}

async function cancelRelease(host: Page, dialog: Locator): Promise<void> {
  await chooseInMenu(host, longName, item);
  const names = dialog.getByTestId('managed-name');
  await expect(names).toHaveText([new RegExp(`${longName}\\s+Online`), /bob\s+Online/]);
  await dialog.getByRole('button', { name: 'Release bob' }).click();
  await expect(names.filter({ hasText: 'anyone can take the nickname' })).toHaveCount(1);
  await nothingForAxe(host);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog.getByRole('button', { name: 'Release bob' })).toBeFocused();
}

async function banAndLift(dialog: Locator, bob: Page): Promise<void> {
  await expect(dialog.getByRole('button', { name: `Ban ${longName}` })).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Ban bob', exact: true }).click();
  const row = dialog.getByTestId('managed-name').filter({ hasText: 'bob' });
  await expect(row).toContainText('With a new key, this person can come in again.');
  await row.getByLabel('How long').selectOption('For 7 days');
  await dialog.getByRole('button', { name: 'Ban bob now' }).click();
  await expect(dialog.getByText('bob is banned.')).toBeVisible();
  await expect(bob.getByTestId('banner')).toContainText('has banned you');
  await expect(dialog.getByTestId('ban')).toHaveText([/bob\s+Until /]);
  await dialog.getByRole('textbox', { name: 'Nickname, key or address' }).fill('127.0.0.1');
  await dialog.getByRole('button', { name: 'Ban', exact: true }).click();
  await expect(dialog.getByText('You cannot ban yourself or this computer.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Lift the ban of bob' }).click();
  await expect(dialog.getByTestId('ban')).toHaveCount(0);
  await bob.getByRole('button', { name: 'Try again' }).click();
  await expect(bob.getByTestId('own-state')).toHaveText('Online');
}

async function setQuotas(host: Page, dialog: Locator): Promise<void> {
  const days = dialog.getByRole('textbox', { name: 'Longest wait' });
  const save = dialog.getByRole('button', { name: 'Save' });
  await expect(days).toHaveValue('30');
  await days.fill('0');
  await expect(dialog.getByText('Enter a whole number from 1 to 36,500.')).toBeVisible();
  await expect(save).toBeDisabled();
  await days.fill('7');
  await save.click();
  await expect(dialog.getByText('Saved.')).toBeVisible();
  await host.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(host.getByRole('button', { name: `Menu for ${longName}` })).toBeFocused();
  await chooseInMenu(host, longName, item);
  await expect(days).toHaveValue('7');
}
