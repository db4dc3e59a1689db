import type { Locator, Page } from '@playwright/test';
import { type Conversation } from './app-page.ts';
import { expect, test } from './test.ts';
import { inRoom, twoUsers, type Pair } from './two-users.ts';

/** What users do with a message, by the keyboard alone, and what the app says when the message is gone. */

test('UI 7, 23, 29, 30: the keyboard alone does everything with a message, and the app says when a message is gone', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const pair = await twoUsers(gateways, open, { permissions: ['clipboard-read', 'clipboard-write'] });
  await pair.withAlice.say('so that all may arrive');
  await expect(pair.withBob.messages).toHaveCount(1);
  await work(pair, 'in a direct conversation');
  await work(await inRoom(pair), 'in a room');
  expect(consoleErrors).toEqual([]);
});

async function work(pair: Pair, where: string): Promise<void> {
  await test.step(`UI 7, 23, 29: ${where}, the keyboard alone replies, reacts, copies, edits and deletes, and the focus is always seen`, () =>
    byKeyboard(pair));
  await test.step(`UI 30: ${where}, what a user does with a message that is gone is answered`, () =>
    messageIsGone(pair));
}

async function byKeyboard({ alice, withBob, withAlice }: Pair): Promise<void> {
  const { keyboard } = alice;
  await goBySwitcher(alice, withBob);
  await keyboard.type('one');
  await keyboard.press('Enter');
  await keyboard.type('two');
  await keyboard.press('Enter');
  await expect(withAlice.message('two')).toBeVisible();
  await expect(withBob.state('two')).toHaveText(/Delivered|Read|In the room/);

  await tabBackTo(alice, actionsOf(withBob, 'two'));
  await keyboard.press('ArrowUp');
  await expectFocus(actionsOf(withBob, 'one'));
  await choose(alice, 'Reply');
  await expectFocus(withBob.box);
  await escEndsTheTopmost(alice, withBob);
  await tabBackTo(alice, actionsOf(withBob, 'one'));
  await choose(alice, 'Reply');
  await keyboard.type('three');
  await keyboard.press('Enter');
  await expect(withAlice.message('three').getByTestId('quote')).toContainText('one');
  await expectFocus(withBob.box);

  await tabBackTo(alice, actionsOf(withBob, 'three'));
  await choose(alice, 'React with 👍');
  await expect(withAlice.message('three').getByTestId('reaction')).toHaveText(['👍1']);
  await expectFocus(actionsOf(withBob, 'three'));
  await choose(alice, 'Copy text');
  await expect.poll(() => alice.evaluate(() => navigator.clipboard.readText())).toBe('three');
  await expect(alice.getByRole('status').getByText('Copied')).toBeVisible();
  await expectFocus(actionsOf(withBob, 'three'));

  await choose(alice, 'Edit');
  await expectFocus(withBob.box);
  await keyboard.type(' and four');
  await keyboard.press('Enter');
  await expect(withAlice.message('three and four')).toContainText('Edited');
  await expectFocus(withBob.box);

  await tabBackTo(alice, actionsOf(withBob, 'three and four'));
  await choose(alice, 'Delete');
  const dialog = alice.getByRole('dialog', { name: 'Delete this message?' });
  await keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expectFocus(actionsOf(withBob, 'three and four'));
  await choose(alice, 'Delete');
  await tabTo(alice, dialog.getByRole('button', { name: 'Delete' }), 'Tab');
  await keyboard.press('Enter');
  await expect(withAlice.message('three and four')).toHaveCount(0);
  // The button of the message is gone. The focus stays at the message, and not at the beginning of the page.
  await expect(withBob.messages.last()).toContainText('This message was deleted.');
  await expectFocus(withBob.messages.last());
}

/** The switcher stands above the answer that the user writes. */
async function escEndsTheTopmost(page: Page, { box }: Conversation): Promise<void> {
  await page.keyboard.press('Control+k');
  await expectFocus(page.getByRole('combobox'));
  await page.keyboard.press('Escape');
  await expectFocus(box);
  await expect(page.getByTestId('writing')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('writing')).toBeHidden();
  await expectFocus(box);
}

