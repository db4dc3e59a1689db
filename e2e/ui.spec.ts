import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import {
  type Conversation,
  firstScreen,
  joinFromFirstScreen,
  noteTexts,
  person,
  talkTo,
} from './app-page.ts';
import { expect, test, type Open } from './test.ts';
import type { Gateways } from './gateways.ts';

/** Each test is named after its line of the list of what people expect of a chat in a browser. */

test('UI 1: Enter sends, Shift+Enter is a new line, Enter while an IME composes does not send', async ({
  gateways,
  open,
}) => {
  const { withBob } = await twoPeople(gateways, open);
  await withBob.box.pressSequentially('one');
  await withBob.box.press('Shift+Enter');
  await withBob.box.pressSequentially('two');
  await expect(withBob.messages).toHaveCount(0);
  await withBob.box.press('Enter');
  await expect.poll(() => withBob.lines()).toEqual(['me: one\ntwo']);

  await withBob.box.fill('にほん');
  await withBob.box.evaluate((box) => {
    box.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
    const enter = { key: 'Enter', bubbles: true, cancelable: true };
    box.dispatchEvent(new KeyboardEvent('keydown', { ...enter, isComposing: true }));
    box.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: '日本' }));
    // Safari sends the key after the end of the composition, with the code 229.
    box.dispatchEvent(new KeyboardEvent('keydown', { ...enter, keyCode: 229 }));
  });
  await expect(withBob.box).toHaveValue('にほん');
  await expect(withBob.messages).toHaveCount(1);
  await withBob.box.press('Enter');
  await expect.poll(() => withBob.lines()).toEqual(['me: one\ntwo', 'me: にほん']);
});

test('UI 2: blank text sends nothing, and the focus stays in the box after sending', async ({
  gateways,
  open,
}) => {
  const { alice, withBob } = await twoPeople(gateways, open);
  const send = alice.getByRole('button', { name: 'Send' });
  await expect(withBob.box).toBeFocused();
  for (const blank of ['', '   ', '\n\n']) {
    await withBob.box.fill(blank);
    await withBob.box.press('Enter');
    await expect(send).toBeDisabled();
  }
  await withBob.say('words');
  await expect(withBob.box).toBeFocused();
  await expect(withBob.box).toHaveValue('');
  await withBob.box.fill('by the button');
  await send.click();
  await expect(withBob.box).toBeFocused();
  await expect.poll(() => withBob.lines()).toEqual(['me: words', 'me: by the button']);
});

test('UI 3: each conversation keeps its draft, across switching and a reload', async ({ gateways, open }) => {
  const { server, alice, withBob } = await twoPeople(gateways, open);
  await gateways.client('cleo', server);
  await withBob.box.fill('half a thought');
  const withCleo = await talkTo(alice, 'cleo');
  await expect(withCleo.box).toHaveValue('');
  await withCleo.box.fill('another one');
  await talkTo(alice, 'bob');
  await expect(withBob.box).toHaveValue('half a thought');
  await alice.reload();
  await expect(withBob.box).toHaveValue('half a thought');
  await talkTo(alice, 'cleo');
  await expect(withCleo.box).toHaveValue('another one');
});

test('UI 6: past the size limit sending is refused with the reason, and the text is kept', async ({
  gateways,
  open,
}) => {
  const { alice, withBob } = await twoPeople(gateways, open);
  await withBob.box.fill('é'.repeat(8_192));
  await expect(alice.getByText('0 bytes left')).toBeVisible();
  await withBob.box.fill(`${'é'.repeat(8_192)}!`);
  await expect(alice.getByText('1 bytes too long. A message has at most 16 KiB')).toBeVisible();
  await withBob.box.press('Enter');
  await expect(withBob.messages).toHaveCount(0);
  await expect(alice.getByRole('button', { name: 'Send' })).toBeDisabled();
  await withBob.box.fill('é'.repeat(8_192));
  await withBob.box.press('Enter');
  // Some fifteen datagrams, one at a time.
  await expect(withBob.messages.getByTestId('delivery')).toHaveText('Delivered');
});

