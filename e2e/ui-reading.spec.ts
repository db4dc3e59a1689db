import { Conversation, recordTexts } from './app-page.ts';
import { expect, test } from './test.ts';
import { inRoom, twoUsers, type Pair } from './two-users.ts';

/** Each step is named after its item in docs/UI.md. The texts that it sends stay for the next steps. */

test('UI 7, 9, 10, 11, 12, 13, 14, 15, 18, 22, 23, 27: messages are shown, scrolled, read and found', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const pair = await twoUsers(gateways, open, { locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  await read(pair, 'in a direct conversation', consoleErrors);
  const room = await inRoom(pair);
  await read(room, 'in a room', consoleErrors);
  await test.step('UI 12: right after midnight, Today becomes Yesterday, and then the date', () =>
    daysPass(pair, room));
});

async function read(pair: Pair, where: string, consoleErrors: readonly string[]): Promise<void> {
  await test.step(`UI 12, 13, 14: ${where}, a day line, groups, and times in the locale of the reader`, () =>
    timesAreLocal(pair));
  await test.step(`UI 15, 27: ${where}, links are links, a little Markdown is rendered, and text is shown and copied as sent`, async () => {
    await textStaysText(pair);
    expect(consoleErrors).toEqual([]);
  });
  await test.step(`UI 9, 18: ${where}, new messages stay in view at the bottom; higher up nothing moves, and a button leads back`, () =>
    newMessagesStayInView(pair));
  await test.step(`UI 10, 23: ${where}, loading older history keeps the same message under the eye, and is not announced`, () =>
    olderHistoryMovesNothing(pair));
  await test.step(`UI 22: ${where}, a search finds old messages while the user types, and leads to one in its place`, () =>
    searchLeadsToPlace(pair));
  await test.step(`UI 7, 11, 13, 18: ${where}, unread counts clear in every tab when read in one, and a line stands above what was unread`, () =>
    unreadCountsClear(pair));
}

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
    const onHover = new Intl.DateTimeFormat('en-GB', {
      dateStyle: 'full',
      timeStyle: 'medium',
      timeZone: 'Europe/Berlin',
    });
    await expect(time).toHaveAttribute('data-tip', onHover.format(Date.parse(machine)));
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
  const titles = await recordTexts(bob, 'title');
  await withBob.say(...paragraphs(12));
  await expect(withAlice.messages).toHaveCount(before + 12);
  await expect.poll(() => fromBottom(withAlice)).toBeLessThanOrEqual(1);
  await withBob.say('still in view');
  await expect(withAlice.message('still in view')).toBeInViewport();
  await expect.poll(() => fromBottom(withAlice)).toBeLessThanOrEqual(1);

  // A scroll that the app made itself is told after a row has come, and before the browser has told its height.
  await withAlice.log.evaluate((log) => {
    const last = [...log.querySelectorAll<HTMLElement>('[data-testid="message"]')].at(-1);
    last?.style.setProperty('padding-bottom', '60px');
    log.dispatchEvent(new Event('scroll'));
  });
  await expect.poll(() => fromBottom(withAlice)).toBeLessThanOrEqual(1);

  // Within 30 px counts as the bottom.
  await withAlice.log.evaluate((log) => log.scrollBy(0, -25));
  await withBob.say('and this one');
  await expect(withAlice.message('and this one')).toBeInViewport();
  await expect.poll(() => fromBottom(withAlice)).toBeLessThanOrEqual(1);

  // UI 18: what the user sees at once never counts as unread.
  expect(await titles()).toEqual([`${withAlice.name} · Chatagram`]);
  await expect(withAlice.row).not.toContainText('unread');

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
  const texts = Array.from({ length: count }, (_, at) => `number ${at + 1}`);
  await withBob.say(...texts);
  await expect(withAlice.messages).toHaveCount(earlier + count);
  // After a reload there are the newest 50; the others come while one scrolls up.
  await bob.addInitScript(recordAnnounced);
  await bob.reload();
  await expect(withAlice.message(newest)).toBeInViewport();
  await expect.poll(() => fromBottom(withAlice)).toBeLessThanOrEqual(1);
  await withAlice.log.hover();
  await bob.mouse.wheel(0, -300);
  await expect(withAlice.jump).toBeVisible();
  const before = await firstInSight(withAlice);
  await withAlice.log.evaluate((log) => log.scrollBy(0, -1));
  await expect.poll(() => withAlice.log.evaluate((log) => log.scrollTop > 0)).toBe(true);
  expect((await firstInSight(withAlice)).text).toBe(before.text);
  await withAlice.log.press('Home');
  await expect(withAlice.messages).toHaveCount(earlier + count);
  await expect
    .poll(async () => (await withAlice.lines()).slice(earlier))
    .toEqual(texts.map((text) => `them: ${text}`));
  await expect(alice.getByTestId('banner')).toBeHidden();
  expect(await bob.evaluate(() => announced)).toEqual([]);
  await withAlice.jump.click();
  await expect(withAlice.log).toHaveAttribute('aria-live', 'polite');
  await withBob.say('this is new');
  await expect(withAlice.message('this is new')).toBeVisible();
  expect(await bob.evaluate(() => announced)).toEqual([expect.stringContaining('this is new')]);
}

