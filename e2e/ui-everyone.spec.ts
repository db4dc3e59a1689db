import type { Page } from '@playwright/test';
import {
  arrived,
  chooseInMenu,
  firstScreen,
  joinFromFirstScreen,
  longPress,
  openSettings,
  person,
  smallTargets,
  talkTo,
} from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import type { Gateway } from './gateways.ts';
import { expect, test } from './test.ts';

/** Each test and step is named after its item in docs/UI.md. */

test('UI 23, 25: axe finds nothing on the first screen and in the chat, and no screen loads from outside or logs an error', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const server = await gateways.server();
  const page = await open(await gateways.app('alice'));
  await expect(firstScreen(page).nickname).toBeFocused();
  await test.step('the page requests at most 95 kB of script and style before the user acts', () =>
    firstLoadIsSmall(page));
  await firstScreen(page).start.click();
  await expect(firstScreen(page).nickname).toHaveAttribute('aria-invalid', 'true');
  await test.step('UI 23: axe finds nothing on the first screen', () => nothingForAxeInLightAndDark(page));
  await joinFromFirstScreen(page, 'alice', `127.0.0.1:${server.port}`);
  await expect(page.getByRole('heading', { name: 'No one else is here yet' })).toBeVisible();
  await test.step('UI 23: axe finds nothing in the empty chat', () => nothingForAxeInLightAndDark(page));

  const bobsGateway = await gateways.client('bob', server, { lab: 'dup=1,seed=1' });
  const bob = await open(bobsGateway);
  await test.step('UI 23: axe finds nothing in a conversation', async () => {
    await talkUntilBobLeaves(page, bob, bobsGateway);
    await nothingForAxeInLightAndDark(page);
  });
  await test.step('UI 24: forced colours leave the edges of bubbles, the open conversation and presence', () =>
    forcedColoursShowEdges(page));
  await test.step('UI 24: a wide window shows the details of the person in a third pane', () =>
    detailsInThirdPane(page));
  await test.step('UI 23: axe finds nothing in the menu and while the user is offline', async () => {
    await page.getByRole('button', { name: 'Menu for alice' }).click();
    await nothingForAxeInLightAndDark(page);
    await page.getByRole('menuitem', { name: 'Go offline' }).click();
    await expect(page.getByTestId('banner')).toBeVisible();
    await nothingForAxeInLightAndDark(page);
  });
  await test.step('UI 24: the user chooses the light or the dark look', () => theLookIsChosen(page));
  await test.step('UI 23: axe finds nothing in the switcher and in the list of keys', () =>
    switcherAndKeys(page));
  await test.step('the user goes online, opens an unknown conversation, and leaves the chat', async () => {
    await page.getByTestId('banner').getByRole('button', { name: 'Go online' }).click();
    await expect(page.getByTestId('banner')).toBeHidden();
    await page.goto(new URL('/c/norbert', page.url()).href);
    await expect(page.getByText('No one here is called “norbert”')).toBeVisible();
    await page.goBack();
    await expect(person(page, 'bob')).toBeVisible();
    await chooseInMenu(page, 'alice', 'Leave this chat');
    await expect(firstScreen(page).start).toBeVisible();
  });
  // A violation of the Content-Security-Policy is an error on the console, too.
  expect(consoleErrors).toEqual([]);
});

async function detailsInThirdPane(page: Page): Promise<void> {
  await page.setViewportSize({ width: 1440, height: 800 });
  const details = page.getByRole('complementary', { name: 'About bob' });
  await expect(details.getByTestId('safety-number')).toBeVisible();
  await nothingForAxeInLightAndDark(page);
  await details.getByRole('button', { name: 'Close the details' }).click();
  await expect(details).toBeHidden();
  await expect(page.getByRole('button', { name: 'Connection with bob' })).toBeFocused();
  await page.setViewportSize({ width: 1280, height: 720 });
}

async function switcherAndKeys(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Go to a conversation' })).toContainText('bob');
  await nothingForAxeInLightAndDark(page);
  await page.keyboard.press('Escape');
  await page.getByRole('log').focus();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await nothingForAxeInLightAndDark(page);
  await page.keyboard.press('Escape');
}

/** As they came: the gateway sends them compressed. */
async function firstLoadIsSmall(page: Page): Promise<void> {
  const bytes = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => /\.(?:js|css)$/.test(new URL(name).pathname))
      .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0),
  );
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(95_000);
}

/** UI 24: the look is chosen in the settings, and stays. */
async function theLookIsChosen(page: Page): Promise<void> {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await paper();
  await openSettings(page, 'alice');
  await page.getByRole('radio', { name: 'Dark' }).press('Space');
  await expect.poll(paper).not.toBe(light);
  await page.reload();
  await expect.poll(paper).not.toBe(light);
  await page.getByRole('radio', { name: 'Dark' }).press('ArrowLeft');
  await page.getByRole('radio', { name: 'Light' }).press('ArrowLeft');
  await expect.poll(paper).toBe(light);
  await page.emulateMedia({ colorScheme: null });
  await page.getByTestId('settings').getByRole('link', { name: 'Back to the conversations' }).click();
  await expect(page.getByRole('button', { name: 'Menu for alice' })).toBeFocused();
  await talkTo(page, 'bob');
}

