import type { Page } from '@playwright/test';
import { arrived, Conversation, openRoom, person, talkTo } from './app-page.ts';
import { nothingForAxe } from './axe.ts';
import { expect, test } from './test.ts';

/** Each step is named after its item in docs/UI.md. The texts that it sends stay for the next steps. */

test('UI 1, 2, 3, 4, 5, 6, 7, 8, 26, 27, 30: a user types and sends, keeps drafts, and finds each conversation at a URL', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const server = await gateways.server();
  const nicknames = ['bob', 'a/b', '..', 'o\\neil'];
  const [alicesGateway] = await Promise.all(
    ['alice', ...nicknames].map((each) => gateways.client(each, server)),
  );
  const alice = await open(alicesGateway!);
  for (const nickname of nicknames) await expect(person(alice, nickname)).toContainText('Online');
  await type(alice, await talkTo(alice, 'bob'), 'in a direct conversation');
  await type(alice, await openRoom(alice, 'everyone'), 'in a room');
  // The Content-Security-Policy allows toasts their style.
  expect(consoleErrors).toEqual([]);
  await test.step('UI 7: keys open the switcher, move between conversations, and list themselves', () =>
    keysMove(alice));
  await test.step('UI 8: people of any nickname have a URL', async () => {
    for (const nickname of nicknames.slice(1)) {
      const conversation = await talkTo(alice, nickname);
      await conversation.say('hello');
      await expect(conversation.state('hello')).toHaveText(arrived);
      await alice.reload();
      await expect(conversation.message('hello')).toBeVisible();
    }
  });
});

async function type(alice: Page, here: Conversation, where: string): Promise<void> {
  await test.step(`UI 26: ${where}, an empty log says what to do`, () =>
    expect(here.log).toContainText(/What you write goes (straight to their computer|to all members)\./));
  await test.step(`UI 1: ${where}, Enter sends, Shift+Enter is a new line, Enter while an IME composes does not send`, () =>
    enterSends(here));
  await test.step(`UI 2: ${where}, blank text sends nothing, and the focus stays in the box after sending`, () =>
    blankTextStays(alice, here));
  await test.step(`UI 5: ${where}, Arrow up in an empty box brings back the last own message`, () =>
    lastMessageComesBack(here));
  await test.step(`UI 6: ${where}, past the size limit sending is refused with the reason, and the text is kept`, () =>
    longTextStays(alice, here));
  await test.step(`UI 30: ${where}, a long paste is answered, and a pasted or dropped file too`, async () => {
    await longPasteIsAnswered(here);
    await filesAreAnswered(alice, here);
  });
  await test.step(`UI 27: ${where}, the first line keeps its indentation`, async () => {
    await here.say('\n\n    if (x)\n      y\n\n');
    await expect.poll(() => here.lines()).toContain('me:     if (x)\n      y');
  });
  await test.step(`UI 3: ${where}, a draft is kept, across switching and a reload`, () =>
    draftsStay(alice, here));
  await test.step(`UI 3: ${where}, two tabs share a draft, and no letter changes where the user is typing`, () =>
    tabsShareADraft(alice, here));
  await test.step(`UI 3: ${where}, an edit and an answer that were begun are kept across a reload`, () =>
    editAndAnswerStay(alice, here));
  await test.step(`UI 3: ${where}, two tabs share an edit, and an edit that is overtaken ends or says so`, () =>
    tabsShareAnEdit(alice, here));
  await test.step(`UI 8: ${where}, the URL leads back; back, forward and a reload stay in place`, () =>
    urlsLeadToConversations(alice, here));
  await test.step(`UI 4: ${where}, a letter or a paste outside any field goes to the box, and a chord does not`, () =>
    lettersGoToTheBox(alice, here));
}

async function enterSends(here: Conversation): Promise<void> {
  await here.box.pressSequentially('one');
  await here.box.press('Shift+Enter');
  await here.box.pressSequentially('two');
  await expect(here.messages).toHaveCount(0);
  await here.box.press('Enter');
  await expect.poll(() => here.lines()).toEqual(['me: one\ntwo']);

  await here.box.fill('にほん');
  await here.box.evaluate((box) => {
    box.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
    const enter = { key: 'Enter', bubbles: true, cancelable: true };
    box.dispatchEvent(new KeyboardEvent('keydown', { ...enter, isComposing: true }));
    box.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: '日本' }));
    // Safari sends the key after the end of the composition, with the code 229.
    box.dispatchEvent(new KeyboardEvent('keydown', { ...enter, keyCode: 229 }));
  });
  await expect(here.box).toHaveValue('にほん');
  await expect(here.messages).toHaveCount(1);
  await here.box.press('Enter');
  await expect.poll(() => here.lines()).toEqual(['me: one\ntwo', 'me: にほん']);
}

