import { describe, expect, it } from 'vitest';
import { defaultQuotas } from '../../../shared/quotas.ts';
import { quotaFormOf, quotasOf } from './quota-form.ts';

const form = quotaFormOf(defaultQuotas);

describe('the form for quotas', () => {
  it('shows messages, MiB, days and rooms, and gives back the same quotas', () => {
    expect(Object.values(form)).toEqual(['10000', '64', '2000', '12', '30', '1000', '256', '1000', '4096']);
    expect(quotasOf(form)).toEqual(defaultQuotas);
    expect(quotasOf({ ...form, ageMsMax: ' 7 ' })).toEqual({ ...defaultQuotas, ageMsMax: 7 * 86_400_000 });
  });

  it('marks the fields that hold no whole number within the bounds', () => {
    for (const typed of ['', '0', '-1', '1.5', 'ten', '36501', '1e3'])
      expect(quotasOf({ ...form, ageMsMax: typed }), typed).toEqual({ wrong: ['ageMsMax'] });
    expect(quotasOf({ ...form, mailboxBytesMax: '65537', senderMessagesMax: '0' })).toEqual({
      wrong: ['mailboxBytesMax', 'senderMessagesMax'],
    });
  });
});
