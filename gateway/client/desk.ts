import type { BridgeEvent } from '../../shared/bridge/events.ts';
import type { Said } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { EndpointAction } from '../transport/events.ts';
import type { Work, WorkDone } from './workbench.ts';

/** What a client tells the outside: the bridge's own events. */
export type ClientChange = BridgeEvent;

/** What every part of the client has at hand. */
export interface ClientDesk {
  act(action: EndpointAction): void;
  /** Sends over the live connection to `peer`; `token` comes back in the endpoint's events. */
  say(peer: PeerKey, channel: 'control' | 'chat', said: Said, token: string): void;
  /** Has slow work done; `done` is called in a later turn, or never when a fault comes between. */
  work(work: Work, done: WorkDone): void;
  tell(change: ClientChange): void;
}
