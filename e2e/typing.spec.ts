import type { Locator } from '@playwright/test';
import { arrived, type Conversation, openRoom, person, room, talkTo } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';
import { twoUsers } from './two-users.ts';

test('UI 42: people see who types, in a conversation and in a small room, and only if both let it show', async ({
  gateways,
  open,
}) => {
  const { alice, bob, withBob, withAlice } = await twoUsers(gateways, open);
  await withBob.say('hello');
  await withAlice.say('hi');
  await expect(withAlice.state('hi')).toHaveText(arrived);
  const line = bob.getByTestId('typing');

  await test.step('UI 42: a quiet line and the list say that the other types, and nothing moves', async () => {
    const before = await withAlice.box.boundingBox();
    await typesUntilSeen(withBob, line);
    await expect(person(bob, 'alice')).toContainText('typing');
    await nothingForAxeInLightAndDark(bob);
    expect(await withAlice.box.boundingBox()).toEqual(before);
    await withBob.say('done');
    await expect(withAlice.message('done')).toBeVisible();
    await expect(line).toHaveCount(0);
  });

  await test.step('UI 42: a room of few members shows it too', async () => {
    const [inRoom] = await Promise.all([openRoom(alice, 'everyone'), openRoom(bob, 'everyone')]);
    await typesUntilSeen(inRoom, line);
    await expect(room(bob, 'everyone')).toContainText('alice is typing');
    await expect(line).toHaveCount(0);
  });

  await test.step('UI 42: a user who turns it off neither tells nor sees it', async () => {
    await alice.getByRole('button', { name: 'Menu for alice' }).click();
    await alice.getByRole('menuitem', { name: 'Settings' }).click();
    await alice.getByRole('switch', { name: 'Let others see when I type, and see when they do' }).click();
    const [again] = await Promise.all([talkTo(alice, 'bob'), talkTo(bob, 'alice')]);
    await again.box.pressSequentially('not shown');
    await withAlice.box.pressSequentially('neither');
    await again.box.press('Enter');
    await expect(withAlice.message('not shown')).toBeVisible();
    await expect(line).toHaveCount(0);
    await expect(alice.getByTestId('typing')).toHaveCount(0);
  });
});

/** A key that comes right after the last message says nothing new, so the user goes on. */
async function typesUntilSeen({ box }: Conversation, line: Locator): Promise<void> {
  await expect(async () => {
    await box.pressSequentially('on ');
    await expect(line).toHaveText('alice is typing', { timeout: 1_000 });
  }).toPass();
}
