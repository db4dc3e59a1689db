import type { ServerChange } from '../../shared/bridge/server-change.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';

/** What every part of the server has at hand. */
export interface ServerContext {
  /** Queues a message to a client; `token` comes back in the endpoint's events. */
  send(to: PeerKey, channel: 'control' | 'chat', said: ProtocolMessage, token: string): void;
  emit(change: ServerChange): void;
  /** Whether what is for this person can be said to them now. */
  isOnline(peer: PeerKey): boolean;
}
