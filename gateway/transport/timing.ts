/** The numbers of time of docs/PROTOCOL.md. The original's are 0.5 s and 5 tries. */

/** From one try of a packet to the next. */
export const tryIntervalMs = 500;
/** The last try is given its interval too: unreachable 2.5 s after the first. */
export const triesMax = 5;
/** Firewalls and routers forget a UDP flow after 60 s or less (RFC 4787 REQ-5 allows 120 s, many do not). */
export const keepAliveIntervalMs = 20_000;
/** Two keep-alives lost with all their tries, and a little. */
export const silenceMaxMs = 45_000;
/** A HELLO that was answered may be confirmed so long after its last copy: a whole dial and its confirming. */
export const halfOpenMs = 6_000;
/** A RESET opens at most one handshake a second beside a live connection. */
export const besideIntervalMs = 1_000;
/** At most one RESET (or repeated CLOSE) to one address in this time: twice a try, so that a lost one costs one try. */
export const resetIntervalMs = 250;
/** At most one VERSION to one address in this time. */
export const versionIntervalMs = 1_000;
/** Another version at one address is told to the role once in this time. */
export const otherVersionIntervalMs = 60_000;
