import type { Statistics } from '../../shared/bridge/statistics.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { watchedConnectionsMax } from '../../shared/limits.ts';
import type { EphemeralSubscription } from './ephemeral-subscription.ts';

/** Calls back every `intervalMs` until the returned function is called. */
export type Repeat = (intervalMs: number, callback: () => void) => () => void;

/** As often as numbers are readable. */
const connectionWatchIntervalMs = 1_000;

/** Tells each subscriber about the connections that it watches: at once, then every second while anyone watches. */
export class ConnectionWatches {
  readonly #statistics: (peer: PeerKey) => Statistics;
  readonly #repeat: Repeat;
  readonly #watched = new Map<EphemeralSubscription, Set<PeerKey>>();
  #stop: (() => void) | undefined;

  constructor(statistics: (peer: PeerKey) => Statistics, repeat: Repeat) {
    this.#statistics = statistics;
    this.#repeat = repeat;
  }

  /** Past `watchedConnectionsMax`, the connection that this subscriber has watched longest is dropped. */
  watch(subscription: EphemeralSubscription, peer: PeerKey): void {
    const peers = this.#watched.get(subscription) ?? new Set();
    this.#watched.set(subscription, peers);
    peers.delete(peer);
    peers.add(peer);
    if (peers.size > watchedConnectionsMax) for (const oldest of [...peers].slice(0, 1)) peers.delete(oldest);
    this.#stop ??= this.#repeat(connectionWatchIntervalMs, () => this.#tellAll());
    this.#tell(subscription, peer);
  }

  unwatch(subscription: EphemeralSubscription, peer: PeerKey): void {
    const peers = this.#watched.get(subscription);
    peers?.delete(peer);
    if (peers?.size === 0) this.forget(subscription);
  }

  /** The subscriber has gone. */
  forget(subscription: EphemeralSubscription): void {
    this.#watched.delete(subscription);
    if (this.#watched.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #tellAll(): void {
    for (const [subscription, peers] of this.#watched)
      for (const peer of peers) this.#tell(subscription, peer);
  }

  #tell(subscription: EphemeralSubscription, peer: PeerKey): void {
    subscription.put({ type: 'connection-statistics', peer, statistics: this.#statistics(peer) });
  }
}
