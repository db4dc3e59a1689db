import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultQuotas, formatQuotas, parseQuotas } from './quotas.ts';

describe('quotas', () => {
  it('are read from a text, and a quota that it does not name stays as it was', () => {
    expect(parseQuotas('mailbox=5, sender-mib=2,days=1', defaultQuotas)).toEqual({
      quotas: {
        ...defaultQuotas,
        mailboxMessagesMax: 5,
        senderBytesMax: 2 * 1024 * 1024,
        ageMsMax: 86_400_000,
      },
    });
  });

  it('are formatted as the text that they are read from', () => {
    const amount = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(fc.array(amount, { minLength: 9, maxLength: 9 }), (amounts) => {
        const names = [
          'mailbox',
          'mailbox-mib',
          'sender',
          'sender-mib',
          'days',
          'rooms',
          'room-mib',
          'room-members',
          'rooms-mib',
        ];
        const text = names.map((name, index) => `${name}=${amounts[index]}`).join(',');
        const parsed = parseQuotas(text, defaultQuotas);
        if ('error' in parsed) throw new Error(parsed.error);
        expect(formatQuotas(parsed.quotas)).toBe(text);
      }),
    );
  });

  it.each([
    [
      '',
      '"" is not one of mailbox, mailbox-mib, sender, sender-mib, days, rooms, room-mib, room-members, rooms-mib',
    ],
    ['rooms=10001', 'rooms is the number of rooms, from 1 to 10000'],
    ['toString=1', '"toString" is not one of'],
    ['days', 'days is the days that a message may wait'],
    ['days=0', 'from 1 to 36500'],
    ['days=-1', 'not "-1"'],
    ['days=1.5', 'not "1.5"'],
    ['sender=1000001', 'from 1 to 1000000'],
    ['days=1,days=2', 'days was given twice'],
  ])('are refused with a reason for "%s"', (text, error) => {
    expect(parseQuotas(text, defaultQuotas)).toEqual({ error: expect.stringContaining(error) as unknown });
  });

  it('do not let one sender fill a mailbox by default', () => {
    expect(defaultQuotas.senderMessagesMax * 4).toBeLessThan(defaultQuotas.mailboxMessagesMax);
    expect(defaultQuotas.senderBytesMax * 4).toBeLessThan(defaultQuotas.mailboxBytesMax);
  });
});
