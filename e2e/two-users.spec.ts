import type { Locator, Page } from '@playwright/test';
import { arrived, chooseInMenu, openRoom, person, room, talkTo } from './app-page.ts';
import type { Gateway, Gateways, ServerGateway } from './gateways.ts';
import { expect, test } from './test.ts';

interface Chat {
  readonly server: ServerGateway;
  readonly alice: Page;
  readonly bob: Page;
  readonly bobsGateway: Gateway;
}

test('UI 16, 21: two users talk both ways, and the server keeps messages while one of them is away', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  await expect(alice.getByText('No one else is here yet').first()).toBeVisible();
  const everyone = room(alice, 'everyone');
  await test.step('without other people, the filter says what it did not find', () =>
    findsNothingAlone(alice));
  const place = await everyone.boundingBox();
  const bobsGateway = await gateways.client('bob', server);
  const bob = await open(bobsGateway);
  await test.step('UI 21: with the next person, no row of the list moves, and a field finds people and rooms', async () => {
    await expect(person(alice, 'bob')).toBeVisible();
    expect(await everyone.boundingBox()).toEqual(place);
    await findsInList(alice);
  });
  const chat = { server, alice, bob, bobsGateway };
  await test.step('UI 21: a row that is pressed stays under the pointer while its person goes offline', () =>
    pressesWhileOthersLeave(chat));
  await test.step('two people register, see each other, and talk both ways', () => talkBothWays(chat));
  await test.step('UI 18: a message in a conversation that the filter hides is told below the list', () =>
    tellsOfHiddenMessages(chat));
  await test.step('UI 16, 21: the list and the composer, and no line of the conversation, say that a user went offline, and the server keeps messages until the return', () =>
    goOfflineAndReturn(chat));
  await test.step('a message to a user without a running program is delivered when it runs again', () =>
    programEndsAndReturns(gateways, chat));
});

function filterOf(page: Page): Locator {
  return page.getByRole('searchbox', { name: 'Name of a person or a room' });
}

async function findsNothingAlone(page: Page): Promise<void> {
  const field = filterOf(page);
  const alone = page.getByRole('navigation').getByText('No one else is here yet');
  await field.fill('zzz');
  await expect(page.getByText('No person and no room has “zzz” in the name.')).toBeVisible();
  await expect(alone).toBeHidden();
  await expect(page.getByRole('heading', { name: 'Rooms' })).toBeHidden();
  await field.fill('#every');
  await expect(room(page, 'everyone')).toBeVisible();
  await expect(alone).toBeHidden();
  await field.fill('');
  await expect(alone).toBeVisible();
}

async function findsInList(page: Page): Promise<void> {
  const field = filterOf(page);
  const [bob, everyone] = [person(page, 'bob'), room(page, 'everyone')];
  const none = page.getByText('No person and no room has');
  await field.fill('EVERY');
  await expect(bob).toBeHidden();
  await expect(everyone).toBeVisible();
  await expect(none).toBeHidden();
  await field.fill('bo');
  await expect(bob).toBeVisible();
  await expect(everyone).toBeHidden();
  await field.fill('box');
  await expect(none).toBeVisible();
  await field.fill('e');
  await expect(everyone).toBeVisible();
  await field.press('Tab');
  await expect(everyone).toBeFocused();
  await field.fill('');
  await expect(page.getByRole('button', { name: 'Browse rooms' })).toBeVisible();
  await field.press('ArrowDown');
  await expect(everyone).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(bob).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(field).toBeFocused();
  await field.fill('bo');
  await field.press('Enter');
  await expect(page).toHaveTitle('bob · Chatagram');
  await expect(field).toHaveValue('');
  await expect(everyone).toBeVisible();
  await field.fill('every');
  await everyone.click();
  await expect(page).toHaveTitle('#everyone · Chatagram');
  await expect(field).toHaveValue('');
}

async function tellsOfHiddenMessages({ alice, bob }: Chat): Promise<void> {
  await openRoom(alice, 'everyone');
  const field = filterOf(alice);
  await field.fill('every');
  const withAlice = await talkTo(bob, 'alice');
  await withAlice.say('Half past six.');
  await expect(person(alice, 'bob')).toBeHidden();
  await alice.getByRole('button', { name: '1 unread message elsewhere. Show all' }).click();
  await expect(field).toHaveValue('');
  await expect(field).toBeFocused();
  await expect(person(alice, 'bob')).toContainText('1 unread');
  await expect(alice.getByTestId('hidden-unread')).toBeHidden();
}

/** Without messages, bob stands under those who are online, and then under those who are away. */
async function pressesWhileOthersLeave({ alice, bob }: Chat): Promise<void> {
  const row = person(alice, 'bob');
  await row.hover();
  const place = await row.boundingBox();
  await alice.mouse.down();
  await chooseInMenu(bob, 'bob', 'Go offline');
  await expect(row).toContainText('Away');
  expect(await row.boundingBox()).toEqual(place);
  await alice.mouse.up();
  await expect(alice.getByRole('textbox', { name: 'Message to bob' })).toBeVisible();
  await expect(alice.getByRole('heading', { name: /^Away/ })).toBeVisible();
  await bob.getByTestId('banner').getByRole('button', { name: 'Go online' }).click();
  await expect(row).toContainText('Online');
  await alice.goBack();
}

async function talkBothWays({ server, alice, bob }: Chat): Promise<void> {
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
}

async function goOfflineAndReturn({ server, alice, bob }: Chat): Promise<void> {
  const withBob = await talkTo(alice, 'bob');
  await bob.goBack();
  await expect(bob).toHaveTitle('Chatagram');
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
  await expect
    .poll(async () => (await withAlice.lines()).slice(-2))
    .toEqual(['them: Bring the map', 'them: and a lamp']);
  await expect(person(alice, 'bob')).toContainText('Online');
  await expect(alice.getByTestId('notice')).toHaveCount(0);
}

async function programEndsAndReturns(
  gateways: Gateways,
  { server, alice, bob, bobsGateway }: Chat,
): Promise<void> {
  const withBob = await talkTo(alice, 'bob');
  await bob.goBack();
  await expect(bob).toHaveTitle('Chatagram');
  await withBob.say('before');
  await expect(withBob.state('before')).toHaveText(arrived);
  const farewells = () => server.stdout.filter((line) => line === 'bob deregistered').length;
  const earlier = farewells();

  // SIGTERM deregisters, and tells the others.
  expect(await bobsGateway.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  await expect(person(alice, 'bob')).toContainText('Away');
  await expect.poll(farewells).toBe(earlier + 1);
  await withBob.say('in between');
  await expect(withBob.state('in between')).toHaveText('On the server until bob is back');

  await gateways.again(bobsGateway);
  await expect(withBob.state('in between')).toHaveText('Delivered later');
  // The tab that was open all the time has come back by itself.
  await expect(person(bob, 'alice')).toContainText('2 unread');
  const withAlice = await talkTo(bob, 'alice');
  await expect
    .poll(async () => (await withAlice.lines()).slice(-2))
    .toEqual(['them: before', 'them: in between']);
}
