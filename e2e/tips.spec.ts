import type { Locator, Page } from '@playwright/test';
import { arrived, talkTo, type Conversation } from './app-page.ts';
import { nothingForAxe, nothingForAxeInLightAndDark } from './axe.ts';
import { expectInsideWindow } from './layout.ts';
import { expect, test } from './test.ts';

test('UI 55: the mouse, the keyboard and a finger get the words of a control or a short text, wide and at 320 px', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const server = await gateways.server();
  const [alice, bob] = await Promise.all([
    gateways.client('alice', server).then((gateway) => open(gateway)),
    gateways
      .client('bob', server)
      .then((gateway) => open(gateway, { viewport: { width: 320, height: 640 }, hasTouch: true })),
  ]);
  const withBob = await talkTo(alice, 'bob');
  const withAlice = await talkTo(bob, 'alice');
  await withBob.say('hello');
  await expect(withAlice.message('hello')).toBeVisible();

  await test.step('UI 55: the keyboard shows the words at once, Esc hides them, and a focus that returns shows none', () =>
    byKeyboard(alice));
  await test.step('UI 14, 55: at the button of a message, the keyboard shows its full date and its state', () =>
    textsByKeyboard(alice, withBob));
  await test.step('UI 55: the words of a resting mouse go with it, by Esc, and by a scroll', () =>
    byMouse(alice, withBob.log));
  await test.step('UI 55: in a dialog, Esc hides the words first, and in a grid it closes the dialog', () =>
    inDialog(alice));
  await test.step('UI 55: the words go with their element', () => goneWithElement(alice));
  await test.step('UI 55: a finger taps a text or stays on a control, and the words fit into 320 px', () =>
    byTouch(bob, withAlice.log.locator('time[data-tip]')));
  expect(consoleErrors).toEqual([]);
});

function tip(page: Page): Locator {
  return page.getByRole('tooltip');
}

/** The element has its own words as its name, which the tip does not repeat. */
async function showsItsName(page: Page, control: Locator, name: string): Promise<void> {
  await expect(tip(page)).toHaveText(name);
  await expect(control).toHaveAccessibleName(name);
  await expect(control).toHaveAccessibleDescription('');
}

async function byKeyboard(page: Page): Promise<void> {
  const { keyboard } = page;
  const emoji = page.getByRole('button', { name: 'Insert an emoji' });
  await page.locator('[data-message-box]').click();
  await keyboard.press('Tab');
  await expect(emoji).toBeFocused();
  await showsItsName(page, emoji, 'Insert an emoji');
  await nothingForAxeInLightAndDark(page);
  await keyboard.press('Escape');
  await expect(tip(page)).toHaveCount(0);
  await expect(emoji).toBeFocused();

  await keyboard.press('Shift+Tab');
  await keyboard.press('Tab');
  await expect(tip(page)).toBeVisible();
  await keyboard.press('Shift+Tab');
  await expect(tip(page)).toHaveCount(0);

  await keyboard.press('Tab');
  await expect(tip(page)).toBeVisible();
  await keyboard.press('Enter');
  const picker = page.getByRole('dialog', { name: 'Choose an emoji' });
  await expect(picker.getByRole('searchbox')).toBeFocused();
  await expect(tip(page)).toHaveCount(0);
  await keyboard.press('Escape');
  await expect(picker).toBeHidden();

  // The focus goes back to the button with the keyboard, but by Esc.
  const search = page.getByRole('button', { name: 'Search messages' });
  await search.focus();
  await keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Search messages' })).toBeVisible();
  await keyboard.press('Escape');
  await expect(search).toBeFocused();
  await expect(tip(page)).toHaveCount(0);
}

async function textsByKeyboard(page: Page, here: Conversation): Promise<void> {
  await expect(here.state('hello')).toHaveText(arrived);
  const button = here.message('hello').getByRole('button', { name: 'Message actions' });
  await here.log.getByRole('button', { name: 'Today' }).focus();
  await page.keyboard.press('Tab');
  await expect(button).toBeFocused();
  await expect(tip(page)).toHaveText(/^Message actions\s+.*\d{4}.*(Delivered|Read)$/s);
  await expect(button).toHaveAccessibleName('Message actions');
  await expect(button).toHaveAccessibleDescription(/^(?!.*Message actions).*\d{4}.*(Delivered|Read)$/);
  await nothingForAxeInLightAndDark(page);
  // The mouse has the texts themselves.
  await page.keyboard.press('Escape');
  await button.hover();
  await showsItsName(page, button, 'Message actions');
  await page.keyboard.press('Escape');
  await page.locator('[data-message-box]').click();
}

