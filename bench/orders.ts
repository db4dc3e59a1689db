import type { Counts, PeerName } from './peers/peer.ts';

/** What the bench asks of a side, one order at a time; each is answered by its reply or ends the side. */
export type Order =
  /** Waits for others; with `answers`, every message goes back whence it came. */
  | { readonly type: 'listen'; readonly peer: PeerName; readonly answers: boolean }
  | { readonly type: 'connect'; readonly peer: PeerName; readonly port: number }
  /** Sends messages of so many bytes as fast as they are taken, from now on. */
  | { readonly type: 'flood'; readonly messageBytes: number }
  | { readonly type: 'snapshot' }
  | ({ readonly type: 'round-trips' } & RoundTripPlan)
  /** Opens connections of our own transport, each from an endpoint and a socket of its own. */
  | { readonly type: 'crowd'; readonly port: number; readonly count: number }
  | { readonly type: 'memory' };

export interface RoundTripPlan {
  readonly messageBytes: number;
  readonly outstanding: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** The window grows until it has so many, up to `windowMsMax`. */
  readonly samplesMin: number;
  readonly windowMsMax: number;
}

/** Where a side is at one moment; a figure is the difference of two. */
export interface Snapshot {
  readonly atMs: number;
  readonly messages: number;
  /** Of all threads of the process, in user and in system. */
  readonly cpuMicroseconds: number;
  readonly counts: Counts;
  /** Of a dialed connection of ours; null elsewhere. */
  readonly roundTripMs: number | null;
}

export interface RoundTrips {
  readonly roundTrips: number;
  readonly seconds: number;
  /** Only with one outstanding; else 0. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Memory {
  readonly connections: number;
  /** What V8 and its buffers hold after a full collection, in bytes. */
  readonly heldBytes: number;
}

interface Replies {
  readonly listen: { readonly port: number };
  readonly connect: null;
  readonly flood: null;
  readonly snapshot: Snapshot;
  readonly 'round-trips': RoundTrips;
  readonly crowd: null;
  readonly memory: Memory;
}
export type ReplyTo<Type extends Order['type']> = Replies[Type];
