import type { BrowserContext, Page } from '@playwright/test';
import type { PageTimes } from '../bench/latency/steps.ts';

/** What a page notes of one text, in its own clock (`performance.now()`). */
interface Noted {
  pressed?: number;
  handled?: number;
  sent?: number;
  received?: number;
  changed?: number;
  painted?: number;
}

interface Observer {
  /** The page sends this text now, or awaits it and shows it. */
  begin(text: string, awaits: boolean): void;
  /** Not in the page of the sender: to watch its document would only take time from the others. */
  awaits: boolean;
  isWanted(text: unknown): boolean;
  noted: Noted;
  /** Resolves once a frame with the text was painted. */
  painted: Promise<void>;
  resolvePainted(): void;
}

declare global {
  interface Window {
    benchObserver: Observer;
  }
}

/** Only against hanging. With loss, TCP takes seconds when several tries in a row are lost. */
const paintedMsMax = 30_000;

/** Runs in each page before its own scripts, like `observeDocument`. The same for each chat. */
function observeKeysAndSockets(): void {
  let wanted: string | undefined;
  const observer: Observer = {
    noted: {},
    awaits: false,
    painted: Promise.resolve(),
    resolvePainted: () => undefined,
    begin(text, awaits) {
      wanted = text;
      observer.awaits = awaits;
      observer.noted = {};
      observer.painted = new Promise((resolve) => (observer.resolvePainted = resolve));
    },
    isWanted: (text) => wanted !== undefined && typeof text === 'string' && text.includes(wanted),
  };
  window.benchObserver = observer;
  addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Enter') return;
      observer.noted.pressed ??= event.timeStamp;
      observer.noted.handled ??= performance.now();
    },
    { capture: true },
  );
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }) => {
        if (observer.isWanted(data)) observer.noted.received ??= performance.now();
      });
    }
    override send(data: Parameters<WebSocket['send']>[0]): void {
      if (observer.isWanted(data)) observer.noted.sent ??= performance.now();
      super.send(data);
    }
  };
}

function observeDocument(): void {
  const observer = window.benchObserver;
  /** A frame after the change can still hide the text, for example until the height of a row is known. */
  const awaitFrame = (element: Element): void => {
    requestAnimationFrame(() => {
      // A task that a frame posts runs after the frame was painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        const { top, bottom, height } = element.getBoundingClientRect();
        const isInWindow = height > 0 && top < innerHeight && bottom > 0;
        const isVisible = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
        if (isInWindow && isVisible) {
          observer.noted.painted ??= performance.now();
          observer.resolvePainted();
        } else awaitFrame(element);
      };
      port2.postMessage(null);
    });
  };
  const notice = (node: Node): void => {
    if (!observer.awaits || observer.noted.changed !== undefined || !observer.isWanted(node.textContent))
      return;
    const element = node instanceof Element ? node : node.parentElement;
    // Not a list of chats, which may show the newest message too.
    if (element?.closest('[role="log"]') == null) return;
    observer.noted.changed = performance.now();
    awaitFrame(element);
  };
  new MutationObserver((records) => {
    for (const { target, type, addedNodes } of records) {
      if (type === 'characterData') notice(target);
      else for (const node of addedNodes) notice(node);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** A page. Its moments can be compared with those of other processes of this machine. */
export class ObservedPage {
  readonly page: Page;
  #originMs = Number.NaN;

  static async open(context: BrowserContext): Promise<ObservedPage> {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.addInitScript(observeKeysAndSockets);
    await page.addInitScript(observeDocument);
    return new ObservedPage(page);
  }

  private constructor(page: Page) {
    this.page = page;
  }

  /** Finds the beginning of the page's clock, in milliseconds of the monotonic clock of the machine. */
  async readClock(): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('Performance.enable', { timeDomain: 'timeTicks' });
    const { metrics } = await session.send('Performance.getMetrics');
    const seconds = metrics.find(({ name }) => name === 'NavigationStart')?.value;
    await session.detach();
    if (seconds === undefined) throw new Error('this browser does not tell when the page began');
    this.#originMs = seconds * 1_000;
    const beforeMs = monotonicMs();
    const atMs = this.#originMs + (await this.page.evaluate(() => performance.now()));
    if (atMs < beforeMs || atMs > monotonicMs()) throw new Error('the clocks of page and machine differ');
  }

  async begin(text: string, awaits: boolean): Promise<void> {
    await this.page.evaluate(([wanted, also]) => window.benchObserver.begin(wanted, also), [
      text,
      awaits,
    ] as const);
  }

  async painted(): Promise<void> {
    const isPainted = await this.page.evaluate(
      (waitMs) =>
        Promise.race([
          window.benchObserver.painted.then(() => true),
          new Promise<boolean>((resolve) => setTimeout(() => resolve(false), waitMs)),
        ]),
      paintedMsMax,
    );
    if (!isPainted) throw new Error(`${this.page.url()} did not show the text within ${paintedMsMax} ms`);
  }

  /** Returns when each of these moments was. */
  async moments<Name extends keyof Noted>(...names: readonly Name[]): Promise<Record<Name, number>> {
    const noted = await this.page.evaluate(() => window.benchObserver.noted);
    const moments: Partial<Record<Name, number>> = {};
    for (const name of names) moments[name] = this.#originMs + (noted[name] ?? Number.NaN);
    return moments as Record<Name, number>;
  }
}

/** Presses Enter in one page, with the text in the box that has the focus, and waits until the other page shows the text. */
export async function timeMessage(
  sender: ObservedPage,
  recipient: ObservedPage,
  text: string,
): Promise<PageTimes> {
  await Promise.all([sender.begin(text, false), recipient.begin(text, true)]);
  await sender.page.keyboard.press('Enter');
  await recipient.painted();
  const { pressed, handled, sent } = await sender.moments('pressed', 'handled', 'sent');
  const { received, changed, painted } = await recipient.moments('received', 'changed', 'painted');
  return {
    pressedMs: pressed,
    handledMs: handled,
    sentMs: sent,
    receivedMs: received,
    changedMs: changed,
    paintedMs: painted,
  };
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
