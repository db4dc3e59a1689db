import type { Locator, Page } from '@playwright/test';
import { chooseInMenu, createRoom, openRoom, room } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expectAbove } from './layout.ts';
import { expect, test } from './test.ts';
import { threeInRoom, type Three } from './three-users.ts';

test('UI 17, 19, 29, 34, 35, 36, 38: a moderated room, mentions, muted rooms, hidden messages, and a member who is removed', async ({
  gateways,
  open,
}) => {
  const three = await threeInRoom(gateways, open);
  await test.step('UI 17, 29, 35, 36: in a moderated room members read and react, a moderator writes, and what is refused says why', () =>
    moderated(three));
  await test.step('UI 38: a mention is completed, drawn apart, and counted beside the unread messages', () =>
    mentions(three));
  await test.step('UI 19: a muted room counts quietly, and its title does not', () => mutes(three));
  await test.step('UI 29: a hidden message leaves a mark, and a moderator shows it again', () =>
    hides(three));
  await test.step('UI 35: a pinned message is found at the top', () => pins(three));
  await test.step('UI 36: a silenced member is told so', () => silences(three));
  await test.step('UI 34, 36: a removed member keeps what it had, and gets nothing later', () =>
    removes(three));
  await test.step('UI 34: a room by invitation is not listed, and its invitation is accepted', () =>
    closedRoom(three));
  await test.step('UI 36: an archived room says so', () => archives(three));
});

async function settings(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'About #lab' }).click();
  return page.getByRole('dialog', { name: '#lab' });
}

const asks: ReadonlySet<string> = new Set(['Remove', 'Ban', 'Hand the room over']);

/** Opens the list of members, and does this to one of them. */
async function toMember(page: Page, nickname: string, action: string): Promise<void> {
  await page.getByRole('button', { name: 'Members of #lab' }).click();
  const dialog = page.getByRole('dialog', { name: 'Members of #lab' });
  await dialog.getByRole('button', { name: `Actions for ${nickname}` }).click();
  await dialog.getByRole('button', { name: action, exact: true }).click();
  // An action that is hard to take back asks first, and the focus is on Cancel.
  if (asks.has(action)) {
    await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await dialog.getByRole('button', { name: / now$/ }).press('Enter');
  }
  await expect(dialog.getByRole('status')).toContainText(nickname);
  await page.keyboard.press('Escape');
}

async function moderated(three: Three): Promise<void> {
  const { alice, bob, ofAlice, ofBob } = three;
  const dialog = await settings(alice);
  await expect(dialog).toContainText(
    'Its members can read it, and so can the computer that runs the server.',
  );
  // Bob writes while the server is not there for him.
  await chooseInMenu(bob, 'bob', 'Go offline');
  await ofBob.say('too late', 'to be forgotten');
  await expect(ofBob.state('too late')).toHaveText('Waiting for the server');
  await dialog.getByRole('radio', { name: 'Only moderators' }).check();
  await dialog.locator('form', { hasText: 'Allowed to write' }).getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toContainText('Saved.');
  await alice.keyboard.press('Escape');
  await bob.getByTestId('banner').getByRole('button', { name: 'Go online' }).click();
  await isRefusedWithReason(three);
  await expect(bob.getByTestId('composer-hint')).toHaveText(
    'Only moderators write in this room now. You can read and react.',
  );
  await expect(ofBob.box).toBeDisabled();
  await ofAlice.say('quiet please');
  await ofBob.act('quiet please', 'React with 🙏');
  await expect(ofAlice.message('quiet please').getByTestId('reaction')).toHaveText(['🙏1']);
  await toMember(alice, 'bob', 'Make moderator');
  await expect(ofBob.box).toBeEnabled();
  await ofBob.say('a moderator speaks');
  await expect(ofAlice.message('a moderator speaks')).toBeVisible();
  const late = ofBob.message('too late');
  await late.getByRole('button', { name: 'Retry' }).press('Enter');
  await expect(ofBob.state('too late')).toHaveText(/In the room|Delivered/);
  await expect(late.getByRole('button', { name: /Retry|Discard/ })).toHaveCount(0);
  await expect(ofAlice.message('too late')).toHaveCount(1);
}

async function isRefusedWithReason({ ofAlice, ofBob }: Three): Promise<void> {
  for (const text of ['too late', 'to be forgotten'])
    await expect(ofBob.state(text)).toHaveText('Failed: Only moderators post in this room at the moment.');
  const forgotten = ofBob.message('to be forgotten');
  await forgotten.getByRole('button', { name: 'Discard' }).press('Enter');
  await expect(forgotten).toBeHidden();
  await expect(ofAlice.messages).toHaveCount(0);
}

async function mentions({ bob, carol, ofBob, ofCarol }: Three): Promise<void> {
  await carol.goto(new URL('/', carol.url()).href);
  await expect(room(carol, 'lab')).toBeVisible();
  await ofBob.say('a word to all');
  await ofBob.box.pressSequentially('hello @ca');
  await expect(bob.getByRole('option')).toHaveText(['@carol']);
  await ofBob.box.press('Enter');
  await expect(ofBob.box).toHaveValue('hello @carol ');
  await ofBob.box.press('Enter');
  await expect(room(carol, 'lab')).toContainText('1 mention of you');
  await expect(room(carol, 'lab')).toContainText('2 unread');
  await openRoom(carol, 'lab');
  await expect(ofCarol.log.locator('.mention')).toHaveText(['@carol']);
  await expect(room(carol, 'lab')).not.toContainText('mention of you');
}

