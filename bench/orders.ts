import type { Counts, PeerName } from './peers/peer.ts';

/** The orders of the bench to a side, one at a time. Each is answered by its reply, or ends the side. */
export type Order =
  /** Waits for connections; with `answers`, every message returns to its sender. */
  | { readonly type: 'listen'; readonly peer: PeerName; readonly answers: boolean }
  | { readonly type: 'connect'; readonly peer: PeerName; readonly port: number }
  /** Sends messages of this size from now on, as fast as the transport takes them. */
  | { readonly type: 'flood'; readonly messageBytes: number }
  | { readonly type: 'snapshot' }
  | ({ readonly type: 'round-trips' } & RoundTripPlan)
  /** Opens connections of our own transport, each from its own endpoint and socket. */
  | { readonly type: 'crowd'; readonly port: number; readonly count: number }
  /** Opens connections of our own transport and closes them from now on, so many at a time. */
  | { readonly type: 'handshakes'; readonly port: number; readonly parallel: number }
  | { readonly type: 'memory' };

export interface RoundTripPlan {
  readonly messageBytes: number;
  readonly outstanding: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** The window grows until it has this many samples, up to `windowMsMax`. */
  readonly samplesMin: number;
  readonly windowMsMax: number;
}

/** The counters of a side at one moment; a figure is the difference of two. */
export interface Snapshot {
  readonly atMs: number;
  readonly messages: number;
  /** Processor time of all threads of the process, user and system. */
  readonly cpuMicroseconds: number;
  readonly counts: Counts;
  /** The statistics of a dialed connection of our transport; null for others. */
  readonly roundTripMs: number | null;
}

export interface RoundTrips {
  readonly roundTrips: number;
  readonly seconds: number;
  /** Only with one outstanding message; otherwise 0. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Memory {
  readonly connections: number;
  /** The bytes that V8 and its buffers hold after a full collection. */
  readonly heldBytes: number;
}

interface Replies {
  readonly listen: { readonly port: number };
  readonly connect: null;
  readonly flood: null;
  readonly snapshot: Snapshot;
  readonly 'round-trips': RoundTrips;
  readonly crowd: null;
  readonly handshakes: null;
  readonly memory: Memory;
}
export type ReplyTo<Type extends Order['type']> = Replies[Type];
