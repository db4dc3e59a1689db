import type { Address } from './address.ts';
import type { PeerKey } from './ids.ts';
import type { Channel, CloseReason, KeyPhase, Packet } from './wire/packet.ts';

/**
 * One line of a trace: a step of the transport, as plain data. Holds ids, kinds, sizes and times, never a message's content,
 * a nickname or key material. All times are monotonic milliseconds. docs/DEBUGGING.md describes each line.
 */
export type Trace =
  /** A datagram leaves. */
  | {
      readonly type: 'sent';
      readonly atMs: number;
      readonly peer: PeerKey | null;
      readonly to: Address;
      /** Bytes of UDP payload. */
      readonly size: number;
      readonly packet: PacketSummary | null;
      /** 1 for the first attempt; more for retransmissions. */
      readonly attempt: number;
      /** The tokens of the messages that the datagram carries, whole or in fragments. */
      readonly tokens: readonly string[];
    }
  /** A datagram arrived. `dropped` is the cause if it was thrown away, null otherwise. */
  | {
      readonly type: 'received';
      readonly atMs: number;
      readonly peer: PeerKey | null;
      readonly from: Address;
      readonly size: number;
      readonly packet: PacketSummary | null;
      readonly dropped: DropCause | null;
    }
  /** A timer fired. */
  | {
      readonly type: 'timer';
      readonly atMs: number;
      readonly peer: PeerKey | null;
      readonly timer: TraceTimer;
    }
  /** A sent packet was declared lost; `late`: it was declared lost before, and is acknowledged now. */
  | {
      readonly type: 'lost' | 'late';
      readonly atMs: number;
      readonly peer: PeerKey;
      readonly number: number;
      readonly size: number;
      readonly tokens: readonly string[];
    }
  /** The transport emitted an event to its role. */
  | {
      readonly type: 'event';
      readonly atMs: number;
      readonly event: string;
      readonly peer: PeerKey | null;
      /** The token of the message or the dial; null for an event without one. */
      readonly token: string | null;
      /** Why a dial, a message or a connection ended; null for other events. */
      readonly cause: string | null;
    }
  /** Earlier lines are missing, because they were not polled in time. */
  | { readonly type: 'missing'; readonly atMs: number; readonly count: number };

export type TraceTimer = 'handshake' | 'liveness' | 'probe' | 'loss' | 'keep-alive';

/** A packet without its contents. `number`, `keyPhase` and `frames` are null if absent or sealed. */
export interface PacketSummary {
  readonly type: Packet['type'];
  readonly number: number | null;
  readonly keyPhase: KeyPhase | null;
  readonly frames: readonly FrameSummary[] | null;
}

/** A frame without its payload; sizes in bytes. */
export type FrameSummary =
  | { readonly type: 'padding'; readonly size: number }
  | { readonly type: 'ping' | 'classic' | 'path-challenge' | 'path-response' }
  /** Acknowledged packet numbers as [smallest, largest], the newest range first. */
  | {
      readonly type: 'ack';
      readonly delayMs: number;
      readonly ranges: readonly (readonly [smallest: number, largest: number])[];
    }
  | {
      readonly type: 'data';
      readonly channel: Channel;
      /** The number of the message on its channel. */
      readonly message: number;
      readonly offset: number;
      readonly size: number;
      /** The size of the whole message. */
      readonly total: number;
    }
  | { readonly type: 'credit'; readonly channel: Channel; readonly limit: number }
  | { readonly type: 'unreliable'; readonly size: number }
  | { readonly type: 'close'; readonly reason: CloseReason }
  | { readonly type: 'key-share'; readonly exchange: number }
  /** Ignored: a frame type or a channel that this version does not know. */
  | { readonly type: 'unknown'; readonly number: number; readonly size: number }
  | { readonly type: 'unknown-credit'; readonly channelNumber: number; readonly limit: number };

/** Why a datagram was dropped; counted by cause. */
export type DropCause =
  | 'too-short'
  | 'too-long'
  | 'not-ours'
  | 'other-version'
  | 'checksum'
  | 'malformed'
  | 'unknown-type'
  /** An INITIATION of a handshake pattern that is not spoken. */
  | 'unknown-pattern'
  | 'unknown-connection'
  | 'not-for-me'
  | 'duplicate'
  /** An INITIATION without the retry token that is required now. */
  | 'no-token'
  /** Not sealed by its alleged sender: forged, damaged, or sealed with keys that are gone. */
  | 'forged'
  /** A counter that arrived before. */
  | 'replayed'
  | 'limit';
