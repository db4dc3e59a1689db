import { withoutJoinCodes } from '../../../shared/join-code.ts';
import { safeLine } from '../text/safe-text.ts';
import { writtenAs, type Usage } from '../command-rows.mjs';
import type { CommandArguments } from './prompt-command.ts';

export type ParsedLine<Row> =
  | { readonly type: 'nothing' }
  | { readonly type: 'command'; readonly command: Row; readonly typed: CommandArguments }
  | { readonly type: 'unknown-word' | 'wrong-arguments'; readonly sentence: string };

interface ParsedRow {
  readonly word: string;
  readonly usage: Usage;
}

/** Parses a typed line as one of these commands. */
export function parseCommand<Row extends ParsedRow>(line: string, commands: readonly Row[]): ParsedLine<Row> {
  const [word, rest] = splitWord(line);
  if (word === '') return { type: 'nothing' };
  const command = commandOf(word, rest, commands);
  if (command === undefined) {
    return {
      type: 'unknown-word',
      sentence: `There is no command "${safeLine(withoutJoinCodes(word))}". Type help for the list.`,
    };
  }
  const typed = parseArguments(command.usage, rest);
  if (typed !== undefined) return { type: 'command', command, typed };
  return { type: 'wrong-arguments', sentence: wrongArguments(word, commands) };
}

/** The words of a usage, each for one argument. */
export function argumentsOf(usage: Usage): readonly string[] {
  return usage === '' ? [] : usage.split(' ');
}

/** Whether the first argument is a room and nothing else. */
function isAboutRoom({ usage }: ParsedRow): boolean {
  return argumentsOf(usage)[0] === '#room';
}

/** `ban #room bob` and `ban bob` are two commands: no nickname, key or address begins with `#`. */
function commandOf<Row extends ParsedRow>(
  word: string,
  rest: string,
  commands: readonly Row[],
): Row | undefined {
  const named = commands.filter((row) => row.word === word);
  const isRoom = rest.trimStart().startsWith('#');
  return named.find((row) => isAboutRoom(row) === isRoom) ?? named[0];
}

function wrongArguments(word: string, commands: readonly ParsedRow[]): string {
  const ways = commands.filter((row) => row.word === word).map(({ usage }) => writtenAs(word, usage));
  return ways[0] === word ? `Type ${word} alone.` : `Type ${ways.join(' or ')}.`;
}

/** Undefined if the text does not fit the usage. */
function parseArguments(usage: Usage, text: string): CommandArguments | undefined {
  let typed: CommandArguments = { nickname: '', room: '', number: 0, choice: null, text: '' };
  let rest = text;
  for (const argument of argumentsOf(usage)) {
    const [word, afterWord] = splitWord(rest);
    switch (argument) {
      case '<nick>':
      case '<nick|#room>':
      case '<nick|key>':
      case '<nick|key|address>':
      case '<browser>':
        if (word === '') return undefined;
        typed = { ...typed, nickname: word };
        break;
      case '#room':
        if (!/^#./u.test(word)) return undefined;
        typed = { ...typed, room: word };
        break;
      case '<n>':
        if (!/^\d{1,9}$/u.test(word)) return undefined;
        typed = { ...typed, number: Number(word) };
        break;
      case '[nick|address]':
        return { ...typed, text: rest.trim() };
      case '<message>':
        // The message keeps all its spaces.
        return rest.trim() === '' ? undefined : { ...typed, text: rest };
      default: {
        const choices = choicesOf(argument);
        if (choices === undefined) {
          if (!argument.startsWith('[') && rest.trim() === '') return undefined;
          return { ...typed, text: rest.trim() };
        }
        const isChosen = choices.includes(word);
        if (!isChosen && (word !== '' || !argument.startsWith('['))) return undefined;
        typed = { ...typed, choice: isChosen ? word : null };
      }
    }
    rest = afterWord;
  }
  return rest.trim() === '' ? typed : undefined;
}

/** The words of `on|off` and `[on|off]`; undefined for an argument that is no choice of words. */
export function choicesOf(argument: string): readonly string[] | undefined {
  const words = /^\[?([a-z-]+(?:\|[a-z-]+)+)\]?$/u.exec(argument)?.[1];
  return words?.split('|');
}

/** The first word, and the text behind the one space or tab that ends it. */
function splitWord(text: string): [word: string, rest: string] {
  const [, word = '', rest = ''] = /^\s*(\S*)(?:\s(.*))?$/su.exec(text) ?? [];
  return [word, rest];
}
