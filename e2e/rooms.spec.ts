import { Conversation, openRoom, room } from './app-page.ts';
import type { Gateways } from './gateways.ts';
import { expect, test } from './test.ts';
import { threeInRoom, type Three } from './three-users.ts';

/** Rooms with real gateways. The rights of members are tested without a browser (docs/protocol/rooms.md). */

test('UI 8, 16, 18, 21, 34, 35, 37: three people talk in a room, one of them is away and returns, and one has two tabs', async ({
  gateways,
  open,
}) => {
  const three = await threeInRoom(gateways, open);
  await test.step('UI 34, 35: #everyone stands first, and its members are all people in the chat', () =>
    everyoneIsThere(three));
  await test.step('UI 16, 35: each sees the authors once for each group, and joins share a quiet line', () =>
    allTalk(three));
  await test.step('UI 21, 37: a message says to how many it was delivered, and names the others, who are away', () =>
    oneIsAway(three));
  await test.step('UI 34: a member that was away gets everything in order, once', () =>
    returns(gateways, three));
  await test.step('UI 18: two tabs of one user show the same, and the count clears in both', () =>
    twoTabs(three));
  await test.step('UI 8: the address of a room leads back to it, by name and by id', () => hasAddress(three));
});

async function everyoneIsThere({ alice }: Three): Promise<void> {
  await expect(alice.getByTestId('room').first()).toHaveAttribute('data-name', 'everyone');
  const everyone = await openRoom(alice, 'everyone');
  await expect(everyone.box).toBeEnabled();
  await alice.getByRole('button', { name: 'Members of #everyone' }).click();
  const members = alice.getByRole('dialog').getByTestId('member');
  await expect(members).toHaveText([/alice/, /bob/, /carol/]);
  await alice.keyboard.press('Escape');
  await openRoom(alice, 'lab');
}

async function allTalk({ ofAlice, ofBob, ofCarol, bob }: Three): Promise<void> {
  await ofAlice.say('good morning', 'is everyone here?');
  await expect(ofBob.message('is everyone here?')).toBeVisible();
  await ofBob.say('bob is');
  await expect(ofCarol.message('bob is')).toBeVisible();
  await ofCarol.say('carol too');
  await expect(ofBob.message('carol too')).toBeVisible();
  await expect(ofBob.log.locator('.author bdi')).toHaveText(['alice', 'carol']);
  await expect(ofAlice.log.getByTestId('notice').first()).toContainText('You made this room');
  await expect(ofAlice.log.getByTestId('notice').filter({ hasText: 'joined' })).toHaveText(
    /(bob and carol|carol and bob) joined/,
  );
  await expect(ofAlice.state('is everyone here?')).toHaveText(/Delivered to 2 of 2/);
  await expect(bob).toHaveTitle('#lab · Chatagram');
}

async function oneIsAway({ alice, carol, carolsGateway, ofAlice, ofBob }: Three): Promise<void> {
  // An open page would log that its gateway is gone.
  await carol.goto('about:blank');
  await carolsGateway.kill('SIGTERM');
  await ofAlice.say('carol is out', 'so this waits for her');
  await ofBob.say('poor carol');
  await expect(ofAlice.message('poor carol')).toBeVisible();
  await expect(ofAlice.state('so this waits for her')).toHaveText(/Delivered to 1 of 2/);
  await alice.getByRole('button', { name: 'Members of #lab' }).click();
  const member = alice.getByRole('dialog').getByTestId('member');
  await expect(member.filter({ hasText: 'carol' })).toContainText('Away');
  await expect(member.filter({ hasText: 'bob' })).toContainText('Online');
  await alice.keyboard.press('Escape');
  await ofAlice.act('so this waits for her', 'Delivery');
  const readers = alice.getByRole('dialog', { name: 'Delivery of this message' });
  await expect(readers).toContainText(/Not yet delivered to 1\s*C\s*carol/);
  await expect(readers).toContainText('These figures are the server’s word.');
  await alice.keyboard.press('Escape');
}

async function returns(gateways: Gateways, { carol, carolsGateway, ofAlice }: Three): Promise<void> {
  const again = await gateways.again(carolsGateway);
  await carol.goto(again.link);
  const ofCarol = await openRoom(carol, 'lab');
  await expect(ofCarol.message('poor carol')).toBeVisible();
  await expect
    .poll(() => ofCarol.lines())
    .toEqual([
      'them: good morning',
      'them: is everyone here?',
      'them: bob is',
      'me: carol too',
      'them: carol is out',
      'them: so this waits for her',
      'them: poor carol',
    ]);
  await expect(ofAlice.state('so this waits for her')).toHaveText(/Delivered to 2 of 2/);
}

async function twoTabs({ bob, ofAlice }: Three): Promise<void> {
  await bob.goto(new URL('/', bob.url()).href);
  const second = await bob.context().newPage();
  await second.goto(bob.url());
  await expect(room(second, 'lab')).toBeVisible();
  await ofAlice.say('one', 'two');
  for (const page of [bob, second]) {
    await expect(room(page, 'lab')).toContainText('2 unread');
    await expect(page).toHaveTitle('(2) Chatagram');
  }
  await second.bringToFront();
  const inSecond = await openRoom(second, 'lab');
  await expect(inSecond.message('two')).toBeVisible();
  for (const page of [bob, second]) await expect(room(page, 'lab')).not.toContainText('unread');
  await inSecond.say('from the second tab');
  await bob.bringToFront();
  const inFirst = await openRoom(bob, 'lab');
  await expect(inFirst.message('from the second tab')).toHaveAttribute('data-direction', 'out');
  await expect(ofAlice.message('from the second tab')).toHaveCount(1);
  await second.close();
}

async function hasAddress({ alice }: Three): Promise<void> {
  expect(new URL(alice.url()).pathname).toBe('/r/lab');
  await alice.reload();
  await expect(new Conversation(alice, '#lab').box).toBeEnabled();
  await alice.goto(new URL('/r/nowhere', alice.url()).href);
  await expect(alice.getByText('You are in no room called “nowhere”')).toBeVisible();
  await alice.goBack();
  await expect(new Conversation(alice, '#lab').box).toBeEnabled();
}
