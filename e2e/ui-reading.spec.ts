import { type Conversation, person } from './app-page.ts';
import { expect, test } from './test.ts';
import { twoUsers } from './two-users.ts';

type Pair = Awaited<ReturnType<typeof twoUsers>>;

/** Each step is named after its item in docs/UI.md. The texts that it sends stay for the next steps. */

test('UI 7, 9, 10, 11, 12, 13, 14, 15, 18, 27: messages are shown, scrolled and read', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const pair = await twoUsers(gateways, open, { locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  await test.step('UI 12, 13, 14: a day line, groups, and times in the locale of the reader', () =>
    timesAreLocal(pair));
  await test.step('UI 15, 27: links are links, a little Markdown is rendered, and text is shown and copied as sent', async () => {
    await textStaysText(pair);
    expect(consoleErrors).toEqual([]);
  });
  await test.step('UI 9: at the bottom new messages stay in view; higher up nothing moves, and a button leads back', () =>
    newMessagesStayInView(pair));
  await test.step('UI 10: loading older history keeps the same message under the eye', () =>
    olderHistoryMovesNothing(pair));
  await test.step('UI 7, 11, 18: unread counts clear in every tab when read in one, and a line stands above what was unread', () =>
    unreadCountsClear(pair));
});

const clockErrorMsMax = 60_000;

async function timesAreLocal({ alice, bob, withBob, withAlice }: Pair): Promise<void> {
  const startWallMs = Date.now();
  await withBob.say('first', 'second');
  await expect(withAlice.messages).toHaveCount(2);
  for (const page of [alice, bob]) {
    const time = page.getByTestId('message').last().locator('time');
    await expect(time).toHaveText(/^\d\d:\d\d$/);
    const machine = (await time.getAttribute('datetime')) ?? '';
    // A sender shows its own clock. A reader shows the time by what it measured of the clocks, which is rough on a busy machine.
    const errorMsMax = page === alice ? 0 : clockErrorMsMax;
    expect(Date.parse(machine)).toBeGreaterThanOrEqual(startWallMs - errorMsMax);
    expect(Date.parse(machine)).toBeLessThanOrEqual(Date.now() + errorMsMax);
    const inBerlin = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Europe/Berlin' });
    await expect(time).toHaveText(inBerlin.format(Date.parse(machine)));
    // The full date on hover.
    await expect(time).toHaveAttribute('title', new RegExp(String(new Date(machine).getFullYear())));
    // One sender within five minutes: one time for the group.
    await expect(page.getByTestId('message').locator('time')).toHaveCount(1);
    await expect(page.getByRole('log').getByText('Today')).toHaveCount(1);
  }
  // Without an answer, only the first of the messages below would arrive.
  await withAlice.say('an answer');
  await expect(withBob.message('an answer')).toBeVisible();
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

async function textStaysText({ alice, bob, withBob, withAlice }: Pair): Promise<void> {
  const dialogs: string[] = [];
  for (const page of [alice, bob]) {
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  }
  const earlier = await withAlice.messages.count();
  const spaced = 'two  spaces\n\n   and lines';
  await withBob.say(...hostile);
  await withBob.say(
    'see https://example.org/a?b=c#d now',
    '**bold** and *italic* and `a < b`',
    '```\nconst x = 1;\n```',
    spaced,
  );
  await expect(withAlice.messages).toHaveCount(earlier + hostile.length + 4);

  for (const conversation of [withBob, withAlice]) {
    const shown = (await conversation.lines()).map((line) => line.replace(/^(me|them): /, ''));
    expect(shown.slice(earlier, earlier + hostile.length)).toEqual(hostile);
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
    await expect(conversation.log.locator('pre .flow:not(.hidden)')).toHaveText('const x = 1;');
  }
  const copied = await withAlice.messages.last().evaluate((message) => {
    getSelection()?.selectAllChildren(message.querySelector('.bubble') ?? message);
    return getSelection()?.toString();
  });
  expect(copied).toBe(spaced);
  expect(dialogs).toEqual([]);
}

async function newMessagesStayInView({ bob, withBob, withAlice }: Pair): Promise<void> {
  const before = await withAlice.messages.count();
  await withBob.say(...paragraphs(12));
  await expect(withAlice.messages).toHaveCount(before + 12);
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
  const inSight = await firstInSight(withAlice);
  await withBob.say('out of', 'sight');
  await expect(withAlice.jump).toContainText('2 new messages');
  expect(await firstInSight(withAlice)).toEqual(inSight);

  await withAlice.jump.click();
  await expect(withAlice.message('sight')).toBeInViewport();
  await expect.poll(() => fromBottom(withAlice)).toBe(0);
  await expect(withAlice.jump).toBeHidden();
}

async function olderHistoryMovesNothing({ alice, bob, withBob, withAlice }: Pair): Promise<void> {
  const earlier = await withAlice.messages.count();
  const texts = Array.from({ length: 60 }, (_, at) => `number ${at + 1}`);
  await withBob.say(...texts);
  await expect(withAlice.messages).toHaveCount(earlier + 60);
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
  await expect(withAlice.messages).toHaveCount(earlier + 60);
  await expect
    .poll(async () => (await withAlice.lines()).slice(earlier))
    .toEqual(texts.map((text) => `them: ${text}`));
  await expect(alice.getByTestId('banner')).toBeHidden();
}

async function unreadCountsClear({ alice, withBob, bob }: Pair): Promise<void> {
  await bob.goto(new URL('/', bob.url()).href);
  const second = await bob.context().newPage();
  await second.goto(bob.url());
  await expect(person(second, 'alice')).toContainText('Online');
  await withBob.say('one', 'two', 'three');
  for (const page of [bob, second]) {
    await expect(person(page, 'alice')).toContainText('3 unread');
    await expect(page).toHaveTitle('(3) Chatagram');
  }
  await expect(second.locator('link[rel="icon"]')).toHaveAttribute('href', /^data:.*%3E3%3C/u);
  await second.bringToFront();
  // UI 7: to the next unread conversation.
  await second.keyboard.press('Alt+Shift+ArrowDown');
  const line = second.getByTestId('new-line');
  await expect(line).toBeVisible();
  expect(await second.getByRole('log').innerText()).toMatch(/New\s[^]{0,60}one\s[^]*two\s[^]*three/u);
  for (const page of [bob, second]) {
    await expect(person(page, 'alice')).not.toContainText('unread');
    await expect(page).not.toHaveTitle(/\(\d+\)/);
  }
  await expect(alice).toHaveTitle('bob · Chatagram');
  await expect(second.locator('link[rel="icon"]')).toHaveAttribute('href', '/favicon.svg');
  // UI 11: the line stays when its messages are read, until Esc.
  await expect(line).toBeVisible();
  await second.keyboard.press('Escape');
  await expect(line).toHaveCount(0);
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
