import type { Browser, BrowserContext, Page } from '@playwright/test';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { firstScreen, hostFromFirstScreen, openSettings } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { withHostingPorts, type Gateway, type Gateways } from './gateways.ts';
import { expect, test } from './test.ts';

test('UI 26: one browser opens the app by its link or its code, and other browsers and pages do not get in', async ({
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
    await expect(first.getByText('Type the code that the terminal shows')).toBeVisible();
    await nothingForAxeInLightAndDark(first);
    await first.goto(`${gateway.url}#s=${'A'.repeat(43)}`);
    await expect(first.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
    // A reload has no link any longer, because the page removes it from the address.
    await first.reload();
    await expect(
      first.getByRole('heading', { name: 'This browser cannot open Chatagram yet' }),
    ).toBeVisible();
  });
  await test.step('UI 26: a wrong code is refused, and the code of the terminal opens the app', async () => {
    await typeCode(first, gateway.code.startsWith('0') ? '1111-1111' : '0000 0000');
    await expect(first.getByRole('alert')).toContainText('This code is wrong');
    await typeCode(first, gateway.code.toUpperCase());
    await expect(firstScreen(first).start).toBeVisible();
    await first.reload();
    await expect(firstScreen(first).start).toBeVisible();
  });
  await test.step('a link ends with its code; later only the browser that used it gets in', async () => {
    await first.goto('about:blank');
    await first.goto(gateway.link);
    await expect(firstScreen(first).start).toBeVisible();
    // The secret stands neither in the address nor in the history.
    expect(first.url()).toBe(gateway.url);

    const stranger = await open(gateway);
    await expect(stranger.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
    await expect(stranger.getByText('Press Enter in the terminal where Chatagram is running')).toBeVisible();
    await expect(firstScreen(stranger).start).toBeHidden();

    const [cookie, ...others] = await context.cookies();
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  });
  await test.step('a stolen cookie opens nothing, because the key stays in its browser', () =>
    cookieOpensNothing(browser, context, gateway));
  await test.step('a page of another origin reaches neither the session nor the socket', () =>
    otherOriginIsRefused(first, gateway));
  await test.step('UI 20, 26: after a restart on the same port, an open tab is in its chat again without a click', () =>
    tabComesBack(gateways, gateway, first));
  await context.close();
});

test('UI 33: the app lists the browsers that may open it, adds one by a code, and signs it out', async ({
  gateways,
  open,
  browser,
}) => {
  const server = await gateways.server();
  const gateway = await gateways.client('alice', server);
  const first = await open(gateway);
  const second = await (await browser.newContext()).newPage();
  await second.goto(gateway.url);
  const rows = first.getByTestId('browser');
  await test.step('UI 33: another browser gets in by a code from the app', async () => {
    await openSettings(first, 'alice');
    await expect(rows).toHaveCount(1);
    await expect(rows).toContainText(/on Linux|on macOS|on Windows/);
    await expect(rows).toContainText('This browser');
    await expect(rows).toContainText('1 tab open');
    await first.getByRole('button', { name: 'Add a browser' }).click();
    await nothingForAxeInLightAndDark(first);
    await typeCode(second, (await first.getByTestId('access-code').textContent()) ?? '');
    await expect(second.getByRole('button', { name: 'Menu for alice' })).toBeVisible();
    await expect(rows).toHaveCount(2);
  });
  await test.step('UI 33: a browser that is signed out loses its tabs at once, and says so', async () => {
    const others = rows.filter({ hasNotText: 'This browser' });
    await others.getByRole('button', { name: /^Sign out/ }).click();
    await expect(rows).toHaveCount(2);
    await others.getByTestId('question').getByRole('button', { name: 'Sign out now' }).click();
    await expect(rows).toHaveCount(1);
    await expect(second.getByRole('heading', { name: 'This browser is signed out' })).toBeVisible();
    await second.reload();
    await expect(second.getByRole('heading', { name: 'This browser is signed out' })).toBeVisible();
    await expect(first.getByTestId('own-state')).toHaveText('Online');
  });
  await second.context().close();
  await test.step('another program on the port gets nothing from the tab, which comes back to its gateway by itself', () =>
    impostorGetsNothing(gateways, gateway, first));
});

test('UI 26: a browser that blocks cookies or storage is told so, and the link is not used up', async ({
  gateways,
  browser,
}) => {
  const [gateway, other] = [await gateways.app('app'), await gateways.app('other')];
  await test.step('UI 26: with cookies blocked, the page says so', () =>
    headingWith(browser, gateway.link, 'This browser blocks cookies', () => {
      Object.defineProperty(Navigator.prototype, 'cookieEnabled', { get: () => false });
    }));
  await test.step('UI 26: without storage for keys, the page says so', () =>
    headingWith(browser, gateway.link, 'This browser stores nothing for Chatagram', () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('denied', 'SecurityError');
      };
    }));
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(gateway.link);
  await expect(firstScreen(page).start).toBeVisible();
  await context.close();
  await test.step('UI 26: a browser that drops the cookie without a word is told so, too', () =>
    headingWith(browser, other.link, 'This browser blocks cookies', () => {
      const { fetch } = globalThis;
      globalThis.fetch = (input, init) => fetch(input, { ...init, credentials: 'omit' });
    }));
});

