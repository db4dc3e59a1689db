import type { Page } from '@playwright/test';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { firstScreen } from './app-page.ts';
import type { Gateway } from './gateways.ts';
import { expect, test } from './test.ts';

test('UI 26: one browser opens the app by its link, and other browsers and pages do not get in', async ({
  gateways,
  open,
  browser,
}) => {
  const gateway = await gateways.app('app');
  const context = await browser.newContext();
  const first = await context.newPage();
  await test.step('UI 26: without a link or with a wrong one no browser gets in, and the page says what to do', async () => {
    await first.goto(gateway.url);
    await expect(
      first.getByRole('heading', { name: 'This browser cannot open Chatagram yet' }),
    ).toBeVisible();
    await expect(first.getByText('Open the link that the terminal printed.')).toBeVisible();
    await first.goto(`${gateway.url}#s=${'A'.repeat(43)}`);
    await expect(first.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
    // A reload has no link any longer, because the page removes it from the address.
    await first.reload();
    await expect(
      first.getByRole('heading', { name: 'This browser cannot open Chatagram yet' }),
    ).toBeVisible();
    // The link itself is still good.
    await first.goto(gateway.link);
    await expect(firstScreen(first).start).toBeVisible();
  });
  await test.step('a link opens the app once; later only the browser that used it gets in', async () => {
    // The secret stands neither in the address nor in the history.
    expect(first.url()).toBe(gateway.url);
    await first.goto('about:blank');
    await first.goto(gateway.link);
    await expect(firstScreen(first).start).toBeVisible();

    const stranger = await open(gateway);
    await expect(stranger.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
    await expect(stranger.getByText('Press Enter in the terminal where Chatagram is running')).toBeVisible();
    await expect(firstScreen(stranger).start).toBeHidden();

    const [cookie, ...others] = await context.cookies();
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  });
  await test.step('a page of another origin reaches neither the session nor the socket', () =>
    otherOriginIsRefused(first, gateway));
  await context.close();
});

async function otherOriginIsRefused(page: Page, gateway: Gateway): Promise<void> {
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
}