/** So many more than the newest 50 are there with the earlier ones. */
const count = 40;
const newest = `number ${count}`;

/** What a screen reader would say of the log. */
declare const announced: string[];

/** Runs in the page, before the app. */
function recordAnnounced(): void {
  const texts: string[] = [];
  Object.assign(window, { announced: texts });
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const region = target instanceof Element ? target.closest('[aria-live]') : null;
      if (region?.getAttribute('aria-live') !== 'polite') continue;
      for (const node of addedNodes)
        if (
          node instanceof HTMLElement &&
          (node.localName === 'article' || node.querySelector('article') !== null)
        )
          texts.push(node.textContent);
    }
  }).observe(document, { subtree: true, childList: true });
}

/** Only the newest messages are in the tab. */
async function searchLeadsToPlace({ bob, withAlice }: Pair): Promise<void> {
  await bob.goto(new URL('/', bob.url()).href);
  await expect(withAlice.row).toBeVisible();
  await bob.keyboard.press('Control+Shift+F');
  const dialog = bob.getByRole('dialog', { name: 'Search messages' });
  const words = dialog.getByRole('searchbox');
  await expect(words).toBeFocused();
  const here = dialog.getByRole('region', { name: `Messages in ${withAlice.name}`, exact: true });
  await words.pressSequentially('sec');
  await expect(here.getByTestId('search-result')).toHaveText([/second$/]);
  await words.pressSequentially('urity');
  await expect(dialog.getByTestId('search-status')).toHaveText(/No message was found/);
  await words.fill('from:zed');
  await expect(dialog.getByTestId('search-status')).toHaveText('No one is called “zed”.');
  await words.fill('second');
  await expect(here.getByTestId('search-result')).toHaveText([/second$/]);
  await here.getByTestId('search-result').press('Enter');
  await expect(dialog).toBeHidden();
  await expect(withAlice.message('second')).toBeFocused();
  await expect(withAlice.message('second')).toBeInViewport();
  expect((await withAlice.lines()).slice(0, 3)).toEqual(['them: first', 'them: second', 'me: an answer']);
  await expect(withAlice.jump).toBeVisible();
  expect(await bob.evaluate(() => announced)).toEqual([]);
  // UI 23: without a choice, the focus is back where it was.
  await bob.keyboard.press('Control+Shift+F');
  await expect(words).toBeFocused();
  await bob.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(withAlice.message('second')).toBeFocused();
  await bob.keyboard.press('Control+f');
  await expect(words).toHaveValue(`in:${withAlice.name} `);
  await words.pressSequentially('second');
  await expect(words).toHaveValue(`in:${withAlice.name} second`);
  await expect(dialog.getByTestId('search-result')).toHaveText([/second$/]);
  // The next one is the browser's.
  const isLeft = await words.evaluate((box) =>
    box.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'f', ctrlKey: true, bubbles: true, cancelable: true }),
    ),
  );
  expect(isLeft).toBe(true);
  await words.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(withAlice.message('second')).toBeFocused();
}

