import {
  mailQuotaDaysMax,
  mailQuotaMebibytesMax,
  mailQuotaMessagesMax,
  roomMembersMax,
  roomsQuotaMax,
} from '../../../shared/limits.ts';
import { quotaDayMs, quotaMebibyte, type Quotas } from '../../../shared/quotas.ts';

/** Quotas as the operator types them: in messages, MiB, days and rooms. */
export type QuotaForm = Readonly<Record<QuotaField, string>>;
export type QuotaField = keyof Quotas;

interface Unit {
  readonly unit: number;
  /** In units. The minimum is 1. */
  readonly most: number;
}

/** In display order. */
export const quotaFields: Readonly<Record<QuotaField, Unit>> = {
  mailboxMessagesMax: { unit: 1, most: mailQuotaMessagesMax },
  mailboxBytesMax: { unit: quotaMebibyte, most: mailQuotaMebibytesMax },
  senderMessagesMax: { unit: 1, most: mailQuotaMessagesMax },
  senderBytesMax: { unit: quotaMebibyte, most: mailQuotaMebibytesMax },
  ageMsMax: { unit: quotaDayMs, most: mailQuotaDaysMax },
  roomsMax: { unit: 1, most: roomsQuotaMax },
  roomBytesMax: { unit: quotaMebibyte, most: mailQuotaMebibytesMax },
  roomMembersMax: { unit: 1, most: roomMembersMax },
  roomsBytesMax: { unit: quotaMebibyte, most: mailQuotaMebibytesMax },
};

export const quotaFieldNames = Object.keys(quotaFields) as readonly QuotaField[];

export function quotaFormOf(quotas: Quotas): QuotaForm {
  return mapFields((field) => String(quotas[field] / quotaFields[field].unit));
}

/** Returns the typed quotas, or the fields that hold no whole number within the bounds. */
export function quotasOf(form: QuotaForm): Quotas | { readonly wrong: readonly QuotaField[] } {
  const wrong = quotaFieldNames.filter((field) => amountOf(form, field) === undefined);
  if (wrong.length > 0) return { wrong };
  return mapFields((field) => (amountOf(form, field) ?? 1) * quotaFields[field].unit);
}

function amountOf(form: QuotaForm, field: QuotaField): number | undefined {
  const text = form[field].trim();
  const amount = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return amount >= 1 && amount <= quotaFields[field].most ? amount : undefined;
}

function mapFields<Value>(valueOf: (field: QuotaField) => Value): Record<QuotaField, Value> {
  return Object.fromEntries(quotaFieldNames.map((field) => [field, valueOf(field)])) as Record<
    QuotaField,
    Value
  >;
}
