import type { CloseReason } from '../../../shared/wire/packet.ts';
import type { CongestionController } from '../congestion/controller.ts';
import type { Channel, Token } from '../events.ts';
import type { ByteBudget } from '../byte-budget.ts';
import type { Profile } from './settings.ts';

/** Costs that may be sent on each channel before the receiver grants more (CREDIT); told in the handshake. */
export type ChannelCredits = Readonly<Record<Channel, number>>;

export interface FlowOptions {
  readonly profile: Profile;
  /** A fresh one, at first and for each new path. */
  readonly controller: () => CongestionController;
  readonly outlet: FlowEvents;
  /** The largest UDP payload that leaves for the peer's present address without fragmentation, in bytes. */
  readonly localDatagramBytesMax: () => number;
  /** For messages that wait for their missing parts or for earlier ones. */
  readonly budget: ByteBudget;
  /** For messages that wait to be sent or acknowledged. */
  readonly sendBudget: ByteBudget;
  /** What this side grants at first, and keeps open. At least creditMin each. */
  readonly ownCredits: ChannelCredits;
  /** What the peer granted in the handshake. */
  readonly peerCredits: ChannelCredits;
}

/** What a flow tells its connection, at once, within the call that led to it. */
export interface FlowEvents {
  /** Try n (from 1) of a message left; of a message in parts, the try of the part that has most. */
  attempt(token: Token, attempt: number): void;
  /** The peer has all of it, and of all earlier ones of the channel. */
  acknowledged(token: Token): void;
  /** A whole message, once and in the channel's order. */
  received(channel: Channel, bytes: Uint8Array): void;
  receivedUnreliable(bytes: Uint8Array): void;
  /** Frames that are not the flow's. */
  receivedPathChallenge(data: Uint8Array): void;
  receivedPathResponse(data: Uint8Array): void;
  receivedClose(reason: CloseReason): void;
}

/** What a packet led to. `malformed` and `limit`: to be counted as dropped; it gets no ACK. */
export type PacketReception = 'taken' | 'malformed' | 'limit';

export interface FlowCounters {
  packetsSent: number;
  packetsReceived: number;
  packetsLost: number;
  /** Packets that were taken for lost and came late. */
  packetsLate: number;
  probes: number;
  /** Messages or parts that left again. */
  retransmissions: number;
}
