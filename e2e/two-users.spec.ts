import { arrived, chooseInMenu, firstScreen, joinFromFirstScreen, person, talkTo } from './app-page.ts';
import { expect, test } from './test.ts';

test('two people register, see each other, and talk both ways', async ({ gateways, open }) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  await expect(alice.getByText('No one else is here yet').first()).toBeVisible();
  const bob = await open(await gateways.client('bob', server));

  await expect(person(alice, 'bob')).toContainText('Online');
  await expect(person(bob, 'alice')).toContainText('Online');
  await expect
    .poll(() => server.stdout)
    .toContainEqual(expect.stringMatching(/^alice registered at 127\.0\.0\.1:\d+$/));
  await expect.poll(() => server.stdout).toContainEqual(expect.stringMatching(/^bob registered at /));

  const withBob = await talkTo(alice, 'bob');
  await withBob.say('Are you there?');
  await expect(withBob.state('Are you there?')).toHaveText(arrived);
  await expect(person(bob, 'alice')).toContainText('1 unread');
  await expect(bob).toHaveTitle('(1) Chatagram');

  const withAlice = await talkTo(bob, 'alice');
  await expect(withAlice.message('Are you there?')).toBeVisible();
  await expect(bob).toHaveTitle('alice · Chatagram');
  await withAlice.say('Yes. At the pier.', 'At six?');
  await expect(withAlice.state('At six?')).toHaveText(arrived);

  const conversation = ['Are you there?', 'Yes. At the pier.', 'At six?'];
  await expect
    .poll(() => withBob.lines())
    .toEqual(['me', 'them', 'them'].map((who, at) => `${who}: ${conversation[at]!}`));
  await expect
    .poll(() => withAlice.lines())
    .toEqual(['them', 'me', 'me'].map((who, at) => `${who}: ${conversation[at]!}`));
});

test('UI 21: the list and the composer say that a user went offline, and the server keeps messages until the return', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const bob = await open(await gateways.client('bob', server));
  const withBob = await talkTo(alice, 'bob');

  await chooseInMenu(bob, 'bob', 'Go offline');
  await expect(bob.getByTestId('banner')).toContainText('You’re offline. Bye.');
  await expect(person(alice, 'bob')).toContainText('Away');
  await expect(alice.getByText('bob is away. Your message will wait on the server.')).toBeVisible();
  await withBob.say('Bring the map', 'and a lamp');
  await expect(withBob.state('Bring the map')).toHaveText('On the server until bob is back');
  await expect(withBob.state('and a lamp')).toHaveText('On the server until bob is back');
  await expect.poll(() => server.stdout).toContain('stored a message from alice for bob (2 waiting)');

  await bob.getByTestId('banner').getByRole('button', { name: 'Go online' }).click();
  await expect(bob.getByTestId('toast')).toHaveText(
    'You have messages: the server kept 2 for you while you were away.',
  );
  await expect(person(bob, 'alice')).toContainText('2 unread');
  await expect(withBob.state('Bring the map')).toHaveText('Delivered later');
  await expect(withBob.state('and a lamp')).toHaveText('Delivered later');
  const withAlice = await talkTo(bob, 'alice');
  await expect.poll(() => withAlice.lines()).toEqual(['them: Bring the map', 'them: and a lamp']);
  await expect(person(alice, 'bob')).toContainText('Online');
});

test('a message to a user without a running program is delivered when it runs again', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const bobsGateway = await gateways.client('bob', server);
  const bob = await open(bobsGateway);
  const withBob = await talkTo(alice, 'bob');
  await withBob.say('before');
  await expect(withBob.state('before')).toHaveText(arrived);

  // SIGTERM deregisters, and tells the others.
  expect(await bobsGateway.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  await expect(person(alice, 'bob')).toContainText('Away');
  await expect.poll(() => server.stdout).toContain('bob deregistered');
  await withBob.say('in between');
  await expect(withBob.state('in between')).toHaveText('On the server until bob is back');

  await gateways.again(bobsGateway);
  await expect(withBob.state('in between')).toHaveText('Delivered later');
  // The tab that was open all the time has come back by itself.
  await expect(person(bob, 'alice')).toContainText('2 unread');
  const withAlice = await talkTo(bob, 'alice');
  await expect.poll(() => withAlice.lines()).toEqual(['them: before', 'them: in between']);
});

test('a nickname in use is refused in the form, and the suggestion works', async ({ gateways, open }) => {
  const server = await gateways.server();
  await gateways.client('alice', server);
  const newcomer = await open(await gateways.app('newcomer'));

  await joinFromFirstScreen(newcomer, 'Alice', `127.0.0.1:${server.port}`);
  const form = firstScreen(newcomer);
  await expect(form.nickname).toHaveAccessibleDescription(/Nickname is already taken\./);
  await expect(form.nickname).toBeFocused();
  await newcomer.getByRole('button', { name: 'Use Alice2' }).click();
  await expect(form.nickname).toHaveValue('Alice2');
  await form.join.click();
  await expect(person(newcomer, 'alice')).toContainText('Online');
  await expect(newcomer.getByTestId('own-state')).toHaveText('Online');
});

test('a client killed without a goodbye is found offline by the first message, which the server keeps', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const bobsGateway = await gateways.client('bob', server);
  const withBob = await talkTo(alice, 'bob');
  await expect(person(alice, 'bob')).toContainText('Online');

  await bobsGateway.kill('SIGKILL');
  await withBob.say('Still there?');
  await expect(withBob.state('Still there?')).toHaveText('On the server until bob is back', {
    timeout: 30_000,
  });
  await expect(person(alice, 'bob')).toContainText('Away');
  await expect.poll(() => server.stdout).toContain('bob is offline: does not answer');
});
