import type { ServerChange } from '../../shared/bridge/server-change.ts';
import type { Said } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';

/** What every part of the server has at hand. */
export interface ServerDesk {
  /** Queues a message to a client; `token` comes back in the endpoint's events. */
  say(to: PeerKey, channel: 'control' | 'chat', said: Said, token: string): void;
  tell(change: ServerChange): void;
  /** Whether what is for this person can be said to them now. */
  isHere(peer: PeerKey): boolean;
}
