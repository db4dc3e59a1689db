import type { Locator, Page } from '@playwright/test';
import { arrived, Conversation, joinFromFirstScreen, person, talkTo } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import type { Gateway } from './gateways.ts';
import { says } from './terminal.ts';
import { expect, test } from './test.ts';

const numberOn = (where: Page | Locator) => where.getByTestId('safety-number');
const markOn = (page: Page) =>
  page.getByRole('img', { name: 'You have compared the safety number with bob' });

async function safetyNumberWith(page: Page, nickname: string): Promise<string> {
  await page.getByRole('button', { name: `Connection with ${nickname}` }).click();
  const number = await numberOn(page).innerText();
  await page.keyboard.press('Escape');
  return number.replaceAll(/\s+/g, ' ').trim();
}

/** Returns the key of the conversation that has this draft. */
async function keyOfDraft(page: Page, text: string): Promise<string> {
  const key = await page.evaluate(
    (draft) => Object.keys(localStorage).find((each) => localStorage.getItem(each) === draft),
    text,
  );
  return key?.split(':').at(-1) ?? '';
}

/** Alice accepts the new key of bob in the browser and tom at the prompt. Uma refuses it. Nora joins by the first screen. */
test('users compare safety numbers, and a server and a peer with new keys get nothing before the user accepts them', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const [alicesGateway, bobsGateway, tom, uma, norasGateway] = await Promise.all([
    gateways.client('alice', server),
    gateways.client('bob', server),
    gateways.terminal('tom', server),
    gateways.terminal('uma', server),
    gateways.app('nora'),
  ]);
  const alice = await open(alicesGateway);
  for (const nickname of ['bob', 'tom', 'uma']) await expect(person(alice, nickname)).toContainText('Online');
  const withBob = await talkTo(alice, 'bob');
  await test.step('two people see the same safety number, and mark it as compared', async () => {
    const bob = await open(bobsGateway);
    await talkTo(bob, 'alice');
    await compareNumbers(alice, bob);
    await bob.close();
  });
  await test.step('the prompt shows the same safety number, and marks it', () => compareAtPrompt(alice, tom));
  await talkTo(alice, 'bob');
  await test.step('each of them writes to the bob with the known key', () =>
    writeToKnownKey(alice, withBob, bobsGateway, [tom, uma]));
  const nora = await open(norasGateway);
  await test.step('a user joins by the first screen and leaves', () => joinAndLeave(nora, server.port));

  // The server is set up again: it has another key and no names.
  await server.kill('SIGKILL');
  const another = await gateways.server({ at: server.port });
  await test.step('the first screen says that another server answers, and joins it when the user accepts it', () =>
    joinAnyway(nora, server.port));
  await test.step('at the prompt another server is accepted', async () => {
    for (const who of [tom, uma]) await acceptServer(who);
    await says(another, 'tom registered');
    await says(another, 'uma registered');
  });
  // An idle client finds out at the keep-alive, after 20 s, and then tries for some seconds.
  const banner = alice.getByTestId('banner');
  await expect(banner).toContainText('has a different key than before', { timeout: 60_000 });
  const newBob = await open(await gateways.client('bob', another));
  await test.step('the app says that the server has a new key, and accepts it', async () => {
    await expect(alice.getByTestId('own-state')).toHaveText('Not in this chat');
    await banner.getByRole('button', { name: 'Accept the new key' }).click();
    await expect(banner).toBeHidden();
  });
  await test.step('a peer with a new key is shown as such, and gets nothing', () =>
    newKeyIsShown(alice, withBob, newBob));
  await test.step('a user who keeps the known key can write to it, and the message waits', () =>
    keepKnownKey(alice, withBob, newBob));
  await test.step('the new key gets what waited after the user accepts it', () =>
    acceptNewKey(alice, withBob, newBob));
  await test.step('at the prompt a person with another key is accepted or refused', () =>
    decideAtPrompt(tom, uma, newBob));
});

async function compareNumbers(alice: Page, bob: Page): Promise<void> {
  const number = await safetyNumberWith(alice, 'bob');
  expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(await safetyNumberWith(bob, 'alice')).toBe(number);

  // A user who has compared it marks the key, in every tab and at the prompt, and can remove the mark.
  const mark = markOn(alice);
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
  await compared.click();
  await expect(mark).toBeVisible();
  await alice.keyboard.press('Escape');
}

async function compareAtPrompt(alice: Page, tom: Gateway): Promise<void> {
  await talkTo(alice, 'tom');
  const number = await safetyNumberWith(alice, 'tom');
  tom.write('safety alice');
  await expect.poll(() => tom.stdout.slice(-3).join(' ').replaceAll(/\s+/g, ' ').trim()).toBe(number);
  tom.write('verify alice');
  tom.write('safety alice');
  await expect.poll(() => tom.stdout.at(-1)).toContain('You have compared this number, and it matched.');
  tom.write('unverify alice');
  await expect
    .poll(() => tom.stdout.at(-1))
    .toContain('The safety number with alice is no longer marked as compared.');
}

