import type { Locator, Page } from '@playwright/test';
import { type Conversation, talkTo } from './app-page.ts';
import { expect, test } from './test.ts';
import { threeInRoom, type Three } from './three-users.ts';

/** What users do with messages, in two browsers at once. */

test('UI 5, 29, 39, 40: a user replies, edits, deletes and reacts, announces and asks, and the others see it at once', async ({
  gateways,
  open,
}) => {
  const three = await threeInRoom(gateways, open);
  await test.step('UI 39: a reply shows the words of its original, and leads to it', () => replies(three));
  await test.step('UI 5: Arrow up edits the last own message for all', () => edits(three));
  await test.step('UI 29: a reaction is added and taken back, by mouse and by keyboard', () => reacts(three));
  await test.step('UI 39: a deleted message leaves a note, also in the reply to it', () => deletes(three));
  await test.step('UI 40: an announcement counts the members that have read it, and names the others', () =>
    announces(three));
  await test.step('UI 40: a poll shows who votes for what, until its author closes it', () => polls(three));
  await test.step('UI 39, 40: all of it is the same after a reload', async () => {
    await three.bob.reload();
    await expect(three.ofBob.log.getByTestId('poll')).toContainText('Closed with 2 votes');
    await expect(three.ofBob.log.getByText('This message was deleted.').first()).toBeVisible();
  });
});

async function replies({ ofAlice, ofBob, bob }: Three): Promise<void> {
  await ofAlice.say('who brings the gloves?');
  await ofBob.act('who brings the gloves?', 'Reply');
  await expect(bob.getByTestId('writing')).toContainText('Replying to alice');
  await expect(ofBob.box).toBeFocused();
  await ofBob.box.pressSequentially('I do');
  await ofBob.box.press('Enter');
  const quote = ofAlice.message('I do').getByTestId('quote');
  await expect(quote).toContainText('who brings the gloves?');
  await quote.click();
  await expect(ofAlice.message('who brings the gloves?')).toBeFocused();
  // The whole log is in view, so there is no later place to jump to.
  await expect(ofAlice.jump).toBeHidden();
}

async function edits({ ofAlice, ofBob, alice }: Three): Promise<void> {
  await ofAlice.say('we beginn at nine');
  // Until the gateway has the message, there is nothing to edit.
  await expect(async () => {
    await ofAlice.box.press('ArrowUp');
    await expect(ofAlice.box).toHaveValue('we beginn at nine', { timeout: 1_000 });
  }).toPass();
  await expect(alice.getByTestId('writing')).toContainText('Editing your message');
  await ofAlice.box.fill('we begin at nine');
  await ofAlice.box.press('Enter');
  for (const conversation of [ofAlice, ofBob]) {
    await expect(conversation.message('we begin at nine')).toContainText('Edited');
    await expect(conversation.message('we beginn at nine')).toHaveCount(0);
  }
  await ofAlice.box.press('ArrowUp');
  await ofAlice.box.press('Escape');
  await expect(ofAlice.box).toHaveValue('');
}

async function reacts({ ofAlice, ofBob, bob }: Three): Promise<void> {
  await ofBob.message('we begin at nine').hover();
  await ofBob.act('we begin at nine', 'React with 👍');
  for (const conversation of [ofAlice, ofBob])
    await expect(conversation.message('we begin at nine').getByTestId('reaction')).toHaveText(['👍1']);
  const ofAlices = ofAlice.message('we begin at nine').getByTestId('reaction');
  await expect(ofAlices).toHaveAccessibleName('👍 1: bob');
  await ofAlices.press('Enter');
  await expect(ofBob.message('we begin at nine').getByTestId('reaction')).toHaveText(['👍2']);
  await ofAlices.press('Enter');
  await expect(ofBob.message('we begin at nine').getByTestId('reaction')).toHaveText(['👍1']);
  // By keyboard alone, with the search over all emojis.
  await ofBob.message('we begin at nine').getByRole('button', { name: 'Message actions' }).press('Enter');
  await bob.getByRole('menuitem', { name: 'More reactions' }).press('Enter');
  const picker = bob.getByRole('dialog', { name: 'Choose a reaction' });
  await picker.getByRole('searchbox').fill('rocket');
  await expect(picker.getByRole('button', { name: 'rocket', exact: true })).toBeVisible();
  await picker.getByRole('searchbox').press('Enter');
  await expect(ofAlice.message('we begin at nine').getByTestId('reaction')).toHaveText(['👍1', '🚀1']);
}

async function deletes({ ofAlice, ofBob, alice }: Three): Promise<void> {
  await ofAlice.act('who brings the gloves?', 'Delete');
  const dialog = alice.getByRole('dialog', { name: 'Delete this message?' });
  await expect(dialog).toContainText(
    'A copy that is offline keeps it until it is back. Another program may keep it for good.',
  );
  await dialog.getByRole('button', { name: 'Delete' }).click();
  for (const conversation of [ofAlice, ofBob]) {
    await expect(conversation.log.getByText('who brings the gloves?')).toHaveCount(0);
    await expect(conversation.log.getByTestId('quote')).toContainText('This message was deleted.');
  }
}