async function mutes({ carol, ofBob }: Three): Promise<void> {
  await carol.getByRole('button', { name: /^What counts as new in #lab/ }).click();
  await carol.getByRole('menuitemradio', { name: 'Nothing (muted)' }).click();
  await carol.getByRole('button', { name: 'What counts as new in #lab: Nothing (muted)' }).waitFor();
  await carol.goto(new URL('/', carol.url()).href);
  await ofBob.say('carol does not hear this');
  await expect(room(carol, 'lab')).toContainText('1 unread');
  await expect(room(carol, 'lab')).toContainText('muted');
  await expect(carol).toHaveTitle('Chatagram');
  await openRoom(carol, 'lab');
}

async function hides({ ofAlice, ofBob, ofCarol }: Three): Promise<void> {
  await ofBob.say('rude words');
  await expect(ofCarol.message('rude words')).toBeVisible();
  await ofAlice.act('rude words', 'Hide for everyone');
  await expect(ofCarol.log.getByText('A moderator has hidden this message.')).toBeVisible();
  await expect(ofCarol.message('rude words')).toHaveCount(0);
  const hidden = ofAlice.messages.filter({ hasText: 'A moderator has hidden this message.' });
  await hidden.getByRole('button', { name: 'Look at it' }).click();
  await ofAlice.act('rude words', 'Show again');
  await expect(ofCarol.message('rude words')).toBeVisible();
}

async function pins({ carol, ofAlice, ofCarol }: Three): Promise<void> {
  await ofAlice.act('quiet please', 'Pin');
  await carol.getByRole('button', { name: '1 pinned message' }).click();
  await carol.getByTestId('pin').click();
  await expect(ofCarol.message('quiet please')).toBeFocused();
}

async function silences({ alice, carol, ofCarol }: Three): Promise<void> {
  await toMember(alice, 'carol', 'Silence');
  await expect(ofCarol.box).toBeDisabled();
  await expect(carol.getByTestId('composer-hint')).toContainText('A moderator has silenced you');
  await toMember(alice, 'carol', 'Let write again');
}

async function removes({ alice, carol, ofAlice, ofBob, ofCarol }: Three): Promise<void> {
  await toMember(alice, 'carol', 'Remove');
  await expect(carol.getByTestId('room-out')).toContainText('You were removed from #lab.');
  await expect(ofCarol.box).toBeDisabled();
  await ofAlice.say('carol is gone');
  await expect(ofBob.message('carol is gone')).toBeVisible();
  await carol.reload();
  await expect(carol.getByTestId('room-out')).toBeVisible();
  await expect(ofCarol.message('quiet please')).toBeVisible();
  await expect(ofCarol.message('carol is gone')).toHaveCount(0);
  await expect(room(carol, 'lab')).toContainText('You were removed');
}

async function closedRoom({ alice, carol }: Three): Promise<void> {
  await createRoom(alice, 'den', 'By invitation');
  await carol.getByRole('button', { name: 'Browse rooms' }).click();
  const list = carol.getByRole('dialog', { name: 'Browse rooms' });
  await expect(list.getByTestId('listed-room').filter({ hasText: '#lab' })).toBeVisible();
  await expect(list.getByTestId('listed-room').filter({ hasText: '#den' })).toHaveCount(0);
  await carol.keyboard.press('Escape');
  // A new room by invitation asks for people at once.
  const members = alice.getByRole('dialog', { name: 'Invite people to #den' });
  const invited = members.getByRole('combobox', { name: 'Invite someone' });
  await invited.fill('zed');
  await members.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(members.getByRole('alert')).toHaveText('No one here has that nickname.');
  await expect(invited).toHaveAccessibleDescription('No one here has that nickname.');
  await invited.fill('carol');
  await expect(members.getByRole('alert')).toBeHidden();
  await members.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(members).toContainText('carol is invited.');
  const field = members.getByRole('searchbox', { name: 'Find members' });
  await expectAbove(members.getByRole('heading', { name: 'Members', exact: true }), field);
  await field.fill('zed');
  await expect(members.getByTestId('member')).toHaveCount(0);
  await expect(members.getByText('No member has that name.')).toBeVisible();
  await field.fill('ali');
  await expect(members.getByTestId('member')).toHaveText([/alice/]);
  await nothingForAxeInLightAndDark(alice);
  await alice.keyboard.press('Escape');
  await expect(alice.getByRole('textbox', { name: 'Message to #den' })).toBeFocused();
  await expect(room(carol, 'den')).toContainText('You are invited');
  const ofCarol = await openRoom(carol, 'den');
  await expect(carol.getByTestId('room-invitation')).toContainText('You are invited to #den.');
  await carol.getByTestId('room-invitation').getByRole('button', { name: 'Join' }).click();
  await expect(ofCarol.box).toBeFocused();
}

async function archives({ alice, bob, ofBob }: Three): Promise<void> {
  await openRoom(alice, 'lab');
  const dialog = await settings(alice);
  const archive = dialog.getByRole('button', { name: 'Archive this room' });
  const question = dialog.getByTestId('question');
  // Neither the second click of a double click nor a key that is held is an answer.
  await archive.dblclick();
  await expect(question).toContainText('this cannot be undone');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await archive.focus();
  await alice.keyboard.down('Enter');
  await alice.keyboard.down('Enter');
  await alice.keyboard.up('Enter');
  await expect(question).toBeVisible();
  // Esc cancels the question, and the dialog around it stays.
  await alice.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await expect(archive).toBeFocused();
  await archive.click();
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Archive now' }).click();
  await expect(dialog).toContainText('The room is archived.');
  await expect(bob.getByTestId('composer-hint')).toContainText('This room is archived');
  await expect(ofBob.box).toBeDisabled();
  await chooseInMenu(bob, 'bob', 'Go offline');
}
