import { beforeEach, describe, expect, it } from 'vitest';
import type { NameEntry } from '../../../shared/bridge/administration.ts';
import { defaultQuotas, type Quotas } from '../../../shared/quotas.ts';
import type { Answer, Command } from '../../../shared/bridge/commands.ts';
import { done, doneWith, refused } from '../../../shared/command-result.ts';
import { namesToldMax } from '../../../shared/limits.ts';
import { ScriptedGateway } from '../frontend/scripted-gateway.ts';
import { helpLines } from '../prompt/prompt-command.ts';
import { serverCommands } from './server-commands.ts';
import { ServerConsole } from './server-console.ts';

/** A server of a few names, which answers as a gateway with a server does. */
class SampleServer {
  entries: NameEntry[] = [
    { nickname: 'alice', online: true, waiting: 0 },
    { nickname: 'bob\u001B[2J', online: false, waiting: 2 },
  ];
  limits: Quotas = defaultQuotas;

  answer(command: Command): Answer | undefined {
    switch (command.type) {
      case 'names': {
        const matching = this.entries.filter(({ nickname }) => nickname.includes(command.part));
        return doneWith({ names: matching.slice(0, namesToldMax), matching: matching.length });
      }
      case 'release-name': {
        const before = this.entries.length;
        this.entries = this.entries.filter((entry) => entry.nickname !== command.nickname);
        return this.entries.length < before ? done : refused('unknown-name');
      }
      case 'quotas':
        return doneWith({ quotas: this.limits });
      case 'set-quotas':
        this.limits = command.quotas;
        return done;
      default:
        return undefined;
    }
  }
}

let sampleServer: SampleServer | null;
let answer: (line: string) => Promise<readonly string[]>;
beforeEach(() => {
  sampleServer = new SampleServer();
  let commands = 0;
  const gateway = new ScriptedGateway();
  gateway.answer = (command) =>
    sampleServer === null ? refused('not-hosting') : sampleServer.answer(command);
  const server = new ServerConsole(gateway, () => `command-${++commands}`);
  answer = (line) => server.answer(line);
});

describe('ServerConsole', () => {
  it('lists the names, harmless for the terminal', async () => {
    expect(await answer('names')).toEqual(['alice: online', 'bob␛[2J: offline, 2 messages waiting']);
    expect(await answer('names li')).toEqual(['alice: online']);
    expect(await answer('names zoe')).toEqual(['No nickname contains zoe.']);
    sampleServer!.entries = [];
    expect(await answer('names')).toEqual(['No one has registered yet.']);
  });

  it('lists the first of many names and says how to find the others', async () => {
    sampleServer!.entries = Array.from({ length: 205 }, (_, index) => ({
      nickname: `person${index}`,
      online: false,
      waiting: 0,
    }));
    const lines = await answer('names');
    expect(lines).toHaveLength(201);
    expect(lines.at(-1)).toBe('and 5 more. Type names <part> to list the nicknames that contain <part>.');
  });

  it('releases a nickname and refuses an unknown one', async () => {
    expect((await answer('  release alice '))[0]).toMatch(/^alice is free\./);
    expect(await answer('release alice')).toEqual(['No user has this nickname. Check the spelling.']);
    expect(await answer('release')).toEqual(['Type release <nick>.']);
  });

  it('shows the quotas, sets the named ones, and refuses wrong ones', async () => {
    const before = await answer('quota');
    expect(before).toEqual(['quota mailbox=10000,mailbox-mib=64,sender=2000,sender-mib=12,days=30']);
    expect(await answer('quota days=7,sender=50')).toEqual([
      'quota mailbox=10000,mailbox-mib=64,sender=50,sender-mib=12,days=7',
    ]);
    expect(sampleServer!.limits).toMatchObject({ senderMessagesMax: 50, ageMsMax: 7 * 86_400_000 });
    expect((await answer('quota days=0'))[0]).toContain('from 1 to 36500');
    expect(sampleServer!.limits.ageMsMax).toBe(7 * 86_400_000);
  });

  it('prints its help for an unknown word and nothing for an empty line', async () => {
    expect(await answer('help')).toEqual(helpLines(serverCommands));
    expect(await answer('')).toEqual([]);
  });

  it('says when no server runs in this gateway', async () => {
    sampleServer = null;
    for (const line of ['names', 'release bob', 'quota', 'quota days=7'])
      expect(await answer(line)).toEqual(['No server runs in this gateway. Host a chat first.']);
  });
});
