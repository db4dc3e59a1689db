import { beforeEach, describe, expect, it } from 'vitest';
import type { NameEntry, NamesResult } from '../../../shared/bridge/administration.ts';
import { defaultQuotas, type Quotas } from '../../../shared/quotas.ts';
import { executeOnServer } from '../../control/execute-command.ts';
import { refused } from '../../../shared/command-result.ts';
import { isExecutedAs } from '../../../shared/bridge/commands.ts';
import type { ServerAdmin } from '../../control/operator.ts';
import { ScriptedGateway } from '../frontend/scripted-gateway.ts';
import { serverConsoleHelp, ServerConsole } from './server-console.ts';

class PlainOperator implements ServerAdmin {
  entries: NameEntry[] = [
    { nickname: 'alice', online: true, waiting: 0 },
    { nickname: 'bob\u001B[2J', online: false, waiting: 2 },
  ];
  limits: Quotas = defaultQuotas;

  names(part: string, limit: number): NamesResult {
    const matching = this.entries.filter(({ nickname }) => nickname.includes(part));
    return { names: matching.slice(0, limit), matching: matching.length };
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

let operator: PlainOperator | null;
let answer: (line: string) => Promise<readonly string[]>;
beforeEach(() => {
  operator = new PlainOperator();
  let commands = 0;
  const gateway = new ScriptedGateway();
  gateway.answer = (command) => {
    if (operator === null) return refused('not-hosting');
    return isExecutedAs(command, 'server-query') || isExecutedAs(command, 'server-change')
      ? executeOnServer(command.type, operator, command)
      : undefined;
  };
  const server = new ServerConsole(gateway, () => `command-${++commands}`);
  answer = (line) => server.answer(line);
});

describe('the console of a server', () => {
  it('shows the names, harmless for a terminal', async () => {
    expect(await answer('names')).toEqual(['alice: online', 'bob␛[2J: offline, 2 messages waiting']);
    expect(await answer('names li')).toEqual(['alice: online']);
    expect(await answer('names zoe')).toEqual(['Nobody here is called zoe.']);
    operator!.entries = [];
    expect(await answer('names')).toEqual(['Nobody has registered yet.']);
  });

  it('shows the first of many, and how to find the others', async () => {
    operator!.entries = Array.from({ length: 205 }, (_, index) => ({
      ...{ nickname: `person${index}`, online: false, waiting: 0 },
    }));
    const lines = await answer('names');
    expect(lines).toHaveLength(201);
    expect(lines.at(-1)).toBe('and 5 more: names <part> finds those with that in their nickname.');
  });

  it('releases a nickname, and says when nobody has it', async () => {
    expect((await answer('  release alice '))[0]).toMatch(/^alice is free\./);
    expect(await answer('release alice')).toEqual(['Nobody has that nickname here.']);
    expect(await answer('release')).toEqual(['Write whose nickname: release <nick>.']);
  });

  it('shows the quotas, sets those that are named, and says what is wrong with others', async () => {
    const before = await answer('quota');
    expect(before).toEqual(['quota mailbox=10000,mailbox-mib=64,sender=2000,sender-mib=12,days=30']);
    expect(await answer('quota days=7,sender=50')).toEqual([
      'quota mailbox=10000,mailbox-mib=64,sender=50,sender-mib=12,days=7',
    ]);
    expect(operator!.limits).toMatchObject({ senderMessagesMax: 50, ageMsMax: 7 * 86_400_000 });
    expect((await answer('quota days=0'))[0]).toContain('from 1 to 36500');
    expect(operator!.limits.ageMsMax).toBe(7 * 86_400_000);
  });

  it('lists its commands for any other word, and stays quiet for none', async () => {
    expect(await answer('help')).toEqual(serverConsoleHelp);
    expect(await answer('')).toEqual([]);
  });

  it('says so where no server runs', async () => {
    operator = null;
    for (const line of ['names', 'release bob', 'quota', 'quota days=7'])
      expect(await answer(line)).toEqual(['No server runs in this gateway.']);
  });
});
