/**
 * The codes with which clients and servers explain what they refuse. A reader does not decide by the code: a message with
 * `retryAfterMs` says when another attempt can help, and one without it says that none can (PROTOCOL 6.17).
 */

interface CodeRow {
  readonly saidBy: 'server' | 'client' | 'both';
  /** The messages in which it stands. A server repeats the code of a `deliver-reject` in `bounces`. */
  readonly in: readonly ('register-rejected' | 'reject' | 'deliver-reject' | 'bounces' | 'error')[];
  /** When it is said. */
  readonly when: string;
  /** After which time another attempt can help; null if none can, or where the message says so otherwise. */
  readonly retryAfterMs: number | null;
}

/** What passes when a mailbox is read, or a disk is emptied. */
const soonMs = 30_000;

export const codes = {
  'nickname-empty': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The nickname has no character.',
    retryAfterMs: null,
  },
  'nickname-too-long': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The nickname has more than 32 code points.',
    retryAfterMs: null,
  },
  'nickname-not-allowed': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The nickname has a space or a character that 6.69 does not allow, or begins with #.',
    retryAfterMs: null,
  },
  'nickname-taken': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The nickname belongs to another key. `suggestion` is a free one.',
    retryAfterMs: null,
  },
  'nickname-look-alike': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The nickname looks like one that belongs to another key (6.97). `suggestion` is a free one.',
    retryAfterMs: null,
  },
  displaced: {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'Another gateway with this key is registered, and this registration was not asked for by the user.',
    retryAfterMs: null,
  },
  'name-released': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The operator released the nickname of this registration.',
    retryAfterMs: null,
  },
  banned: {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The operator has banned the key of the client, or its address.',
    retryAfterMs: null,
  },
  'join-code-required': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The server requires a join code of new keys, and `register` has no `joinProof`.',
    retryAfterMs: null,
  },
  'join-code-wrong': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The `joinProof` is not by the join code of the server.',
    retryAfterMs: null,
  },
  'too-many-tries': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'There were too many wrong join codes from this address.',
    retryAfterMs: null,
  },
  'signing-key-invalid': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The signing key does not belong to the key of the connection.',
    retryAfterMs: null,
  },
  'guest-statement-invalid': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The `guestOf` is not signed by both for this server, or the key has a row that says otherwise, or the host is a guest itself, or the guest a host.',
    retryAfterMs: null,
  },
  'guest-host-unknown': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The host of the guest is not in the client table. A server that lost its table knows the host again later.',
    retryAfterMs: soonMs,
  },
  'guests-full': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'The host has as many guests at this server as one may have, and all of them are online.',
    retryAfterMs: null,
  },
  'server-full': {
    saidBy: 'server',
    in: ['register-rejected'],
    when: 'All names are in use by clients that are online.',
    retryAfterMs: null,
  },
  /** In `register-rejected` with the time until the next name from this address is taken. */
  'too-often': {
    saidBy: 'server',
    in: ['register-rejected', 'error'],
    when: 'There were too many new names from this address, or too many questions of this client.',
    retryAfterMs: 1_000,
  },
  'unknown-recipient': {
    saidBy: 'server',
    in: ['reject'],
    when: 'The recipient is not in the client table. A server that lost its table knows the recipient again later.',
    retryAfterMs: soonMs,
  },
  'mailbox-full': {
    saidBy: 'server',
    in: ['reject', 'bounces'],
    when: 'The mailbox of the recipient is full, or the share of the sender in it.',
    retryAfterMs: soonMs,
  },
  'sender-quota-full': {
    saidBy: 'server',
    in: ['reject'],
    when: 'Too much of this sender waits on the server.',
    retryAfterMs: soonMs,
  },
  'server-disk-full': {
    saidBy: 'server',
    in: ['reject'],
    when: 'The disk of the server is full.',
    retryAfterMs: soonMs,
  },
  'message-expired': {
    saidBy: 'server',
    in: ['bounces'],
    when: 'The envelope waited for too long.',
    retryAfterMs: null,
  },
  'not-registered': {
    saidBy: 'server',
    in: ['error'],
    when: 'The client is not registered on this connection.',
    retryAfterMs: soonMs,
  },
  'not-accepted': {
    saidBy: 'client',
    in: ['reject', 'deliver-reject', 'bounces'],
    when: 'The recipient takes no more until its user answers or allows the sender (6.93).',
    retryAfterMs: 60_000,
  },
  'wrong-key': {
    saidBy: 'client',
    in: ['deliver-reject', 'bounces'],
    when: 'The envelope is for another key, or cannot be opened. Only a new key makes success likely.',
    retryAfterMs: 300_000,
  },
  'unknown-mail-key': {
    saidBy: 'both',
    in: ['reject', 'deliver-reject', 'bounces'],
    when: 'A client: it does not have the mail key of the envelope. A server: another installation of the recipient registered last, or it took the place of this one 7 days ago.',
    retryAfterMs: 1_000,
  },
  'message-id-used': {
    saidBy: 'client',
    in: ['reject', 'deliver-reject', 'bounces'],
    when: 'The recipient has a message of another author with this id, or took the message unopened (6.91).',
    retryAfterMs: null,
  },
  'unknown-format': {
    saidBy: 'client',
    in: ['deliver-reject', 'bounces'],
    when: 'The envelope has a format that the recipient does not know.',
    retryAfterMs: null,
  },
  'unknown-content': {
    saidBy: 'client',
    in: ['reject', 'deliver-reject', 'bounces'],
    when: 'The content is of a kind that the recipient does not know, and has no fallback.',
    retryAfterMs: null,
  },
  'unknown-kind': {
    saidBy: 'both',
    in: ['error', 'deliver-reject', 'bounces'],
    when: 'The reader does not know this kind of message, or this type of envelope.',
    retryAfterMs: null,
  },
  malformed: {
    saidBy: 'both',
    in: ['error', 'reject', 'deliver-reject', 'bounces'],
    when: 'The message, or the content of an envelope, breaks its schema.',
    retryAfterMs: null,
  },
} as const satisfies Record<string, CodeRow>;

export type ProtocolCode = keyof typeof codes;

/** A code with what its reader follows. */
export interface Rejection {
  readonly code: string;
  /** After which time another attempt can help. Absent: none can. */
  readonly retryAfterMs?: number | undefined;
}

/** Returns the code with its advice, as fields of a message. */
export function rejectionOf(code: ProtocolCode): { readonly code: ProtocolCode; retryAfterMs?: number } {
  const { retryAfterMs } = codes[code];
  return retryAfterMs === null ? { code } : { code, retryAfterMs };
}

/** No advice makes a reader try again more often, or wait longer. */
const retryMsMin = 1_000;
const retryMsMax = 24 * 60 * 60 * 1_000;

/** Returns how long the reader of a rejection waits before the next attempt; undefined for no other attempt. */
export function waitMsAfter({ retryAfterMs }: Rejection): number | undefined {
  return retryAfterMs === undefined ? undefined : Math.min(Math.max(retryAfterMs, retryMsMin), retryMsMax);
}