async function blankTextStays(alice: Page, here: Conversation): Promise<void> {
  const before = await here.lines();
  const send = alice.getByRole('button', { name: 'Send' });
  await expect(here.box).toBeFocused();
  for (const blank of ['', '   ', '\n\n']) {
    await here.box.fill(blank);
    await here.box.press('Enter');
    await expect(send).toBeDisabled();
  }
  await here.say('words');
  await expect(here.box).toBeFocused();
  await expect(here.box).toHaveValue('');
  await here.box.fill('by the button');
  await send.click();
  await expect(here.box).toBeFocused();
  await expect.poll(() => here.lines()).toEqual([...before, 'me: words', 'me: by the button']);
}

async function longTextStays(alice: Page, here: Conversation): Promise<void> {
  const before = await here.messages.count();
  await here.box.fill('é'.repeat(8_192));
  await expect(alice.getByText('0 bytes left')).toBeVisible();
  await here.box.fill(`${'é'.repeat(8_192)}!`);
  await expect(alice.getByText('1 bytes too long. A message can have up to 16 KiB')).toBeVisible();
  await here.box.press('Enter');
  await expect(here.messages).toHaveCount(before);
  await expect(alice.getByRole('button', { name: 'Send' })).toBeDisabled();
  await here.box.fill('é'.repeat(8_192));
  await here.box.press('Enter');
  await expect(here.messages).toHaveCount(before + 1);
  // Some fifteen datagrams, one at a time.
  await expect(here.messages.last().getByTestId('delivery')).toHaveText(arrived);
}

async function lastMessageComesBack({ box }: Conversation): Promise<void> {
  await expect(box).toBeFocused();
  // Until the gateway has the message, there is nothing to edit.
  await expect(async () => {
    await box.press('ArrowUp');
    await expect(box).toHaveValue('by the button', { timeout: 1_000 });
  }).toPass();
  await box.press('Escape');
  await expect(box).toHaveValue('');
}

async function draftsStay(alice: Page, here: Conversation): Promise<void> {
  await here.box.fill('half a thought');
  const other = await talkTo(alice, 'a/b');
  await expect(other.box).toHaveValue('');
  await other.box.fill('another one');
  // The list shows the draft of what is not open.
  await expect(alice.getByRole('navigation').getByText('Draft: half a thought')).toBeVisible();
  await here.open();
  await expect(alice.getByRole('navigation').getByText('Draft: another one')).toBeVisible();
  await expect(alice.getByText('Draft: half a thought')).toHaveCount(0);
  await expect(here.box).toHaveValue('half a thought');
  await alice.reload();
  await expect(here.box).toHaveValue('half a thought');
  await here.box.fill('');
  await other.open();
  await expect(other.box).toHaveValue('another one');
  await other.box.fill('');
}

/** Each page of a test has the focus for its browser. So the box decides which of them the user is typing in. */
async function tabsShareADraft(alice: Page, here: Conversation): Promise<void> {
  await here.open();
  const second = await alice.context().newPage();
  await second.goto(alice.url());
  const there = new Conversation(second, here.name);
  await there.log.focus();
  await here.box.fill('typed in one tab');
  await expect(there.box).toHaveValue('typed in one tab');
  await here.log.focus();
  await there.box.fill('typed in the other');
  await expect(here.box).toHaveValue('typed in the other');
  await there.box.press('Enter');
  await expect(here.message('typed in the other')).toBeVisible();
  await expect(here.box).toHaveValue('');
  await here.box.fill('goes on here');
  await expect(there.box).toHaveValue('goes on here');
  // The other tab writes what it had before, as a page does that is left.
  await second.evaluate((own) => {
    const key = Object.keys(localStorage).find((each) => localStorage.getItem(each) === own);
    localStorage.setItem(key!, 'written by a page that was left');
  }, 'goes on here');
  await here.box.press('End');
  await here.box.pressSequentially('!');
  await expect(here.box).toHaveValue('goes on here!');
  await here.box.fill('');
  await second.close();
}

