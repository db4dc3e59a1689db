import type { Locator, Page } from '@playwright/test';
import { arrived, person, talkTo, type Conversation } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';
import { inRoom, twoUsers } from './two-users.ts';

/** What is on the screen is what was sent, for texts that once were not. */
const faithful = [
  '\\\\fileserver\\share and C:\\_old\\*.txt ¯\\_(ツ)_/¯',
  '2*3*4 10~20 and 30~40 __init__.py',
  '**bold** _italic_ ~~gone~~ ***both*** `code` **a _b_ c**',
  'look:\n```ts\nconst a = 1;\n\n    b();\n```\nend',
  '```const a = 1;\nconst b = 2;\n```',
  '`one\ntwo`',
  '```\n```',
  '    indented\n  less',
  '- one\n- **two**\n1. three',
  '> quoted\n> **twice**\nanswer',
  'see http://[fd00::7]:5050/ and https://example.org/a(b)谢谢',
  '\u202ehttp://a.example/b and https://pаypal.example/',
  'שלום\nEnglish\n\nעוד *שורה*\nthis is the longest line of them all',
  'one\u2028two\u2029three',
  `a${'\u0301'.repeat(300)}`,
];

const wide = { permissions: ['clipboard-read', 'clipboard-write'], locale: 'en-GB' };

test('UI 15, 27, 29: message text is shown and copied as it was sent', async ({ gateways, open }) => {
  const pair = await twoUsers(gateways, open, wide);
  const { alice, bob, withBob, withAlice } = pair;
  await withAlice.say('so that all may arrive');
  await expect(withBob.messages).toHaveCount(1);
  await bob.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => socket.send(String(frame).replaceAll('becomes blank', '\\u200b\\u2800')));
  });
  await bob.reload();
  await withBob.box.waitFor();
  await withBob.say(...faithful);
  await expect(withAlice.messages).toHaveCount(faithful.length + 1);
  await test.step('UI 27, 29: a selection and "Copy text" copy what was sent', () =>
    copiesAsSent(bob, withAlice));
  await test.step('UI 27: the marks are hidden, and no screen reader says them', () => hidesMarks(withAlice));
  await test.step('UI 27: each line has its own direction', async () => {
    const words = ['שלום', 'English', 'שורה'];
    expect(await bubbleAt(withAlice, 12).evaluate(sidesOfWords, words)).toEqual(['right', 'left', 'right']);
  });
  await test.step('UI 15: an address is shown whole, from left to right, with the ASCII form of a foreign host', () =>
    linksAreWhole(withAlice));
  await test.step('UI 27: combining marks stay in their bubble, and so do thousands of lines', () =>
    longTextsStayInside(withBob, withAlice));
  await test.step('UI 27: the list of people shows each newest message in its own direction', async () => {
    const preview = person(bob, 'alice').locator('.preview');
    for (const [text, direction] of Object.entries({ שלום: 'rtl', English: 'ltr' })) {
      await withBob.say(text);
      await expect(preview).toHaveText(text);
      await expect(preview).toHaveCSS('direction', direction);
    }
  });
  await test.step('UI 27: a message of nothing visible says so', async () => {
    await withBob.say('becomes blank');
    await expect(withAlice.messages.last().locator('.bubble')).toHaveText('Blank message');
    await expect(person(bob, 'alice')).toContainText('Blank message');
    await withBob.box.fill('\u200b\u2800');
    await expect(alice.getByRole('button', { name: 'Send' })).toBeDisabled();
    await withBob.box.fill('');
  });
  await test.step('UI 23: axe finds nothing in it', () => nothingForAxeInLightAndDark(bob));
  await test.step('UI 15, 27: in a room, the same texts are shown and selected as they were sent', async () => {
    const room = await inRoom(pair);
    await room.withAlice.say('the first message');
    await room.withBob.say(...faithful);
    await expect(room.withAlice.messages).toHaveCount(faithful.length + 1);
    for (const [index, text] of faithful.entries()) await showsAsSent(bubbleAt(room.withAlice, index), text);
    await linksAreWhole(room.withAlice);
  });
});

/** Runs in the page: returns the side of its bubble at which each word stands. */
function sidesOfWords(bubble: Element, words: readonly string[]): string[] {
  const around = bubble.getBoundingClientRect();
  return words.map((word) => {
    const texts = document.createTreeWalker(bubble, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const at = node.textContent?.indexOf(word) ?? -1;
      if (at === -1) continue;
      range.setStart(node, at);
      range.setEnd(node, at + word.length);
    }
    const { left, right } = range.getBoundingClientRect();
    return left - around.left < around.right - right ? 'left' : 'right';
  });
}

/** The message that shows a text of the list above. The first message of the conversation is another one. */
function messageAt(conversation: Conversation, index: number): Locator {
  return conversation.messages.nth(index + 1);
}

function bubbleAt(conversation: Conversation, index: number): Locator {
  return messageAt(conversation, index).locator('.bubble');
}

async function showsAsSent(bubble: Locator, text: string): Promise<void> {
  expect(await bubble.evaluate((element) => element.textContent)).toBe(text);
  expect(await bubble.innerText()).toBe(text);
  await bubble.evaluate((element) => getSelection()?.selectAllChildren(element));
  expect(await bubble.page().evaluate(() => getSelection()?.toString())).toBe(text);
}

