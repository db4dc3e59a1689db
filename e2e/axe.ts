import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './test.ts';

/** UI 23: axe finds nothing on the page as it is now. `rules`: only these rules, or all if undefined. */
export async function nothingForAxe(page: Page, rules?: string[]): Promise<void> {
  // The app has no frames of other origins. Without the legacy mode, axe opens a second page for each result.
  const builder = new AxeBuilder({ page }).setLegacyMode();
  if (rules !== undefined) builder.withRules(rules);
  const { violations } = await builder.analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect(found).toEqual([]);
}

/** Rules with results that can differ between the light and the dark scheme. */
const colorRules = ['color-contrast', 'link-in-text-block'];

/** The same in the light and in the dark scheme, which differ in colours only. */
export async function nothingForAxeInLightAndDark(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' });
  await nothingForAxe(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await nothingForAxe(page, colorRules);
  await page.emulateMedia({ colorScheme: null });
}
