import type { Browser, Page } from '@playwright/test';
import { create } from 'qrcode';
import { qrPath } from '../web/src/model/qr-path.ts';
import { chooseInMenu, openRoom, person } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { freeTcpPort } from '../gateway/system-tests/free-port.ts';
import { expectInsideWindow } from './layout.ts';
import { expect, test } from './test.ts';

test('UI 57: a host lets others join by browser, compares four words, and sends one away', async ({
  gateways,
  open,
  browser,
}) => {
  const server = await gateways.server();
  const guestPort = await freeTcpPort();
  const alice = await open(await gateways.client('alice', server, { guestPort }));
  await test.step('the host switches guests on, and shows the link and its code', () =>
    switchesOn(alice, guestPort));
  await test.step('UI 7: Ctrl+K leads there', () => findsByKeyboard(alice));
  await test.step('the code fills the screen for a projector, and Esc ends it', () => showsLarge(alice));
  const zoe = await test.step('a visitor with the link is in', () => comesByLink(alice, browser));
  await test.step('a visitor without the link waits, the host is told anywhere, and both see the same words', () =>
    comparesWords(alice, browser, guestPort));
  await test.step('the host asks for each guest, refuses one, and chooses how many may come', () =>
    asksForEach(alice, browser));
  await test.step('the host removes a guest after a question', () => removes(alice, zoe));
  await test.step('a new link ends the earlier one', () => makesNewLink(alice));
  await test.step('UI 23, 24: the page has nothing for axe, and fits into 320 pixels', () => isForAll(alice));
  await test.step('the host switches guests off', async () => {
    await alice.getByRole('switch', { name: 'Guests may come' }).click();
    await expect(alice.getByTestId('guest-link')).toBeHidden();
  });
});

async function switchesOn(alice: Page, guestPort: number): Promise<void> {
  await chooseInMenu(alice, 'alice', 'Let others join by browser');
  await expect(alice.getByRole('heading', { name: 'Let others join by browser' })).toBeFocused();
  await expect(alice.getByText('It can read what they read and write')).toBeVisible();
  await nothingForAxeInLightAndDark(alice);
  // Past the way back, the switch comes first.
  await alice.keyboard.press('Tab');
  await expect(alice.getByRole('switch', { name: 'Guests may come' })).toBeFocused();
  await alice.keyboard.press('Space');
  const link = alice.getByTestId('guest-link');
  await expect(link).toHaveText(new RegExp(`^http://127\\.0\\.0\\.1:${guestPort}/#\\w{79}$`));
  const text = await link.innerText();
  const code = alice.getByRole('img', { name: 'QR code for guests' });
  await expect(code.locator('path')).toHaveAttribute(
    'd',
    qrPath(create(text, { errorCorrectionLevel: 'M' }).modules).path,
  );
  // Scanners need a dark code on white, also in a dark look.
  await alice.emulateMedia({ colorScheme: 'dark' });
  await expect(code.locator('rect')).toHaveAttribute('fill', '#fff');
  await alice.emulateMedia({ colorScheme: null });
}

/** UI 7: the switcher leads to the page too. */
async function findsByKeyboard(alice: Page): Promise<void> {
  await openRoom(alice, 'everyone');
  await alice.keyboard.press('Control+K');
  await alice.getByRole('dialog', { name: 'Go to a conversation' }).getByRole('combobox').fill('browser');
  await alice.keyboard.press('Enter');
  await expect(alice.getByRole('heading', { name: 'Let others join by browser' })).toBeFocused();
}

async function showsLarge(alice: Page): Promise<void> {
  const button = alice.getByRole('button', { name: 'Show large' });
  await button.click();
  const poster = alice.getByTestId('guest-poster');
  await expect(poster.getByRole('heading', { name: 'Join this chat' })).toBeVisible();
  const code = poster.getByRole('img', { name: 'QR code for guests' });
  await expectInsideWindow(code);
  expect((await code.boundingBox())!.width).toBeGreaterThan(300);
  await nothingForAxeInLightAndDark(alice);
  await poster.getByRole('button', { name: 'Close' }).click();
  await expect(poster).toBeHidden();
  await expect(button).toBeFocused();
}

async function visitor(browser: Browser, url: string, nickname: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  await page.getByRole('textbox', { name: 'Nickname' }).fill(nickname);
  await page.keyboard.press('Enter');
  return page;
}

