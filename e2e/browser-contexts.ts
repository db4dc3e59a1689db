import type { Browser, BrowserContext, Page } from '@playwright/test';

/** The size of a page in CSS pixels, until a test chooses another one. */
const viewport = { width: 1280, height: 720 };

/**
 * Browser contexts that one worker uses in test after test. A new context has a window and a renderer process of its own,
 * which takes more of the processor than most tests do. A context comes back with no cookie, no storage, no history,
 * one empty page of the usual size and no listener.
 */
export class BrowserContexts {
  readonly #browser: Browser;
  readonly #free: Page[] = [];

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Returns a page in a context that no other page of the test shares. */
  async take(): Promise<Page> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const context = await this.#browser.newContext({ viewport });
    return context.newPage();
  }

  /** `origins`: where the pages of this context have kept something. */
  async giveBack(page: Page, origins: readonly string[]): Promise<void> {
    const context = page.context();
    if (page.isClosed()) return context.close();
    await closeOthers(context, page);
    page.removeAllListeners();
    await page.goto('about:blank');
    await context.clearCookies();
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: null, media: null, reducedMotion: null, forcedColors: null });
    const devTools = await context.newCDPSession(page);
    for (const origin of origins) {
      await devTools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    }
    await devTools.send('Page.resetNavigationHistory');
    await devTools.detach();
    this.#free.push(page);
  }

  async close(): Promise<void> {
    await Promise.all(this.#free.map((page) => page.context().close()));
  }
}

async function closeOthers(context: BrowserContext, page: Page): Promise<void> {
  const others = context.pages().filter((other) => other !== page);
  await Promise.all(others.map((other) => other.close()));
}
