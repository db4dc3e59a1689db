import { test as base, expect, type BrowserContextOptions, type Page } from '@playwright/test';
import { BrowserContexts } from './browser-contexts.ts';
import { Gateways, type Gateway } from './gateways.ts';

export { expect };

export type Open = (gateway: Gateway, options?: BrowserContextOptions) => Promise<Page>;

interface Fixtures {
  /** Starts real gateways. A test that fails gets their output as attachments. */
  readonly gateways: Gateways;
  /** Errors on the consoles of the pages of this test: broken policies, failed requests, faults. */
  readonly consoleErrors: string[];
  /**
   * Opens the app of a gateway by its link, in a browser context of its own. With options, the context is new. Without,
   * it may have served an earlier test of this worker, and is as good as new.
   */
  readonly open: Open;
}

interface WorkerFixtures {
  readonly contexts: BrowserContexts;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  contexts: [
    async ({ browser }, use) => {
      const contexts = new BrowserContexts(browser);
      await use(contexts);
      await contexts.close();
    },
    { scope: 'worker' },
  ],

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

  open: async ({ browser, contexts, consoleErrors }, use) => {
    const otherHosts: string[] = [];
    const faults: string[] = [];
    const opened: { readonly page: Page; readonly origin: string; readonly isNew: boolean }[] = [];
    await use(async (gateway, options) => {
      // A gateway that chose its HTTP port by itself may have the origin of an earlier one.
      const isNew = options !== undefined || gateway.start.http === undefined;
      const page = isNew ? await (await browser.newContext(options)).newPage() : await contexts.take();
      const { origin, host } = new URL(gateway.url);
      opened.push({ page, origin, isNew });
      watch(page, host, { otherHosts, faults, consoleErrors });
      await page.goto(gateway.link);
      return page;
    });
    // A page that stays open goes on looking for its gateway.
    await Promise.all(
      opened.map(({ page, origin, isNew }) =>
        isNew ? page.context().close() : contexts.giveBack(page, [origin]),
      ),
    );
    // True of every test: the app asks its own gateway only (UI 25), and no script of it fails.
    expect(otherHosts).toEqual([]);
    expect(faults).toEqual([]);
  },
});

interface Watched {
  readonly otherHosts: string[];
  readonly faults: string[];
  readonly consoleErrors: string[];
}

function watch(page: Page, host: string, { otherHosts, faults, consoleErrors }: Watched): void {
  const asked = (url: string) => {
    if (new URL(url).host !== host) otherHosts.push(url);
  };
  page.on('request', (request) => asked(request.url()));
  page.on('websocket', (socket) => asked(socket.url()));
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') consoleErrors.push(message.text());
  });
}
