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
 * memory of the sender.
 */
export class OpenErrors {
  readonly #counts = new Map<string, number>();

  /** Counts one more error. Returns false if the peer must get no more, and its connection must end. */
  add(id: ConnectionId, peerClass: PeerClass): boolean {
    const count = (this.#counts.get(keyOf(id)) ?? 0) + 1;
    if (count > (peerClass === 'unknown' ? openErrorsMax.unknown : openErrorsMax.known)) return false;
    this.#counts.set(keyOf(id), count);
    return true;
  }

  handleEvent(event: EndpointEvent): void {
    switch (event.type) {
      case 'connected':
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

  /** The role closes the connection itself, so no event follows. */
  forget(id: ConnectionId): void {
    this.#counts.delete(keyOf(id));
  }
}

function keyOf({ peer, instance }: ConnectionId): string {
  return `${peer} ${instance}`;
}
