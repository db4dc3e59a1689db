import type { Locator, Page } from '@playwright/test';
import { arrived, Conversation, joinFromFirstScreen, person, talkTo } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';

const numberOn = (where: Page | Locator) => where.getByTestId('safety-number');

async function safetyNumberWith(page: Page, nickname: string): Promise<string> {
  await page.getByRole('button', { name: `Connection with ${nickname}` }).click();
  const number = await numberOn(page).innerText();
  await page.keyboard.press('Escape');
  return number.replaceAll(/\s+/g, ' ').trim();
}

test('two people see the same safety number', async ({ gateways, open }) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const bob = await open(await gateways.client('bob', server));
  const terminal = await gateways.terminal('carol', server);
  await talkTo(alice, 'bob');
  await talkTo(bob, 'alice');
  const number = await safetyNumberWith(alice, 'bob');
  expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(await safetyNumberWith(bob, 'alice')).toBe(number);

  // A user who has compared it marks the key, in every tab and at the prompt, and can remove the mark.
  const mark = alice.getByRole('img', { name: 'You have compared the safety number with bob' });
  const compared = alice.getByRole('switch', { name: 'I compared it: the numbers match' });
  await expect(mark).toBeHidden();
  await alice.getByRole('button', { name: 'Connection with bob' }).click();
  await compared.click();
  await expect(compared).toBeChecked();
  await expect(mark).toBeVisible();
  await alice.reload();
  await expect(mark).toBeVisible();
  await alice.getByRole('button', { name: 'Connection with bob' }).click();
  await compared.click();
  await expect(mark).toBeHidden();
  await alice.keyboard.press('Escape');

  // The prompt shows it, too.
  await expect(person(alice, 'carol')).toBeVisible();
  await talkTo(alice, 'carol');
  const withCarol = await safetyNumberWith(alice, 'carol');
  terminal.write('safety alice');
  await expect.poll(() => terminal.stdout.slice(-3).join(' ').replaceAll(/\s+/g, ' ').trim()).toBe(withCarol);
  terminal.write('verify alice');
  terminal.write('safety alice');
  await expect.poll(() => terminal.stdout.at(-1)).toContain('You have compared this number, and it matched.');
  terminal.write('unverify alice');
  await expect
    .poll(() => terminal.stdout.at(-1))
    .toContain('The safety number with alice is no longer marked as compared.');
});

/** Returns the key of the conversation that has this draft. */
async function keyOfDraft(page: Page, text: string): Promise<string> {
  const key = await page.evaluate(
    (draft) => Object.keys(localStorage).find((each) => localStorage.getItem(each) === draft),
    text,
  );
  return key?.split(':').at(-1) ?? '';
}

/** A new page knows from the snapshot where a conversation of bob has moved, as another browser does. */
async function expectAtAddressOf(key: string, page: Page, text: string): Promise<void> {
  const newPage = await page.context().newPage();
  await newPage.goto(new URL(`/k/${key}`, page.url()).href);
  await expect(new Conversation(newPage, 'bob').message(text)).toBeVisible();
  await newPage.close();
}

async function markAsCompared(page: Page, nickname: string): Promise<void> {
  await page.getByRole('button', { name: `Connection with ${nickname}` }).click();
  await page.getByRole('switch', { name: 'I compared it: the numbers match' }).click();
  await page.keyboard.press('Escape');
  await expect(
    page.getByRole('img', { name: `You have compared the safety number with ${nickname}` }),
  ).toBeVisible();
}

