/** The timing of docs/protocol/transport.md; the times of a connection's flow are in flow/settings.ts. */

/** Between two attempts of a handshake packet; the original program's 0.5 s. */
export const attemptIntervalMs = 500;
/** The last attempt has its interval too, so a dial fails 2.5 s after the first. */
export const attemptsMax = 5;
/** Two lost keep-alives with all their attempts, and a margin. */
export const idleTimeoutMs = 45_000;
/** A peer that is still unknown after this time is refused. A registration takes a round trip and a commit. */
export const unknownMs = 5_000;
/** A peer that the role has refused gets no connection for this time. */
export const refusedMs = 10_000;
/** Messages that wait for a peer's credit, and of which none was acknowledged in this time, are handed back. */
export const queueStallMs = 30_000;
/** A connection with unfinished messages is refused when nothing more of them comes for this time. An honest sender gives up earlier. */
export const unfinishedStallMs = 20_000;
/** How long after its last copy an answered INITIATION may be confirmed: a whole dial and its confirmation. */
export const halfOpenMs = 6_000;
/** A RESET starts at most one redial per second beside a live connection. */
export const redialIntervalMs = 1_000;
/** A liveness check waits three probe timeouts, but at least as long as a busy machine needs ... */
export const livenessTimeoutMsMin = 50;
/** ... and at most so long that a restarted peer is reconnected within 2 s. */
export const livenessTimeoutMsMax = 250;
/** A peer's older connection ends if nothing comes within this time after another process of the peer has connected. */
export const successionMs = 1_000;
/** At most one RESET (or repeated CLOSE) per address in this time. */
export const resetIntervalMs = 250;
/** At most one VERSION per address in this time. */
export const versionIntervalMs = 1_000;
/** At most one `other-version` event per address in this time. */
export const otherVersionIntervalMs = 60_000;
/** At most so many of these events in that time, for all addresses together. */
export const versionReportsMax = 3;

/** The lifetime of a key for retry tokens. The previous key stays valid, so a token lives once to twice as long. */
export const tokenKeyMs = 10_000;

/** When keys of a connection are changed. Simulations have smaller limits. */
export interface KeyLimits {
  /** A sending key seals this many packets ... */
  readonly packetsMax: number;
  /** ... or serves this long, and is then rekeyed (PROTOCOL 5.4). */
  readonly useMaxMs: number;
  /** After this many bytes in both directions ... */
  readonly exchangeBytes: number;
  /** ... or this time, both sides exchange new keys (PROTOCOL 5.18). */
  readonly exchangeMs: number;
}

export const keyLimits: KeyLimits = {
  // Far below the limit of ChaCha20-Poly1305 (RFC 9001 6.6).
  packetsMax: 2 ** 20,
  useMaxMs: 3_600_000,
  exchangeBytes: 2 ** 36,
  exchangeMs: 12 * 3_600_000,
};
/** Old keys are kept for three probe timeouts (RFC 9001 6.5). */
export const oldKeysProbeTimeouts = 3;

/** The minimum time between two challenges of a path. */
export const pathRoundMsMin = 10;
/** After this many rounds without an answer from the old address, the connection moves to a proved new one. */
export const pathRoundsToMove = 3;
/** After this many rounds without an answer, the new address is forgotten. */
export const pathRoundsMax = 6;
/** Challenges of a peer that are answered in a round trip: it challenges the address before a move and the one after it. */
export const pathAnswersInRoundTrip = 2;
/** An address that only forwarded packets (the old path still works) is ignored for this time. */
export const pathRefusedMs = 1_000;