async function announces({ ofAlice, ofBob, alice, bob }: Three): Promise<void> {
  await alice.getByRole('button', { name: 'Poll or announcement' }).click();
  await alice.getByRole('menuitem', { name: 'Announcement' }).click();
  await ofAlice.say('the lab is closed on Friday');
  // Members have no such button.
  await bob.getByRole('button', { name: 'Poll or announcement' }).click();
  await expect(bob.getByRole('menuitem')).toHaveText(['New poll']);
  await bob.keyboard.press('Escape');
  const figures = ofAlice.message('the lab is closed on Friday').getByTestId('acknowledged');
  await expect(figures).toHaveText('0 of 2 have read this');
  await ofBob
    .message('the lab is closed on Friday')
    .getByRole('button', { name: 'I have read this' })
    .click();
  await expect(ofBob.message('the lab is closed on Friday')).toContainText('You have read this');
  await expect(figures).toHaveText('1 of 2 has read this');
  await figures.click();
  await expect(alice.getByTestId('not-acknowledged')).toHaveText(/Have not said so yet: 1\s*C\s*carol/);
  await alice.keyboard.press('Escape');
  await expect(figures).toBeFocused();
}

/** Presses the mouse on an element, and releases it after something else has happened. */
async function presses(page: Page, element: Locator, then: () => Promise<void>): Promise<void> {
  await element.hover();
  await page.mouse.down();
  await then();
  await page.mouse.up();
}

async function polls({ ofAlice, ofBob, ofCarol, alice, carol }: Three): Promise<void> {
  await alice.getByRole('button', { name: 'Poll or announcement' }).click();
  await alice.getByRole('menuitem', { name: 'New poll' }).click();
  const form = alice.getByRole('dialog', { name: 'New poll' });
  await form.getByRole('textbox', { name: 'Question' }).fill('When do we meet?');
  await form.getByRole('textbox', { name: 'Choice 1' }).fill('Monday');
  await expect(form.getByRole('button', { name: 'Send the poll' })).toBeDisabled();
  await form.getByRole('textbox', { name: 'Choice 2' }).fill('Tuesday');
  await form.getByRole('button', { name: 'Send the poll' }).click();
  const choice = (conversation: Conversation, words: string) =>
    conversation.log.getByTestId('choice').filter({ hasText: words });
  await choice(ofBob, 'Monday').click();
  await choice(ofCarol, 'Monday').click();
  await expect(choice(ofAlice, 'Monday')).toHaveText(/Monday\s*2/);
  await expect(ofAlice.log.getByTestId('poll')).toContainText(/(bob and carol|carol and bob)/);
  // A vote can be changed, also while messages come.
  await presses(carol, choice(ofCarol, 'Tuesday'), async () => {
    await ofBob.say('Monday would be better');
    await expect(ofCarol.message('Monday would be better')).toBeAttached();
  });
  await expect(choice(ofAlice, 'Tuesday')).toHaveText(/Tuesday\s*1/);
  await expect(choice(ofAlice, 'Monday')).toHaveText(/Monday\s*1/);
  const poll = ofAlice.messages.filter({ has: alice.getByTestId('poll') });
  await poll.getByRole('button', { name: 'Message actions' }).click();
  await alice.getByRole('menuitem', { name: 'Close the poll' }).click();
  await expect(carol.getByTestId('poll')).toContainText('Closed with 2 votes');
  await expect(choice(ofCarol, 'Monday')).toBeDisabled();
}

test('UI 29: the messages of two people have the same menu', async ({ gateways, open }) => {
  const server = await gateways.server();
  const [alice, bob] = await Promise.all(
    (await Promise.all([gateways.client('alice', server), gateways.client('bob', server)])).map((gateway) =>
      open(gateway),
    ),
  );
  const [withBob, withAlice] = await Promise.all([talkTo(alice!, 'bob'), talkTo(bob!, 'alice')]);
  await withBob.say('hello bob', 'a tpyo');
  await expect(withAlice.message('a tpyo')).toBeVisible();
  await withAlice.message('hello bob').click({ button: 'right' });
  await bob!.getByRole('menuitem', { name: 'Reply' }).click();
  await withAlice.box.fill('hello alice');
  await withAlice.box.press('Enter');
  await expect(withBob.message('hello alice').getByTestId('quote')).toContainText('hello bob');
  await withBob.act('a tpyo', 'Edit');
  await withBob.box.fill('a typo');
  await withBob.box.press('Enter');
  await expect(withAlice.message('a typo')).toContainText('Edited');
  await withAlice.act('a typo', 'React with 👍');
  await expect(withBob.message('a typo').getByTestId('reaction')).toHaveText(['👍1']);
  await withBob.act('a typo', 'Delete');
  await alice!.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(withAlice.log.getByText('This message was deleted.')).toBeVisible();
  await expect(withAlice.message('a typo')).toHaveCount(0);
  // Nothing is left to do with it.
  const deleted = withAlice.messages.filter({ hasText: 'This message was deleted.' });
  await expect(deleted.getByRole('button', { name: 'Message actions' })).toHaveCount(0);
});