test('a server and a peer with new keys are shown as such, and get nothing before the user accepts them', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const bobsGateway = await gateways.client('bob', server);
  const bob = await open(bobsGateway);
  const withBob = await talkTo(alice, 'bob');
  await withBob.say('see you tomorrow');
  await expect(withBob.state('see you tomorrow')).toHaveText(arrived);
  await markAsCompared(alice, 'bob');
  const mark = alice.getByRole('img', { name: 'You have compared the safety number with bob' });
  await bob.close();
  await bobsGateway.kill('SIGTERM');
  await expect(person(alice, 'bob')).toContainText('Away');
  await withBob.say('still there?');
  await expect(withBob.state('still there?')).toHaveText('On the server until bob is back');

  // The server is set up again: it has another key and no names.
  await server.kill('SIGKILL');
  const another = await gateways.server({ at: server.port });
  const banner = alice.getByTestId('banner');
  // An idle client finds out at the keep-alive, after 20 s, and then tries for some seconds.
  await expect(banner).toContainText('has a different key than before', { timeout: 60_000 });
  const newBob = await open(await gateways.client('bob', another));
  await expect(alice.getByTestId('own-state')).toHaveText('Not in this chat');
  await banner.getByRole('button', { name: 'Accept the new key' }).click();
  await expect(banner).toBeHidden();

  // So is bob.
  const notice = alice.getByTestId('key-notice');
  await expect(notice).toContainText('bob has a new key');
  await expect(notice).toContainText(
    'You compared the safety number of the key you know. This is a different key.',
  );
  await expect(mark).toBeHidden();
  await expect(alice.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
  await withBob.box.fill('is it you?');
  await withBob.box.press('Enter');
  await expect(withBob.box).toHaveValue('is it you?');
  const withAlice = await talkTo(newBob, 'alice');
  await withAlice.say('it is me, on a new computer');
  await expect(withAlice.state('it is me, on a new computer')).toHaveText(arrived);
  await expect(withBob.messages).toHaveCount(2);
  const rows = person(alice, 'bob');
  await expect(rows).toHaveCount(2);
  await expect(rows.and(alice.locator('[data-key-conflict="not-pinned"]'))).toContainText('it is me');

  await notice.getByText('Number to compare').click();
  const number = (await numberOn(notice).innerText()).replaceAll(/\s+/g, ' ').trim();
  expect(await safetyNumberWith(newBob, 'alice')).toBe(number);
  await nothingForAxeInLightAndDark(alice);
  const oldKey = await keyOfDraft(alice, 'is it you?');
  await notice.getByRole('button', { name: 'This is bob' }).click();
  for (const gone of [notice, mark]) await expect(gone).toBeHidden();
  await expect(rows).toHaveCount(1);
  await expect
    .poll(() => withBob.lines())
    .toEqual(['me: see you tomorrow', 'me: still there?', 'them: it is me, on a new computer']);
  await expect(withBob.state('still there?')).toHaveText(arrived);
  // What was being written is still in the box.
  await withBob.box.press('Enter');
  await expect(withBob.state('is it you?')).toHaveText(arrived);
  await expectAtAddressOf(oldKey, alice, 'is it you?');
  await expect.poll(() => withAlice.lines()).toContain('them: still there?');
});

test('a user who keeps the known key can write to it, and the message waits', async ({ gateways, open }) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const bob = await gateways.client('bob', server);
  const withBob = await talkTo(alice, 'bob');
  await bob.kill('SIGTERM');
  await server.kill('SIGKILL');
  const another = await gateways.server({ at: server.port });
  const mallory = await open(await gateways.client('bob', another));
  await alice.getByRole('button', { name: 'Accept the new key' }).click({ timeout: 60_000 });
  const notice = alice.getByTestId('key-notice');
  await notice.getByRole('button', { name: 'Keep the key I know' }).click();
  await expect(notice).toContainText('You kept the key that you know for bob');
  await withBob.say('for the bob I know');
  await expect(withBob.state('for the bob I know')).toHaveText(/Waiting for a connection/);
  const withAlice = await talkTo(mallory, 'alice');
  expect(await withAlice.lines()).toEqual([]);
});

test('the first screen says that another server answers, and joins it when the user accepts it', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const page = await open(await gateways.app('alice'));
  await joinFromFirstScreen(page, 'alice', `127.0.0.1:${server.port}`);
  await expect(page.getByTestId('own-state')).toHaveText('Online');
  await page.getByRole('button', { name: 'Menu for alice' }).click();
  await page.getByRole('menuitem', { name: 'Leave this chat' }).click();
  await server.kill('SIGKILL');
  await gateways.server({ at: server.port });
  await joinFromFirstScreen(page, 'alice', `127.0.0.1:${server.port}`);
  await expect(page.getByText('has a different key than before')).toBeVisible({ timeout: 20_000 });
  await page.getByRole('button', { name: 'Join anyway' }).click();
  await expect(page.getByTestId('own-state')).toHaveText('Online');
});
