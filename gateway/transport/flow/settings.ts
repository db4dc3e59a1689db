/** Numbers of a flow (docs/PROTOCOL.md). */

/** `classic` is the original's rule: one packet in flight, 0.5 s, 5 tries, an ACK at once for each. */
export type Profile = 'normal' | 'classic';

export interface FlowSettings {
  /** Packets that want an ACK, in flight at a time. */
  readonly packetsInFlightMax: number;
  /** Messages, or parts of one, in a packet. */
  readonly piecesPerPacketMax: number;
  /** The interval between tries; undefined: by the round trip time, doubling (RFC 9002 6.2). */
  readonly fixedTryIntervalMs: number | undefined;
  /** Datagrams sent when a try's interval is over. RFC 9002 6.2.4 allows two: one lost probe then costs nothing. */
  readonly probesPerTimeout: 1 | 2;
  /** Later packets that must have come before one is taken for lost. */
  readonly packetThreshold: number;
  /** Larger datagrams are tried where the path may take them. */
  readonly searchesMtu: boolean;
  /** Packets that want an ACK after which it leaves in any case. */
  readonly packetsPerAckMax: number;
}

export const flowSettings: Record<Profile, FlowSettings> = {
  normal: {
    packetsInFlightMax: Number.POSITIVE_INFINITY,
    piecesPerPacketMax: Number.POSITIVE_INFINITY,
    fixedTryIntervalMs: undefined,
    probesPerTimeout: 2,
    // RFC 9002 6.1.1, kPacketThreshold.
    packetThreshold: 3,
    searchesMtu: true,
    packetsPerAckMax: 8,
  },
  classic: {
    packetsInFlightMax: 1,
    piecesPerPacketMax: 1,
    fixedTryIntervalMs: 500,
    probesPerTimeout: 1,
    // All that is in flight are copies of one piece: the ACK of one is the end of all.
    packetThreshold: 1,
    searchesMtu: false,
    packetsPerAckMax: 1,
  },
};

/** An ACK waits so long for data to ride with: no person and no probe timeout feels it. */
export const ackDelayMaxMs = 2;
/** RFC 9002 6.2.2 says 333 ms for the Internet; this is a local network. */
export const rttInitialMs = 100;
/** Below it, a process that waits for its disk would look like a lost packet. */
export const probeTimeoutMinMs = 5;
/** A doubled probe timeout goes no higher than this, or than the plain one if that is more. */
export const probeTimeoutDoubledMaxMs = 640;
/** RFC 9002 6.1.2, kGranularity: timers tell no less. */
export const granularityMs = 1;
/** RFC 9002 6.1.2, kTimeThreshold. */
export const timeThreshold = 9 / 8;
/** DESIGN section 3: unreachable after so many tries, and so much time. */
export const unreachableTries = 5;
export const unreachableMs = 2_500;
export const keepAliveMs = 20_000;

/** Header and tag of the packet around the frames (PROTOCOL): they take room on the link too. */
export const packetOverheadBytes = 32;
/** A message's cost in credits and queues is its bytes and this, so that empty ones do not come for free. */
export const messageOverheadBytes = 64;

/** RFC 9002 7.6.1, kPersistentCongestionThreshold. */
export const persistentTimeouts = 3;
/** How patient a path that reorders makes a flow, at most. */
export const packetThresholdMax = 64;
export const timeThresholdMax = 2;
/** Unreliable messages that wait to leave; past it the oldest is dropped, being worthless soonest. */
export const unreliableWaitingMax = 16;
/** An unreliable message fits one packet, also beside a long ACK. */
export const unreliableBytesMax = 1_000;
/** Less than this of a large message is not put into what is left of a packet. */
export const partBytesMin = 256;