async function editAndAnswerStay(alice: Page, here: Conversation): Promise<void> {
  await here.say('an old thought');
  await expect(here.state('an old thought')).toHaveText(arrived);
  await here.act('an old thought', 'Edit');
  await here.box.fill('a better thought');
  await alice.reload();
  await expect(here.box).toHaveValue('a better thought');
  await expect(alice.getByTestId('writing')).toContainText('Editing');
  await here.box.press('Enter');
  await expect(here.message('a better thought')).toHaveCount(1);
  await expect(here.message('an old thought')).toHaveCount(0);
  await here.act('a better thought', 'Reply');
  await here.box.fill('the answer');
  await alice.reload();
  await expect(here.box).toHaveValue('the answer');
  await expect(alice.getByTestId('writing')).toContainText('a better thought');
  await alice.keyboard.press('Escape');
  await here.box.fill('');
  await alice.reload();
  await expect(here.box).toHaveValue('');
  await expect(alice.getByTestId('writing')).toBeHidden();
}

async function tabsShareAnEdit(alice: Page, here: Conversation): Promise<void> {
  await here.say('first words');
  await expect(here.state('first words')).toHaveText(arrived);
  const second = await alice.context().newPage();
  await second.goto(alice.url());
  const there = new Conversation(second, here.name);
  await there.act('first words', 'Edit');
  const writing = alice.getByTestId('writing');
  await expect(writing).toContainText('Editing');
  await there.box.fill('second words');
  await expect(here.box).toHaveValue('second words');
  await there.box.press('Enter');
  await expect(writing).toBeHidden();
  await expect(here.box).toHaveValue('');
  await expect(here.message('second words')).toHaveCount(1);

  // A tab without a storage shares nothing, as another browser.
  await second.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new Error('no storage');
    };
  });
  await second.reload();
  await here.act('second words', 'Edit');
  await expect(here.box).toHaveValue('second words');
  await there.act('second words', 'Edit');
  await there.box.fill('third words');
  await there.box.press('Enter');
  await expect(writing).toBeHidden();
  await here.act('third words', 'Edit');
  await here.box.fill('typed by hand');
  await there.act('third words', 'Edit');
  await there.box.fill('fourth words');
  await there.box.press('Enter');
  await expect(writing.getByRole('status')).toHaveText('It was edited elsewhere. Saving replaces that.');
  await nothingForAxe(alice);
  await here.box.press('Enter');
  await expect(there.message('typed by hand')).toHaveCount(1);
  await second.close();
}

async function urlsLeadToConversations(alice: Page, here: Conversation): Promise<void> {
  const path = here.name.startsWith('#') ? `/r/${here.name.slice(1)}` : `/c/${here.name}`;
  await here.open();
  await expect(here.box).toBeVisible();
  expect(new URL(alice.url()).pathname).toBe(path);
  const other = await talkTo(alice, '..');
  await expect(other.box).toBeVisible();
  await alice.goBack();
  await expect(here.box).toBeVisible();
  expect(new URL(alice.url()).pathname).toBe(path);
  await alice.goForward();
  await expect(other.box).toBeVisible();
  await alice.goBack();
  await alice.reload();
  await expect(here.box).toBeVisible();
}

async function lettersGoToTheBox(alice: Page, { box, log, row }: Conversation): Promise<void> {
  await log.focus();
  for (const chord of ['Control+b', 'Alt+b', 'F2', ' ']) await alice.keyboard.press(chord);
  await expect(log).toBeFocused();
  await alice.keyboard.press('h');
  await alice.keyboard.press('i');
  await expect(box).toBeFocused();
  await expect(box).toHaveValue('hi');
  await row.focus();
  await alice.keyboard.press('!');
  await expect(box).toBeFocused();
  await expect(box).toHaveValue('hi!');
  await log.evaluate((element) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', ' there');
    element.focus();
    element.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData }));
  });
  await expect(box).toHaveValue('hi! there');
  await box.fill('');
  // The code of a conversation is loaded when the first one is opened. What the user types until then is kept.
  const parts = /\/assets\/(?:Conversation|RoomPane)-[^/]+\.js$/u;
  let letIn = (): void => undefined;
  const typed = new Promise<void>((resolve) => (letIn = resolve));
  await alice.route(parts, async (route) => {
    await typed;
    await route.continue();
  });
  await alice.goto(new URL('/', alice.url()).href);
  await row.click();
  await alice.keyboard.type('at once, too');
  letIn();
  await expect(box).toHaveValue('at once, too');
  await alice.unroute(parts);
  await box.fill('');
}

