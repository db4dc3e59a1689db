import type { Page } from '@playwright/test';
import { arrived, type Conversation, openRoom, person, recordTexts, room, talkTo } from './app-page.ts';
import type { Gateways, ServerGateway } from './gateways.ts';
import { expect, test } from './test.ts';

test('UI 17, 20: the banner says that the server is unreachable, and messages wait or go directly', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const [alicesGateway, bobsGateway] = await Promise.all([
    gateways.client('alice', server),
    gateways.client('bob', server),
  ]);
  const alice = await open(alicesGateway);
  await expect(person(alice, 'bob')).toContainText('Online');
  await bobsGateway.kill('SIGTERM');
  await expect(person(alice, 'bob')).toContainText('Away');
  const withBob = await talkTo(alice, 'bob');

  await server.kill('SIGKILL');
  await test.step('UI 17, 20: without the server and the peer, messages wait, and say when the next try is', () =>
    messagesWait({ server, alice, withBob }));
  const second = await gateways.again(server);
  const bob =
    await test.step('UI 20: the server and the peer come back, and the messages arrive', async () => {
      await waitOnServer({ alice, withBob });
      const page = await open(await gateways.again(bobsGateway));
      const withAlice = await talkTo(page, 'alice');
      await expect.poll(() => withAlice.lines()).toEqual(['them: Are you at home?', 'them: Never mind.']);
      await expect(withBob.state('Never mind.')).toHaveText(arrived);
      return page;
    });
  await test.step('UI 20: without the server, users who reach each other go on talking directly', () =>
    talkWithoutServer(second, withBob, bob));
  await test.step('UI 20: an idle client notices that the server is gone, and that it is back', () =>
    noticeWhileIdle(gateways, second, alice));
});

interface Alone {
  readonly server: ServerGateway;
  readonly alice: Page;
  readonly withBob: Conversation;
}

async function messagesWait({ server, alice, withBob }: Alone): Promise<void> {
  const recorded = await recordTexts(alice, '[data-testid=delivery]');
  await withBob.say('Are you at home?');
  const banner = alice.getByTestId('banner');
  await expect(banner).toContainText(
    new RegExp(`The server at 127\\.0\\.0\\.1:${server.port} has been unreachable since \\d\\d:\\d\\d\\.`),
  );
  await expect(banner).toContainText(/Next try in \d+\ss\./);
  await expect(withBob.state('Are you at home?')).toHaveText(/Waiting for a connection/);
  await expect(alice.getByText('bob is away, and the server cannot be reached.')).toBeVisible();
  await withBob.say('Never mind.');
  await expect(withBob.state('Never mind.')).toHaveText(/Waiting for a connection/);

  // A message counts down to the next try.
  const seconds = async () =>
    (await recorded())
      .map((text) => /^Waiting for a connection \(next try in (\d+)\ss\)$/.exec(text)?.[1])
      .filter((found) => found !== undefined)
      .map(Number);
  await expect
    .poll(
      async () => {
        const all = await seconds();
        return all.some((second) => all.includes(second - 1) && all.includes(second - 2));
      },
      { timeout: 90_000 },
    )
    .toBe(true);
}

async function waitOnServer({ alice, withBob }: Omit<Alone, 'server'>): Promise<void> {
  await expect(alice.getByTestId('banner')).toBeHidden({ timeout: 60_000 });
  for (const text of ['Are you at home?', 'Never mind.']) {
    await expect(withBob.state(text)).toHaveText('On the server until bob is back');
  }
}

async function talkWithoutServer(server: ServerGateway, withBob: Conversation, bob: Page): Promise<void> {
  const withAlice = await talkTo(bob, 'alice');
  await withBob.say('with the server');
  await expect(withBob.state('with the server')).toHaveText(arrived);

  await server.kill('SIGKILL');
  await withBob.say('without it');
  await withAlice.say('and back');
  await expect(withBob.state('without it')).toHaveText(arrived);
  await expect(withAlice.state('and back')).toHaveText(arrived);
}

async function noticeWhileIdle(gateways: Gateways, server: ServerGateway, alice: Page): Promise<void> {
  // Two keep-alives lost with all their attempts come to 45 s (docs/protocol/transport.md).
  const banner = alice.getByTestId('banner');
  await expect(banner).toContainText(/has been unreachable since/, { timeout: 60_000 });
  await expect(alice.getByTestId('own-state')).toHaveText('Looking for the server');
  const everyone = await useRoomsWithoutServer(alice);
  await gateways.again(server);
  await expect(banner).toBeHidden({ timeout: 20_000 });
  await expect(alice.getByTestId('own-state')).toHaveText('Online');
  await expect(everyone.state('to everyone')).toHaveText(/In the room|Delivered/);
  await expect(everyone.message('to everyone').getByTestId('reaction')).toHaveText(['👍1']);
  await expect(room(alice, 'later')).toBeVisible();
}

/** UI 20, 34: what the server has to put in order waits, and says so. The form for a new room need not stay open. */
async function useRoomsWithoutServer(alice: Page): Promise<Conversation> {
  const everyone = await openRoom(alice, 'everyone');
  await everyone.say('to everyone');
  await expect(everyone.state('to everyone')).toHaveText('Waiting for the server');
  await everyone.act('to everyone', 'React with 👍');
  await expect(alice.getByText('This is sent when it is back.')).toBeVisible();
  await alice.getByRole('button', { name: 'New room' }).click();
  const dialog = alice.getByRole('dialog', { name: 'New room' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('later');
  await dialog.getByRole('button', { name: 'Create the room' }).click();
  await expect(dialog).toContainText('The room is created when it is back');
  await dialog.getByText('Close', { exact: true }).click();
  await expect(dialog).toBeHidden();
  return everyone;
}
