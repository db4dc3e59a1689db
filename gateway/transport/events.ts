import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Channel, CloseReason } from '../../shared/wire/packet.ts';

/** Reliable channels, in the order in which waiting messages leave: control, then chat, then bulk. */
export type { Channel, CloseReason };

/** Names a message or a dial; returned unchanged in events and traces. */
export type Token = string;

/**
 * A change of this machine's network: its addresses changed (a cable, a Wi-Fi), or it slept, so that peers may have
 * declared it unreachable.
 */
export type NetworkChange = 'addresses' | 'woke';

/** A request of a role to its endpoint; applied after the turn's commit (gateway/turn/turn.ts). */
export type EndpointAction =
  /**
   * Opens a connection to the first candidate that answers. With `expected`, only that key counts. A dial to a peer with a
   * live connection is answered by `connected` at once. `dial` names the dial in events. `probeOtherKey`: if no one
   * answers, one handshake more tells whether another key answers there (`wrong-key`, PROTOCOL 4.13).
   */
  | {
      readonly type: 'dial';
      readonly dial: Token;
      readonly candidates: readonly Address[];
      readonly expected: PeerKey | null;
      readonly probeOtherKey?: boolean;
    }
  /**
   * Dials the peer beside its live connection, at most once a second: its process may be gone (PROTOCOL 4.9). The live
   * connection stays unless the peer proves its key at one of the candidates. Has no answer of its own.
   */
  | { readonly type: 'redial'; readonly peer: PeerKey; readonly candidates: readonly Address[] }
  /** Sends over the live connection to `peer`. Without one the event `undelivered` follows, with cause `no-connection`. */
  | {
      readonly type: 'send';
      readonly peer: PeerKey;
      readonly channel: Channel;
      readonly bytes: Uint8Array;
      readonly token: Token;
    }
  /** Sends once over the live connection to `peer`, for data that is worthless late. Without one, or if too large, it is lost. */
  | { readonly type: 'send-unreliable'; readonly peer: PeerKey; readonly bytes: Uint8Array }
  /**
   * The profile of this peer (`EndpointOptions.profileOf`) may have changed: a new connection with that profile replaces a
   * live one (PROTOCOL 4.11). No `disconnected` follows; unacknowledged messages come back `undelivered`, cause `replaced`.
   */
  | { readonly type: 'renegotiate-profile'; readonly peer: PeerKey }
  /** Sends CLOSE once all queued messages are acknowledged or given up, then forgets the connection. */
  | { readonly type: 'close'; readonly peer: PeerKey; readonly reason: CloseReason };

/** An event of an endpoint for its role. */
export type EndpointEvent =
  /** A connection is established. `dial` names this side's dial; null if the peer opened it. A newer one replaces an older one. */
  | {
      readonly type: 'connected';
      readonly peer: PeerKey;
      readonly address: Address;
      readonly dial: Token | null;
    }
  /** The live connection continues at another address, which the peer has proved. */
  | { readonly type: 'moved'; readonly peer: PeerKey; readonly address: Address }
  /** No candidate answered in 5 attempts and at least 2.5 s, or only with the wrong key or another version. */
  | {
      readonly type: 'dial-failed';
      readonly dial: Token;
      readonly cause: 'no-answer' | 'version' | 'limit';
    }
  /** `found`: the unproved key that answered instead of the expected one; the last of several. */
  | {
      readonly type: 'dial-failed';
      readonly dial: Token;
      readonly cause: 'wrong-key';
      readonly found: PeerKey;
    }
  /** Attempt n (from 1) of a message left; for a message in fragments, of the fragment that has most attempts. */
  | { readonly type: 'attempt'; readonly peer: PeerKey; readonly token: Token; readonly attempt: number }
  /** The peer's endpoint has the whole message. This says nothing about the peer's disk; receipts do that. */
  | { readonly type: 'acknowledged'; readonly peer: PeerKey; readonly token: Token }
  /** The message was not acknowledged, and this connection will never acknowledge it. It may have arrived. */
  | {
      readonly type: 'undelivered';
      readonly peer: PeerKey;
      readonly token: Token;
      readonly cause: 'no-connection' | 'queue-full' | 'unreachable' | 'replaced' | 'closed';
    }
  /**
   * There is room again on a channel that refused a message with `queue-full`: the queue to this peer is half empty, and so
   * much of the shared memory is free that the largest message fits. Emitted once after each refusal or run of refusals, at
   * the end of a turn. Not emitted after `disconnected`; a new connection (`connected`) begins with an empty queue.
   */
  | { readonly type: 'writable'; readonly peer: PeerKey; readonly channel: Channel }
  /** A whole message arrived, once and in the order of its channel. */
  | {
      readonly type: 'received';
      readonly peer: PeerKey;
      readonly channel: Channel;
      readonly bytes: Uint8Array;
    }
  /** An unreliable message arrived. Some never do, and the order is arbitrary. */
  | { readonly type: 'received-unreliable'; readonly peer: PeerKey; readonly bytes: Uint8Array }
  /**
   * The connection is gone: 5 attempts without an acknowledgement, 45 s without a packet, or the peer's CLOSE. `undelivered`
   * events of all unacknowledged messages come first. Not emitted for a connection that a newer one replaced.
   */
  | {
      readonly type: 'disconnected';
      readonly peer: PeerKey;
      readonly cause: 'unreachable' | 'idle-timeout' | CloseReason;
    }
  /** A program at this address uses another version of the protocol; at most once a minute per address. */
  | { readonly type: 'other-version'; readonly from: Address; readonly version: number };
