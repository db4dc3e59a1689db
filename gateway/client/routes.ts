import type { PeerKey } from '../../shared/ids.ts';

/** How a message can travel to a person right now. */
export type Route =
  /** A connection to the person's own gateway lives. */
  | { readonly type: 'direct' }
  /** One is being opened; `attempt` counts its tries. */
  | { readonly type: 'connecting'; readonly attempt: number }
  /** The person is away or does not answer: by the server's mailbox. */
  | { readonly type: 'server'; readonly server: PeerKey }
  /** Nobody can be reached; the next try is at this wall time, null when nobody can say. */
  | { readonly type: 'none'; readonly nextTryAtMs: number | null }
  /** The person here has to say first whether this is still the right key. */
  | { readonly type: 'blocked' };

/** The same for what nobody is called for. */
export type CurrentRoute =
  | { readonly type: 'direct' }
  | { readonly type: 'server'; readonly server: PeerKey }
  | { readonly type: 'none' };
