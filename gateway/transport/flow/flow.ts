import type { CloseReason } from '../../../shared/wire/packet.ts';
import type { CongestionController, RttState } from '../congestion/controller.ts';
import type { Channel, Token } from '../events.ts';
import type { ReassemblyBudget } from './reassembly-budget.ts';
import type { Profile } from './settings.ts';

/** Costs that may be sent on each channel before the receiver grants more (CREDIT); told in the handshake. */
export type ChannelCredits = Readonly<Record<Channel, number>>;

export interface FlowOptions {
  readonly profile: Profile;
  readonly controller: CongestionController;
  readonly outlet: FlowOutlet;
  readonly budget: ReassemblyBudget;
  /** What this side grants at first, and keeps open. At least creditMin each. */
  readonly ownCredits: ChannelCredits;
  /** What the peer granted in the handshake. */
  readonly peerCredits: ChannelCredits;
}

/** What a flow tells its connection, at once, within the call that led to it. */
export interface FlowOutlet {
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
  probes: number;
  /** Messages or parts that left again. */
  retransmissions: number;
}

/**
 * One connection's reliability: messages to frames and back, in packets that somebody else numbers, protects and
 * carries. One mutation (send, handleFrames, handleTimeout), then fill until it fills nothing, then deadlineMs.
 */
export declare class Flow {
  constructor(nowMs: number, options: FlowOptions);
  /** False when the message is too large or the queue is full; then nothing has changed. */
  send(nowMs: number, channel: Channel, bytes: Uint8Array, token: Token): boolean;
  /** False when it does not fit one packet. May be lost without a word. */
  sendUnreliable(bytes: Uint8Array): boolean;
  /**
   * Takes the plaintext of an authenticated packet whose number was not seen before. Views of `plaintext` go out with
   * `received`: nobody may write over it afterwards.
   */
  handleFrames(nowMs: number, packetNumber: number, plaintext: Uint8Array): PacketReception;
  /**
   * Writes the frames of one more packet into target[at..end) and returns where they end; `at`: nothing may leave now,
   * and the number is not used. Numbers rise; they may skip (packets that hold no frames of the flow).
   */
  fill(nowMs: number, packetNumber: number, target: Uint8Array, at: number, end: number): number;
  /** Of the packet filled last: the most tries of a message in it (1 without any). */
  readonly filledAttempt: number;
  /** Of the packet filled last: the tokens of the messages in it. */
  filledTokens(): Token[];
  /** Does what is due by now. `unreachable`: 5 tries and 2.5 s without an ACK; the connection is to end. */
  handleTimeout(nowMs: number): 'unreachable' | undefined;
  /** When handleTimeout, then fill, want to be called; in the past: now. */
  readonly deadlineMs: number;
  /** Everything that was sent is acknowledged. */
  readonly isIdle: boolean;
  readonly bytesInFlight: number;
  readonly rtt: RttState;
  /** RFC 9002 6.2.1, without back-off. */
  readonly probeTimeoutMs: number;
  readonly counters: FlowCounters;
  /** Takes out everything that is not acknowledged, in the order in which it was sent, and frees what was half received. */
  takeUnacknowledged(): Token[];
}
