import type { Address } from '../../shared/address.ts';
import type { InstanceId, PeerKey } from '../../shared/ids.ts';
import type { Channel, CloseReason } from '../../shared/wire/packet.ts';

/** Reliable channels, in the order in which waiting messages leave: control, then chat, then bulk. */
export type { Channel, CloseReason };

/** Names a message or a dial; returned unchanged in events and traces. */
export type Token = string;

/**
 * How well a role knows a peer. Where memory or time is short, a lower class loses first (PROTOCOL 7.6). The transport only
 * compares classes; a role says which one a peer has.
 */
export type PeerClass = 'unknown' | 'registered' | 'established';

/**
 * A change of this machine's network: its addresses changed (a cable, a Wi-Fi), or it slept, so that peers may have
 * declared it unreachable.
 */
export type NetworkChange = 'addresses' | 'woke';

/**
 * A request of a role to its endpoint; applied after the turn's commit (gateway/turn/turn.ts). A peer may have several live
 * connections, one for each process with its key. `instance` names one; without it the newest is meant.
 */
export type EndpointAction =
  /**
   * Opens a connection to the first candidate that answers. With `expected`, only that key counts. A dial to a peer with a
   * live connection is answered by `connected` at once. `dial` names the dial in events. `claims`: addresses that only the
   * peer itself names; each gets one datagram (PROTOCOL 4.2). `probeOtherKey`: if no one
   * answers, one handshake more tells whether another key answers there (`wrong-key`, PROTOCOL 4.13).
   */
  | {
      readonly type: 'dial';
      readonly dial: Token;
      readonly candidates: readonly Address[];
      readonly claims?: readonly Address[];
      readonly expected: PeerKey | null;
      readonly probeOtherKey?: boolean;
    }
  /**
   * The process of the peer may be gone. Checks the live connection, at most once a second, and dials the peer beside it if
   * it stays silent (PROTOCOL 4.9). The live connection stays unless the peer proves its key at one of the addresses. Has no
   * answer of its own.
   */
  | {
      readonly type: 'redial';
      readonly peer: PeerKey;
      readonly candidates: readonly Address[];
      readonly claims?: readonly Address[];
    }
  /** Sends over the live connection to `peer`. Without one the event `undelivered` follows, with cause `no-connection`. */
  | {
      readonly type: 'send';
      readonly peer: PeerKey;
      readonly instance?: InstanceId | undefined;
      readonly channel: Channel;
      readonly bytes: Uint8Array;
      readonly token: Token;
    }
  /** Sends once over the live connection to `peer`, for data that is worthless late. Without one, or if too large, it is lost. */
  | {
      readonly type: 'send-unreliable';
      readonly peer: PeerKey;
      /** As in `send`. Without such a connection, nothing is sent. */
      readonly instance?: InstanceId | undefined;
      readonly bytes: Uint8Array;
    }
  /**
   * The profile of this peer (`EndpointOptions.profileOf`) may have changed: a new connection with that profile replaces
   * each live one (PROTOCOL 4.11). No `disconnected` follows; unacknowledged messages come back `undelivered`, cause `replaced`.
   */
  | { readonly type: 'renegotiate-profile'; readonly peer: PeerKey }
  /**
   * Sends CLOSE once all queued messages are acknowledged or given up, then forgets the connection. Without `instance`, closes
   * all connections to the peer.
   */
  | {
      readonly type: 'close';
      readonly peer: PeerKey;
      readonly instance?: InstanceId | undefined;
      readonly reason: CloseReason;
    }
  /**
   * The peer sends too much nonsense. Sends CLOSE at once, with the reason refused, and forgets the connection with all that waits in
   * it. The peer gets no other connection for 10 s (PROTOCOL 7.14). No `disconnected` follows.
   */
  | { readonly type: 'refuse'; readonly peer: PeerKey; readonly instance: InstanceId }
  /** When the peer has too many connections, this one is closed last (PROTOCOL 7.3). */
  | { readonly type: 'prefer'; readonly peer: PeerKey; readonly instance: InstanceId }
  /**
   * Gives all connections of the peer this class, present ones and later ones, until the last one ends. Without a connection
   * it does nothing.
   */
  | { readonly type: 'classify'; readonly peer: PeerKey; readonly class: PeerClass };

