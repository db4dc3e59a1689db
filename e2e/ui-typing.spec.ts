import type { Page } from '@playwright/test';
import { arrived, Conversation, person, talkTo } from './app-page.ts';
import { expect, test } from './test.ts';

/** Each step is named after its item in docs/UI.md. The texts that it sends stay for the next steps. */

test('UI 1, 2, 3, 4, 6, 7, 8: a user types and sends, keeps drafts, and finds each conversation at a URL', async ({
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
  const withBob = await talkTo(alice, 'bob');

  await test.step('UI 1: Enter sends, Shift+Enter is a new line, Enter while an IME composes does not send', () =>
    enterSends(withBob));
  await test.step('UI 2: blank text sends nothing, and the focus stays in the box after sending', () =>
    blankTextStays(alice, withBob));
  await test.step('UI 6: past the size limit sending is refused with the reason, and the text is kept', () =>
    longTextStays(alice, withBob));
  await test.step('UI 30: a long paste is answered, and a pasted or dropped file too', async () => {
    await longPasteIsAnswered(withBob);
    await filesAreAnswered(alice, withBob);
    // The Content-Security-Policy allows toasts their style.
    expect(consoleErrors).toEqual([]);
  });
  await test.step('UI 27: the first line keeps its indentation', async () => {
    await withBob.say('\n\n    if (x)\n      y\n\n');
    await expect.poll(() => withBob.lines()).toContain('me:     if (x)\n      y');
  });
  await test.step('UI 3: each conversation keeps its draft, across switching and a reload', () =>
    draftsStay(alice, withBob));
  await test.step('UI 8: every conversation has a URL; back, forward and a reload stay in place', () =>
    urlsLeadToConversations(alice, withBob));
  await test.step('UI 4: a letter or a paste outside any field goes to the box, and a chord does not', () =>
    lettersGoToTheBox(alice));
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

async function enterSends(withBob: Conversation): Promise<void> {
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
}

async function blankTextStays(alice: Page, withBob: Conversation): Promise<void> {
  const before = await withBob.lines();
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
  await expect.poll(() => withBob.lines()).toEqual([...before, 'me: words', 'me: by the button']);
}

async function longTextStays(alice: Page, withBob: Conversation): Promise<void> {
  const before = await withBob.messages.count();
  await withBob.box.fill('é'.repeat(8_192));
  await expect(alice.getByText('0 bytes left')).toBeVisible();
  await withBob.box.fill(`${'é'.repeat(8_192)}!`);
  await expect(alice.getByText('1 bytes too long. A message can have up to 16 KiB')).toBeVisible();
  await withBob.box.press('Enter');
  await expect(withBob.messages).toHaveCount(before);
  await expect(alice.getByRole('button', { name: 'Send' })).toBeDisabled();
  await withBob.box.fill('é'.repeat(8_192));
  await withBob.box.press('Enter');
  await expect(withBob.messages).toHaveCount(before + 1);
  // Some fifteen datagrams, one at a time.
  await expect(withBob.messages.last().getByTestId('delivery')).toHaveText(arrived);
}

async function draftsStay(alice: Page, withBob: Conversation): Promise<void> {
  await withBob.box.fill('half a thought');
  const withOther = await talkTo(alice, 'a/b');
  await expect(withOther.box).toHaveValue('');
  await withOther.box.fill('another one');
  await talkTo(alice, 'bob');
  await expect(withBob.box).toHaveValue('half a thought');
  await alice.reload();
  await expect(withBob.box).toHaveValue('half a thought');
  await talkTo(alice, 'a/b');
  await expect(withOther.box).toHaveValue('another one');
  await withOther.box.fill('');
}

async function urlsLeadToConversations(alice: Page, withBob: Conversation): Promise<void> {
  await talkTo(alice, 'bob');
  await expect(withBob.box).toBeVisible();
  await expect(alice).toHaveURL(/\/c\/bob$/);
  const withOther = await talkTo(alice, '..');
  await expect(withOther.box).toBeVisible();
  await alice.goBack();
  await expect(withBob.box).toBeVisible();
  await expect(alice).toHaveURL(/\/c\/bob$/);
  await alice.goForward();
  await expect(withOther.box).toBeVisible();
  await alice.reload();
  await expect(withOther.box).toBeVisible();
}

async function lettersGoToTheBox(alice: Page): Promise<void> {
  const { box, log } = await talkTo(alice, 'bob');
  await box.fill('');
  await log.focus();
  await alice.keyboard.press('Control+b');
  await expect(log).toBeFocused();
  await alice.keyboard.press('h');
  await alice.keyboard.press('i');
  await expect(box).toBeFocused();
  await expect(box).toHaveValue('hi');
  await log.evaluate((element) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', ' there');
    element.focus();
    element.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData }));
  });
  await expect(box).toHaveValue('hi there');
  await box.fill('');
}

async function keysMove(alice: Page): Promise<void> {
  const [withBob, withOther, withDots] = ['bob', 'a/b', '..'].map((name) => new Conversation(alice, name));
  const switcher = alice.getByRole('dialog', { name: 'Go to a conversation' });
  await withBob!.box.press('ControlOrMeta+k');
  await switcher.getByRole('combobox').fill('A/');
  await alice.keyboard.press('Enter');
  await expect(switcher).toBeHidden();
  await expect(withOther!.box).toBeFocused();
  // Of the people without messages, `..` stands before `a/b`.
  await alice.keyboard.press('Alt+ArrowUp');
  await expect(withDots!.box).toBeFocused();
  await alice.keyboard.press('Alt+ArrowDown');
  await expect(withOther!.box).toBeFocused();
  await alice.keyboard.press('ControlOrMeta+k');
  await expect(switcher).toBeVisible();
  await alice.keyboard.press('Escape');
  await expect(switcher).toBeHidden();
  await expect(withOther!.box).toBeFocused();
  await withOther!.log.focus();
  await alice.keyboard.press('?');
  const keys = alice.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(keys).toContainText('Go to a person or a room');
  await alice.keyboard.press('Escape');
  await expect(keys).toBeHidden();
  await expect(withOther!.log).toBeFocused();
}

async function longPasteIsAnswered(withBob: Conversation): Promise<void> {
  const before = await withBob.lines();
  const long = 'a line of a million characters\n'.repeat(32_000);
  await withBob.box.evaluate((box: HTMLTextAreaElement, text) => {
    box.setRangeText(text);
    box.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertFromPaste' }));
  }, long);
  await expect(withBob.box).toHaveAccessibleDescription(/too long/);
  await withBob.box.press('Enter');
  await expect(withBob.box).toHaveValue(long);
  expect(await withBob.lines()).toEqual(before);
  await withBob.box.fill('');
}

/** Events that a script makes carry files as those of a user do. A page cannot make the browser leave by them. */
async function filesAreAnswered(page: Page, withBob: Conversation): Promise<void> {
  const before = await withBob.lines();
  const answer = page.getByTestId('toast').filter({ hasText: 'cannot send files yet' });
  const isRefused = (type: 'dragover' | 'drop' | 'paste', text?: string) =>
    withBob.box.evaluate(
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
  expect(await withBob.lines()).toEqual(before);
}