async function talkUntilBobLeaves(page: Page, bob: Page, bobsGateway: Gateway): Promise<void> {
  const withBob = await talkTo(page, 'bob');
  const texts = ['**bold** `code` https://example.org/ <b onclick="alert(1)">no</b> 🙂', '```\nblock\n```'];
  await withBob.say(...texts);
  await expect(withBob.messages.getByTestId('delivery')).toHaveText([arrived, arrived]);
  const withAlice = await talkTo(bob, 'alice');
  await expect(withAlice.messages).toHaveCount(2);
  await withAlice.say('thank you');
  await expect(withBob.message('thank you')).toBeVisible();
  // An open page would log that its gateway is gone.
  await bob.close();
  await bobsGateway.kill('SIGTERM');
  await withBob.say('for later');
  await expect(withBob.state('for later')).toHaveText('On the server until bob is back');
}

test('UI 23, 24, 27, 29: at 320 px nothing scrolls sideways, long lines stay inside, and there is one pane at a time', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const longest = 'W'.repeat(32);
  await gateways.client(longest, server);
  const narrow = { viewport: { width: 320, height: 640 }, hasTouch: true };
  const page = await open(await gateways.app('alice'), narrow);
  await firstScreen(page).start.click();
  await expect(firstScreen(page).nickname).toHaveAttribute('aria-invalid', 'true');
  await nothingSideways(page);
  await joinFromFirstScreen(page, 'a'.repeat(32), `127.0.0.1:${server.port}`);
  await expect(person(page, longest)).toBeVisible();
  await nothingSideways(page);

  const conversation = await talkTo(page, longest);
  await expect(person(page, longest)).toBeHidden();
  await test.step('UI 23: where no box takes the focus, the log with the name of the person does', () =>
    expect(conversation.log).toBeFocused());
  await conversation.say('x'.repeat(300), `https://example.org/${'y'.repeat(200)}`, `\`${'z'.repeat(200)}\``);
  await conversation.say('```\n' + 'wide '.repeat(60) + '\n```');
  await expect(conversation.messages).toHaveCount(4);
  await nothingSideways(page);
  await test.step('UI 29: a long press opens the menu of a message', async () => {
    await conversation.say('press me');
    await longPress(page, 'press me');
  });
  await test.step('UI 24: each target is large enough for a finger, and nothing moves if the user wants that', () =>
    fitsFingers(page));
  await test.step('UI 24: with text of twice the size nothing scrolls sideways', () =>
    inTextOfTwiceTheSize(page));
  await page.getByRole('link', { name: 'Back to people' }).click();
  await expect(person(page, longest)).toBeVisible();
  await expect(conversation.box).toBeHidden();
  await nothingSideways(page);
});

/** In the conversation, and in the menu of a message. */
async function fitsFingers(page: Page): Promise<void> {
  expect(await smallTargets(page)).toEqual([]);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.getByRole('button', { name: 'Message actions' }).last().click();
  await expect(page.getByRole('menu')).toBeVisible();
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  expect(await smallTargets(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.emulateMedia({ reducedMotion: null });
}

async function forcedColoursShowEdges(page: Page): Promise<void> {
  await page.emulateMedia({ forcedColors: 'active' });
  const styleOf = (selector: string, property: string, pseudo?: string) =>
    page.evaluate(
      ([found = '', name = '', part]) =>
        getComputedStyle(document.querySelector(found)!, part).getPropertyValue(name),
      [selector, property, pseudo],
    );
  expect(await styleOf('.bubble', 'border-top-style')).toBe('solid');
  expect(await styleOf('a[aria-current]', 'outline-style')).toBe('solid');
  const ring = await styleOf('.dot:not(.online)', 'background-color', '::after');
  expect(await styleOf('.dot.online', 'background-color', '::after')).not.toBe(ring);
  await page.emulateMedia({ forcedColors: 'none' });
}

async function inTextOfTwiceTheSize(page: Page): Promise<void> {
  await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
  await nothingSideways(page);
  await page.evaluate(() => (document.documentElement.style.fontSize = ''));
}

async function nothingSideways(page: Page): Promise<void> {
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBe(page.viewportSize()!.width);
  // What is cut off with an ellipsis, or scrolls by itself, may be wider than the screen.
  const wider = await page.evaluate(() => {
    const isCut = (element: Element): boolean => {
      const { textOverflow, overflowX } = getComputedStyle(element);
      if (textOverflow === 'ellipsis' || overflowX === 'auto') return true;
      return element.parentElement !== null && isCut(element.parentElement);
    };
    return [...document.querySelectorAll<HTMLElement>('body *')]
      .filter(
        (element) => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1,
      )
      .filter((element) => !isCut(element) && element.closest('.visually-hidden, .off-screen') === null)
      .map((element) => `${element.tagName}.${element.className}`);
  });
  expect(wider).toEqual([]);
}
