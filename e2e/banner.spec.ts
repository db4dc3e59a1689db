import { arrived, person, talkTo } from './app-page.ts';
import { expect, test } from './test.ts';

test('UI 20: the banner says since when the server is unreachable and when the next try is, and messages wait', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const bobsGateway = await gateways.client('bob', server);
  await expect(person(alice, 'bob')).toContainText('Online');
  await bobsGateway.kill('SIGTERM');
  await expect(person(alice, 'bob')).toContainText('Away');
  const withBob = await talkTo(alice, 'bob');

  await server.kill('SIGKILL');
  await withBob.say('Are you at home?');
  const banner = alice.getByTestId('banner');
  await expect(banner).toContainText(
    new RegExp(`The server at 127\\.0\\.0\\.1:${server.port} has been unreachable since \\d\\d:\\d\\d\\.`),
    { timeout: 30_000 },
  );
  await expect(banner).toContainText(/Next try in \d+ s\./);
  await expect(withBob.state('Are you at home?')).toHaveText(/Waiting for a connection/);
  await expect(alice.getByText('bob is away, and the server cannot be reached.')).toBeVisible();
  await withBob.say('Never mind.');
  await expect(withBob.state('Never mind.')).toHaveText(/Waiting for a connection/);

  await gateways.again(server);
  await expect(banner).toBeHidden({ timeout: 30_000 });
  await expect(withBob.state('Are you at home?')).toHaveText('On the server until bob is back');
  await expect(withBob.state('Never mind.')).toHaveText('On the server until bob is back');
  const bob = await open(await gateways.again(bobsGateway));
  const withAlice = await talkTo(bob, 'alice');
  await expect.poll(() => withAlice.lines()).toEqual(['them: Are you at home?', 'them: Never mind.']);
  await expect(withBob.state('Never mind.')).toHaveText(arrived);
});

test('UI 20: without the server, users who reach each other go on talking directly', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const bob = await open(await gateways.client('bob', server));
  const withBob = await talkTo(alice, 'bob');
  const withAlice = await talkTo(bob, 'alice');
  await withBob.say('with the server');
  await expect(withBob.state('with the server')).toHaveText(arrived);

  await server.kill('SIGKILL');
  await withBob.say('without it');
  await withAlice.say('and back');
  await expect(withBob.state('without it')).toHaveText(arrived);
  await expect(withAlice.state('and back')).toHaveText(arrived);
});

test('UI 20: an idle client notices that the server is gone, and that it is back', async ({
  gateways,
  open,
}) => {
  // Two keep-alives lost with all their attempts come to 45 s (docs/PROTOCOL.md).
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  await expect(alice.getByTestId('own-state')).toHaveText('Online');
  await server.kill('SIGKILL');
  const banner = alice.getByTestId('banner');
  await expect(banner).toContainText(/has been unreachable since/, { timeout: 60_000 });
  await expect(alice.getByTestId('own-state')).toHaveText('Looking for the server');
  await gateways.again(server);
  await expect(banner).toBeHidden({ timeout: 20_000 });
  await expect(alice.getByTestId('own-state')).toHaveText('Online');
});

test('UI 20: the banner says that the gateway is gone, the tab reconnects by itself, and a typed message is sent once', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alicesGateway = await gateways.client('alice', server);
  const alice = await open(alicesGateway);
  const bob = await open(await gateways.client('bob', server));
  const withBob = await talkTo(alice, 'bob');
  const withAlice = await talkTo(bob, 'alice');
  await withBob.say('before');
  await expect(withBob.state('before')).toHaveText(arrived);

  await alicesGateway.kill('SIGKILL');
  const banner = alice.getByTestId('banner');
  await expect(banner).toContainText(/Chatagram on this computer has been unreachable since \d\d:\d\d\./);
  await expect(banner).toContainText(/Next try in \d+ s\.|Trying now …/);
  await withBob.say('in between', 'and more');
  await expect(withBob.state('in between')).toHaveText('Saved in this tab until Chatagram is back');

  // The cookie outlives the restart: no new link is needed.
  await gateways.again(alicesGateway);
  await expect(banner).toBeHidden({ timeout: 20_000 });
  // By the server, if the roster has not come yet by which alice knows that bob is online.
  await expect(withBob.state('and more')).toHaveText(arrived);
  await withBob.say('after');
  await expect(withBob.state('after')).toHaveText(arrived);
  const words = ['before', 'in between', 'and more', 'after'];
  await expect.poll(() => withBob.lines()).toEqual(words.map((text) => `me: ${text}`));
  await expect.poll(() => withAlice.lines()).toEqual(words.map((text) => `them: ${text}`));
});

test('UI 20: a message typed while the gateway was gone survives a reload of the tab', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alicesGateway = await gateways.client('alice', server);
  const alice = await open(alicesGateway);
  const bob = await open(await gateways.client('bob', server));
  const withBob = await talkTo(alice, 'bob');
  const withAlice = await talkTo(bob, 'alice');
  await alicesGateway.kill('SIGKILL');
  await withBob.say('kept in the tab');
  await expect(withBob.state('kept in the tab')).toHaveText('Saved in this tab until Chatagram is back');

  await gateways.again(alicesGateway);
  await alice.reload();
  await expect(withBob.state('kept in the tab')).toHaveText(arrived);
  await expect.poll(() => withAlice.lines()).toEqual(['them: kept in the tab']);
});