test('UI 8: every conversation has a URL; back, forward and a reload stay in place', async ({
  gateways,
  open,
}) => {
  const { server, alice, withBob } = await twoPeople(gateways, open);
  await gateways.client('cleo', server);
  const withCleo = await talkTo(alice, 'cleo');
  await expect(alice).toHaveURL(/\/c\/cleo$/);
  await alice.goBack();
  await expect(withBob.box).toBeVisible();
  await expect(alice).toHaveURL(/\/c\/bob$/);
  await alice.goForward();
  await expect(withCleo.box).toBeVisible();
  await alice.reload();
  await expect(withCleo.box).toBeVisible();
});

test('UI 8: people of any nickname have a URL', async ({ gateways, open }) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  for (const nickname of ['..', 'a/b', 'o\\neil']) {
    await gateways.client(nickname, server);
    const conversation = await talkTo(alice, nickname);
    await conversation.say('hello');
    await expect(conversation.state('hello')).toHaveText('Delivered');
    await alice.reload();
    await expect(conversation.message('hello')).toBeVisible();
  }
});

test('UI 9: at the bottom new messages stay in view; higher up nothing moves, and a button leads back', async ({
  gateways,
  open,
}) => {
  const { bob, withBob, withAlice } = await twoPeople(gateways, open);
  await withBob.say(...paragraphs(12));
  await expect(withAlice.messages).toHaveCount(12);
  await expect.poll(() => fromBottom(withAlice)).toBeLessThanOrEqual(1);
  await withBob.say('still in view');
  await expect(withAlice.message('still in view')).toBeInViewport();
  await expect.poll(() => fromBottom(withAlice)).toBeLessThanOrEqual(1);

  // Within 30 px counts as the bottom.
  await withAlice.log.evaluate((log) => log.scrollBy(0, -25));
  await withBob.say('and this one');
  await expect(withAlice.message('and this one')).toBeInViewport();
  await expect.poll(() => fromBottom(withAlice)).toBeLessThanOrEqual(1);

  await withAlice.log.hover();
  await bob.mouse.wheel(0, -900);
  await expect(withAlice.jump).toBeVisible();
  const before = await firstInSight(withAlice);
  await withBob.say('out of', 'sight');
  await expect(withAlice.jump).toContainText('2 new messages');
  expect(await firstInSight(withAlice)).toEqual(before);

  await withAlice.jump.click();
  await expect(withAlice.message('sight')).toBeInViewport();
  await expect.poll(() => fromBottom(withAlice)).toBe(0);
  await expect(withAlice.jump).toBeHidden();
});

test('UI 10: loading older history keeps the same message under the eye', async ({ gateways, open }) => {
  const { alice, bob, withBob, withAlice } = await twoPeople(gateways, open);
  const texts = Array.from({ length: 60 }, (_, at) => `number ${at + 1}`);
  await withBob.say(...texts);
  await expect(withAlice.messages).toHaveCount(60, { timeout: 30_000 });
  // After a reload there are the newest 50; the others come while one scrolls up.
  await bob.reload();
  await expect(withAlice.message('number 60')).toBeInViewport();
  await expect.poll(() => fromBottom(withAlice)).toBeLessThanOrEqual(1);
  await withAlice.log.hover();
  await bob.mouse.wheel(0, -300);
  await expect(withAlice.jump).toBeVisible();
  const before = await firstInSight(withAlice);
  await withAlice.log.evaluate((log) => log.scrollBy(0, -1));
  await expect.poll(() => withAlice.log.evaluate((log) => log.scrollTop > 0)).toBe(true);
  expect((await firstInSight(withAlice)).text).toBe(before.text);
  await withAlice.log.press('Home');
  await expect(withAlice.messages).toHaveCount(60);
  await expect.poll(() => withAlice.lines()).toEqual(texts.map((text) => `them: ${text}`));
  await expect(alice.getByTestId('banner')).toBeHidden();
});