/** Opens the link in a browser that `prepare` has changed, and expects this heading. */
async function headingWith(
  browser: Browser,
  link: string,
  heading: string,
  prepare: () => void,
): Promise<void> {
  const context = await browser.newContext();
  await context.addInitScript(prepare);
  const page = await context.newPage();
  await page.goto(link);
  await expect(page.getByRole('heading', { name: heading })).toBeVisible();
  await nothingForAxeInLightAndDark(page);
  await context.close();
}

async function typeCode(page: Page, code: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Code from the terminal' }).fill(code);
  await page.getByRole('button', { name: 'Open Chatagram' }).click();
}

async function cookieOpensNothing(browser: Browser, owner: BrowserContext, gateway: Gateway): Promise<void> {
  const context = await browser.newContext();
  await context.addCookies(await owner.cookies());
  const page = await context.newPage();
  await page.goto(gateway.url);
  await expect(page.getByRole('heading', { name: 'This browser cannot open Chatagram yet' })).toBeVisible();
  await context.close();
}

async function tabComesBack(gateways: Gateways, gateway: Gateway, page: Page): Promise<void> {
  await hostFromFirstScreen(page, 'alice');
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await withHostingPorts(async () => {
      await gateway.kill(signal);
      await expect(page.getByTestId('banner')).toContainText('has been unreachable since');
      gateway = await gateways.again(gateway);
      await expect(page.getByTestId('own-state')).toHaveText('Online');
    });
  }
}

/** Kills the gateway and takes its port: the tab tries again by itself, and sends its cookie and one nonce. */
async function impostorGetsNothing(gateways: Gateways, gateway: Gateway, page: Page): Promise<void> {
  await gateway.kill('SIGKILL');
  const received: string[] = [];
  const impostor = await impostorAt(Number(new URL(gateway.url).port), received);
  await expect(page.getByRole('heading', { name: 'Another program answers here' })).toBeVisible();
  await nothingForAxeInLightAndDark(page);
  expect(received.length).toBeGreaterThan(0);
  for (const frame of received) {
    const hello: unknown = {
      type: 'hello',
      version: 1,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as unknown,
    };
    expect(JSON.parse(frame)).toEqual(hello);
  }
  impostor.closeAllConnections();
  impostor.close();
  await gateways.again(gateway);
  await expect(page.getByTestId('own-state')).toHaveText('Online');
}

/** Answers everything with yes, and greets tabs as a gateway that is known to anyone. */
async function impostorAt(port: number, received: string[]): Promise<Server> {
  const impostor = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"status":"ok"}');
  });
  new WebSocketServer({ server: impostor }).on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      received.push(data.toString('utf8'));
      const proof = {
        type: 'proof',
        gatewayKey: `BA${'A'.repeat(85)}`,
        nonce: 'A'.repeat(43),
        signature: 'A'.repeat(86),
      };
      socket.send(JSON.stringify(proof));
    });
  });
  impostor.listen(port, '127.0.0.1');
  await once(impostor, 'listening');
  return impostor;
}

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
