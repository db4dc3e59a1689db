import { describe, expect, it } from 'vitest';
import { parseCommand } from './parse-command.ts';

const commands = [
  { word: 'clients', usage: '' },
  { word: 'safety', usage: '<nick>' },
  { word: 'block', usage: '<nick|key>' },
  { word: 'send', usage: '<nick|#room> <message>' },
  { word: 'classic', usage: '<nick> on|off' },
  { word: 'receipts', usage: '[on|off]' },
  { word: 'names', usage: '[part]' },
  { word: 'ban', usage: '<nick|key|address> [days]' },
  { word: 'ban', usage: '#room <nick>' },
  { word: 'role', usage: '#room <nick> owner|moderator|member|reader' },
  { word: 'mode', usage: '#room normal|moderated|slow [seconds]' },
  { word: 'create', usage: '#room [open|by-invitation]' },
  { word: 'keep', usage: '#room <limit>' },
  { word: 'reply', usage: '<n> <message>' },
  { word: 'poll', usage: '<nick|#room> "<question>" "<choice>" ...' },
] as const;

const parse = (line: string) => parseCommand(line, commands);

function typedIn(line: string) {
  const parsed = parse(line);
  if (parsed.type !== 'command') throw new Error(`not a command: ${line}`);
  return { word: parsed.command.word, ...parsed.typed };
}

const nothingTyped = { nickname: '', room: '', number: 0, choice: null, text: '' };

describe('parseCommand', () => {
  it('takes a word alone, also with spaces around it', () => {
    expect(typedIn('clients')).toEqual({ word: 'clients', ...nothingTyped });
    expect(typedIn('  clients ')).toEqual({ word: 'clients', ...nothingTyped });
    expect(parse('clients x')).toEqual({ type: 'wrong-arguments', sentence: 'Type clients alone.' });
  });

  it('takes one nickname, and no second word', () => {
    expect(typedIn('safety  bob ')).toMatchObject({ word: 'safety', nickname: 'bob' });
    for (const line of ['safety', 'safety ', 'safety bob carol']) {
      expect(parse(line)).toEqual({ type: 'wrong-arguments', sentence: 'Type safety <nick>.' });
    }
  });

  it('takes a nickname or a key as one word', () => {
    for (const nickname of ['bob', 'ab'.repeat(32)])
      expect(typedIn(`block ${nickname}`)).toMatchObject({ word: 'block', nickname });
    expect(parse('block')).toEqual({ type: 'wrong-arguments', sentence: 'Type block <nick|key>.' });
  });

  it('takes the rest of the line as the message, with all its spaces', () => {
    expect(typedIn('send bob hello there')).toMatchObject({ nickname: 'bob', text: 'hello there' });
    expect(typedIn('send  bob   two  spaces ')).toMatchObject({ nickname: 'bob', text: '  two  spaces ' });
    expect(typedIn('send bob send carol x')).toMatchObject({ nickname: 'bob', text: 'send carol x' });
  });

  it('refuses a message without text', () => {
    for (const line of ['send', 'send ', 'send bob', 'send bob ', 'send bob   \t']) {
      expect(parse(line)).toEqual({ type: 'wrong-arguments', sentence: 'Type send <nick|#room> <message>.' });
    }
  });

  it('takes on or off after a nickname', () => {
    expect(typedIn('classic bob on')).toMatchObject({ nickname: 'bob', choice: 'on' });
    expect(typedIn(' classic  bob  off ')).toMatchObject({ nickname: 'bob', choice: 'off' });
    for (const line of ['classic', 'classic bob', 'classic bob maybe', 'classic bob on now']) {
      expect(parse(line)).toEqual({ type: 'wrong-arguments', sentence: 'Type classic <nick> on|off.' });
    }
  });

  it('takes on, off or nothing where a choice is optional', () => {
    expect([typedIn('receipts').choice, typedIn('receipts on').choice]).toEqual([null, 'on']);
    for (const line of ['receipts maybe', 'receipts on now']) {
      expect(parse(line)).toEqual({ type: 'wrong-arguments', sentence: 'Type receipts [on|off].' });
    }
  });

  it('takes an optional text without the spaces around it', () => {
    expect(typedIn('names')).toEqual({ word: 'names', ...nothingTyped });
    expect(typedIn('names  al ')).toMatchObject({ text: 'al' });
  });

  it('takes a room by the # before its name, so that one word can have two commands', () => {
    expect(typedIn('ban #lab bob')).toMatchObject({ room: '#lab', nickname: 'bob', text: '' });
    expect(typedIn('ban bob 7')).toMatchObject({ room: '', nickname: 'bob', text: '7' });
    expect(parse('ban #lab')).toEqual({
      type: 'wrong-arguments',
      sentence: 'Type ban <nick|key|address> [days] or ban #room <nick>.',
    });
    for (const line of ['create lab', 'create #', 'create'])
      expect(parse(line)).toEqual({
        type: 'wrong-arguments',
        sentence: 'Type create #room [open|by-invitation].',
      });
  });

  it('takes one of the words that the usage names, and a text behind it', () => {
    expect(typedIn('role #lab bob reader')).toMatchObject({ nickname: 'bob', choice: 'reader' });
    expect(typedIn('create #lab by-invitation').choice).toBe('by-invitation');
    expect(typedIn('create #lab').choice).toBeNull();
    expect(typedIn('mode #lab slow  30 ')).toMatchObject({ choice: 'slow', text: '30' });
    for (const line of ['role #lab bob', 'role #lab bob king', 'create #lab public', 'mode #lab'])
      expect(parse(line).type).toBe('wrong-arguments');
  });

  it('takes a number, and a text that has to be there', () => {
    expect(typedIn('reply 12  hi ')).toMatchObject({ number: 12, text: ' hi ' });
    expect(typedIn('keep #lab 30d')).toMatchObject({ room: '#lab', text: '30d' });
    expect(typedIn('poll bob "a" "b"')).toMatchObject({ nickname: 'bob', text: '"a" "b"' });
    for (const line of ['reply x hi', 'reply 12', 'reply -1 hi', 'keep #lab', 'poll bob'])
      expect(parse(line).type).toBe('wrong-arguments');
  });

  it('finds nothing in an empty line', () => {
    expect(parse('')).toEqual({ type: 'nothing' });
    expect(parse(' \t')).toEqual({ type: 'nothing' });
  });

  it('quotes an unknown word, harmless for the terminal', () => {
    expect(parse('sned bob hi')).toEqual({
      type: 'unknown-word',
      sentence: 'There is no command "sned". Type help for the list.',
    });
    expect(parse('\u001b[2J')).toMatchObject({ sentence: expect.stringContaining('"␛[2J"') as string });
  });
});
