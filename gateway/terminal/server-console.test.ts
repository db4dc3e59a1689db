import { beforeEach, describe, expect, it } from 'vitest';
import { defaultQuotas, type Quotas } from '../../shared/quotas.ts';
import type { NameEntry, ServerOperator } from '../control/operator.ts';
import { answerOperator, operatorHelp } from './server-console.ts';

class PlainOperator implements ServerOperator {
  entries: NameEntry[] = [
    { nickname: 'alice', online: true, waiting: 0 },
    { nickname: 'bob\u001B[2J', online: false, waiting: 2 },
  ];
  limits: Quotas = defaultQuotas;

  names(): readonly NameEntry[] {
    return this.entries;
  }

  release(nickname: string): boolean {
    const before = this.entries.length;
    this.entries = this.entries.filter((entry) => entry.nickname !== nickname);
    return this.entries.length < before;
  }

  quotas(): Quotas {
    return this.limits;
  }

  setQuotas(quotas: Quotas): void {
    this.limits = quotas;
  }
}

let operator: PlainOperator;
beforeEach(() => {
  operator = new PlainOperator();
});

describe('the console of a server', () => {
  it('shows the names, harmless for a terminal', () => {
    expect(answerOperator('names', operator)).toEqual([
      'alice: online',
      'bob␛[2J: offline, 2 messages waiting',
    ]);
    operator.entries = [];
    expect(answerOperator('names', operator)).toEqual(['Nobody has registered yet.']);
  });

  it('releases a nickname, and says when nobody has it', () => {
    expect(answerOperator('  release alice ', operator)[0]).toMatch(/^alice is free\./);
    expect(answerOperator('release alice', operator)).toEqual(['Nobody has that nickname here.']);
    expect(answerOperator('release', operator)).toEqual(['Write whose nickname: release <nick>.']);
  });

  it('shows the quotas, sets those that are named, and says what is wrong with others', () => {
    const before = answerOperator('quota', operator);
    expect(before).toEqual(['quota mailbox=10000,mailbox-mib=64,sender=2000,sender-mib=12,days=30']);
    expect(answerOperator('quota days=7,sender=50', operator)).toEqual([
      'quota mailbox=10000,mailbox-mib=64,sender=50,sender-mib=12,days=7',
    ]);
    expect(operator.limits).toMatchObject({ senderMessagesMax: 50, ageMsMax: 7 * 86_400_000 });
    expect(answerOperator('quota days=0', operator)[0]).toContain('from 1 to 36500');
    expect(operator.limits.ageMsMax).toBe(7 * 86_400_000);
  });

  it('lists its commands for any other word, and stays quiet for none', () => {
    expect(answerOperator('help', operator)).toEqual(operatorHelp);
    expect(answerOperator('', operator)).toEqual([]);
  });

  it('says that the disk refuses, and passes a fault on', () => {
    operator.setQuotas = () => {
      throw Object.assign(new Error('no room'), { code: 'disk-refused' });
    };
    expect(answerOperator('quota days=7', operator)[0]).toContain('The disk refuses');
    operator.setQuotas = () => {
      throw new Error('a bug');
    };
    expect(() => answerOperator('quota days=7', operator)).toThrow('a bug');
  });
});
