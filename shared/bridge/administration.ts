import Type, { type Static } from 'typebox';
import { mailQuotaDaysMax, mailQuotaMebibytesMax, mailQuotaMessagesMax } from '../limits.ts';
import { quotaDayMs, quotaMebibyte, type Quotas } from '../quotas.ts';

/** What the operator of a server sees and sets. */

/** In whole messages, MiB and days. */
export const QuotasSchema = Type.Unsafe<Quotas>(
  Type.Object({
    mailboxMessagesMax: wholeNumber(1, mailQuotaMessagesMax),
    mailboxBytesMax: wholeNumber(quotaMebibyte, mailQuotaMebibytesMax),
    senderMessagesMax: wholeNumber(1, mailQuotaMessagesMax),
    senderBytesMax: wholeNumber(quotaMebibyte, mailQuotaMebibytesMax),
    ageMsMax: wholeNumber(quotaDayMs, mailQuotaDaysMax),
  }),
);

/** A registered nickname at the server. */
const NameEntrySchema = Type.Object({
  nickname: Type.String(),
  online: Type.Boolean(),
  /** Messages that wait for this person. */
  waiting: Type.Integer({ minimum: 0 }),
});
export type NameEntry = Static<typeof NameEntrySchema>;

/** The first matching names, in order, and the number of all matching names. */
export const NamesResultSchema = Type.Object({
  names: Type.Array(NameEntrySchema),
  matching: Type.Integer({ minimum: 0 }),
});
export type NamesResult = Static<typeof NamesResultSchema>;

export const QuotasResultSchema = Type.Object({ quotas: QuotasSchema });

function wholeNumber(unit: number, most: number) {
  return Type.Integer({ minimum: unit, maximum: most * unit, multipleOf: unit });
}
