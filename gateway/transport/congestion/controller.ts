/** Decides how much may be in flight. A controller belongs to one path of one flow, and sees neither contents nor keys. */
export interface CongestionController {
  /** Bytes in flight up to which a packet may leave. */
  readonly windowBytes: number;
  /** The rate of the pacer, in bytes per ms; Infinity until the path is measured. */
  readonly pacingBytesPerMs: number;

  /** Sets the packet size of the path, in bytes of UDP payload (RFC 9002 7.2, max_datagram_size). */
  setPacketBytes(packetBytes: number): void;
  onSent(nowMs: number, byteCount: number): void;
  onAcknowledged(nowMs: number, progress: Progress): void;
  onLost(nowMs: number, loss: Loss): void;
}

/** The progress that one ACK frame reports. */
export interface Progress {
  readonly byteCount: number;
  /** When the newest of the packets was sent. */
  readonly newestSentAtMs: number;
  /** The bytes in flight before this ACK. */
  readonly bytesInFlight: number;
  /** True when the window, not the application, limited the sender. */
  readonly isWindowLimited: boolean;
  /** The round trip time from this ACK, without the peer's ACK delay; undefined without a sample. */
  readonly rttSampleMs: number | undefined;
  readonly rtt: RttState;
}

/** Packets that were declared lost at one time. */
export interface Loss {
  readonly byteCount: number;
  /** When the newest of the packets was sent. */
  readonly newestSentAtMs: number;
  /** RFC 9002 7.6: no packet arrived for several probe timeouts. */
  readonly isPersistent: boolean;
}

/** RFC 9002 section 5, in ms. */
export interface RttState {
  readonly hasSample: boolean;
  readonly latestMs: number;
  readonly smoothedMs: number;
  readonly variationMs: number;
  readonly minMs: number;
  /** The least round trip without the peer's ACK delay; Infinity without a sample. */
  readonly leastMs: number;
}