test('UI 12, 13, 14: a day line, groups, and times in the locale of the reader', async ({
  gateways,
  open,
}) => {
  const { alice, bob, withBob, withAlice } = await twoPeople(gateways, open, {
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  await withBob.say('first', 'second');
  await expect(withAlice.messages).toHaveCount(2);
  for (const page of [alice, bob]) {
    const time = page.getByTestId('message').last().locator('time');
    await expect(time).toHaveText(/^\d\d:\d\d$/);
    const machine = (await time.getAttribute('datetime')) ?? '';
    expect(Math.abs(Date.parse(machine) - Date.now())).toBeLessThan(120_000);
    const inBerlin = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Europe/Berlin' });
    await expect(time).toHaveText(inBerlin.format(Date.parse(machine)));
    // The full date on hover.
    await expect(time).toHaveAttribute('title', new RegExp(String(new Date(machine).getFullYear())));
    // One sender within five minutes: one time for the group.
    await expect(page.getByTestId('message').locator('time')).toHaveCount(1);
    await expect(page.getByRole('log').getByText('Today')).toHaveCount(1);
  }
});

test('UI 15: links are links, a little Markdown is rendered, and message text never becomes markup', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const { alice, bob, withBob, withAlice } = await twoPeople(gateways, open);
  const dialogs: string[] = [];
  for (const page of [alice, bob]) {
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  }
  const hostile = [
    '<img src=x onerror=alert(1)>',
    '<script>alert(1)</script>',
    '[click](javascript:alert(1))',
    '![picture](http://127.0.0.1:1/x.png)',
    '<a href="javascript:alert(1)">click</a>',
    'javascript:alert(1)',
    '<svg onload=alert(1)>',
    '<style>body{display:none}</style>',
  ];
  await withBob.say(...hostile);
  await withBob.say(
    'see https://example.org/a?b=c#d now',
    '**bold** and *italic* and `a < b`',
    '```\nconst x = 1;\n```',
  );
  await expect(withAlice.messages).toHaveCount(hostile.length + 3);

  for (const conversation of [withBob, withAlice]) {
    const shown = (await conversation.lines()).map((line) => line.replace(/^(me|them): /, ''));
    expect(shown.slice(0, hostile.length)).toEqual(hostile);
    await expect(
      conversation.log.locator('img, script, style, iframe, svg[onload], [onclick], [onerror]'),
    ).toHaveCount(0);
    const links = conversation.log.getByRole('link');
    await expect(links).toHaveCount(await links.and(conversation.log.locator('a[href^="http"]')).count());
    const link = conversation.log.getByRole('link', { name: 'https://example.org/a?b=c#d' });
    await expect(link).toHaveAttribute('href', 'https://example.org/a?b=c#d');
    await expect(link).toHaveAttribute('rel', 'noopener noreferrer');
    await expect(link).toHaveAttribute('target', '_blank');
    await expect(conversation.log.locator('strong')).toHaveText('bold');
    await expect(conversation.log.locator('em')).toHaveText('italic');
    await expect(conversation.log.locator('code').getByText('a < b', { exact: true })).toBeVisible();
    await expect(conversation.log.locator('pre')).toHaveText('const x = 1;');
  }
  expect(dialogs).toEqual([]);
  expect(consoleErrors).toEqual([]);
});

test('UI 17: the state of a sent message stands in words beside an icon', async ({ gateways, open }) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const bobsGateway = await gateways.client('bob', server);
  const withBob = await talkTo(alice, 'bob');
  await withBob.say('here');
  await expect(withBob.state('here')).toHaveText('Delivered');
  await expect(withBob.state('here').locator('svg')).toBeVisible();

  // Killed without a goodbye: the tries are told while they happen, then the server keeps it.
  const states = await noteTexts(alice, '[data-testid=delivery]');
  await bobsGateway.kill('SIGKILL');
  await withBob.say('gone');
  await expect(withBob.state('gone')).toHaveText('On the server until bob is back', { timeout: 30_000 });
  expect(await states()).toEqual(
    expect.arrayContaining(['Sending (try 2)', 'Sending (try 3)', 'Sending (try 4)', 'Sending (try 5)']),
  );
  await expect(withBob.state('gone').locator('svg')).toBeVisible();
  await expect(withBob.state('here')).toHaveText('Delivered');

  await gateways.again(bobsGateway);
  await expect(withBob.state('gone')).toHaveText('Delivered later');
});

