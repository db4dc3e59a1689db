import type { Page } from '@playwright/test';
import { openSettings, person } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';
import { twoUsers } from './two-users.ts';

test('UI 45: all settings are on one page, which the keyboard opens, uses and closes', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const { alice } = await twoUsers(gateways, open);
  const settings = alice.getByTestId('settings');
  await test.step('UI 7: the switcher leads to the settings, and Esc leaves them', async () => {
    await alice.keyboard.press('Control+k');
    await expect(alice.getByRole('combobox')).toBeFocused();
    await alice.keyboard.type('sett');
    await alice.keyboard.press('Enter');
    await expect(settings.getByRole('heading', { name: 'Settings' })).toBeFocused();
    await expect(alice).toHaveURL(/\/settings$/);
    await alice.keyboard.press('Escape');
    await expect(settings).toBeHidden();
    await expect(alice.getByRole('button', { name: 'Menu for alice' })).toBeFocused();
  });
  await test.step('UI 45: the page stays after a reload, and shows the nickname and the keys', async () => {
    await openSettings(alice, 'alice');
    await alice.reload();
    await expect(settings.getByTestId('own-nickname')).toHaveText('alice');
    await expect(settings.getByTestId('own-key')).toHaveText(/^[0-9a-f]{64}$/);
    await expect(settings.getByRole('list').getByText('this chat')).toBeVisible();
    await expect(settings.getByTestId('browser')).toHaveCount(1);
  });
  await test.step('UI 45: a switch and an unblock take effect', () => settingsTakeEffect(alice));
  await test.step('UI 23, 24: axe finds nothing, and the page fits 320 px and a wide window', () =>
    fitsEachWidth(alice));
  expect(consoleErrors).toEqual([]);
});

async function settingsTakeEffect(alice: Page): Promise<void> {
  const settings = alice.getByTestId('settings');
  const lastSeen = settings.getByRole('switch', { name: 'Let others see when I was last online' });
  await expect(lastSeen).not.toBeChecked();
  await lastSeen.press('Space');
  await expect(lastSeen).toBeChecked();

  await expect(settings.getByText('You have blocked no one.')).toBeVisible();
  await person(alice, 'bob').click();
  await alice.getByRole('button', { name: 'Connection with bob' }).click();
  await alice.getByRole('switch', { name: 'Block bob' }).click();
  await alice.keyboard.press('Escape');
  await openSettings(alice, 'alice');
  await expect(settings.getByTestId('blocked-person')).toContainText('bob');
  await settings.getByRole('button', { name: 'Unblock bob' }).press('Enter');
  await expect(settings.getByText('bob is no longer blocked.')).toBeVisible();
  await expect(settings.getByTestId('blocked-person')).toHaveCount(0);
}

async function fitsEachWidth(alice: Page): Promise<void> {
  const settings = alice.getByTestId('settings');
  const columns = () =>
    settings
      .getByRole('region')
      .evaluateAll((parts) => new Set(parts.map((part) => part.getBoundingClientRect().left)).size);
  await alice.setViewportSize({ width: 1440, height: 900 });
  await expect.poll(columns).toBe(2);
  await nothingForAxeInLightAndDark(alice);
  await alice.setViewportSize({ width: 320, height: 640 });
  await expect.poll(columns).toBe(1);
  await nothingForAxeInLightAndDark(alice);
  const overflow = () => alice.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(await overflow()).toBeLessThanOrEqual(0);
}
