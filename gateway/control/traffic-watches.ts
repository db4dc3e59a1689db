import type { Traffic } from '../../shared/bridge/administration.ts';
import type { RunningServer } from './ports.ts';
import type { Repeat } from './connection-watches.ts';
import type { EphemeralSubscription } from './ephemeral-subscription.ts';
import { TrafficHistory } from './traffic-history.ts';

const sampleIntervalMs = 1_000;

/** The part of a server that is sampled. */
export type SampledServer = Pick<RunningServer, 'statistics' | 'refusals'>;

export interface TrafficWatchesOptions {
  /** The server in this gateway, null without one. */
  readonly server: () => SampledServer | null;
  /** The number of the newest line of the log. */
  readonly logNumber: () => number;
  /** Begins to log what the transport does. Returns a function that ends it. */
  readonly logTransport: () => () => void;
  readonly repeat: Repeat;
}

/**
 * Samples the server in this gateway every second, whether an operator looks or not: a page that is opened, or loaded again, shows the
 * last five minutes. Tells each subscriber at once, then every second.
 */
export class TrafficWatches {
  readonly #options: TrafficWatchesOptions;
  readonly #watching = new Set<EphemeralSubscription>();
  #sampled: SampledServer | null = null;
  #history = new TrafficHistory();
  #stopSampling: (() => void) | undefined;
  #stopLogging: (() => void) | undefined;

  constructor(options: TrafficWatchesOptions) {
    this.#options = options;
  }

  /** A server has started or stopped. */
  follow(): void {
    const server = this.#options.server();
    if (server === this.#sampled) return;
    this.#sampled = server;
    this.#history = new TrafficHistory();
    this.#stopSampling?.();
    this.#stopSampling =
      server === null ? undefined : this.#options.repeat(sampleIntervalMs, () => this.#sample());
    if (server !== null) this.#sample();
  }

  watch(subscription: EphemeralSubscription): void {
    this.#watching.add(subscription);
    this.#stopLogging ??= this.#options.logTransport();
    this.#tell(subscription, this.view());
  }

  /** The subscriber has gone, or wants no more news. */
  forget(subscription: EphemeralSubscription): void {
    if (!this.#watching.delete(subscription) || this.#watching.size > 0) return;
    this.#stopLogging?.();
    this.#stopLogging = undefined;
  }

  /** Null without a server. */
  view(): Traffic | null {
    const server = this.#options.server();
    if (server === null) return null;
    const { connections } = server.statistics();
    return { ...this.#history.view(), connections, logNumber: this.#options.logNumber() };
  }

  #sample(): void {
    const server = this.#options.server();
    if (server === null || server !== this.#sampled) return this.follow();
    this.#history.add({ ...server.statistics(), refused: server.refusals() });
    if (this.#watching.size === 0) return;
    const traffic = this.view();
    for (const subscription of this.#watching) this.#tell(subscription, traffic);
  }

  #tell(subscription: EphemeralSubscription, traffic: Traffic | null): void {
    if (traffic !== null) subscription.put({ type: 'traffic', traffic });
  }
}
