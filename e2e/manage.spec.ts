import { chooseInMenu, firstScreen, joinFromFirstScreen } from './app-page.ts';
import { nothingForAxe, nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';

const item = 'Manage this chat';

test('UI 7: a host sees the names of the chat, releases one, and sets the quotas; Esc closes the menu and the dialog', async ({
  gateways,
  open,
}) => {
  const alice = await open(await gateways.app('alice'));
  await firstScreen(alice).nickname.fill('alice');
  await firstScreen(alice).start.click();
  const address = await alice
    .getByText(/^127\.0\.0\.1:\d+$|:\d{5}$/)
    .first()
    .innerText();
  const port = address.split(':').at(-1) ?? '';
  const bob = await open(await gateways.app('bob'));
  await joinFromFirstScreen(bob, 'bob', `127.0.0.1:${port}`);
  await expect(bob.getByTestId('own-state')).toHaveText('Online');

  // A user who does not host has nothing to manage.
  await bob.getByRole('button', { name: 'Menu for bob' }).click();
  await expect(bob.getByRole('menuitem', { name: 'Leave this chat' })).toBeVisible();
  await expect(bob.getByRole('menuitem', { name: item })).toHaveCount(0);
  await bob.keyboard.press('Escape');
  await expect(bob.getByRole('menu')).toBeHidden();
  await expect(bob.getByRole('button', { name: 'Menu for bob' })).toBeFocused();

  await chooseInMenu(alice, 'alice', item);
  const dialog = alice.getByRole('dialog', { name: item });
  const names = dialog.getByTestId('managed-name');
  await expect(names).toHaveText([/alice\s+Online/, /bob\s+Online/]);

  // Esc and Cancel change nothing.
  await dialog.getByRole('button', { name: 'Release bob' }).click();
  await expect(names.filter({ hasText: 'anyone can take the nickname' })).toHaveCount(1);
  await nothingForAxe(alice);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog.getByRole('button', { name: 'Release bob' })).toBeFocused();

  const days = dialog.getByRole('textbox', { name: 'Longest wait' });
  const save = dialog.getByRole('button', { name: 'Save' });
  await expect(days).toHaveValue('30');
  await days.fill('0');
  await expect(dialog.getByText('Enter a whole number from 1 to 36,500.')).toBeVisible();
  await expect(save).toBeDisabled();
  await days.fill('7');
  await save.click();
  await expect(dialog.getByText('Saved.')).toBeVisible();
  await alice.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(alice.getByRole('button', { name: 'Menu for alice' })).toBeFocused();
  await chooseInMenu(alice, 'alice', item);
  await expect(days).toHaveValue('7');

  await dialog.getByRole('button', { name: 'Release bob' }).click();
  await dialog.getByRole('button', { name: 'Release bob now' }).click();
  await expect(dialog.getByText('The nickname bob is free now.')).toBeVisible();
  await expect(names).toHaveText([/alice/]);
  await expect(bob.getByTestId('banner')).toContainText('has released your nickname');
});

test('UI 24: at 320 px the steps to join end above the bar of the user, and the dialog fits, light and dark', async ({
  gateways,
  open,
}) => {
  const narrow = { viewport: { width: 320, height: 640 }, hasTouch: true };
  const alice = await open(await gateways.app('alice'), narrow);
  await firstScreen(alice).nickname.fill('a'.repeat(32));
  await firstScreen(alice).start.click();
  const lastStep = await alice.getByRole('listitem').last().boundingBox();
  const bar = await alice.getByTestId('own-state').boundingBox();
  expect(lastStep!.y + lastStep!.height).toBeLessThanOrEqual(bar!.y);
  await chooseInMenu(alice, 'a'.repeat(32), item);
  const dialog = alice.getByRole('dialog', { name: item });
  await dialog.getByRole('button', { name: /^Release a/ }).click();
  await expect(dialog.getByRole('textbox', { name: 'Longest wait' })).toHaveValue('30');
  await nothingForAxeInLightAndDark(alice);
  const wider = await dialog.evaluate((element) =>
    [element, ...element.querySelectorAll<HTMLElement>('*')]
      .filter((one) => one.getBoundingClientRect().right > innerWidth)
      .map(({ outerHTML }) => outerHTML.slice(0, 80)),
  );
  expect(wider).toEqual([]);
});
