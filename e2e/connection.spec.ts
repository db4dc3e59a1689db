import type { Locator, Page } from '@playwright/test';
import { arrived, chooseInMenu, person } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expectInsideWindow } from './layout.ts';
import { expect, test } from './test.ts';
import { twoUsers } from './two-users.ts';

type Pair = Awaited<ReturnType<typeof twoUsers>>;

test('UI 7, 23, 24: a user opens the connection with a contact, reads its numbers, and switches stop-and-wait', async ({
  gateways,
  open,
}) => {
  const pair = await twoUsers(gateways, open);
  await test.step('the connection panel shows numbers that stay current', () => numbersStayCurrent(pair));
  await test.step('the browser switches stop-and-wait on, both sides follow it, and messages arrive', () =>
    stopAndWait(pair));
  await test.step('UI 7, 23: the connection opens by keyboard, Esc closes it, and the focus returns where it was', () =>
    connectionByKeyboard(pair));
  await test.step('UI 23, 24: the connection fits 320 px, and axe finds nothing in it, light and dark', () =>
    narrowConnection(pair));
  await test.step('the connection panel says that the peer is away, and shows totals', () =>
    peerGoesAway(pair));
});

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

async function numbersStayCurrent({ alice, withBob, withAlice }: Pair): Promise<void> {
  const panel = await openConnection(alice, 'bob');
  await expect(panel.getByTestId('way')).toContainText('Ready to connect to bob');

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

  await withAlice.say('hello yourself');
  await expect.poll(() => numberIn(panel, 'sent')).toBeGreaterThan(sent);
  await alice.keyboard.press('Escape');
}

async function stopAndWait({ alice, bob, withBob, withAlice }: Pair): Promise<void> {
  const panel = await openConnection(alice, 'bob');
  await expect(ruleIn(panel)).not.toBeChecked();
  await ruleIn(panel).click();
  await expect(ruleIn(panel)).toBeChecked();
  const theirs = await openConnection(bob, 'alice');
  await expect(theirs.getByText('On, because alice switched it on.')).toBeVisible();
  await expect(ruleIn(theirs)).not.toBeChecked();
  await alice.keyboard.press('Escape');
  await bob.keyboard.press('Escape');

  // The last one needs several datagrams, and is drawn unfolded.
  const texts = ['one', 'two', 'x'.repeat(4_000)];
  await withBob.say(...texts);
  for (const text of texts) await expect(withBob.state(text)).toHaveText(arrived);
  await withAlice.say('answer');
  await expect(withAlice.state('answer')).toHaveText(arrived);
  await expect
    .poll(() => withAlice.lines())
    .toEqual(['them: hello', 'me: hello yourself', ...texts.map((text) => `them: ${text}`), 'me: answer']);
}

async function connectionByKeyboard({ alice, aliceGateway, withBob }: Pair): Promise<void> {
  // Stop-and-wait is a setting: the page may go and come.
  await alice.reload();
  await expect(withBob.message('answer')).toBeVisible();
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
  await expect(panel.getByRole('button', { name: 'Check the connection' })).toBeFocused();
  await alice.keyboard.press('Tab');
  await expect(ruleIn(panel)).toBeFocused();
  await expect(ruleIn(panel)).toBeDisabled();
  aliceGateway.resume();
  await expect(ruleIn(panel)).toBeEnabled();
  await expect(ruleIn(panel)).toBeFocused();
  await expect(ruleIn(panel)).toBeChecked();
  await alice.keyboard.press('Space');
  await expect(ruleIn(panel)).not.toBeChecked();
  await alice.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await expect(trigger).toBeFocused();
  await withBob.say('after');
  await expect(withBob.state('after')).toHaveText(arrived);
}

async function narrowConnection({ alice }: Pair): Promise<void> {
  const wide = alice.viewportSize()!;
  await alice.setViewportSize({ width: 320, height: 560 });
  const panel = await openConnection(alice, 'bob');
  await ruleIn(panel).click();
  await expect(ruleIn(panel)).toBeChecked();
  await expect(panel.getByText(/^Datagrams that were damaged, .+ No message is lost/)).toBeVisible();
  await panel.getByText(/^Dropped by this computer: /).click();
  await expectInsideWindow(panel);
  expect(await panel.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  await nothingForAxeInLightAndDark(alice);
  await alice.keyboard.press('Escape');
  await alice.setViewportSize(wide);
}

async function peerGoesAway({ alice, bob }: Pair): Promise<void> {
  const panel = await openConnection(alice, 'bob');
  await chooseInMenu(bob, 'bob', 'Go offline');
  await expect(person(alice, 'bob')).toContainText('Away');
  await expect(panel.getByTestId('way')).toContainText('bob is away');
  await panel.getByText(/^Dropped by this computer: /).click();
  await expect(panel).toContainText(/In total since you joined: \d+ datagrams sent, \d+ received/);
}
