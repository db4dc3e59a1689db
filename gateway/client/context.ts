import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { EndpointAction } from '../transport/events.ts';
import type { ClientEvent } from './client-event.ts';
import type { JobKind, JobRequest } from '../turn/jobs.ts';
import type { JobDone } from './pending-jobs.ts';

/** What every part of the client has at hand. */
export interface ClientContext {
  transport(action: EndpointAction): void;
  /** Sends over the live connection to `peer`; `token` comes back in the endpoint's events. */
  send(peer: PeerKey, channel: 'control' | 'chat', said: ProtocolMessage, token: string): void;
  /** Has slow work done; `done` is called in a later turn, or never when a fault comes between. */
  runJob<Kind extends JobKind>(request: JobRequest<Kind>, done: JobDone<Kind>): void;
  emit(change: ClientEvent): void;
}
