import type { KeyShareFrame } from '../../../shared/wire/frames.ts';
import type { CloseReason } from '../../../shared/wire/packet.ts';
import type { CongestionController, RttState } from '../congestion/controller.ts';
import type { Channel, Token } from '../events.ts';
import type { SentPacket } from './sent-packets.ts';
import type { Profile } from './settings.ts';

/** The cost that a sender may spend on each channel before the receiver grants more (CREDIT); agreed in the handshake. */
export type ChannelCredits = Readonly<Record<Channel, number>>;

/** The part of a flow in memory that all connections share. */
export interface MemoryShare {
  /** Whether `take` would succeed without any other's loss, if each share were only this part of what it is; default all of it. */
  hasRoom(byteCount: number, part?: number): boolean;
  /**
   * Returns false, and takes nothing, if the flow gets no more. `isAwaited`: other messages wait for these bytes, so they may pass the
   * share of the flow itself (PROTOCOL 7.7).
   */
  take(byteCount: number, isAwaited?: boolean): boolean;
  giveBack(byteCount: number): void;
}

export interface FlowOptions {
  readonly profile: Profile;
  /** Makes a new controller, for the first path and for each later one. */
  readonly controller: () => CongestionController;
  /** Makes that of bulk, when bulk is sent for the first time on a path. `rtt`: what the connection knows of the path by then. */
  readonly bulkController: (nowMs: number, rtt: RttState) => CongestionController;
  readonly events: FlowEvents;
  /** The largest UDP payload, in bytes, that leaves for the peer's current address without fragmentation. */
  readonly localDatagramBytesMax: () => number;
  /** Memory for messages that wait for missing fragments or for earlier messages. */
  readonly budget: MemoryShare;
  /** Memory for messages that wait to be sent or acknowledged. */
  readonly sendBudget: MemoryShare;
  /** The credit that this side grants at first. A message that costs more never arrives. */
  readonly ownCredits: ChannelCredits;
  /** The credit that the peer granted in the handshake. */
  readonly peerCredits: ChannelCredits;
}

/** The events of a flow for its connection. Each is emitted at once, within the call that caused it. */
export interface FlowEvents {
  /** Attempt n (from 1) of a message left; for a message in fragments, of the fragment that has most attempts. */
  attempt(token: Token, attempt: number): void;
  /** The peer has the whole message, and all earlier messages of the channel. */
  acknowledged(token: Token): void;
  /** A whole message arrived, once and in the order of the channel. */
  received(channel: Channel, bytes: Uint8Array): void;
  receivedUnreliable(bytes: Uint8Array): void;
  /** These three are for traces alone. */
  timerFired(nowMs: number, timer: FlowTimer): void;
  packetLost(nowMs: number, packet: SentPacket): void;
  /** A packet that was declared lost was acknowledged later. */
  packetLate(nowMs: number, packet: SentPacket): void;
}

export type FlowTimer = 'probe' | 'loss' | 'keep-alive';

/** The result of a packet: why it gets no ACK, if it was dropped, and the frames that the connection handles itself. */
export interface PacketReception {
  readonly dropped: 'malformed' | 'limit' | undefined;
  /** The last one: a peer has no use for the answers to others in the same packet. */
  readonly pathChallenge: Uint8Array | undefined;
  readonly pathResponses: readonly Uint8Array[];
  readonly keyShares: readonly KeyShareFrame[];
  readonly close: CloseReason | undefined;
}

export interface FlowCounters {
  packetsSent: number;
  /** Sent packets that the peer must acknowledge. */
  packetsToAcknowledge: number;
  packetsReceived: number;
  /** Messages of which a first part came, also those that were dropped, and unreliable ones. */
  messagesReceived: number;
  packetsLost: number;
  /** Packets that were declared lost and acknowledged later. */
  packetsLate: number;
  probes: number;
  /** Messages or fragments that were sent again. */
  retransmissions: number;
}
