import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Channel, CloseReason } from '../../shared/wire/packet.ts';

/** Reliable channels, in the order in which waiting messages leave: control before chat before bulk. */
export type { Channel, CloseReason };

/** Comes back in events and traces unchanged, so that a message's story can be told. */
export type Token = string;

/**
 * What happened to the network around this machine: it has other addresses than before (a cable, a Wi-Fi), or it slept
 * and others may have given it up.
 */
export type NetworkChange = 'addresses' | 'woke';

/** What a role asks of its endpoint; applied after the turn's commit (gateway/turn/turn.ts). */
export type EndpointAction =
  /**
   * Opens a connection to whoever answers at one of the candidates first; with `expected`, only that key counts.
   * A dial to a peer that has a live connection is answered by `connected` at once. `dial` names it in events.
   */
  | {
      readonly type: 'dial';
      readonly dial: Token;
      readonly candidates: readonly Address[];
      readonly expected: PeerKey | null;
    }
  /**
   * The live connection to `peer` may be one to a process that is gone: opens a handshake beside it (PROTOCOL 4.9), at
   * most one a second. It lives on unless the peer proves its key at one of the candidates. Never answered by itself.
   */
  | { readonly type: 'dial-beside'; readonly peer: PeerKey; readonly candidates: readonly Address[] }
  /** Sends over the live connection to `peer`; without one the answer is the event `undelivered`, cause `no-connection`. */
  | {
      readonly type: 'send';
      readonly peer: PeerKey;
      readonly channel: Channel;
      readonly bytes: Uint8Array;
      readonly token: Token;
    }
  /** Sends once over the live connection to `peer`: for what is worthless late. Without one, or too large, it is lost. */
  | { readonly type: 'send-unreliable'; readonly peer: PeerKey; readonly bytes: Uint8Array }
  /**
   * How this peer is to be talked to (`EndpointOptions.profileOf`) may have changed: a live connection gives way to one
   * in which that was told (PROTOCOL 4.11); its end is not told, and what it had not acknowledged comes back `replaced`.
   */
  | { readonly type: 'wish'; readonly peer: PeerKey }
  /** Says goodbye (one CLOSE datagram after what is queued is acknowledged or given up) and forgets the connection. */
  | { readonly type: 'close'; readonly peer: PeerKey; readonly reason: CloseReason };

/** What an endpoint tells its role. */
export type EndpointEvent =
  /** A connection lives. `dial` if a dial of mine led to it, null if the peer opened it. A newer one replaces an older one. */
  | {
      readonly type: 'connected';
      readonly peer: PeerKey;
      readonly address: Address;
      readonly dial: Token | null;
    }
  /** The live connection goes on at another address of the peer, which has proved that it is there. */
  | { readonly type: 'moved'; readonly peer: PeerKey; readonly address: Address }
  /** Nobody answered at any candidate (5 tries and at least 2.5 s), or the wrong key did, or another version. */
  | {
      readonly type: 'dial-failed';
      readonly dial: Token;
      readonly cause: 'silent' | 'version' | 'limit';
    }
  /** `found`: the key that answered in place of the expected one, the last of several. It has not proved itself. */
  | {
      readonly type: 'dial-failed';
      readonly dial: Token;
      readonly cause: 'wrong-key';
      readonly found: PeerKey;
    }
  /** Try n (from 1) of a message left; for a message in fragments, the try of the fragment that has most. */
  | { readonly type: 'attempt'; readonly peer: PeerKey; readonly token: Token; readonly attempt: number }
  /** The peer's endpoint has all of the message. Promises nothing about disks (DESIGN section 3). */
  | { readonly type: 'acknowledged'; readonly peer: PeerKey; readonly token: Token }
  /** The message was not acknowledged, and never will be by this connection. It may have arrived. */
  | {
      readonly type: 'undelivered';
      readonly peer: PeerKey;
      readonly token: Token;
      readonly cause: 'no-connection' | 'queue-full' | 'unreachable' | 'replaced' | 'closed';
    }
  /** A whole message arrived, once and in the channel's order. */
  | {
      readonly type: 'received';
      readonly peer: PeerKey;
      readonly channel: Channel;
      readonly bytes: Uint8Array;
    }
  /** What was sent unreliably arrived: perhaps, and in any order. */
  | { readonly type: 'received-unreliable'; readonly peer: PeerKey; readonly bytes: Uint8Array }
  /**
   * The connection is gone: 5 tries without an acknowledgement, 45 s of silence, or the peer's CLOSE. Everything
   * unacknowledged has been reported `undelivered` before. Not sent for one that a newer one replaced.
   */
  | {
      readonly type: 'disconnected';
      readonly peer: PeerKey;
      readonly cause: 'unreachable' | 'silence' | CloseReason;
    }
  /** Somebody at this address speaks another version of the protocol; at most once a minute per address. */
  | { readonly type: 'other-version'; readonly from: Address; readonly version: number };
