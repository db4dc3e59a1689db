import { describe, expect, it } from 'vitest';
import { settingNames } from '../../../shared/settings.ts';
import { promptHelp, settingRows } from '../command-rows.mjs';
import { serverCommands } from '../server-console/server-commands.ts';
import { completions, promptCommands } from './command-table.ts';

describe('the table of prompt commands', () => {
  it('has each word once, and once more for rooms where the first argument tells the two apart', () => {
    const words = promptCommands.map(({ word, usage }) => `${word} ${usage.startsWith('#')}`);
    expect(new Set(words).size).toBe(words.length);
  });

  it('has a command for each setting', () => {
    const words = promptCommands.map(({ word }) => word);
    expect(words).toEqual(expect.arrayContaining(settingNames.map((name) => settingRows[name].word)));
  });

  it('has a row of the help for each command, in the order of Tab', () => {
    const help = promptHelp({ interactive: false, hosting: true }).filter((line) => /^[a-z]/u.test(line));
    expect(help.map((line) => line.split(' ')[0])).toEqual(promptCommands.map(({ word }) => word));
  });

  it('gives a help in groups, each with a heading and with commands', () => {
    const help = promptHelp({ interactive: true, hosting: true });
    const headings = help.flatMap((line, index) => (/^[A-Z].*:$/u.test(line) ? [index] : []));
    expect(headings[0]).toBe(0);
    expect(headings.length).toBeGreaterThan(5);
    for (const index of headings) expect(help[index + 1]).toMatch(/^[a-z]/u);
  });

  it('gives a help that fits into 80 columns beside two spaces', () => {
    for (const line of promptHelp({ interactive: true, hosting: true })) {
      expect(line.length).toBeLessThanOrEqual(78);
    }
  });

  it('shows the commands of the server only to a user who hosts the chat', () => {
    const guest = promptHelp({ interactive: false, hosting: false }).join('\n');
    const host = promptHelp({ interactive: false, hosting: true }).join('\n');
    for (const { word, usage } of serverCommands) {
      const row = `\n${word} ${usage}`;
      expect(guest).not.toContain(row);
      expect(host).toContain(row);
    }
  });
});

describe('completions', () => {
  const of = (line: string, hosting = false) =>
    completions(line, { nicknames: ['bob', 'Bill'], rooms: ['#lab', '#chess'] }, hosting);

  it('complete words, with a space where an argument follows', () => {
    expect(of('cl')).toEqual(['clients', 'close-poll ', 'classic ']);
    expect(of('rec')).toEqual(['receipts ']);
    expect(of('zzz')).toEqual([]);
  });

  it('complete the words of the server for a user who hosts the chat', () => {
    expect(of('na')).toEqual(['name ']);
    expect(of('na', true)).toEqual(['name ', 'names ']);
  });

  it('complete nicknames, then on and off', () => {
    expect(of('verify ')).toEqual(['verify bob', 'verify Bill']);
    expect(of('send bo')).toEqual(['send bob ']);
    expect(of('safety B')).toEqual(['safety Bill']);
    expect(of('classic bob ')).toEqual(['classic bob on', 'classic bob off']);
    expect(of('receipts o')).toEqual(['receipts on', 'receipts off']);
  });

  it('complete rooms, and what follows them', () => {
    expect(of('send ')).toEqual(['send bob ', 'send Bill ', 'send #lab ', 'send #chess ']);
    expect(of('leave #l')).toEqual(['leave #lab']);
    expect(of('role #lab B')).toEqual(['role #lab Bill ']);
    expect(of('role #lab bob m')).toEqual(['role #lab bob moderator', 'role #lab bob member']);
    expect(of('notify #lab m')).toEqual(['notify #lab mentions']);
  });

  it('complete a word of two commands by its first argument', () => {
    expect(of('ban ')).toEqual(['ban #lab ', 'ban #chess ']);
    expect(of('ban ', true)).toEqual(['ban #lab ', 'ban #chess ', 'ban bob ', 'ban Bill ']);
    expect(of('ban #lab b', true)).toEqual(['ban #lab bob']);
    expect(of('ban bob ', true)).toEqual([]);
    expect(of('ban', true)).toEqual(['ban ', 'bans']);
  });

  it('complete no message and no text after the last argument', () => {
    expect(of('send bob h')).toEqual([]);
    expect(of('safety bob x')).toEqual([]);
    expect(of('clients x')).toEqual([]);
  });
});
