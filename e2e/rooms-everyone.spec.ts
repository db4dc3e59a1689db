import type { Page } from '@playwright/test';
import {
  createRoom,
  cutPlaceholders,
  longPress,
  openRoom,
  smallTargets,
  type Conversation,
} from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';

/** UI 23, UI 24: each screen about rooms in light and dark, by keyboard, and at a width of 320 pixels. */

test('UI 23, 24, 29: the screens of rooms fit 320 px, axe finds nothing in them, and the keyboard reaches all', async ({
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
  await test.step('UI 29: a long press opens the menu of a message', () => longPress(page, 'an answer'));
  await test.step('UI 29: the menu of a message, and what it opens', () => messageScreens(page));
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
  expect(await page.evaluate(cutPlaceholders)).toEqual([]);
  expect(await smallTargets(page)).toEqual([]);
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

/** A message of each kind is in the log, with all that can stand around one. */
async function pane(page: Page): Promise<void> {
  const lab = await createRoom(page, 'lab');
  await test.step('UI 23: where no box takes the focus, the log with the name of the room does', async () => {
    await page.getByRole('link', { name: 'Back to people' }).click();
    await expect((await openRoom(page, 'lab')).log).toBeFocused();
  });
  const long = `long ${'x'.repeat(200)}`;
  await lab.say('first', long, 'gone soon');
  await expect(lab.state('gone soon')).toHaveText(/In the room|Delivered/);
  await choose(page, lab, 'first', 'Reply');
  await expect(page.getByTestId('writing')).toBeVisible();
  await lab.say('an answer');
  await choose(page, lab, 'first', 'React with 👍');
  await choose(page, lab, 'first', 'Pin');
  await choose(page, lab, 'gone soon', 'Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).press('Enter');
  await choose(page, lab, long, 'Hide for everyone');
  await page.getByRole('button', { name: 'Poll or announcement' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Announcement' }).press('Enter');
  await lab.say('the lab is closed');
  await sendPoll(page);
  await expect(lab.log.getByText('This message was deleted.')).toBeVisible();
  await expect(lab.log.getByText('A moderator has hidden this message.')).toBeVisible();
  await expect(lab.message('first').getByTestId('reaction')).toHaveText(['👍1']);
  await fits(page);
}

/** By keyboard alone: the menu key on a message opens the same menu as its button. */
async function choose(page: Page, room: Conversation, text: string, item: string): Promise<void> {
  await room.message(text).getByRole('button', { name: 'Message actions' }).press('Shift+F10');
  await page.getByRole('menuitem', { name: item, exact: true }).press('Enter');
}

async function sendPoll(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Poll or announcement' }).press('Enter');
  await page.getByRole('menuitem', { name: 'New poll' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New poll' });
  await dialog.getByRole('textbox', { name: 'Question' }).fill('when?');
  await dialog.getByRole('textbox', { name: 'Choice 1' }).fill('now');
  await dialog.getByRole('textbox', { name: 'Choice 2' }).fill('later');
  await fits(page);
  await dialog.getByRole('button', { name: 'Send the poll' }).press('Enter');
  await expect(dialog).toBeHidden();
}

async function messageScreens(page: Page): Promise<void> {
  const actions = page
    .getByTestId('message')
    .filter({ hasText: 'an answer' })
    .getByRole('button', { name: 'Message actions' });
  // The arrow keys lead from message to message.
  await actions.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await expect(actions).toBeFocused();
  await page.keyboard.press('Enter');
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
}

/** UI 24: a wide window shows the members, the pins and the settings beside the conversation. */
async function detailsInThirdPane(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 1440, height: 800 });
  const details = page.getByRole('complementary', { name: 'About #lab' });
  await expect(details.getByTestId('pin')).toBeVisible();
  await expect(details).toContainText('Members of #lab');
  await expect(details).toContainText('Allowed to write');
  const opener = details.getByRole('button', { name: 'About this room' });
  await opener.press('Enter');
  await expect(page.getByRole('dialog', { name: '#lab' })).toBeVisible();
  await nothingForAxeInLightAndDark(page);
  await page.keyboard.press('Escape');
  await expect(opener).toBeFocused();
  await nothingForAxeInLightAndDark(page);
  if (before !== null) await page.setViewportSize(before);
}

async function roomScreens(page: Page): Promise<void> {
  for (const [button, heading] of [
    ['Members of #lab', 'Members of #lab'],
    ['About #lab', '#lab'],
    ['1 pinned message', 'Pinned messages'],
    ['No readers yet', 'Readers of this announcement'],
  ] as const) {
    const opener = page.getByRole('button', { name: button });
    await opener.press('Enter');
    const dialog = page.getByRole('dialog', { name: heading });
    await expect(dialog).toBeVisible();
    await fits(page);
    await page.keyboard.press('Escape');
    await expect(opener).toBeFocused();
  }
  await detailsInThirdPane(page);
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
