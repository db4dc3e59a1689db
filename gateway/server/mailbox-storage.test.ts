import { describe, expect, it } from 'vitest';
import { correspondentsMax } from '../../shared/limits.ts';
import { defaultQuotas } from '../../shared/quotas.ts';
import { sampleId, sampleKey, sampleMailKeyId } from '../store/sample.ts';
import { openServerStore } from '../store/sqlite/server/server-store.ts';
import { MailboxStorage } from './mailbox-storage.ts';

describe('MailboxStorage', () => {
  it('PROTOCOL 6.24: knows as many senders of a mailbox in memory as on the disk, the newest ones', () => {
    const store = openServerStore();
    const owner = sampleKey(1_000);
    const mailFrom = (number: number) => ({
      head: {
        format: 1,
        from: sampleKey(number),
        to: owner,
        type: 'text',
        id: sampleId(number),
        keyId: sampleMailKeyId(1),
      },
      sealed: new Uint8Array(10),
    });
    store.begin();
    store.facts.set({ quotas: { ...defaultQuotas, mailboxMessagesMax: 2 } });
    const storage = new MailboxStorage(store);
    storage.put(mailFrom(2_000));
    expect(storage.admission(mailFrom(1))).toEqual({ type: 'refused', code: 'mailbox-full' });
    for (let number = 1; number <= correspondentsMax + 1; number++)
      storage.addCorrespondent(owner, sampleKey(number));
    expect(storage.admission(mailFrom(1))).toEqual({ type: 'refused', code: 'mailbox-full' });
    expect(storage.admission(mailFrom(2))).toEqual({ type: 'fits' });
    expect(new MailboxStorage(store).admission(mailFrom(1)).type).toBe('refused');
    store.commit();
    store.close();
  });
});