test('UI 18: unread counts clear in every tab when read in one', async ({ gateways, open }) => {
  const { alice, withBob, bob } = await twoPeople(gateways, open);
  await bob.goto(new URL('/', bob.url()).href);
  const second = await bob.context().newPage();
  await second.goto(bob.url());
  await expect(person(second, 'alice')).toContainText('Online');
  await withBob.say('one', 'two', 'three');
  for (const page of [bob, second]) {
    await expect(person(page, 'alice')).toContainText('3 unread');
    await expect(page).toHaveTitle('(3) Chatagram');
  }
  await second.bringToFront();
  await talkTo(second, 'alice');
  for (const page of [bob, second]) {
    await expect(person(page, 'alice')).not.toContainText('unread');
    await expect(page).not.toHaveTitle(/\(\d+\)/);
  }
  await expect(alice).toHaveTitle('bob · Chatagram');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`UI 23: axe finds nothing on the first screen and in the chat, ${colorScheme}`, async ({
    gateways,
    open,
  }) => {
    const server = await gateways.server();
    const page = await open(await gateways.app('alice'), { colorScheme });
    await firstScreen(page).start.click();
    await expect(firstScreen(page).nickname).toHaveAttribute('aria-invalid', 'true');
    await nothingForAxe(page);
    await joinFromFirstScreen(page, 'alice', `127.0.0.1:${server.port}`);
    await expect(page.getByRole('heading', { name: 'Nobody else is here yet' })).toBeVisible();
    await nothingForAxe(page);

    const bobsGateway = await gateways.client('bob', server);
    const bob = await open(bobsGateway);
    const withBob = await talkTo(page, 'bob');
    await withBob.say('**bold** `code` https://example.org/');
    await expect(withBob.messages.getByTestId('delivery')).toHaveText('Delivered');
    const withAlice = await talkTo(bob, 'alice');
    await withAlice.say('thank you');
    await expect(withBob.message('thank you')).toBeVisible();
    await bobsGateway.kill('SIGTERM');
    await withBob.say('for later');
    await expect(withBob.state('for later')).toHaveText('On the server until bob is back');
    await nothingForAxe(page);

    await page.getByRole('button', { name: 'Menu of alice' }).click();
    await nothingForAxe(page);
    await page.getByRole('menuitem', { name: 'Go offline' }).click();
    await expect(page.getByTestId('banner')).toBeVisible();
    await nothingForAxe(page);
  });
}

test('UI 24: at 320 px nothing scrolls sideways, and there is one pane at a time', async ({
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
  await conversation.say('x'.repeat(300), `https://example.org/${'y'.repeat(200)}`, `\`${'z'.repeat(200)}\``);
  await conversation.say('```\n' + 'wide '.repeat(60) + '\n```');
  await expect(conversation.messages).toHaveCount(4);
  await nothingSideways(page);
  await page.getByRole('link', { name: 'Back to people' }).click();
  await expect(person(page, longest)).toBeVisible();
  await expect(conversation.box).toBeHidden();
  await nothingSideways(page);
});

async function twoPeople(gateways: Gateways, open: Open, options: Parameters<Open>[1] = {}) {
  const server = await gateways.server();
  const start = async (nickname: string) => open(await gateways.client(nickname, server), options);
  const [alice, bob] = await Promise.all([start('alice'), start('bob')]);
  const [withBob, withAlice] = await Promise.all([talkTo(alice, 'bob'), talkTo(bob, 'alice')]);
  return { server, alice, bob, withBob, withAlice };
}

/** Each several lines high, so that a few of them fill the log. */
function paragraphs(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `paragraph ${at + 1}\n\nof\n\nseveral\n\nlines`);
}

function fromBottom({ log }: Conversation): Promise<number> {
  return log.evaluate((element) => element.scrollHeight - element.clientHeight - element.scrollTop);
}

/** The topmost message that is in sight, and where it stands: what the eye of the reader rests on. */
async function firstInSight({ log }: Conversation): Promise<{ text: string; top: number }> {
  return log.evaluate((element) => {
    const top = element.getBoundingClientRect().top;
    const first = [...element.querySelectorAll<HTMLElement>('[data-testid=message]')].find(
      (message) => message.getBoundingClientRect().bottom > top,
    );
    if (first === undefined) throw new Error('no message is in sight');
    return {
      text: first.innerText,
      top: Math.round(first.getBoundingClientRect().top - top),
    };
  });
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
      .filter((element) => !isCut(element) && element.closest('.visually-hidden') === null)
      .map((element) => `${element.tagName}.${element.className}`);
  });
  expect(wider).toEqual([]);
}

async function nothingForAxe(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect(found).toEqual([]);
}
