/** How much may be under way. One controller belongs to one flow; it knows neither packets' contents nor keys. */
export interface CongestionController {
  /** Bytes in flight up to which a packet may leave. */
  readonly windowBytes: number;
  /** What the pacer lets out, in bytes a ms; Infinity until something is known. */
  readonly pacingBytesPerMs: number;

  /** The path takes packets of another size from now on, in bytes of UDP payload (RFC 9002 7.2, max_datagram_size). */
  setPacketBytes(packetBytes: number): void;
  onSent(nowMs: number, byteCount: number): void;
  onAcknowledged(nowMs: number, progress: Progress): void;
  onLost(nowMs: number, loss: Loss): void;
}

/** What one ACK frame newly acknowledged. */
export interface Progress {
  readonly byteCount: number;
  /** When the newest of the packets was sent. */
  readonly newestSentAtMs: number;
  /** Before this ACK. */
  readonly bytesInFlight: number;
  /** The window, and not the application, was what held the sender back. */
  readonly isWindowLimited: boolean;
  /** What this ACK told about the round trip, without the time that the peer kept it; undefined when nothing. */
  readonly rttSampleMs: number | undefined;
  readonly rtt: RttState;
}

/** What was found lost at one time. */
export interface Loss {
  readonly byteCount: number;
  /** When the newest of the packets was sent. */
  readonly newestSentAtMs: number;
  /** RFC 9002 7.6: nothing came through for several probe timeouts. */
  readonly isPersistent: boolean;
}

/** RFC 9002 section 5, in ms. */
export interface RttState {
  readonly hasSample: boolean;
  readonly latestMs: number;
  readonly smoothedMs: number;
  readonly variationMs: number;
  readonly minMs: number;
}
