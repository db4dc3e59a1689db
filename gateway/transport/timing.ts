/** The numbers of time of docs/PROTOCOL.md; those inside a connection's flow are in flow/settings.ts. */

/** From one try of a handshake packet to the next; the original's 0.5 s. */
export const tryIntervalMs = 500;
/** The last try is given its interval too: silent 2.5 s after the first. */
export const triesMax = 5;
/** Two keep-alives lost with all their tries, and a little. */
export const idleTimeoutMs = 45_000;
/** An INITIATION that was answered may be confirmed so long after its last copy: a whole dial and its confirming. */
export const halfOpenMs = 6_000;
/** A RESET opens at most one handshake a second beside a live connection. */
export const besideIntervalMs = 1_000;
/** A peer that is asked for a sign of life has three probe timeouts, but not less than a busy machine needs ... */
export const livenessTimeoutMsMin = 50;
/** ... and not more than lets whoever has restarted be met again within 2 s. */
export const livenessTimeoutMsMax = 250;
/** At most one RESET (or repeated CLOSE) to one address in this time. */
export const resetIntervalMs = 250;
/** At most one VERSION to one address in this time. */
export const versionIntervalMs = 1_000;
/** Another version at one address is told to the role once in this time. */
export const otherVersionIntervalMs = 60_000;

/** The key of the tokens changes so often; the one before is still taken, so a token lives once to twice as long. */
export const tokenKeyMs = 10_000;

/** A sending key is used for so many packets (far below what ChaCha20-Poly1305 bears, RFC 9001 6.6) ... */
export const keyPacketsMax = 2 ** 20;
/** ... and so long. */
export const keyUseMaxMs = 3_600_000;
/** Old keys are kept for three probe timeouts (RFC 9001 6.5). */
export const oldKeysProbeTimeouts = 3;

/** Between two challenges of a path, at least. */
export const pathRoundMsMin = 10;
/** After so many rounds without the old address answering, a proved new one is taken. */
export const pathRoundsToMove = 3;
/** After so many rounds without an answer from the new address, it is forgotten. */
export const pathRoundsMax = 6;
/** An address whose packets were only forwarded (the old path still works) is not looked at again for so long. */
export const pathRefusedMs = 1_000;
