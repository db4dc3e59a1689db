import type { Page } from '@playwright/test';
import { arrived, type Conversation, openSettings, recordTexts, person, talkTo } from './app-page.ts';
import type { Gateway, Gateways, ServerGateway } from './gateways.ts';
import { expect, test } from './test.ts';

test('UI 17: a sent message shows its state, and a user decides whether others see what is read', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const [alicesGateway, bobsGateway] = await Promise.all([
    gateways.client('alice', server),
    gateways.client('bob', server),
  ]);
  const alice = await open(alicesGateway);
  const withBob = await talkTo(alice, 'bob');
  const second = await test.step('UI 17: a sent message shows its state in words beside an icon', () =>
    statesOfMessage(gateways, { server, alice, withBob, bobsGateway }));
  const bob = await open(second);
  await test.step('UI 17: a message that the recipient has looked at shows Read, in words and by icon, also after a restart', async () => {
    await messagesAreRead(withBob, bob);
    await alicesGateway.kill('SIGKILL');
    await gateways.again(alicesGateway);
    await expect(alice.getByTestId('banner')).toBeHidden({ timeout: 20_000 });
    await expect(withBob.state('Hello?')).toHaveText('Read');
  });
  await test.step('a user who disables read receipts is not seen reading, in every tab and after a restart', async () => {
    await disableInEveryTab(bob);
    await second.kill('SIGTERM');
    await gateways.again(second);
    await readUnseen(withBob, bob);
  });
});

interface Chat {
  readonly server: ServerGateway;
  readonly alice: Page;
  readonly withBob: Conversation;
  readonly bobsGateway: Gateway;
}

/** Returns the gateway of bob that runs at the end. */
async function statesOfMessage(
  gateways: Gateways,
  { server, alice, withBob, bobsGateway }: Chat,
): Promise<Gateway> {
  await expect(person(alice, 'bob')).toContainText('Online');
  await withBob.say('here');
  await expect(withBob.state('here')).toHaveText(arrived);
  await expect(withBob.state('here').locator('svg')).toBeVisible();

  // Killed without a goodbye: the app shows each try, then the server keeps the message.
  const states = await recordTexts(alice, '[data-testid=delivery]');
  await bobsGateway.kill('SIGKILL');
  await withBob.say('gone');
  await expect(withBob.state('gone')).toHaveText('On the server until bob is back');
  // The first attempts follow each other faster than a screen is drawn, so not each of them is seen.
  const attempts = (await states())
    .map((text) => Number(/^Sending \(try (\d+)\)$/.exec(text)?.[1]))
    .filter((number) => !Number.isNaN(number));
  expect(attempts.length).toBeGreaterThanOrEqual(2);
  expect(attempts).toEqual([...attempts].sort((one, other) => one - other));
  expect(attempts.at(-1)).toBeGreaterThanOrEqual(5);
  await expect(withBob.state('gone').locator('svg')).toBeVisible();
  await expect(withBob.state('here')).toHaveText(arrived);
  // The server finds out by the message, and tells the others.
  await expect(person(alice, 'bob')).toContainText('Away');
  await expect.poll(() => server.stdout).toContain('bob is offline: does not answer');

  const again = await gateways.again(bobsGateway);
  await expect(withBob.state('gone')).toHaveText(arrived);
  return again;
}

async function messagesAreRead(withBob: Conversation, bob: Page): Promise<void> {
  await withBob.say('Are you there?', 'Hello?');
  // On a busy machine it may have gone by way of the server: then it says Delivered later.
  await expect(withBob.state('Hello?')).toHaveText(/Delivered/);
  await expect(person(bob, 'alice')).toContainText('4 unread');
  await talkTo(bob, 'alice');
  for (const text of ['Are you there?', 'Hello?']) {
    await expect(withBob.state(text)).toHaveText('Read');
    await expect(withBob.state(text).locator('svg')).toBeVisible();
  }
}

const choice = 'Let others see when I have read their messages';

async function disableInEveryTab(bob: Page): Promise<void> {
  const second = await bob.context().newPage();
  await second.goto(new URL('/', bob.url()).href);
  for (const page of [bob, second]) await openSettings(page, 'bob');
  const switches = [bob, second].map((page) => page.getByRole('switch', { name: choice }));
  for (const each of switches) await expect(each).toBeChecked();
  await switches[0]!.focus();
  await bob.keyboard.press('Enter');
  for (const each of switches) await expect(each).not.toBeChecked();
  await bob.keyboard.press('Escape');
  await second.close();
}

async function readUnseen(withBob: Conversation, bob: Page): Promise<void> {
  const sharing = bob.getByRole('switch', { name: choice });
  await expect(bob.getByTestId('banner')).toBeHidden();
  await expect(bob.getByTestId('own-state')).toHaveText('Online');
  await openSettings(bob, 'bob');
  await expect(sharing).not.toBeChecked();
  await bob.keyboard.press('Escape');

  const withAlice = await talkTo(bob, 'alice');
  await withBob.say('Seen?');
  await expect(withAlice.message('Seen?')).toBeVisible();
  await withAlice.say('I do not say.');
  await expect(withBob.message('I do not say.')).toBeVisible();
  await expect(withBob.state('Seen?')).toHaveText(/Delivered/);
  // The next receipt covers the earlier messages too.
  await openSettings(bob, 'bob');
  await sharing.click();
  await expect(sharing).toBeChecked();
  await talkTo(bob, 'alice');
  await withBob.say('And now?');
  await expect(withBob.state('And now?')).toHaveText('Read');
  await expect(withBob.state('Seen?')).toHaveText('Read');
}
