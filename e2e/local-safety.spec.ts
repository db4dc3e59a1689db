import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chooseInMenu, firstScreen, joinFromFirstScreen, person, talkTo } from './app-page.ts';
import { expect, test } from './test.ts';

test('a link opens the app once; later only the browser that used it gets in', async ({
  gateways,
  open,
  browser,
}) => {
  const gateway = await gateways.app('app');
  const first = await open(gateway);
  await expect(firstScreen(first).start).toBeVisible();
  // The secret stands neither in the address nor in the history.
  expect(first.url()).toBe(gateway.url);

  await first.goto('about:blank');
  await first.goto(gateway.link);
  await expect(firstScreen(first).start).toBeVisible();

  const context = await browser.newContext();
  const stranger = await context.newPage();
  await stranger.goto(gateway.link);
  await expect(stranger.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
  await expect(stranger.getByText('Press Enter in the terminal where Chatagram is running')).toBeVisible();
  await expect(firstScreen(stranger).start).toBeHidden();

  const [cookie, ...others] = await first.context().cookies();
  expect(others).toEqual([]);
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
});

test('UI 26: without a link or with a wrong one no browser gets in, and the page says what to do', async ({
  gateways,
  browser,
}) => {
  const gateway = await gateways.app('app');
  const page = await (await browser.newContext()).newPage();
  await page.goto(gateway.url);
  await expect(page.getByRole('heading', { name: 'This browser cannot open Chatagram yet' })).toBeVisible();
  await expect(page.getByText('Open the link that the terminal printed.')).toBeVisible();
  await page.goto(`${gateway.url}#s=${'A'.repeat(43)}`);
  await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
  // A reload has no link any longer, because the page removes it from the address.
  await page.reload();
  await expect(page.getByRole('heading', { name: 'This browser cannot open Chatagram yet' })).toBeVisible();
  // The link itself is still good.
  await page.goto(gateway.link);
  await expect(firstScreen(page).start).toBeVisible();
});

test('a page of another origin reaches neither the session nor the socket', async ({ gateways, open }) => {
  const gateway = await gateways.app('app');
  const page = await open(gateway);
  await expect(firstScreen(page).start).toBeVisible();
  // The same browser: cookies ignore ports, so it sends that of the gateway along.
  const site = createServer((_request, response) => response.end('<title>Elsewhere</title>'));
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  try {
    const elsewhere = await page.context().newPage();
    await elsewhere.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    const outcome = await elsewhere.evaluate(async (url) => {
      const session = await fetch(`${url}api/session`, { credentials: 'include' }).then(
        () => 'read',
        () => 'refused',
      );
      const socket = await new Promise<string>((resolve) => {
        const opened = new WebSocket(`${url.replace('http', 'ws')}api/ws`);
        opened.onopen = () => resolve('open');
        opened.onerror = () => resolve('refused');
      });
      return { session, socket };
    }, gateway.url);
    expect(outcome).toEqual({ session: 'refused', socket: 'refused' });
  } finally {
    site.close();
  }
});

test('UI 25: no screen loads from outside, violates its Content-Security-Policy or logs an error', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const server = await gateways.server();
  const friend = await open(await gateways.client('frida', server, { lab: 'dup=1,seed=1' }));
  const page = await open(await gateways.app('gustav'));
  await firstScreen(page).start.click();
  await joinFromFirstScreen(page, 'gustav', `127.0.0.1:${server.port}`);
  const withFrida = await talkTo(page, 'frida');
  await withFrida.say(
    '**bold** `code` https://example.org/ <b onclick="alert(1)">no</b> 🙂',
    '```\nblock\n```',
  );
  await expect(withFrida.messages).toHaveCount(2);
  const withGustav = await talkTo(friend, 'gustav');
  await expect(withGustav.messages).toHaveCount(2);
  await chooseInMenu(page, 'gustav', 'Go offline');
  await expect(page.getByTestId('banner')).toBeVisible();
  await page.getByTestId('banner').getByRole('button', { name: 'Go online' }).click();
  await expect(page.getByTestId('banner')).toBeHidden();
  await page.goto(new URL('/c/norbert', page.url()).href);
  await expect(page.getByText('No one here is called “norbert”')).toBeVisible();
  await page.goBack();
  await expect(person(page, 'frida')).toBeVisible();
  await chooseInMenu(page, 'gustav', 'Leave this chat');
  await expect(firstScreen(page).start).toBeVisible();
  expect(consoleErrors).toEqual([]);
});
