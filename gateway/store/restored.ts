import type { ClientStore } from './client-store.ts';
import type { ServerStore } from './server-store.ts';

/**
 * A restored client does not know what it did after the backup. So it counts its messages as another installation
 * (docs/decisions/0004-order.md), which the next start makes. It offers its stored messages again, because their receipts
 * may be lost. It has no one-time keys: those that it used since then would be unused again.
 */
export function makeRestoredClient(store: ClientStore): void {
  store.facts.set({ installation: undefined });
  store.dispatches.offerStoredAgain();
  store.mailKeys.removeOneTime(Number.MAX_SAFE_INTEGER, 0);
}

/**
 * A restored server has another epoch, so that clients offer undelivered messages again. The next start makes it. It has no
 * one-time keys: it may have handed them out since then, and hands out each key once.
 */
export function makeRestoredServer(store: ServerStore): void {
  store.facts.set({ epoch: undefined });
  store.mailKeys.removeOneTimeOfAll();
}
