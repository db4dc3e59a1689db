import { safeLine } from '../text/safe-text.ts';
import { serverConsoleHelp } from '../server-console/server-console.ts';
import type { SettingWord } from './setting-commands.ts';

/** What a person typed at the prompt. */
export type PromptCommand =
  | { readonly type: 'nothing' }
  | { readonly type: 'clients' }
  /** `text` is the rest of the line as it was typed, with all its spaces. */
  | { readonly type: 'send'; readonly nickname: string; readonly text: string }
  | { readonly type: 'classic'; readonly nickname: string; readonly classic: boolean }
  /** `on` null: only asks. */
  | { readonly type: SettingWord; readonly on: boolean | null }
  | { readonly type: ContactWord; readonly nickname: string }
  | { readonly type: 'accept-server' }
  /** For the server that this gateway plays; `line` is all that was typed. */
  | { readonly type: 'operator'; readonly line: string }
  | { readonly type: 'stats' }
  | { readonly type: 'dereg' }
  | { readonly type: 'reg' }
  | { readonly type: 'quit' }
  | { readonly type: 'help' }
  | { readonly type: 'not-understood'; readonly sentence: string };

/** Commands about one person, whose nickname is all that follows. */
export type ContactWord = 'safety' | 'verify' | 'unverify' | 'accept' | 'refuse' | 'retry' | 'discard';

export function parseCommand(line: string): PromptCommand {
  const send = /^\s*send\s+(\S+)(?:\s(.*))?$/su.exec(line);
  if (send !== null) {
    const [, nickname = '', text = ''] = send;
    if (text.trim() === '')
      return notUnderstood(`There is nothing to send: write send ${nickname} <message>.`);
    return { type: 'send', nickname, text };
  }
  const words = line.trim().split(/\s+/u);
  const [word = '', ...rest] = words;
  switch (word) {
    case '':
      return { type: 'nothing' };
    case 'send':
      return notUnderstood('Write send <nick> <message>.');
    case 'classic': {
      const [nickname, choice, ...more] = rest;
      if (nickname === undefined || more.length > 0 || (choice !== 'on' && choice !== 'off'))
        return notUnderstood('Write classic <nick> on, or classic <nick> off.');
      return { type: 'classic', nickname, classic: choice === 'on' };
    }
    case 'receipts':
    case 'last-seen': {
      const [choice, ...more] = rest;
      if (more.length > 0 || (choice !== undefined && choice !== 'on' && choice !== 'off'))
        return notUnderstood(`Write ${word} on, or ${word} off.`);
      return { type: word, on: choice === undefined ? null : choice === 'on' };
    }
    case 'safety':
    case 'verify':
    case 'unverify':
    case 'accept':
    case 'refuse':
    case 'retry':
    case 'discard': {
      const [nickname, ...more] = rest;
      if (nickname === undefined || more.length > 0) return notUnderstood(`Write ${word} <nick>.`);
      return { type: word, nickname };
    }
    case 'names':
    case 'release':
    case 'quota':
      return { type: 'operator', line };
    case 'accept-server':
    case 'clients':
    case 'stats':
    case 'dereg':
    case 'reg':
    case 'quit':
    case 'help':
      return rest.length === 0 ? { type: word } : notUnderstood(`${word} stands alone on its line.`);
    default:
      return notUnderstood(`There is no command "${safeLine(word)}"; help lists them.`);
  }
}

export const helpText = [
  'clients                 who is in the chat, and who is online',
  'send <nick> <message>   sends it, or leaves it on the server if <nick> is away',
  'safety <nick>           the number that you and <nick> compare, to be sure of each other',
  'verify <nick>           you have compared it, and it is the same; unverify <nick> takes that back',
  'accept <nick>           the new key is <nick>: goes on under it',
  'refuse <nick>           the old key stays; what you write waits until it is back',
  'accept-server           the server may have the key that it has now',
  'retry <nick>            tries failed messages to <nick> again',
  'discard <nick>          drops failed messages to <nick>; they may have arrived',
  'classic <nick> on|off   stop-and-wait with <nick>, as in the original',
  'receipts on|off         whether others are told when you have read their messages',
  'last-seen on|off        whether others see when you were last here',
  'stats                   how the connections do: round trips, losses, drops',
  'dereg                   goes offline; the prompt stays',
  'reg                     comes back online',
  'quit                    leaves',
  'help                    prints this',
];

/** What it adds for who hosts the chat. */
export const helpTextOfHost = ['As the host of this chat:', ...serverConsoleHelp];

/** What the prompt adds for a person at a keyboard. */
export const helpTextOfEnter = 'Enter alone             prints a new link for the browser';

function notUnderstood(sentence: string): PromptCommand {
  return { type: 'not-understood', sentence };
}
