import { chooseInMenu, firstScreen, hostFromFirstScreen, joinFromFirstScreen } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { expect, test } from './test.ts';

const item = "Operator's page";

test('UI 26: a host requires a join code, and a newcomer enters it in the form or by the whole address', async ({
  gateways,
  open,
}) => {
  const host = await open(await gateways.app('host'));
  await hostFromFirstScreen(host, 'alice');
  await chooseInMenu(host, 'alice', item);
  const page = host.getByTestId('operator');
  await page.getByRole('switch', { name: 'Let new people in only with a join code' }).click();
  const code = await page.getByTestId('join-code').innerText();
  expect(code).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/u);
  await host.keyboard.press('Escape');
  const address = await host.getByText(/:\d+#/).first().innerText();
  expect(address.endsWith(`.${code}`)).toBe(true);
  const port = /:(\d+)#/u.exec(address)?.[1] ?? '';

  const bob = await open(await gateways.app('bob'), { viewport: { width: 320, height: 640 } });
  await test.step('the form says that a code is missing or wrong, light and dark', async () => {
    await joinFromFirstScreen(bob, 'bob', `127.0.0.1:${port}`);
    await expect(bob.getByText('This chat needs a join code.')).toBeVisible();
    await expect(bob.getByLabel('Join code')).toBeFocused();
    await nothingForAxeInLightAndDark(bob);
    await bob.getByLabel('Join code').fill('0000-0000-0000-0000');
    await firstScreen(bob).join.click();
    await expect(bob.getByText('The join code is wrong.')).toBeVisible();
  });
  await test.step('the right code lets the newcomer in', async () => {
    await bob.getByLabel('Join code').fill(code.toUpperCase());
    await firstScreen(bob).join.click();
    await expect(bob.getByTestId('own-state')).toHaveText('Online');
  });

  await test.step('the whole address lets another newcomer in at once', async () => {
    const carol = await open(await gateways.app('carol'));
    const key = /#([^.]+)\./u.exec(address)?.[1] ?? '';
    await joinFromFirstScreen(carol, 'carol', `127.0.0.1:${port}#${key}.${code}`);
    await expect(carol.getByTestId('own-state')).toHaveText('Online');
  });

  await test.step('a gateway that joins from the command line asks above the chat', async () => {
    const dave = await open(await gateways.client('dave', { port: Number(port) }));
    const banner = dave.getByTestId('banner');
    await expect(banner).toContainText('This chat needs a join code.');
    await nothingForAxeInLightAndDark(dave);
    await banner.getByLabel('Join code').fill('9f3a');
    await banner.getByRole('button', { name: 'Join', exact: true }).click();
    await expect(banner).toContainText('A join code has 16 letters and digits');
    await banner.getByLabel('Join code').fill(code);
    await banner.getByRole('button', { name: 'Join', exact: true }).click();
    await expect(dave.getByTestId('own-state')).toHaveText('Online');
  });
});
