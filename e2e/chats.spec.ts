import { chooseInMenu, hostFromFirstScreen, joinFromFirstScreen, person } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';

// "Start a chat here" takes the first free port from 50000 on: two tests at once would take each other's.
test.describe.configure({ mode: 'default' });

test('UI 52: the list of chats says what becomes of the open one, and one click opens another one', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  await gateways.client('bob', server);
  const page = await open(await gateways.app('alice'));
  await joinFromFirstScreen(page, 'alice', `127.0.0.1:${server.port}`);
  await expect(person(page, 'bob')).toContainText('Online');
  await chooseInMenu(page, 'alice', 'Leave this chat');
  await hostFromFirstScreen(page, 'ally');
  await test.step('a host is asked before the chat ends for everyone', async () => {
    await chooseInMenu(page, 'ally', 'Leave this chat');
    const question = page.getByRole('dialog', { name: 'Leave this chat?' });
    await expect(question).toContainText('ends for everyone');
    await nothingForAxeInLightAndDark(page);
    await question.getByRole('button', { name: 'Cancel' }).last().click();
    await expect(page.getByTestId('own-state')).toHaveText('Online');
  });
  await chooseInMenu(page, 'ally', 'Chats on this computer');
  const dialog = page.getByRole('dialog', { name: 'Chats on this computer' });
  await expect(dialog.getByTestId('leaving')).toContainText('you go offline as ally');
  await expect(dialog.getByTestId('leaving')).toContainText('it ends for everyone');
  await nothingForAxeInLightAndDark(page);
  const openAlices = dialog.getByRole('button', { name: /^Open the chat of alice/u });
  await test.step('UI 23: after Cancel, the focus is at the button that asked', async () => {
    await openAlices.click();
    await expect(dialog.getByTestId('question')).toContainText('ends for everyone');
    await nothingForAxeInLightAndDark(page);
    await dialog.getByRole('button', { name: 'Cancel' }).press('Enter');
    await expect(openAlices).toBeFocused();
  });
  await openAlices.click();
  await dialog.getByRole('button', { name: 'End the chat for everyone, and open' }).press('Enter');
  await expect(person(page, 'bob')).toContainText('Online');
  await expect(page.getByTestId('own-state')).toHaveText('Online');
  await test.step('Ctrl+K leads to the same list', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Chats on this computer' }).click();
    await expect(dialog.getByTestId('known-chat')).toContainText('ally');
  });
});
