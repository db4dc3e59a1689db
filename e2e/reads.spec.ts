import { person, talkTo } from './app-page.ts';
import { expect, test } from './test.ts';

test('UI 17: a message that the recipient has looked at shows Read, in words and by icon, also after a restart', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alicesGateway = await gateways.client('alice', server);
  const alice = await open(alicesGateway);
  const bob = await open(await gateways.client('bob', server));
  const withBob = await talkTo(alice, 'bob');
  await withBob.say('Are you there?', 'Hello?');
  // On a busy machine it may have gone by way of the server: then it says Delivered later.
  await expect(withBob.state('Hello?')).toHaveText(/Delivered/);
  await expect(person(bob, 'alice')).toContainText('2 unread');
  await talkTo(bob, 'alice');
  for (const text of ['Are you there?', 'Hello?']) {
    await expect(withBob.state(text)).toHaveText('Read');
    await expect(withBob.state(text).locator('svg')).toBeVisible();
  }
  await alicesGateway.kill('SIGKILL');
  await gateways.again(alicesGateway);
  await expect(alice.getByTestId('banner')).toBeHidden({ timeout: 20_000 });
  await expect(withBob.state('Hello?')).toHaveText('Read');
});

test('a user who disables read receipts is not seen reading, in every tab and after a restart', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const bobsGateway = await gateways.client('bob', server);
  const bob = await open(bobsGateway);
  const second = await bob.context().newPage();
  await second.goto(bobsGateway.url);
  const choice = 'Let others see when I have read their messages';
  for (const page of [bob, second]) await page.getByRole('button', { name: 'Menu for bob' }).click();
  const switches = [bob, second].map((page) => page.getByRole('menuitemcheckbox', { name: choice }));
  for (const each of switches) await expect(each).toBeChecked();
  await switches[0]!.focus();
  await bob.keyboard.press('Enter');
  for (const each of switches) await expect(each).not.toBeChecked();
  await bob.keyboard.press('Escape');

  await bobsGateway.kill('SIGTERM');
  await gateways.again(bobsGateway);
  await expect(bob.getByTestId('own-state')).toHaveText('Online', { timeout: 20_000 });
  await bob.getByRole('button', { name: 'Menu for bob' }).click();
  await expect(switches[0]!).not.toBeChecked();
  await bob.keyboard.press('Escape');

  const withBob = await talkTo(alice, 'bob');
  const withAlice = await talkTo(bob, 'alice');
  await withBob.say('Seen?');
  await expect(withAlice.message('Seen?')).toBeVisible();
  await withAlice.say('I do not say.');
  await expect(withBob.message('I do not say.')).toBeVisible();
  await expect(withBob.state('Seen?')).toHaveText(/Delivered/);
  // The next receipt covers the earlier messages too.
  await bob.getByRole('button', { name: 'Menu for bob' }).click();
  await switches[0]!.click();
  await bob.keyboard.press('Escape');
  await withBob.say('And now?');
  await expect(withBob.state('And now?')).toHaveText('Read');
  await expect(withBob.state('Seen?')).toHaveText('Read');
});

test('at the prompt, read receipts are shown and can be disabled', async ({ gateways }) => {
  const server = await gateways.server();
  const zoe = await gateways.terminal('zoe', server);
  await expect.poll(() => server.stdout).toContainEqual(expect.stringContaining('zoe registered'));
  const tom = await gateways.terminal('tom', server);
  tom.write('send zoe hello');
  await expect.poll(() => tom.stdout).toContainEqual(expect.stringContaining('zoe has read your message.'));
  zoe.write('receipts off');
  await expect
    .poll(() => zoe.stdout)
    .toContainEqual(expect.stringContaining('Others are not told when you have read their messages.'));
  tom.write('send zoe again');
  await expect.poll(() => zoe.stdout).toContainEqual(expect.stringContaining('tom: again'));
  zoe.write('send tom I have it');
  await expect.poll(() => tom.stdout).toContainEqual(expect.stringContaining('zoe: I have it'));
  expect(tom.stdout.filter((line) => line.includes('has read'))).toHaveLength(1);
});
