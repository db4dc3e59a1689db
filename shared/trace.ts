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
      /** The tokens of the messages that the datagram carries, whole or in part. */
      readonly tokens: readonly string[];
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
  /** A first packet that was sent to fetch a token. */
  | 'no-token'
  /** Not sealed by whom it seems to come from: forged, damaged, or of keys that are gone. */
  | 'forged'
  /** A counter that came before. */
  | 'replayed'
  | 'limit';