async function unreadCountsClear({ alice, withBob, bob, withAlice }: Pair): Promise<void> {
  await bob.goto(new URL('/', bob.url()).href);
  const second = await bob.context().newPage();
  await second.goto(bob.url());
  const inSecond = new Conversation(second, withAlice.name);
  await expect(inSecond.row).toBeVisible();
  await withBob.say('one', 'two', 'three');
  for (const { row } of [withAlice, inSecond]) await expect(row).toContainText('3 unread');
  for (const page of [bob, second]) await expect(page).toHaveTitle('(3) Chatagram');
  await expect(second.locator('link[rel="icon"]')).toHaveAttribute('href', /^data:.*%3E3%3C/u);
  await second.bringToFront();
  // UI 7: to the next unread conversation.
  await second.keyboard.press('Alt+Shift+ArrowDown');
  const line = second.getByTestId('new-line');
  await expect(line).toBeVisible();
  expect(await inSecond.log.innerText()).toMatch(/New\s[^]{0,60}one\s[^]*two\s[^]*three/u);
  for (const { row } of [withAlice, inSecond]) await expect(row).not.toContainText('unread');
  for (const page of [bob, second]) await expect(page).not.toHaveTitle(/\(\d+\)/);
  await expect(alice).toHaveTitle(`${withBob.name} · Chatagram`);
  await expect(second.locator('link[rel="icon"]')).toHaveAttribute('href', '/favicon.svg');
  // UI 11: the line stays when its messages are read, until Esc. UI 13: it parts messages of one group.
  await expect(line).toBeVisible();
  await expect(inSecond.message('this is new').locator('time')).toBeVisible();
  await second.keyboard.press('Escape');
  await expect(line).toHaveCount(0);
  await expect(inSecond.message('this is new').locator('time')).toHaveCount(0);

  for (const [unread, end] of [
    ['four', () => inSecond.say('an own message below')],
    ['five', () => second.goBack()],
  ] as const) {
    await second.goto(new URL('/', second.url()).href);
    await withBob.say(unread);
    await expect(inSecond.row).toContainText('1 unread');
    await second.keyboard.press('Alt+Shift+ArrowUp');
    await expect(line).toBeVisible();
    await end();
    await expect(line).toHaveCount(0);
  }
  await second.goForward();
  await expect(inSecond.message('five')).toBeVisible();
  await expect(line).toHaveCount(0);
  await second.close();
}

/** Alice's page is told another time. The gateways keep theirs. */
async function daysPass(pair: Pair, room: Pair): Promise<void> {
  const { alice } = pair;
  await alice.clock.install();
  const days: readonly (readonly [number, RegExp])[] = [
    [0, /^Today$/],
    [msUntilMidnightInBerlin(), /^Yesterday$/],
    [dayMs, /^[A-Z][a-z]+day,? \d+ [A-Z][a-z]+$/],
  ];
  for (const [ms, line] of days) {
    await alice.clock.fastForward(ms);
    for (const { withBob } of [room, pair]) {
      await withBob.open();
      await expect(withBob.log.locator('.day')).toHaveText([line]);
    }
  }
}

const dayMs = 86_400_000;

function msUntilMidnightInBerlin(): number {
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'Europe/Berlin' });
  const [hours = 0, minutes = 0, seconds = 0] = clock.format(Date.now()).split(':').map(Number);
  return dayMs - 1_000 * (3_600 * hours + 60 * minutes + seconds);
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
