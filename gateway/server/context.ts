import type { ServerChange } from '../../shared/bridge/server-change.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { EndpointAction } from '../transport/events.ts';
import type { ConnectionId } from './connections.ts';

/** What the parts of the server use to act on the outside. It outlives a rebuild of the parts. */
export interface ServerContext {
  /** The server says goodbye to its clients and takes no registration. */
  readonly isStopping: boolean;
  /** Whether the peer is online, and registered on a connection that is open now. */
  isOnline(peer: PeerKey): boolean;
  perform(action: EndpointAction): void;
  /** Queues an answer on the connection that asked. */
  answer(to: ConnectionId, message: ProtocolMessage, token?: string): void;
  /** Queues a message to a client, on the connection on which it has registered. `token` comes back in the endpoint's events; it is the message's kind by default. */
  send(to: PeerKey, message: ProtocolMessage, token?: string): void;
  emit(change: ServerChange): void;
}
