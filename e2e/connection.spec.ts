import type { Locator, Page } from '@playwright/test';
import { arrived, chooseInMenu, person } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';
import { twoUsers } from './two-users.ts';

async function openConnection(page: Page, nickname: string): Promise<Locator> {
  await page.getByRole('button', { name: `Connection with ${nickname}`, exact: true }).click();
  const panel = page.getByRole('dialog', { name: `Connection with ${nickname}`, exact: true });
  await expect(panel.getByTestId('way')).toHaveAttribute('data-way');
  return panel;
}

const ruleIn = (panel: Locator): Locator =>
  panel.getByRole('switch', { name: 'Stop-and-wait (as in the original)', exact: true });

async function numberIn(panel: Locator, count: 'sent' | 'received' | 'lost' | 'resent'): Promise<number> {
  return Number(await panel.getByTestId(`count-${count}`).textContent());
}

test('stop-and-wait with one contact: the browser switches it on, both sides follow it, and messages arrive', async ({
  gateways,
  open,
}) => {
  const { alice, bob, withBob, withAlice } = await twoUsers(gateways, open);
  await withBob.say('before');
  await expect(withBob.state('before')).toHaveText(arrived);

  const panel = await openConnection(alice, 'bob');
  await expect(ruleIn(panel)).not.toBeChecked();
  await ruleIn(panel).click();
  await expect(ruleIn(panel)).toBeChecked();
  const theirs = await openConnection(bob, 'alice');
  await expect(theirs.getByText('On, because alice switched it on.')).toBeVisible();
  await expect(ruleIn(theirs)).not.toBeChecked();
  await alice.keyboard.press('Escape');
  await bob.keyboard.press('Escape');

  const texts = ['one', 'two', 'x'.repeat(5_000)];
  await withBob.say(...texts);
  for (const text of texts) await expect(withBob.state(text)).toHaveText(arrived);
  await withAlice.say('answer');
  await expect(withAlice.state('answer')).toHaveText(arrived);
  await expect
    .poll(() => withAlice.lines())
    .toEqual(['them: before', ...texts.map((text) => `them: ${text}`), 'me: answer']);

  // It is a setting: the page and the gateway may go and come.
  await alice.reload();
  const again = await openConnection(alice, 'bob');
  await expect(ruleIn(again)).toBeChecked();
  await ruleIn(again).click();
  await expect(ruleIn(again)).not.toBeChecked();
  await withBob.say('after');
  await expect(withBob.state('after')).toHaveText(arrived);
});

test('the connection panel shows numbers that stay current', async ({ gateways, open }) => {
  const { alice, bob, withBob } = await twoUsers(gateways, open);
  const panel = await openConnection(alice, 'bob');
  await expect(panel.getByTestId('way')).toContainText('No connection to bob right now');

  await withBob.say('hello');
  // The panel closes when the user does something else.
  await expect(panel).toBeHidden();
  await expect(withBob.state('hello')).toHaveText(arrived);
  await openConnection(alice, 'bob');
  await expect(panel.getByTestId('way')).toContainText('Straight to bob’s computer');
  await expect(panel).toContainText(/Address\s*127\.0\.0\.1:\d+/);
  await expect(panel).toContainText(/Round trip\s*\d+(\.\d)? ms/);
  await expect(panel).toContainText('end to end');
  const sent = await numberIn(panel, 'sent');
  expect(sent).toBeGreaterThan(0);
  expect(await numberIn(panel, 'received')).toBeGreaterThan(0);

  const withAlice = bob.getByRole('textbox', { name: 'Message to alice' });
  await withAlice.fill('hello yourself');
  await withAlice.press('Enter');
  await expect.poll(() => numberIn(panel, 'sent')).toBeGreaterThan(sent);

  await chooseInMenu(bob, 'bob', 'Go offline');
  await expect(person(alice, 'bob')).toContainText('Away');
  await expect(panel.getByTestId('way')).toContainText('bob is away');
  await panel.getByText(/^Dropped by this computer: /).click();
  await expect(panel).toContainText(/In total since you joined: \d+ datagrams sent, \d+ received/);
});

test('UI 7, UI 23: the connection opens by keyboard, Esc closes it, and the focus returns where it was', async ({
  gateways,
  open,
}) => {
  const { alice, aliceGateway } = await twoUsers(gateways, open);
  const trigger = alice.getByRole('button', { name: 'Connection with bob', exact: true });
  await trigger.focus();
  // The keys do the same whether the gateway has answered yet or not.
  aliceGateway.pause();
  await alice.keyboard.press('Enter');
  const panel = alice.getByRole('dialog', { name: 'Connection with bob', exact: true });
  await expect(panel).toBeFocused();
  await expect(trigger).toHaveAttribute('aria-expanded', 'true');
  await expect(panel.getByTestId('way')).toHaveText('Loading …');
  await alice.keyboard.press('Tab');
  await expect(panel.getByRole('button', { name: 'Close' })).toBeFocused();
  await alice.keyboard.press('Tab');
  await expect(ruleIn(panel)).toBeFocused();
  await expect(ruleIn(panel)).toBeDisabled();
  aliceGateway.resume();
  await expect(ruleIn(panel)).toBeEnabled();
  await expect(ruleIn(panel)).toBeFocused();
  await alice.keyboard.press('Space');
  await expect(ruleIn(panel)).toBeChecked();
  await alice.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await expect(trigger).toBeFocused();
});

test('UI 23, UI 24: the connection fits 320 px, and axe finds nothing in it, light and dark', async ({
  gateways,
  open,
}) => {
  const narrow = { viewport: { width: 320, height: 560 } };
  const { alice, withBob } = await twoUsers(gateways, open, narrow);
  await withBob.say('hello');
  await expect(withBob.state('hello')).toHaveText(arrived);
  const panel = await openConnection(alice, 'bob');
  await ruleIn(panel).click();
  await expect(ruleIn(panel)).toBeChecked();
  await panel.getByText(/^Dropped by this computer: /).click();
  const box = await panel.boundingBox();
  expect(box!.x).toBeGreaterThanOrEqual(0);
  expect(box!.x + box!.width).toBeLessThanOrEqual(320);
  expect(box!.y + box!.height).toBeLessThanOrEqual(560);
  expect(await panel.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  await nothingForAxeInLightAndDark(alice);
});