async function byMouse(page: Page, log: Locator): Promise<void> {
  const today = log.getByRole('button', { name: 'Today' });
  await today.hover();
  await expect(tip(page)).toHaveText('Go to a date');
  await expect(today).toHaveAccessibleDescription('Go to a date');
  await nothingForAxe(page);
  await page.keyboard.press('Escape');
  await expect(tip(page)).toHaveCount(0);
  await expect(today).toHaveAccessibleDescription('');

  const time = log.locator('time[data-tip]');
  await time.hover();
  await expect(tip(page)).toContainText(/\d{4}/);
  await expect(time).toHaveAccessibleDescription(/\d{4}/);
  // The pointer can go to the words.
  await tip(page).hover();
  await expect(tip(page)).toBeVisible();
  await page.mouse.move(5, 700, { steps: 4 });
  await expect(tip(page)).toHaveCount(0);

  await time.hover();
  await expect(tip(page)).toBeVisible();
  await log.evaluate((element) => element.dispatchEvent(new Event('scroll')));
  await expect(tip(page)).toHaveCount(0);

  // A press is not for reading.
  const connection = page.getByRole('button', { name: 'Connection with bob' });
  await connection.hover();
  await showsItsName(page, connection, 'Connection with bob');
  const save = page.getByRole('button', { name: 'Save this conversation' });
  await save.hover();
  await showsItsName(page, save, 'Save this conversation');
  await connection.hover();
  await showsItsName(page, connection, 'Connection with bob');
  await connection.click();
  await expect(tip(page)).toHaveCount(0);
  await connection.click();
}

async function inDialog(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Insert an emoji' }).click();
  const picker = page.getByRole('dialog', { name: 'Choose an emoji' });
  const first = picker.getByRole('gridcell').first().getByRole('button');
  await first.hover();
  await expect(picker.getByRole('tooltip')).toBeVisible();
  await nothingForAxeInLightAndDark(page);
  await first.focus();
  await page.keyboard.press('ArrowRight');
  const second = picker.getByRole('gridcell').nth(1).getByRole('button');
  await expect(second).toBeFocused();
  await expect(tip(page)).toHaveText((await second.getAttribute('aria-label')) ?? '');
  await page.keyboard.press('Escape');
  await expect(picker).toBeHidden();
  await expect(tip(page)).toHaveCount(0);

  await page.keyboard.press('Control+Shift+F');
  const search = page.getByRole('dialog', { name: 'Search messages' });
  await search.getByRole('searchbox').fill('hello');
  await search.getByTestId('search-result').locator('time').hover();
  await expect(search.getByRole('tooltip')).toContainText(/\d{4}/);
  await page.keyboard.press('Escape');
  await expect(tip(page)).toHaveCount(0);
  await page.keyboard.press('ArrowDown');
  await expect(search.getByTestId('search-result')).toBeFocused();
  await expect(search.getByRole('tooltip')).toContainText(/\d{4}/);
  await expect(search.getByTestId('search-result')).toHaveAccessibleDescription(/\d{4}/);
  await page.keyboard.press('Escape');
  await expect(tip(page)).toHaveCount(0);
  await expect(search).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(search).toBeHidden();
}

async function goneWithElement(page: Page): Promise<void> {
  const connection = page.getByRole('button', { name: 'Connection with bob' });
  await connection.hover();
  await expect(tip(page)).toBeVisible();
  await page.goBack();
  await expect(connection).toBeHidden();
  await expect(tip(page)).toHaveCount(0);
}

async function byTouch(page: Page, time: Locator): Promise<void> {
  // The first touch of the page loads the tips.
  await expect(async () => {
    await time.tap();
    await expect(tip(page)).toContainText(/\d{4}/, { timeout: 1_000 });
  }).toPass();
  await expectInsideWindow(tip(page));
  await nothingForAxeInLightAndDark(page);
  await page.locator('[data-message-box]').tap();
  await expect(tip(page)).toHaveCount(0);

  await time.tap();
  const box = await tip(page).boundingBox();
  if (box === null) throw new Error('the tip has no place');
  await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
  await expect(tip(page)).toHaveCount(0);

  const connection = page.getByRole('button', { name: 'Connection with alice' });
  const at = await connection.boundingBox();
  if (at === null) throw new Error('the button has no place');
  const devtools = await page.context().newCDPSession(page);
  const touchPoints = [{ x: at.x + at.width / 2, y: at.y + at.height / 2 }];
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
  await expect(tip(page)).toHaveText('Connection with alice');
  await expectInsideWindow(tip(page));
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await expect(tip(page)).toHaveCount(0);
}