async function comesByLink(alice: Page, browser: Browser): Promise<Page> {
  const zoe = await visitor(browser, await alice.getByTestId('guest-link').innerText(), 'zoe');
  const row = alice.getByTestId('guest').filter({ hasText: 'zoe' });
  await expect(row).toContainText('Here since');
  await expect(alice.getByTestId('guests')).toContainText('1 guest, 1 here now. There may be 50.');
  await expect(person(zoe, 'alice')).toContainText('Online');
  return zoe;
}

async function comparesWords(alice: Page, browser: Browser, guestPort: number): Promise<void> {
  await openRoom(alice, 'everyone');
  const yan = await visitor(browser, `http://127.0.0.1:${guestPort}/`, 'yan');
  const shown = yan.getByTestId('four-words').getByRole('listitem');
  await expect(shown).toHaveCount(4);
  await expect(alice.getByTestId('guests-badge')).toHaveAccessibleName('1 visitor waits to be let in');
  const toast = alice.getByTestId('toast');
  await expect(toast).toContainText('yan would like to join by browser.');
  await toast.getByRole('button', { name: 'Look' }).click();
  await expect(toast).toBeHidden();
  const waiting = alice.getByTestId('waiting-guest');
  await expect(waiting).toContainText('Typed the address, and has no link · 127.0.0.1');
  await expect(waiting.getByRole('listitem')).toHaveText(await shown.allInnerTexts());
  await nothingForAxeInLightAndDark(alice);
  await waiting.getByRole('button', { name: 'Let yan in' }).press('Enter');
  await expect(waiting).toBeHidden();
  await expect(alice.getByRole('status').filter({ hasText: 'yan is in.' })).toBeVisible();
  await expect(alice.getByTestId('guest').filter({ hasText: 'yan' })).toContainText('Here since');
  await expect(alice.getByTestId('guests-badge')).toBeHidden();
  await yan.context().close();
  await expect(alice.getByTestId('guest').filter({ hasText: 'yan' })).toContainText('Away');
}

async function asksForEach(alice: Page, browser: Browser): Promise<void> {
  await alice.getByRole('switch', { name: 'Ask me about each new guest' }).click();
  await expect(alice.getByRole('switch', { name: 'Ask me about each new guest' })).toBeChecked();
  const xen = await visitor(browser, await alice.getByTestId('guest-link').innerText(), 'xen');
  const waiting = alice.getByTestId('waiting-guest').filter({ hasText: 'xen' });
  await expect(waiting).toContainText('Has the link');
  await waiting.getByRole('button', { name: 'Refuse xen' }).click();
  await expect(waiting).toBeHidden();
  await xen.context().close();
  const limit = alice.getByRole('textbox', { name: 'How many guests there may be' });
  await limit.fill('many');
  await alice.getByRole('button', { name: 'Save' }).click();
  await expect(limit).toHaveAccessibleDescription('Enter a whole number from 1 to 200.');
  await limit.fill('2');
  await alice.getByRole('button', { name: 'Save' }).click();
  await expect(alice.getByTestId('guests')).toContainText(
    '2 guests, 1 here now. The limit is 2, so no new guest can come.',
  );
}

async function removes(alice: Page, zoe: Page): Promise<void> {
  const row = alice.getByTestId('guest').filter({ hasText: 'zoe' });
  const button = row.getByRole('button', { name: 'Remove zoe' });
  await button.click();
  const question = row.getByTestId('question');
  await expect(question).toContainText('the messages of zoe are erased on your computer');
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await alice.keyboard.press('Escape');
  await expect(button).toBeFocused();
  await button.click();
  await question.getByRole('button', { name: 'Remove zoe now' }).click();
  await expect(row).toBeHidden();
  await zoe.context().close();
}

async function makesNewLink(alice: Page): Promise<void> {
  const link = alice.getByTestId('guest-link');
  const earlier = await link.innerText();
  await alice.getByRole('button', { name: 'New link' }).click();
  await expect(alice.getByTestId('question')).toContainText('Your guests stay.');
  await alice.getByRole('button', { name: 'Make a new link' }).click();
  await expect(link).not.toHaveText(earlier);
  await expect(alice.getByRole('button', { name: 'New link' })).toBeFocused();
}

async function isForAll(alice: Page): Promise<void> {
  await nothingForAxeInLightAndDark(alice);
  await alice.setViewportSize({ width: 320, height: 640 });
  const page = alice.getByTestId('guests');
  await expect.poll(() => page.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  for (const part of ['guest-link', 'guest-address']) {
    await alice.getByTestId(part).scrollIntoViewIfNeeded();
    await expectInsideWindow(alice.getByTestId(part));
  }
  await alice.setViewportSize({ width: 1280, height: 720 });
}
