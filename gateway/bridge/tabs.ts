import type { NumberedEvent } from '../../shared/bridge/events.ts';
import type { GatewayFrame } from '../../shared/bridge/frames.ts';
import { tabsMax } from '../../shared/limits.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import { Tab, type TabSocket } from './tab.ts';

export interface TabTiming {
  /** A tab that has not sent `hello` by then is dropped. */
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

export interface TabsOptions {
  readonly api: GatewayApi;
  readonly timing: TabTiming;
  readonly onDropped: (reason: string) => void;
}

/** All connected tabs. */
export class Tabs {
  readonly #options: TabsOptions;
  readonly #tabs = new Set<Tab>();
  readonly #pings: NodeJS.Timeout;
  /** A text is dropped with its event, when the log drops it. */
  readonly #texts = new WeakMap<NumberedEvent, string>();
  #onEmpty: (() => void) | undefined;

  constructor(options: TabsOptions) {
    this.#options = options;
    this.#pings = setInterval(() => this.#tabs.forEach((tab) => tab.ping()), options.timing.pingIntervalMs);
    this.#pings.unref();
  }

  hasRoom(): boolean {
    return this.#tabs.size < tabsMax;
  }

  add(socket: TabSocket): void {
    const tab = new Tab(socket, {
      api: this.#options.api,
      helloTimeoutMs: this.#options.timing.helloTimeoutMs,
      eventText: (event) => this.#eventText(event),
      onDropped: this.#options.onDropped,
    });
    this.#tabs.add(tab);
    socket.on('close', () => {
      this.#tabs.delete(tab);
      if (this.#tabs.size === 0) this.#onEmpty?.();
    });
  }

  /** Closes all tabs, and cuts off those that do not answer in time. */
  async close(): Promise<void> {
    clearInterval(this.#pings);
    if (this.#tabs.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#onEmpty = () => resolve(undefined);
    const deadline = setTimeout(
      () => this.#tabs.forEach((tab) => tab.terminate()),
      this.#options.timing.closeTimeoutMs,
    );
    this.#tabs.forEach((tab) => tab.close());
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
