import type { BridgeEvent } from '../../shared/bridge/events.ts';
import type { ClientEvent } from '../client/client-event.ts';

/** Translates what a client reports into the bridge's own events. Today each of them has the same shape. */
export function bridgeEventOf(event: ClientEvent): BridgeEvent {
  return event;
}
