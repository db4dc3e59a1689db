import type { BridgeEvent } from '../../shared/bridge/events.ts';
import type { ClientEvent } from '../client/client-event.ts';

/** Translates what a client reports into the bridge's own events. */
export function bridgeEventOf(event: ClientEvent): BridgeEvent {
  switch (event.type) {
    case 'session':
    case 'settings':
    case 'people':
    case 'people-gone':
    case 'message':
    case 'delivery':
    case 'discarded':
    case 'read':
    case 'waiting-messages':
    case 'delivered-by-server':
    case 'key-accepted':
    case 'other-version':
      return event;
    default:
      return event satisfies never;
  }
}