async function keysMove(alice: Page): Promise<void> {
  const [everyone, bob, dots, other] = ['#everyone', 'bob', '..', 'a/b'].map(
    (name) => new Conversation(alice, name),
  );
  const switcher = alice.getByRole('dialog', { name: 'Go to a conversation' });
  for (const [typed, place] of [
    ['A/', other!],
    ['every', everyone!],
  ] as const) {
    await alice.keyboard.press('ControlOrMeta+k');
    await switcher.getByRole('combobox').fill(typed);
    await alice.keyboard.press('Enter');
    await expect(switcher).toBeHidden();
    await expect(place.box).toBeFocused();
  }
  // The rooms stand above the people. Of those without messages, `..` stands before `a/b`.
  for (const [key, place] of [
    ['Alt+ArrowDown', bob!],
    ['Alt+ArrowDown', dots!],
    ['Alt+ArrowDown', other!],
    ['Alt+ArrowUp', dots!],
    ['Alt+ArrowUp', bob!],
    ['Alt+ArrowUp', everyone!],
  ] as const) {
    await alice.keyboard.press(key);
    await expect(place.box).toBeFocused();
  }
  for (const { box, log } of [everyone!, bob!]) {
    await alice.keyboard.press('ControlOrMeta+k');
    await expect(switcher).toBeVisible();
    await alice.keyboard.press('Escape');
    await expect(switcher).toBeHidden();
    await expect(box).toBeFocused();
    await alice.keyboard.press('?');
    await expect(box).toHaveValue('?');
    await box.fill('');
    await log.focus();
    await alice.keyboard.press('?');
    const keys = alice.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await expect(keys).toContainText('Go to a person or a room');
    await alice.keyboard.press('Escape');
    await expect(keys).toBeHidden();
    await expect(log).toBeFocused();
    await alice.keyboard.press('Alt+ArrowDown');
  }
}

async function longPasteIsAnswered(here: Conversation): Promise<void> {
  const before = await here.lines();
  const long = 'a line of a million characters\n'.repeat(32_000);
  await here.box.evaluate((box: HTMLTextAreaElement, text) => {
    box.setRangeText(text);
    box.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertFromPaste' }));
  }, long);
  await expect(here.box).toHaveAccessibleDescription(/too long/);
  await here.box.press('Enter');
  await expect(here.box).toHaveValue(long);
  expect(await here.lines()).toEqual(before);
  await here.box.fill('');
}

/** Events that a script makes carry files as those of a user do. A page cannot make the browser leave by them. */
async function filesAreAnswered(page: Page, here: Conversation): Promise<void> {
  const before = await here.lines();
  const answer = page.getByTestId('toast').filter({ hasText: 'cannot send files yet' });
  const isRefused = (type: 'dragover' | 'drop' | 'paste', text?: string) =>
    here.box.evaluate(
      (box, { kind, words }) => {
        const data = new DataTransfer();
        data.items.add(new File(['bytes'], 'photo.png', { type: 'image/png' }));
        if (words !== undefined) data.setData('text/plain', words);
        const options = { bubbles: true, cancelable: true };
        const event =
          kind === 'paste'
            ? new ClipboardEvent(kind, { ...options, clipboardData: data })
            : new DragEvent(kind, { ...options, dataTransfer: data });
        return !box.dispatchEvent(event);
      },
      { kind: type, words: text },
    );
  expect(await isRefused('dragover')).toBe(true);
  await expect(answer).toHaveCount(0);
  expect(await isRefused('drop')).toBe(true);
  await expect(answer).toHaveCount(1);
  await answer.getByRole('button', { name: 'Dismiss' }).click();
  await expect(answer).toHaveCount(0);
  await isRefused('paste', 'words of a document, with a picture of them');
  await expect(answer).toHaveCount(0);
  await isRefused('paste');
  await expect(answer).toHaveCount(1);
  await answer.getByRole('button', { name: 'Dismiss' }).click();
  expect(await here.lines()).toEqual(before);
}
