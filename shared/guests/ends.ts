/**
 * Why a session of a guest ends, with the close code of its WebSocket (RFC 6455 section 7.4.2: 4000 to 4999 are private).
 * PROTOCOL 12.31 says what each means.
 */
export const guestEndCodes = {
  'version-unknown': 4001,
  'secret-wrong': 4002,
  'link-required': 4003,
  'handshake-failed': 4004,
  'gateway-key-wrong': 4005,
  'want-unknown': 4006,
  'not-genuine': 4007,
  'too-long': 4008,
  malformed: 4009,
  'not-admitted': 4010,
  'switched-off': 4011,
  full: 4012,
  busy: 4013,
  removed: 4014,
  barred: 4015,
  left: 4016,
  'chat-closed': 4017,
  'not-let-in': 4018,
} as const;

export type SessionEnd = keyof typeof guestEndCodes;

/** What ends a session without a fault of the other side: the host, the guest or a limit decides. */
export type DeskDecision =
  'switched-off' | 'full' | 'busy' | 'removed' | 'barred' | 'left' | 'chat-closed' | 'not-let-in';

/** Undefined for a code that a later version may have, and for those of WebSocket itself. */
export function guestEndOf(code: number): SessionEnd | undefined {
  for (const [reason, ownCode] of Object.entries(guestEndCodes))
    if (ownCode === code) return reason as SessionEnd;
  return undefined;
}