async function writeToKnownKey(
  alice: Page,
  withBob: Conversation,
  bobsGateway: Gateway,
  terminals: readonly Gateway[],
): Promise<void> {
  for (const who of terminals) {
    who.write('send bob hello');
    await says(who, 'bob received');
  }
  await withBob.say('see you tomorrow');
  await expect(withBob.state('see you tomorrow')).toHaveText(arrived);
  await bobsGateway.kill('SIGTERM');
  await expect(person(alice, 'bob')).toContainText('Away');
  await withBob.say('still there?');
  await expect(withBob.state('still there?')).toHaveText('On the server until bob is back');
}

async function joinAndLeave(nora: Page, port: number): Promise<void> {
  await joinFromFirstScreen(nora, 'nora', `127.0.0.1:${port}`);
  await expect(nora.getByTestId('own-state')).toHaveText('Online');
  await nora.getByRole('button', { name: 'Menu for nora' }).click();
  await nora.getByRole('menuitem', { name: 'Leave this chat' }).click();
}

async function joinAnyway(nora: Page, port: number): Promise<void> {
  await joinFromFirstScreen(nora, 'nora', `127.0.0.1:${port}`);
  await expect(nora.getByText('has a different key than before')).toBeVisible();
  await nora.getByRole('button', { name: 'Join anyway' }).click();
  await expect(nora.getByTestId('own-state')).toHaveText('Online');
}

/** A client that sends finds out that the server has another key. */
async function acceptServer(who: Gateway): Promise<void> {
  who.write('send bob are you there?');
  await says(who, 'Type accept-server to accept the new key.', { timeout: 60_000 });
  who.write('accept-server');
}

async function newKeyIsShown(alice: Page, withBob: Conversation, newBob: Page): Promise<void> {
  const notice = alice.getByTestId('key-notice');
  await expect(notice).toContainText('bob has a new key');
  await expect(notice).toContainText(
    'You compared the safety number of the key you know. This is a different key.',
  );
  await expect(markOn(alice)).toBeHidden();
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

  // A block is about the key, so the new one is not blocked.
  await alice.getByRole('button', { name: 'Connection with bob' }).click();
  const block = alice.getByRole('switch', { name: 'Block bob', exact: true });
  await block.click();
  await expect(notice).toContainText('You blocked the key you know. This one is not blocked.');
  await block.click();
  await expect(notice).not.toContainText('You blocked');
  await alice.keyboard.press('Escape');
}

async function keepKnownKey(alice: Page, withBob: Conversation, newBob: Page): Promise<void> {
  const notice = alice.getByTestId('key-notice');
  await notice.getByRole('button', { name: 'Keep the key I know' }).click();
  await expect(notice).toContainText('You kept the key that you know for bob');
  await withBob.say('for the bob I know');
  // The new server does not know the old key.
  await expect(withBob.state('for the bob I know')).toHaveText(/next try in/);
  const withAlice = await talkTo(newBob, 'alice');
  expect(await withAlice.lines()).toEqual(['me: it is me, on a new computer']);
  await withBob.box.fill('is it you?');
}

async function acceptNewKey(alice: Page, withBob: Conversation, newBob: Page): Promise<void> {
  const notice = alice.getByTestId('key-notice');
  const withAlice = await talkTo(newBob, 'alice');
  const oldKey = await keyOfDraft(alice, 'is it you?');
  await notice.getByRole('button', { name: 'This is bob' }).click();
  await expect(notice).toBeHidden();
  await expect(person(alice, 'bob')).toHaveCount(1);
  await expect(markOn(alice)).toBeHidden();
  await expect
    .poll(async () => (await withBob.lines()).toSorted())
    .toEqual([
      'me: for the bob I know',
      'me: see you tomorrow',
      'me: still there?',
      'them: it is me, on a new computer',
    ]);
  await expect(withBob.state('still there?')).toHaveText(arrived);
  // What was being written is still in the box.
  await withBob.box.press('Enter');
  await expect(withBob.state('is it you?')).toHaveText(arrived);
  // The address of the old key opens the conversation. A new page knows the move from the snapshot, as another browser does.
  const newPage = await alice.context().newPage();
  await newPage.goto(new URL(`/k/${oldKey}`, alice.url()).href);
  await expect(new Conversation(newPage, 'bob').message('is it you?')).toBeVisible();
  await newPage.close();
  await expect.poll(() => withAlice.lines()).toContain('them: still there?');
}

async function decideAtPrompt(tom: Gateway, uma: Gateway, newBob: Page): Promise<void> {
  for (const who of [tom, uma]) await says(who, 'bob has a different key than before');
  tom.write('accept bob');
  await says(tom, 'You accepted the new key of bob.');
  const withTom = await talkTo(newBob, 'tom');
  await expect(withTom.message('are you there?')).toBeVisible();
  uma.write('refuse bob');
  await says(uma, 'You refused the new key of bob. Your messages wait until the old key is back.');
  uma.write('send bob for the bob I know');
  const withUma = await talkTo(newBob, 'uma');
  await withUma.say('it is me');
  await says(uma, 'it is me');
  tom.write('send bob good');
  await expect((await talkTo(newBob, 'tom')).message('good')).toBeVisible();
  expect(await (await talkTo(newBob, 'uma')).lines()).toEqual(['me: it is me']);
}
