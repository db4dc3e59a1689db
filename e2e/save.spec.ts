import fs from 'node:fs';
import type { Page } from '@playwright/test';
import { arrived, openRoom } from './app-page.ts';
import { expect, test } from './test.ts';
import { twoUsers } from './two-users.ts';

test('UI 54: the browser saves a conversation in each form, once for each click, without what is deleted', async ({
  gateways,
  open,
}) => {
  const { alice, withBob, withAlice } = await twoUsers(gateways, open, {});
  await withBob.say('<b>kept</b>', 'gone soon');
  await expect(withBob.state('gone soon')).toHaveText(arrived);
  await withBob.act('gone soon', 'Delete');
  await alice.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(withAlice.message('gone soon')).toBeHidden();
  await withAlice.say('an answer');
  await expect(withBob.message('an answer')).toBeVisible();

  await test.step('UI 54: as a page to print, which runs nothing and says who wrote what', async () => {
    const { name, text, url } = await save(alice, 'As a page to print');
    expect(name).toMatch(/^chatagram-bob-\d{4}-\d\d-\d\d\.html$/u);
    expect(text).toContain('&#60;b&#62;kept&#60;/b&#62;');
    expect(text).toContain('an answer');
    expect(text).not.toMatch(/gone soon|<script|<b>/u);
    // The ticket is used up.
    expect((await alice.request.get(url)).status()).toBe(404);
    const page = await alice.context().newPage();
    await page.setContent(text);
    await expect(page.getByText('<b>kept</b>')).toBeVisible();
    await page.close();
  });
  await test.step('UI 54: as Markdown and as JSON', async () => {
    const markdown = await save(alice, 'As Markdown');
    expect(markdown.name).toMatch(/\.md$/u);
    expect(markdown.text).toContain('an answer');
    const json = await save(alice, 'As JSON');
    expect(JSON.parse(json.text)).toMatchObject({
      messages: [{ text: '<b>kept</b>' }, { text: 'an answer' }],
    });
    expect(json.text).not.toContain('gone soon');
  });
  await test.step('UI 54: a room is saved from what the app says about it', async () => {
    const inRoom = await openRoom(alice, 'everyone');
    await inRoom.say('to all');
    await alice.getByRole('button', { name: 'About #everyone' }).click();
    const { name, text } = await saved(alice, () =>
      alice.getByRole('dialog').getByRole('button', { name: 'As Markdown' }).click(),
    );
    expect(name).toMatch(/^chatagram-room-everyone-/u);
    expect(text).toContain('to all');
  });
});

async function save(page: Page, form: string) {
  await page.getByRole('button', { name: 'Save this conversation' }).click();
  return saved(page, () => page.getByRole('menuitem', { name: form }).click());
}

async function saved(page: Page, act: () => Promise<void>) {
  const [download] = await Promise.all([page.waitForEvent('download'), act()]);
  return {
    name: download.suggestedFilename(),
    url: download.url(),
    text: fs.readFileSync(await download.path(), 'utf8'),
  };
}
