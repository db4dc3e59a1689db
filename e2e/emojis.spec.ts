import type { Page } from '@playwright/test';
import type { Conversation } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';
import { twoUsers } from './two-users.ts';

test('UI 41: a user finds an emoji by its code and in a picker, and nothing is replaced unasked', async ({
  gateways,
  open,
}) => {
  const { alice, withBob } = await twoUsers(gateways, open);
  await test.step('UI 41: a code is completed by Enter, Tab and a click, and undone by Ctrl+Z', () =>
    completes(alice, withBob));
  await test.step('UI 27: a code that the user leaves alone is sent as typed', async () => {
    await withBob.box.fill('');
    await withBob.box.pressSequentially('see :smile: ');
    await withBob.box.press('Enter');
    await expect(withBob.message('see :smile:')).toBeVisible();
  });
  await test.step('UI 41: the picker puts an emoji at the caret, by mouse and by keyboard', () =>
    picks(alice, withBob));
  await test.step('UI 23, 24: axe finds nothing in the list and the picker, and both fit 320 px', () =>
    fits(alice, withBob));
});

async function completes(alice: Page, { box }: Conversation): Promise<void> {
  const list = alice.getByRole('listbox', { name: 'Emojis' });
  await box.pressSequentially('at 10:30 http://ex :smi');
  await expect(list.getByRole('option').first()).toHaveText(/:smi/);
  await box.pressSequentially('le:');
  await expect(list.getByRole('option')).toHaveText(['😄:smile:']);
  await expect(box).toHaveValue('at 10:30 http://ex :smile:');
  await box.press('Enter');
  await expect(box).toHaveValue('at 10:30 http://ex 😄');
  await expect(list).toHaveCount(0);
  await box.press('Control+z');
  await expect(box).toHaveValue('at 10:30 http://ex :smile:');

  await box.fill('');
  await box.pressSequentially('`:smi');
  await expect(list).toHaveCount(0);
  await box.fill('');
  await box.pressSequentially(':tad');
  await box.press('Tab');
  await expect(box).toHaveValue('🎉');
  await box.pressSequentially(' :rocke');
  await list.getByRole('option').first().click();
  await expect(box).toHaveValue('🎉 🚀');
  await expect(box).toBeFocused();
  await box.pressSequentially(' :rocke');
  await box.press('Escape');
  await expect(list).toHaveCount(0);
  await expect(box).toHaveValue('🎉 🚀 :rocke');
}

async function picks(alice: Page, { box }: Conversation): Promise<void> {
  const button = alice.getByRole('button', { name: 'Insert an emoji' });
  const picker = alice.getByRole('dialog', { name: 'Choose an emoji' });
  await box.fill('good work');
  for (let step = 0; step < ' work'.length; step++) await box.press('ArrowLeft');
  await button.click();
  await picker.getByRole('searchbox').fill('thumbs up');
  await picker.getByRole('button', { name: 'thumbs up', exact: true }).click();
  await expect(picker).toHaveCount(0);
  await expect(box).toBeFocused();
  await expect(box).toHaveValue('good👍 work');
  await box.press('Control+z');
  await expect(box).toHaveValue('good work');

  // By keyboard alone.
  await button.press('Enter');
  await picker.getByRole('searchbox').fill('rocket');
  await expect(picker.getByRole('button', { name: 'rocket', exact: true })).toBeVisible();
  await picker.getByRole('searchbox').press('Enter');
  await expect(box).toHaveValue('good🚀 work');
  await button.press('Enter');
  await picker.getByRole('searchbox').press('Escape');
  await expect(picker).toHaveCount(0);
  await expect(box).toBeFocused();
  await expect(box).toHaveValue('good🚀 work');

  // The arrows move in the grid, and Tab reaches one cell of it.
  await button.press('Enter');
  const cells = picker.getByRole('gridcell').getByRole('button');
  await expect(cells.first()).toBeVisible();
  await picker.getByRole('searchbox').press('ArrowDown');
  await expect(cells.first()).toBeFocused();
  await alice.keyboard.press('ArrowRight');
  await alice.keyboard.press('ArrowDown');
  const below = picker.getByRole('row').nth(1).getByRole('button').nth(1);
  await expect(below).toBeFocused();
  await expect(picker.locator('[role=gridcell] [tabindex="0"]')).toHaveCount(1);
  await alice.keyboard.press('ArrowUp');
  await alice.keyboard.press('ArrowUp');
  await expect(picker.getByRole('searchbox')).toBeFocused();
  await alice.keyboard.press('Tab');
  await expect(cells.nth(1)).toBeFocused();
  await alice.keyboard.press('Escape');
  await expect(box).toHaveValue('good🚀 work');
}

async function fits(alice: Page, { box }: Conversation): Promise<void> {
  await box.fill('');
  await box.pressSequentially(':hea');
  const list = alice.getByRole('listbox', { name: 'Emojis' });
  await expect(list).toBeVisible();
  await nothingForAxeInLightAndDark(alice);
  await alice.setViewportSize({ width: 320, height: 640 });
  const picker = alice.getByRole('dialog', { name: 'Choose an emoji' });
  expect(await widthOf(alice)).toBeLessThanOrEqual(320);
  await alice.getByRole('button', { name: 'Insert an emoji' }).click();
  await expect(picker.getByRole('button', { name: 'grinning face', exact: true })).toBeVisible();
  expect(await widthOf(alice)).toBeLessThanOrEqual(320);
  await nothingForAxeInLightAndDark(alice);
}

function widthOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth);
}
