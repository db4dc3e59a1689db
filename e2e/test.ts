import {
  test as base,
  expect,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test';
import { Gateways, type Gateway } from './gateways.ts';

export { expect };

export type Open = (gateway: Gateway, options?: BrowserContextOptions) => Promise<Page>;

interface Fixtures {
  /** Starts real gateways; what they printed is attached to a test that fails. */
  readonly gateways: Gateways;
  /** What pages of this test said on their consoles as an error: broken policies, failed requests, faults. */
  readonly consoleErrors: string[];
  /** Opens the app of a gateway by its link, as a person of their own: another browser context. */
  readonly open: Open;
}

export const test = base.extend<Fixtures>({
  // Playwright reads from the braces which fixtures a fixture needs.
  // eslint-disable-next-line no-empty-pattern
  gateways: async ({}, use, testInfo) => {
    const gateways = new Gateways();
    await use(gateways);
    await gateways.close();
    if (testInfo.status === testInfo.expectedStatus) return;
    for (const { name, text } of gateways.outputs()) {
      await testInfo.attach(`${name}.txt`, { body: text, contentType: 'text/plain' });
    }
  },

  // eslint-disable-next-line no-empty-pattern
  consoleErrors: async ({}, use) => {
    await use([]);
  },

  open: async ({ browser, consoleErrors }, use) => {
    const strangers: string[] = [];
    const faults: string[] = [];
    const contexts: BrowserContext[] = [];
    await use(async (gateway, options) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      const page = await context.newPage();
      watch(page, new URL(gateway.url).host, { strangers, faults, consoleErrors });
      await page.goto(gateway.link);
      return page;
    });
    // The browser outlives the test, and a page that stays open goes on looking for its gateway.
    await Promise.all(contexts.map((context) => context.close()));
    // True of every test: the app asks nobody but its gateway (UI 25), and no script of it fails.
    expect(strangers).toEqual([]);
    expect(faults).toEqual([]);
  },
});

interface Watched {
  readonly strangers: string[];
  readonly faults: string[];
  readonly consoleErrors: string[];
}

function watch(page: Page, host: string, { strangers, faults, consoleErrors }: Watched): void {
  const asked = (url: string) => {
    if (new URL(url).host !== host) strangers.push(url);
  };
  page.on('request', (request) => asked(request.url()));
  page.on('websocket', (socket) => asked(socket.url()));
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') consoleErrors.push(message.text());
  });
}
