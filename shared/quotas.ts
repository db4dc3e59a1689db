import { mailQuotaDaysMax, mailQuotaMebibytesMax, mailQuotaMessagesMax } from './limits.ts';

/** How much waiting mail a server keeps, and for how long. Set by whoever runs it. */
export interface Quotas {
  /** For one recipient. Past it, the sender is told `mailbox-full`. */
  readonly mailboxMessagesMax: number;
  readonly mailboxBytesMax: number;
  /** Of one sender, for everybody together. Past it, the sender is told `sender-quota-full`. */
  readonly senderMessagesMax: number;
  readonly senderBytesMax: number;
  /** In milliseconds during which the server ran. What waits for longer is removed, and its sender told. */
  readonly ageMsMax: number;
}

export const quotaMebibyte = 1024 * 1024;
export const quotaDayMs = 86_400_000;

/** One sender alone cannot fill a mailbox: it takes five. */
export const defaultQuotas: Quotas = {
  mailboxMessagesMax: 10_000,
  mailboxBytesMax: 64 * quotaMebibyte,
  senderMessagesMax: 2_000,
  senderBytesMax: 12 * quotaMebibyte,
  ageMsMax: 30 * quotaDayMs,
};

export type ParsedQuotas = { readonly quotas: Quotas } | { readonly error: string };

/** Reads `mailbox=10000,mailbox-mib=64,sender=2000,sender-mib=12,days=30`; whatever is not said is as in `base`. */
export function parseQuotas(text: string, base: Quotas): ParsedQuotas {
  let quotas = base;
  const seen = new Set<string>();
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=', 2).map((piece) => piece.trim());
    if (!isName(name)) return { error: `"${name}" is none of ${Object.keys(settings).join(', ')}` };
    if (seen.has(name)) return { error: `${name} is said twice` };
    seen.add(name);
    const { field, unit, most, what } = settings[name];
    const amount = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    if (amount < 1 || amount > most) {
      return { error: `${name} is ${what}, from 1 to ${most}, as in ${name}=7, not "${value}"` };
    }
    quotas = { ...quotas, [field]: amount * unit };
  }
  return { quotas };
}

/** The text that `parseQuotas` reads back to equal ones. */
export function formatQuotas(quotas: Quotas): string {
  return Object.entries(settings)
    .map(([name, { field, unit }]) => `${name}=${quotas[field] / unit}`)
    .join(',');
}

interface Setting {
  readonly field: keyof Quotas;
  readonly unit: number;
  readonly most: number;
  readonly what: string;
}

const settings = {
  mailbox: {
    ...{ field: 'mailboxMessagesMax', unit: 1, most: mailQuotaMessagesMax },
    what: 'the number of messages that may wait for one person',
  },
  'mailbox-mib': {
    ...{ field: 'mailboxBytesMax', unit: quotaMebibyte, most: mailQuotaMebibytesMax },
    what: 'the MiB that may wait for one person',
  },
  sender: {
    ...{ field: 'senderMessagesMax', unit: 1, most: mailQuotaMessagesMax },
    what: 'the number of messages of one person that may wait',
  },
  'sender-mib': {
    ...{ field: 'senderBytesMax', unit: quotaMebibyte, most: mailQuotaMebibytesMax },
    what: 'the MiB of one person that may wait',
  },
  days: {
    ...{ field: 'ageMsMax', unit: quotaDayMs, most: mailQuotaDaysMax },
    what: 'the days that a message may wait while the server runs',
  },
} as const satisfies Record<string, Setting>;

function isName(name: string): name is keyof typeof settings {
  return Object.hasOwn(settings, name);
}
