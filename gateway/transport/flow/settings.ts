/** The numbers of a flow (docs/protocol/transport.md). */

/** `classic` is the original program's rule: one packet in flight, 0.5 s, 5 attempts, an immediate ACK for each. */
export type Profile = 'normal' | 'classic';

export interface FlowSettings {
  /** Ack-eliciting packets in flight at a time. */
  readonly packetsInFlightMax: number;
  /** Whether bulk has a congestion window of its own, apart from that of control and chat. */
  readonly separatesBulk: boolean;
  /** Messages, or fragments of them, in a packet. */
  readonly fragmentsPerPacketMax: number;
  /** The interval between attempts; undefined: from the round trip time, doubling (RFC 9002 6.2). */
  readonly fixedAttemptIntervalMs: number | undefined;
  /** Datagrams sent at each probe timeout. RFC 9002 6.2.4 allows two: then one lost probe costs nothing. */
  readonly probesPerTimeout: 1 | 2;
  /** A packet is lost when a packet this many numbers later is acknowledged. */
  readonly packetThreshold: number;
  /** Whether larger datagrams are tried where the path may carry them. */
  readonly searchesMtu: boolean;
  /** An ACK leaves at the latest after this many ack-eliciting packets. */
  readonly packetsPerAckMax: number;
}

export const flowSettings: Record<Profile, FlowSettings> = {
  normal: {
    packetsInFlightMax: Number.POSITIVE_INFINITY,
    separatesBulk: true,
    fragmentsPerPacketMax: Number.POSITIVE_INFINITY,
    fixedAttemptIntervalMs: undefined,
    probesPerTimeout: 2,
    // RFC 9002 6.1.1, kPacketThreshold.
    packetThreshold: 3,
    searchesMtu: true,
    packetsPerAckMax: 8,
  },
  classic: {
    packetsInFlightMax: 1,
    separatesBulk: false,
    fragmentsPerPacketMax: 1,
    fixedAttemptIntervalMs: 500,
    probesPerTimeout: 1,
    // All packets in flight are copies of one fragment: the ACK of one settles all.
    packetThreshold: 1,
    searchesMtu: false,
    packetsPerAckMax: 1,
  },
};

/** The maximum delay of an ACK that waits for data to travel with. Neither users nor probe timeouts notice it. */
export const ackDelayMaxMs = 2;
/** RFC 9002 6.2.2 says 333 ms for the Internet; this is a local network. */
export const rttInitialMs = 100;
/** With a shorter timeout, a process that waits for its disk would look like a lost packet. */
export const probeTimeoutMinMs = 5;
/** The maximum of a doubled probe timeout, unless the plain one is longer. */
export const probeTimeoutDoubledMaxMs = 640;
/** RFC 9002 6.1.2, kGranularity: the resolution of timers. */
export const granularityMs = 1;
/** RFC 9002 6.1.2, kTimeThreshold. */
export const timeThreshold = 9 / 8;
/** A peer is unreachable after this many attempts and this much time (the original program's rule, PROTOCOL 8.9). */
export const unreachableAttempts = 5;
export const unreachableMs = 2_500;
export const keepAliveMs = 20_000;

/** Header and tag of the packet around the frames (docs/protocol/transport.md): they take room on the link too. */
export const packetOverheadBytes = 32;
/** The cost of a message in credits and queues is its bytes plus this, so that empty messages are not free. */
export const messageOverheadBytes = 64;

/** RFC 9002 7.6.1, kPersistentCongestionThreshold. */
export const persistentTimeouts = 3;
/** The maxima to which reordering on a path raises the thresholds. */
export const packetThresholdMax = 64;
export const timeThresholdMax = 2;
/** Unreliable messages that wait to leave. Past this number the oldest, which is worthless soonest, is dropped. */
export const unreliableWaitingMax = 16;
/** An unreliable message fits one packet, even beside a long ACK. */
export const unreliableBytesMax = 1_000;
/** The smallest fragment of a large message that fills the rest of a packet. */
export const fragmentBytesMin = 256;
