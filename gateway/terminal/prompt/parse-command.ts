import { withoutJoinCodes } from '../../../shared/join-code.ts';
import { safeLine } from '../text/safe-text.ts';
import { writtenAs, type Usage } from '../command-rows.mjs';
import type { CommandArguments } from './prompt-command.ts';

export type ParsedLine<Row> =
  | { readonly type: 'nothing' }
  | { readonly type: 'command'; readonly command: Row; readonly typed: CommandArguments }
  | { readonly type: 'unknown-word' | 'wrong-arguments'; readonly sentence: string };

/** Parses a typed line as one of these commands. */
export function parseCommand<Row extends { readonly word: string; readonly usage: Usage }>(
  line: string,
  commands: readonly Row[],
): ParsedLine<Row> {
  const [word, rest] = splitWord(line);
  if (word === '') return { type: 'nothing' };
  const command = commands.find((row) => row.word === word);
  if (command === undefined) {
    return {
      type: 'unknown-word',
      sentence: `There is no command "${safeLine(withoutJoinCodes(word))}". Type help for the list.`,
    };
  }
  const typed = parseArguments(command.usage, rest);
  if (typed !== undefined) return { type: 'command', command, typed };
  const sentence = command.usage === '' ? `Type ${word} alone.` : `Type ${writtenAs(word, command.usage)}.`;
  return { type: 'wrong-arguments', sentence };
}

/** Undefined if the text does not fit the usage. */
function parseArguments(usage: Usage, text: string): CommandArguments | undefined {
  let typed: CommandArguments = { nickname: '', on: null, text: '' };
  let rest = text;
  for (const argument of usage === '' ? [] : usage.split(' ')) {
    const [word, afterWord] = splitWord(rest);
    switch (argument) {
      case '<nick>':
      case '<nick|key>':
      case '<nick|key|address>':
      case '<browser>':
        if (word === '') return undefined;
        typed = { ...typed, nickname: word };
        rest = afterWord;
        break;
      case 'on|off':
      case '[on|off]':
        if (word !== 'on' && word !== 'off') {
          if (word !== '' || argument === 'on|off') return undefined;
          break;
        }
        typed = { ...typed, on: word === 'on' };
        rest = afterWord;
        break;
      case '<message>':
        // The message keeps all its spaces.
        return rest.trim() === '' ? undefined : { ...typed, text: rest };
      default:
        return { ...typed, text: rest.trim() };
    }
  }
  return rest.trim() === '' ? typed : undefined;
}

/** The first word, and the text behind the one space or tab that ends it. */
function splitWord(text: string): [word: string, rest: string] {
  const [, word = '', rest = ''] = /^\s*(\S*)(?:\s(.*))?$/su.exec(text) ?? [];
  return [word, rest];
}
