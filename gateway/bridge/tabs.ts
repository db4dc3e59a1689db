import type { NumberedEvent } from '../../shared/bridge/events.ts';
import type { GatewayFrame } from '../../shared/bridge/frames.ts';
import { tabsMax, tabsProvingMax } from '../../shared/limits.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import type { BrowserAuth } from './browser-auth.ts';
import { Tab, type TabSocket } from './tab.ts';

export interface TabTiming {
  /** A tab that has not sent `hello` and `prove` by then is dropped. */
  readonly helloTimeoutMs: number;
  /** Finds tabs that vanished without a close, for example behind a closed laptop lid. */
  readonly pingIntervalMs: number;
  /** How long closing waits for the tabs' close frames. */
  readonly closeTimeoutMs: number;
}

export const defaultTabTiming: TabTiming = {
  helloTimeoutMs: 10_000,
  pingIntervalMs: 20_000,
  closeTimeoutMs: 500,
};

export interface TabOrigin {
  readonly browserId: string;
  readonly origin: string;
}

export interface TabsOptions {
  readonly api: GatewayApi;
  readonly timing: TabTiming;
  readonly onDropped: (reason: string) => void;
}

/** All connected tabs. */
export class Tabs {
  readonly #options: TabsOptions;
  /** With the browser of each. */
  readonly #tabs = new Map<Tab, string>();
  readonly #pings: NodeJS.Timeout;
  /** A text is dropped with its event, when the log drops it. */
  readonly #texts = new WeakMap<NumberedEvent, string>();
  #onEmpty: (() => void) | undefined;

  constructor(options: TabsOptions) {
    this.#options = options;
    this.#pings = setInterval(() => this.#forEach((tab) => tab.ping()), options.timing.pingIntervalMs);
    this.#pings.unref();
  }

  hasRoom(): boolean {
    return this.#count((tab) => !tab.isProving) < tabsMax;
  }

  /** `browserId` and `origin`: the browser's cookie and the page's Origin, which the upgrade has checked. */
  add(socket: TabSocket, auth: BrowserAuth, { browserId, origin }: TabOrigin): void {
    let isAdmitted = false;
    const seen = (): void => {
      isAdmitted = true;
      auth.seen(browserId);
    };
    const tab = new Tab(socket, {
      api: this.#options.api,
      helloTimeoutMs: this.#options.timing.helloTimeoutMs,
      identity: {
        prove: (tabNonce) => auth.prove(origin, tabNonce),
        isProved: ({ terms }, signature) => auth.isProved(browserId, terms, signature),
        admitted: seen,
      },
      eventText: (event) => this.#eventText(event),
      onDropped: this.#options.onDropped,
    });
    this.#tabs.set(tab, browserId);
    socket.on('close', () => {
      if (isAdmitted) seen();
      this.#tabs.delete(tab);
      if (this.#tabs.size === 0) this.#onEmpty?.();
    });
    this.#limitProving();
  }

  /** Returns how many tabs of this browser are connected. */
  countOf(browserId: string): number {
    return this.#count((tab, owner) => owner === browserId && !tab.isProving);
  }

  /** Ends the tabs of a browser that may no longer use the gateway. */
  signOut(browserId: string): void {
    this.#forEach((tab, owner) => {
      if (owner === browserId) tab.signOut();
    });
  }

  /** A stolen cookie can begin a tab, and no more. Such tabs never take the place of those that prove their key. */
  #limitProving(): void {
    if (this.#count((tab) => tab.isProving) <= tabsProvingMax) return;
    for (const tab of this.#tabs.keys()) {
      if (tab.isProving) return tab.giveWay();
    }
  }

  #forEach(visit: (tab: Tab, browserId: string) => void): void {
    for (const [tab, browserId] of [...this.#tabs]) visit(tab, browserId);
  }

  #count(counts: (tab: Tab, browserId: string) => boolean): number {
    return [...this.#tabs].filter(([tab, browserId]) => counts(tab, browserId)).length;
  }

  /** Resolves when no tab is connected, or after this time. */
  async left(timeoutMs: number): Promise<void> {
    if (this.#tabs.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#onEmpty = () => resolve(undefined);
    const deadline = setTimeout(() => resolve(undefined), timeoutMs);
    await promise;
    clearTimeout(deadline);
  }

  /** Closes all tabs, and cuts off those that do not answer in time. */
  async close(): Promise<void> {
    clearInterval(this.#pings);
    if (this.#tabs.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#onEmpty = () => resolve(undefined);
    const deadline = setTimeout(
      () => this.#forEach((tab) => tab.terminate()),
      this.#options.timing.closeTimeoutMs,
    );
    this.#forEach((tab) => tab.close());
    await promise;
    clearTimeout(deadline);
  }

  #eventText(event: NumberedEvent): string {
    const known = this.#texts.get(event);
    if (known !== undefined) return known;
    const text = JSON.stringify({
      type: 'event',
      number: event.number,
      event: event.event,
    } satisfies GatewayFrame);
    this.#texts.set(event, text);
    return text;
  }
}
