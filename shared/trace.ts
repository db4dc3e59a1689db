import type { Address } from './address.ts';
import type { PeerKey } from './ids.ts';

/** What happened to one datagram, as plain data, for whoever watches (DESIGN section 2). */
export type Trace =
  | {
      readonly type: 'sent';
      readonly atMs: number;
      readonly to: Address;
      readonly peer: PeerKey | null;
      readonly bytes: Uint8Array;
      /** 1 for the first sending; more for retransmissions. */
      readonly attempt: number;
      /** The token of the message that the datagram carries, if it carries one. */
      readonly token: string | null;
    }
  | { readonly type: 'received'; readonly atMs: number; readonly from: Address; readonly bytes: Uint8Array }
  | { readonly type: 'dropped'; readonly atMs: number; readonly from: Address; readonly cause: DropCause };

/** Why a datagram was thrown away, counted per cause. */
export type DropCause =
  | 'too-short'
  | 'too-long'
  | 'not-ours'
  | 'other-version'
  | 'checksum'
  | 'malformed'
  | 'unknown-type'
  | 'unknown-connection'
  | 'not-for-me'
  | 'duplicate'
  | 'limit';