/** The switcher names the conversation, and the box with its name has the focus: a screen reader says where the user is. */
async function goBySwitcher(page: Page, { name, box }: Conversation): Promise<void> {
  await page.keyboard.press('Control+k');
  await expectFocus(page.getByRole('combobox'));
  await page.keyboard.type(name.replace('#', ''));
  await expect(page.getByRole('option', { selected: true })).toContainText(name);
  await page.keyboard.press('Enter');
  await expectFocus(box);
  await expect(box).toHaveAccessibleName(`Message to ${name}`);
}

function actionsOf(conversation: Conversation, text: string): Locator {
  return conversation.message(text).getByRole('button', { name: 'Message actions' });
}

/** The button of a message has the focus. Opens its menu, and goes through that to this item. */
async function choose(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu', { name: 'Message actions' })).toBeVisible();
  await tabTo(page, page.getByRole('menuitem', { name, exact: true }), 'ArrowDown');
  await page.keyboard.press('Enter');
}

async function tabBackTo(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target, 'Shift+Tab');
}

/** So many presses lead to any control that is near. */
const pressesMax = 12;

async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' | 'ArrowDown'): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < pressesMax; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press(key);
  }
  await expectFocus(target);
}

/** The element has the focus, and looks so: it, the box around it or the bubble in it has an outline, or a menu marks it. */
async function expectFocus(target: Locator): Promise<void> {
  await expect(target).toBeFocused();
  await expect
    .poll(() =>
      target.evaluate((element) => {
        const looks = [element, element.parentElement, element.querySelector('.bubble')]
          .filter((each) => each !== null)
          .map((each) => getComputedStyle(each));
        const isOutlined = looks.some(
          ({ outlineStyle, boxShadow }) => outlineStyle !== 'none' || boxShadow !== 'none',
        );
        return isOutlined || element.matches('[role="menuitem"][data-highlighted]');
      }),
    )
    .toBe(true);
}

async function messageIsGone({ alice, bob, withBob, withAlice }: Pair): Promise<void> {
  const toasts = bob.getByTestId('toast');
  const said = toasts.filter({ hasText: 'This message was deleted.' });
  const remove = async (text: string) => {
    await withBob.act(text, 'Delete');
    await alice.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  };
  await withBob.say('answered', 'menu', 'picker');
  await expect(withAlice.message('picker')).toBeVisible();

  // The answer becomes a new message. The typed text stays.
  await withAlice.act('answered', 'Reply');
  await withAlice.box.fill('my answer');
  await remove('answered');
  await expect(said).toHaveCount(1);
  await expect(bob.getByTestId('writing')).toHaveCount(0);
  await expect(withAlice.box).toHaveValue('my answer');
  await withAlice.box.fill('');
  await said.getByRole('button', { name: 'Dismiss' }).click();

  // An open menu closes, and the message says why.
  await withAlice.message('menu').getByRole('button', { name: 'Message actions' }).click();
  await expect(bob.getByRole('menu')).toBeVisible();
  const deleted = withAlice.messages.filter({ hasText: 'This message was deleted.' });
  const before = await deleted.count();
  await remove('menu');
  await expect(deleted).toHaveCount(before + 1);
  await expect(bob.getByRole('menu')).toBeHidden();
  await expect(deleted.last()).toBeFocused();

  await withAlice.act('picker', 'More reactions');
  const picker = bob.getByRole('dialog', { name: 'Choose a reaction' });
  await expect(picker).toBeVisible();
  await remove('picker');
  await expect(deleted).toHaveCount(before + 2);
  await picker.getByRole('searchbox').fill('rocket');
  await expect(picker.getByRole('button', { name: 'rocket', exact: true })).toBeVisible();
  await picker.getByRole('searchbox').press('Enter');
  await expect(said).toHaveCount(1);
  await expect(deleted.last()).toBeFocused();
  await said.getByRole('button', { name: 'Dismiss' }).click();
  await expect(toasts).toHaveCount(0);
}
