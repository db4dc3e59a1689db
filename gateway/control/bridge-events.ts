import type { BridgeEvent } from '../../shared/bridge/events.ts';
import type { BridgedClientEvent } from '../client/client-event.ts';

/** Translates what a client reports into the bridge's own numbered events. Today each of them has the same shape. */
export function bridgeEventOf(event: BridgedClientEvent): BridgeEvent {
  return event;
}