/** An event of an endpoint for its role. `instance` names the connection of `peer` that is meant. */
export type EndpointEvent =
  /**
   * A connection is established. `dial` names this side's dial; null if the peer opened it. A newer one of the same instance
   * replaces an older one.
   */
  | {
      readonly type: 'connected';
      readonly peer: PeerKey;
      readonly instance: InstanceId;
      readonly address: Address;
      readonly dial: Token | null;
      /** PROTOCOL 4.1: the same 64 bytes at both ends, and at no other connection. */
      readonly handshakeHash: Uint8Array;
    }
  /** The live connection continues at another address, which the peer has proved. */
  | {
      readonly type: 'moved';
      readonly peer: PeerKey;
      readonly instance: InstanceId;
      readonly address: Address;
    }
  /**
   * No candidate answered in 5 attempts and at least 2.5 s, or only with the wrong key or another version. `reflected`: a
   * candidate sent the INITIATION back.
   */
  | {
      readonly type: 'dial-failed';
      readonly dial: Token;
      readonly cause: 'no-answer' | 'version' | 'limit' | 'reflected';
    }
  /** `found`: the unproved key that answered instead of the expected one; the last of several. */
  | {
      readonly type: 'dial-failed';
      readonly dial: Token;
      readonly cause: 'wrong-key';
      readonly found: PeerKey;
    }
  /**
   * Attempt n (from 1) of a message left; for a message in fragments, of the fragment that has most attempts. Not emitted for messages
   * on bulk.
   */
  | {
      readonly type: 'attempt';
      readonly peer: PeerKey;
      readonly instance: InstanceId;
      readonly token: Token;
      readonly attempt: number;
    }
  /** The peer's endpoint has the whole message. This says nothing about the peer's disk; receipts do that. */
  | {
      readonly type: 'acknowledged';
      readonly peer: PeerKey;
      readonly instance: InstanceId;
      readonly token: Token;
    }
  /**
   * The message was not acknowledged, and this connection will never acknowledge it. It may have arrived. `instance` is null if
   * the action named none and there was no connection.
   */
  | {
      readonly type: 'undelivered';
      readonly peer: PeerKey;
      readonly instance: InstanceId | null;
      readonly token: Token;
      readonly cause: 'no-connection' | 'queue-full' | 'unreachable' | 'replaced' | 'closed';
    }
  /**
   * There is room again on a channel that refused a message with `queue-full`: the queue to this peer is half empty, and so
   * much of the shared memory is free that the largest message fits. Emitted once after each refusal or run of refusals, at
   * the end of a turn. Not emitted after `disconnected`; a new connection (`connected`) begins with an empty queue.
   */
  | {
      readonly type: 'writable';
      readonly peer: PeerKey;
      readonly instance: InstanceId;
      readonly channel: Channel;
    }
  /** A whole message arrived, once and in the order of its channel. */
  | {
      readonly type: 'received';
      readonly peer: PeerKey;
      readonly instance: InstanceId;
      readonly channel: Channel;
      readonly bytes: Uint8Array;
    }
  /** An unreliable message arrived. Some never do, and the order is arbitrary. */
  | {
      readonly type: 'received-unreliable';
      readonly peer: PeerKey;
      readonly instance: InstanceId;
      readonly bytes: Uint8Array;
    }
  /**
   * The connection is gone: 5 attempts without an acknowledgement, 45 s without a packet, or the peer's CLOSE. `undelivered`
   * events of all unacknowledged messages come first. Not emitted for a connection that a newer one of the same instance
   * replaced. `replaced`: another instance has
   * connected, at the same address (then its `connected` follows) or while this one is silent.
   */
  | {
      readonly type: 'disconnected';
      readonly peer: PeerKey;
      readonly instance: InstanceId;
      readonly cause: 'unreachable' | 'idle-timeout' | 'replaced' | CloseReason;
    }
  /**
   * A program at this address uses another version of the protocol; at most once a minute per address, and three times a
   * minute in all. `others`: at how many further addresses another version was met since the last of these events.
   */
  | {
      readonly type: 'other-version';
      readonly from: Address;
      readonly version: number;
      readonly others: number;
    };