async function copiesAsSent(page: Page, conversation: Conversation): Promise<void> {
  for (const [index, text] of faithful.entries()) {
    await showsAsSent(bubbleAt(conversation, index), text);
    await page.keyboard.press('Control+C');
    expect(await clipboard(page)).toBe(text);
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await messageAt(conversation, index).getByRole('button', { name: 'Message actions' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Copy text' }).press('Enter');
    await expect.poll(() => clipboard(page)).toBe(text);
  }
}

async function hidesMarks(conversation: Conversation): Promise<void> {
  const marks = bubbleAt(conversation, 2).locator('.mark');
  expect((await marks.allTextContents()).join(' ')).toBe('** ** _ _ ~~ ~~ *** *** ` ` ** _ _ **');
  for (const mark of await marks.all()) {
    await expect(mark).toHaveAttribute('aria-hidden', 'true');
    expect((await mark.boundingBox())?.width ?? 0).toBe(0);
  }
  const code = bubbleAt(conversation, 3).locator('pre .flow:not(.hidden)');
  await expect(code).toHaveCount(1);
  expect(await code.innerText()).toBe('```ts\nconst a = 1;\n\n    b();');
}

async function linksAreWhole({ log }: Conversation): Promise<void> {
  const links = log.getByRole('link');
  const shown = [
    'http://[fd00::7]:5050/',
    'https://example.org/a(b)',
    'http://a.example/b',
    'https://pаypal.example/',
  ];
  await expect(links).toHaveText(shown);
  for (const [index, address] of shown.entries()) {
    await expect(links.nth(index)).toHaveAttribute('href', address);
    await expect(links.nth(index)).toHaveCSS('unicode-bidi', 'isolate');
    await expect(links.nth(index)).toHaveCSS('direction', 'ltr');
  }
  const otherHosts = log.locator('.other-host');
  await expect(otherHosts).toHaveCount(1);
  expect(await otherHosts.evaluate((host) => getComputedStyle(host, '::after').content)).toContain(
    'xn--pypal-4ve.example',
  );
}

function clipboard(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText());
}

async function longTextsStayInside(withBob: Conversation, withAlice: Conversation): Promise<void> {
  const pillar = withAlice.messages.last().locator('.bubble');
  await expect(pillar).toHaveCSS('overflow', 'clip');
  expect((await pillar.boundingBox())?.height).toBeLessThan(60);

  await withBob.say('y\n'.repeat(1_000).trimEnd());
  const long = withAlice.messages.last();
  const unfold = long.getByRole('button', { name: 'Show all 1,000 lines' });
  await expect(unfold).toBeVisible();
  const lineCount = () =>
    long.locator('.bubble').evaluate(({ textContent }) => textContent.match(/y/g)?.length);
  expect(await lineCount()).toBe(40);
  await unfold.click();
  await expect.poll(lineCount).toBe(1_000);
  await expect(unfold).toBeHidden();
}

test('UI 28: a part that fails says so, and everything around it works', async ({ gateways, open }) => {
  const pair = await twoUsers(gateways, open, wide);
  const { server, alice, withBob } = pair;
  const carol = await gateways.terminal('carol', server);
  carol.write('send alice from carol');
  await withBob.say('to bob');
  await expect(withBob.state('to bob')).toHaveText(arrived);

  await test.step('UI 28: a row is shown as plain text, in a direct conversation and in a room', async () => {
    await alice.evaluate(() => {
      const canParse = URL.canParse.bind(URL);
      URL.canParse = (address, base) => {
        if (String(address).includes('breaks')) throw new Error('this address breaks its row');
        return canParse(address, base);
      };
    });
    for (const place of [await inRoom(pair), pair]) {
      await place.withBob.open();
      await place.withAlice.open();
      await place.withAlice.say('*before*', '*http://breaks.example/*', '*after*');
      await expect(place.withBob.log.getByTestId('plain-message')).toHaveText('*http://breaks.example/*');
      await expect(place.withBob.log.locator('em')).toHaveText(['before', 'after']);
    }
  });
  await test.step('UI 28: a panel says that it could not be shown, and what stands beside it is there', async () => {
    await alice.evaluate(() => {
      Object.defineProperty(Intl.NumberFormat.prototype, 'format', {
        // Only the panel shows so large a number: the bytes of a datagram.
        get: () => (value: number) => {
          if (value >= 1_000) throw new Error('this breaks a panel');
          return String(value);
        },
      });
    });
    await alice.getByRole('button', { name: 'Connection with bob' }).click();
    const panel = alice.getByRole('dialog', { name: 'Connection with bob' });
    await expect(panel.getByTestId('fault')).toContainText('This could not be shown.');
    await expect(panel.getByRole('switch').first()).toBeVisible();
    await panel.getByRole('button', { name: 'Close' }).click();
  });
  await test.step('UI 28: a conversation that fails leaves no messages of another person on the screen', async () => {
    const withCarol = await breakLogOf(alice, 'carol');
    await expect(alice.getByTestId('fault')).toHaveCount(1);
    await expect(alice.getByTestId('message')).toHaveCount(0);
    await expect(alice.getByRole('heading', { name: 'carol' })).toBeVisible();
    await withCarol.say('to carol');
    await expect.poll(() => carol.stdout.join('\n')).toContain('alice: to carol');
    await alice.evaluate(() => Reflect.set(window, 'ResizeObserver', Reflect.get(window, 'wholeObserver')));
    await alice.getByTestId('fault').getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => withCarol.lines()).toEqual(['them: from carol', 'me: to carol']);
    await talkTo(alice, 'bob');
    await expect(withBob.message('to bob')).toBeVisible();
  });
});

/** Opens a conversation in a page where its log throws. */
async function breakLogOf(page: Page, nickname: string): Promise<Conversation> {
  await page.evaluate(() => {
    Reflect.set(window, 'wholeObserver', ResizeObserver);
    Reflect.set(window, 'ResizeObserver', function BrokenObserver() {
      throw new Error('this breaks the log');
    });
  });
  return talkTo(page, nickname);
}
