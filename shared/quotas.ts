import {
  mailQuotaDaysMax,
  mailQuotaMebibytesMax,
  mailQuotaMessagesMax,
  roomBytesMax,
  roomMembersMax,
  roomsMax,
  roomsMebibytesMax,
  roomsQuotaMax,
} from './limits.ts';

/** How much waiting mail and how many rooms a server keeps. The operator sets it. */
export interface Quotas {
  /** For one recipient. Past it, the server refuses with `mailbox-full`. */
  readonly mailboxMessagesMax: number;
  readonly mailboxBytesMax: number;
  /** From one sender to all recipients together. Past it, the server refuses with `sender-quota-full`. */
  readonly senderMessagesMax: number;
  readonly senderBytesMax: number;
  /** In milliseconds of the server's running time. The server removes older messages, and their senders get a bounce. */
  readonly ageMsMax: number;
  /** Rooms that are not closed. Past it, the server refuses with `too-many-rooms`. */
  readonly roomsMax: number;
  /** Of one room. Past it, the server cuts off the oldest entries. */
  readonly roomBytesMax: number;
  /** Of one room. Past it, the server refuses with `room-full`. */
  readonly roomMembersMax: number;
  /**
   * Of all rooms together. Past it, the server refuses with `room-quota-full` what is for rooms of keys that use more than an equal share,
   * and cuts off the oldest entries of the largest room of the key that uses most.
   */
  readonly roomsBytesMax: number;
}

export const quotaMebibyte = 1024 * 1024;
export const quotaDayMs = 86_400_000;

/** One sender alone cannot fill a mailbox: five senders can. */
export const defaultQuotas: Quotas = {
  mailboxMessagesMax: 10_000,
  mailboxBytesMax: 64 * quotaMebibyte,
  senderMessagesMax: 2_000,
  senderBytesMax: 12 * quotaMebibyte,
  ageMsMax: 30 * quotaDayMs,
  roomsMax,
  roomBytesMax,
  roomMembersMax,
  roomsBytesMax: roomsMebibytesMax * quotaMebibyte,
};

export type ParsedQuotas = { readonly quotas: Quotas } | { readonly error: string };

/** Reads `mailbox=10000,mailbox-mib=64,sender=2000,sender-mib=12,days=30`. A quota that is not named is as in `base`. */
export function parseQuotas(text: string, base: Quotas): ParsedQuotas {
  let quotas = base;
  const seen = new Set<string>();
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=', 2).map((piece) => piece.trim());
    if (!isName(name)) return { error: `"${name}" is not one of ${Object.keys(rows).join(', ')}` };
    if (seen.has(name)) return { error: `${name} was given twice` };
    seen.add(name);
    const { field, unit, most, what } = rows[name];
    const amount = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    if (amount < 1 || amount > most) {
      return { error: `${name} is ${what}, from 1 to ${most}, as in ${name}=7, not "${value}"` };
    }
    quotas = { ...quotas, [field]: amount * unit };
  }
  return { quotas };
}

/** Returns the text that `parseQuotas` reads back to equal quotas. */
export function formatQuotas(quotas: Quotas): string {
  return Object.entries(rows)
    .map(([name, { field, unit }]) => `${name}=${quotas[field] / unit}`)
    .join(',');
}

interface QuotaRow {
  readonly field: keyof Quotas;
  readonly unit: number;
  readonly most: number;
  readonly what: string;
}

const rows = {
  mailbox: {
    field: 'mailboxMessagesMax',
    unit: 1,
    most: mailQuotaMessagesMax,
    what: 'the number of messages that may wait for one person',
  },
  'mailbox-mib': {
    field: 'mailboxBytesMax',
    unit: quotaMebibyte,
    most: mailQuotaMebibytesMax,
    what: 'the MiB of messages that may wait for one person',
  },
  sender: {
    field: 'senderMessagesMax',
    unit: 1,
    most: mailQuotaMessagesMax,
    what: 'the number of messages from one person that may wait',
  },
  'sender-mib': {
    field: 'senderBytesMax',
    unit: quotaMebibyte,
    most: mailQuotaMebibytesMax,
    what: 'the MiB of messages from one person that may wait',
  },
  days: {
    field: 'ageMsMax',
    unit: quotaDayMs,
    most: mailQuotaDaysMax,
    what: 'the days that a message may wait while the server runs',
  },
  rooms: {
    field: 'roomsMax',
    unit: 1,
    most: roomsQuotaMax,
    what: 'the number of rooms',
  },
  'room-mib': {
    field: 'roomBytesMax',
    unit: quotaMebibyte,
    most: mailQuotaMebibytesMax,
    what: 'the MiB of one room',
  },
  'room-members': {
    field: 'roomMembersMax',
    unit: 1,
    most: roomMembersMax,
    what: 'the number of members of one room',
  },
  'rooms-mib': {
    field: 'roomsBytesMax',
    unit: quotaMebibyte,
    most: mailQuotaMebibytesMax,
    what: 'the MiB of all rooms together',
  },
} as const satisfies Record<string, QuotaRow>;

function isName(name: string): name is keyof typeof rows {
  return Object.hasOwn(rows, name);
}
