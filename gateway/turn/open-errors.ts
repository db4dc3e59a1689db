import type { InstanceId, PeerKey } from '../../shared/ids.ts';
import { openErrorsMax } from '../../shared/limits.ts';
import type { EndpointEvent, PeerClass } from '../transport/events.ts';

interface ConnectionId {
  readonly peer: PeerKey;
  readonly instance: InstanceId;
}

/** The token of each `error` that a role sends. */
export const errorToken = 'error';

/**
 * PROTOCOL 7.13: counts the errors that a peer has not acknowledged. A peer that provokes them faster than it takes them would fill the
 * memory of the sender, and keep it busy with answers.
 */
export class OpenErrors {
  readonly #counts = new Map<string, number>();
  /** Connections that got too many errors at `#refusedAtMs`. The endpoint still has events of them until the turn ends. */
  readonly #refused = new Set<string>();
  #refusedAtMs = Number.NEGATIVE_INFINITY;

  /** Counts one more error. Returns false if the peer must get no more, and its connection must end. */
  add(nowMs: number, id: ConnectionId, peerClass: PeerClass): boolean {
    const key = keyOf(id);
    const count = (this.#counts.get(key) ?? 0) + 1;
    if (count <= (peerClass === 'unknown' ? openErrorsMax.unknown : openErrorsMax.known)) {
      this.#counts.set(key, count);
      return true;
    }
    // The role ends the connection itself, so no event follows.
    this.#counts.delete(key);
    if (nowMs > this.#refusedAtMs) this.#refused.clear();
    this.#refusedAtMs = nowMs;
    this.#refused.add(key);
    return false;
  }

  /** Whether the connection got too many errors in this turn. What else it has sent does not count. */
  isRefused(id: ConnectionId): boolean {
    return this.#refused.size > 0 && this.#refused.has(keyOf(id));
  }

  handleEvent(event: EndpointEvent): void {
    switch (event.type) {
      case 'connected':
        this.#refused.delete(keyOf(event));
        this.#counts.delete(keyOf(event));
        return;
      case 'disconnected':
        this.#counts.delete(keyOf(event));
        return;
      case 'acknowledged':
      case 'undelivered': {
        if (event.token !== errorToken || event.instance === null) return;
        const key = keyOf({ peer: event.peer, instance: event.instance });
        const count = this.#counts.get(key) ?? 0;
        if (count > 1) this.#counts.set(key, count - 1);
        else this.#counts.delete(key);
        return;
      }
      default:
        return;
    }
  }
}

function keyOf({ peer, instance }: ConnectionId): string {
  return `${peer} ${instance}`;
}
