import type { Locator, Page } from '@playwright/test';
import { arrived, person, type Conversation } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { unansweredMessagesMax } from '../shared/limits.ts';
import { expectInsideWindow } from './layout.ts';
import { expect, test } from './test.ts';
import { twoUsers } from './two-users.ts';

test('UI 31, 32: a user blocks a person, learns what that means, undoes it, and allows the person to write more', async ({
  gateways,
  open,
}) => {
  const { aliceGateway, alice, bob, withBob, withAlice } = await twoUsers(gateways, open);
  await withAlice.say('before');
  await expect(withBob.message('before')).toBeVisible();

  await test.step('the panel of the person has the switch, and says before what it means', async () => {
    const choice = await blockSwitch(alice);
    await expect(choice).not.toBeChecked();
    await expect(choice).toHaveAccessibleDescription(/they still see when you are online/);
    await choice.focus();
    await alice.keyboard.press('Enter');
    await expect(choice).toBeChecked();
    await alice.keyboard.press('Escape');
  });

  await test.step('the list, the conversation and the message box say it, also after a restart', async () => {
    await saysBlocked(alice);
    await aliceGateway.kill('SIGKILL');
    await gateways.again(aliceGateway);
    await expect(alice.getByTestId('banner')).toBeHidden({ timeout: 20_000 });
    await saysBlocked(alice);
    await expect(withBob.message('before')).toBeVisible();
  });

  await test.step('to the blocked person the other never comes back, but is online', async () => {
    await expect(person(bob, 'alice')).toContainText('Online');
    await withAlice.say('while blocked');
    await expect(withAlice.state('while blocked')).toHaveText('On the server until alice is back', {
      timeout: 20_000,
    });
    await expect(withBob.message('while blocked')).toBeHidden();
  });

  await test.step('UI 23, 24: axe finds nothing in the notice, light and dark, and it fits 320 px', async () => {
    await nothingForAxeInLightAndDark(alice);
    await alice.setViewportSize({ width: 320, height: 640 });
    await expectInsideWindow(alice.getByTestId('blocked-notice'));
    await alice.setViewportSize({ width: 1280, height: 720 });
  });

  await test.step('after it is undone, messages arrive again, and the others stay gone', async () => {
    await alice.getByRole('button', { name: 'Unblock bob' }).click();
    await expect(alice.getByTestId('blocked-notice')).toBeHidden();
    await withAlice.say('after');
    await expect(withBob.message('after')).toBeVisible({ timeout: 20_000 });
    await expect(withAlice.state('after')).toHaveText(arrived);
    await expect(withBob.message('while blocked')).toBeHidden();
  });

  await test.step('UI 32: more than the first messages wait until the other allows their sender', () =>
    allowMore(alice, withBob, withAlice));
});

async function allowMore(alice: Page, withBob: Conversation, withAlice: Conversation): Promise<void> {
  // Two messages are there already.
  for (let number = 3; number <= unansweredMessagesMax; number++) await withAlice.say(`number ${number}`);
  await expect(withBob.message(`number ${unansweredMessagesMax}`)).toBeVisible({ timeout: 20_000 });
  await expect(alice.getByTestId('more-waiting')).toBeHidden();
  await withAlice.say('one more');
  await expect(withAlice.state('one more')).toHaveText('Waits until alice answers', { timeout: 20_000 });
  await expect(alice.getByTestId('more-waiting')).toContainText('bob has more messages for you.');
  await nothingForAxeInLightAndDark(alice);
  await alice.getByRole('button', { name: 'Allow bob' }).click();
  await expect(alice.getByTestId('more-waiting')).toBeHidden();
  await expect(withBob.message('one more')).toBeVisible();
  await expect(withAlice.state('one more')).toHaveText(arrived);
}

async function blockSwitch(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Connection with bob', exact: true }).click();
  return page.getByRole('switch', { name: 'Block bob', exact: true });
}

async function saysBlocked(alice: Page): Promise<void> {
  await expect(person(alice, 'bob')).toContainText('Blocked');
  await expect(alice.getByTestId('blocked-notice')).toContainText('You have blocked bob.');
  await expect(alice.getByTestId('blocked-notice')).toContainText('stays gone');
  await expect(alice.getByText('To write to bob again, unblock them above.')).toBeVisible();
  await expect(alice.getByRole('button', { name: 'Send' })).toBeDisabled();
}
