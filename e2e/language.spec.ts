import type { Page } from '@playwright/test';
import { cutPlaceholders, openRoom, openSettings, person } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';

const german = { locale: 'de-DE', viewport: { width: 320, height: 640 } };

test('UI 47: a German browser shows the app in German, and the settings switch it to English, also after a reload', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  await test.step('UI 24, 47: the first screen is German, and fits 320 px', async () => {
    const page = await open(await gateways.app('first'), german);
    await expect(page.getByRole('button', { name: 'Hier einen Chat starten' })).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Spitzname' })).toBeVisible();
    await page.getByText('Über die Adresse beitreten', { exact: true }).click();
    await expect(page.getByRole('textbox', { name: 'Adresse des Servers' })).toBeVisible();
    await fits(page);
  });
  const server = await gateways.server();
  const [aliceGateway] = await Promise.all([
    gateways.client('alice', server),
    gateways.client('bob', server),
  ]);
  const alice = await open(aliceGateway, german);
  await test.step('UI 47: a conversation is German, and fits 320 px', async () => {
    await person(alice, 'bob').click();
    await alice.getByRole('textbox', { name: 'Nachricht an bob' }).fill('Hallo');
    await alice.keyboard.press('Enter');
    await expect(alice.getByText('Zugestellt')).toBeVisible();
    await fits(alice);
    await expect(alice.getByPlaceholder('Nachricht', { exact: true })).toBeVisible();
    await alice.setViewportSize({ width: 1_280, height: 640 });
    await expect(alice.getByPlaceholder('Nachricht an bob', { exact: true })).toBeVisible();
    await alice.setViewportSize(german.viewport);
    await alice.getByRole('link', { name: 'Zurück zu den Personen' }).click();
    await openRoom(alice, 'everyone');
    await fits(alice);
    await alice.keyboard.press('Control+k');
    await expect(alice.getByRole('combobox', { name: 'Zu einer Unterhaltung gehen' })).toBeVisible();
    await fits(alice);
    await alice.keyboard.press('Escape');
    await alice.getByRole('link', { name: 'Zurück zu den Personen' }).click();
  });
  const settings = alice.getByTestId('settings');
  await test.step('UI 47: the settings switch the app to English, and the page says its language', async () => {
    await alice.getByRole('button', { name: 'Menü für alice' }).click();
    await alice.getByRole('menuitem', { name: 'Einstellungen' }).click();
    await expect(settings.getByRole('combobox', { name: 'Sprache' })).toHaveValue('system');
    await fits(alice);
    await settings.getByRole('combobox', { name: 'Sprache' }).selectOption('English');
    await expect(settings.getByRole('heading', { name: 'Settings' })).toBeVisible();
    await expect(alice.locator('html')).toHaveAttribute('lang', 'en');
  });
  await test.step('UI 47: the choice stays after a reload', async () => {
    await alice.reload();
    await expect(settings.getByRole('combobox', { name: 'Language' })).toHaveValue('en');
    await settings.getByRole('link', { name: 'Back to the conversations' }).click();
    await openSettings(alice, 'alice');
    await settings.getByRole('combobox', { name: 'Language' }).selectOption('Deutsch');
    await expect(settings.getByRole('heading', { name: 'Einstellungen' })).toBeVisible();
  });
  expect(consoleErrors).toEqual([]);
});

async function fits(page: Page): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await nothingForAxeInLightAndDark(page);
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(await overflow()).toBeLessThanOrEqual(0);
  expect(await page.evaluate(cutPlaceholders)).toEqual([]);
}
