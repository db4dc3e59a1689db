import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../../shared/bridge/commands.ts';
import { doneWith, refused } from '../../../shared/command-result.ts';
import { temporaryFolder } from '../../system-tests/temporary-folder.ts';
import {
  alice,
  bob,
  emptySnapshot,
  incoming,
  lab,
  messageId,
  onlineAsAlice,
  threeContacts,
  withBob,
} from '../frontend/scripted-gateway.ts';
import { runLines } from './prompt-under-test.ts';
import type { ScriptedGateway } from '../frontend/scripted-gateway.ts';

const state = { ...emptySnapshot, session: onlineAsAlice, contacts: threeContacts, rooms: [lab] };

describe('the command search', () => {
  const pages = [
    {
      messages: [incoming(bob, 3, 'a boat'), { ...incoming(alice, 2, 'my boat'), conversation: withBob }],
      next: 7,
    },
    { messages: [], next: 4 },
    { messages: [{ ...incoming(bob, 1, 'boats\u001b[2J'), conversation: lab.conversation }], next: null },
  ];
  const answers = () => {
    const left = [...pages];
    return (command: Command) => {
      if (command.type !== 'search') return undefined;
      return doneWith(left.shift() ?? { messages: [], next: null });
    };
  };

  it('prints the results with the latest one last, and asks until it has enough or all was searched', async () => {
    const { printed, commands } = await runLines(state, 'search boat in:bob', answers());
    const asked = commands.filter(({ type }) => type === 'search');
    expect(asked).toMatchObject([
      { text: 'boat in:bob', before: null, limit: 15 },
      { before: 7, limit: 13 },
      { before: 4, limit: 13 },
    ]);
    expect(printed.slice(-3).map((line) => line.replace(/^\[[^\]]*\] /u, ''))).toEqual([
      expect.stringMatching(/^#lab bob: boats(?!\p{Cc})/u),
      'alice to bob: my boat',
      'bob: a boat',
    ]);
  });

  it('gives results a number that other commands understand', async () => {
    const { commands } = await runLines(state, 'numbers on\nsearch boat\nreact 3 👍', answers());
    expect(commands).toContainEqual(
      expect.objectContaining({ type: 'react', of: messageId(3), conversation: withBob, emoji: '👍' }),
    );
  });

  it('alone prints the next results, and says when all were printed', async () => {
    const page = {
      messages: Array.from({ length: 15 }, (_, index) => incoming(bob, 20 + index, `n${index}`)),
      next: 9,
    };
    const left = [page, { messages: [incoming(bob, 1, 'last one')], next: null }];
    const { printed, commands } = await runLines(state, 'search\nsearch n\nsearch\nsearch', (command) =>
      command.type === 'search' ? doneWith(left.shift() ?? { messages: [], next: null }) : undefined,
    );
    expect(commands.filter(({ type }) => type === 'search')).toMatchObject([
      { before: null },
      { text: 'n', before: 9 },
    ]);
    expect(printed[0]).toMatch(/^Type search and what you look for/u);
    expect(printed).toContain('Type search alone for earlier ones.');
    expect(printed.at(-2)).toMatch(/bob: last one$/u);
    expect(printed.at(-1)).toBe('There are no more results.');
  });

  it('says that no message was found, or why it cannot search', async () => {
    const none = await runLines(state, 'search x', (command) =>
      command.type === 'search' ? doneWith({ messages: [], next: null }) : undefined,
    );
    expect(none.printed).toContain('No message was found.');
    const not = await runLines(state, 'search x', (command) =>
      command.type === 'search' ? refused('not-joined') : undefined,
    );
    expect(not.printed).toContain(refused('not-joined').sentence);
  });
});

describe('the command export', () => {
  const file = {
    fileName: 'x.md',
    mediaType: 'text/markdown',
    parts: async function* () {
      yield 'one ';
      yield 'two';
    },
  };

  /** The gateway gives `made` for the conversation, when the first command asks it. */
  async function run(line: string, made: ScriptedGateway['file']) {
    return runLines(state, `safety bob\n${line}`, (command, gateway) => {
      if (command.type !== 'safety-number') return undefined;
      gateway.file = made;
      return refused('unknown-recipient');
    });
  }

  it('saves a conversation in a new file, for its owner only', async () => {
    const target = path.join(temporaryFolder(), 'talk with bob.md');
    const { printed } = await run(`export bob ${target}`, file);
    expect(printed.at(-1)).toContain(`The conversation with bob is saved in ${target}.`);
    expect(fs.readFileSync(target, 'utf8')).toBe('one two');
    if (process.platform !== 'win32') expect(fs.statSync(target).mode & 0o777).toBe(0o600);
  });

  it('writes over nothing that is there, also not through a link', async () => {
    const folder = temporaryFolder();
    const [target, link] = [path.join(folder, 'a.json'), path.join(folder, 'b.json')];
    fs.writeFileSync(target, 'mine');
    fs.symlinkSync(path.join(folder, 'elsewhere.json'), link);
    for (const each of [target, link]) {
      const { printed } = await run(`export bob ${each}`, file);
      expect(printed.at(-1)).toBe(`${each} is there already. Choose another name.`);
    }
    expect(fs.readFileSync(target, 'utf8')).toBe('mine');
    expect(fs.readdirSync(folder).toSorted()).toEqual(['a.json', 'b.json']);
  });

  it('says what it needs, and leaves no part of a file', async () => {
    const folder = temporaryFolder();
    const last = async (line: string, made: ScriptedGateway['file'] = file) =>
      (await run(line, made)).printed.at(-1);
    expect(await last('export bob notes.txt')).toBe('The name of the file ends in .md, .json or .html.');
    expect(await last('export bob')).toBe('Type export <nick|#room> <file>.');
    expect(await last(`export zoe ${folder}/a.md`)).toBe(refused('unknown-recipient').sentence);
    expect(await last(`export bob ${folder}/none/a.md`)).toMatch(/cannot be written/u);
    expect(await last(`export bob ${folder}/a.md`, refused('not-joined'))).toBe(
      refused('not-joined').sentence,
    );
    const broken = {
      ...file,
      parts: async function* () {
        yield 'one';
        throw new Error('left');
      },
    };
    expect(await last(`export bob ${folder}/a.md`, broken)).toMatch(/^The conversation was not saved/u);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
