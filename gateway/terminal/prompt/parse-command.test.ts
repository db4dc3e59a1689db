import { describe, expect, it } from 'vitest';
import { parseCommand } from './parse-command.ts';

describe('a typed line', () => {
  it.each(['clients', 'stats', 'dereg', 'reg', 'quit', 'help'] as const)(
    '%s is a command, with spaces around it too',
    (word) => {
      expect(parseCommand(word)).toEqual({ type: word });
      expect(parseCommand(`  ${word} `)).toEqual({ type: word });
      expect(parseCommand(`${word} x`)).toMatchObject({ type: 'not-understood' });
    },
  );

  it('send takes the rest of the line as it is', () => {
    expect(parseCommand('send bob hello there')).toEqual({
      type: 'send',
      nickname: 'bob',
      text: 'hello there',
    });
    expect(parseCommand('send  bob   two  spaces ')).toEqual({
      type: 'send',
      nickname: 'bob',
      text: '  two  spaces ',
    });
    expect(parseCommand('send bob send carol x')).toMatchObject({ nickname: 'bob', text: 'send carol x' });
  });

  it('send without a message sends nothing', () => {
    for (const line of ['send', 'send ', 'send bob', 'send bob ', 'send bob   \t']) {
      expect(parseCommand(line)).toMatchObject({ type: 'not-understood' });
    }
  });

  it('classic takes a nickname, and on or off', () => {
    expect(parseCommand('classic bob on')).toEqual({ type: 'classic', nickname: 'bob', classic: true });
    expect(parseCommand(' classic  bob  off ')).toEqual({
      type: 'classic',
      nickname: 'bob',
      classic: false,
    });
    for (const line of ['classic', 'classic bob', 'classic bob maybe', 'classic bob on now']) {
      expect(parseCommand(line)).toMatchObject({ type: 'not-understood' });
    }
  });

  it('an empty line is nothing', () => {
    expect(parseCommand('')).toEqual({ type: 'nothing' });
    expect(parseCommand(' \t')).toEqual({ type: 'nothing' });
  });

  it('names the word that is no command', () => {
    expect(parseCommand('sned bob hi')).toEqual({
      type: 'not-understood',
      sentence: 'There is no command "sned"; help lists them.',
    });
  });
});
