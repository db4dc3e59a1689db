import { errors } from '../../../shared/errors.ts';
import { settingNames, type SettingName } from '../../../shared/settings.ts';
import { settingRows } from '../command-rows.mjs';
import { serverCommands } from '../server-console/server-commands.ts';
import { sessionCommands, talkCommands } from './chat-commands.ts';
import { browserCommands } from './browser-commands.ts';
import { contactCommands } from './contact-commands.ts';
import { guestCommands } from './guest-commands.ts';
import { messageCommands } from './message-commands.ts';
import { argumentsOf, choicesOf } from './parse-command.ts';
import { executed, type ChatCommand, type PromptCommand } from './prompt-command.ts';
import { memberCommands, roomCommands, roomListCommands } from './room-commands.ts';

/** Commands that every user has, in the order of the help. */
const userCommands: readonly PromptCommand[] = [
  ...talkCommands,
  ...messageCommands,
  ...roomListCommands,
  ...roomCommands,
  ...memberCommands,
  ...contactCommands,
  ...settingNames.map(settingCommand),
  ...browserCommands,
  ...guestCommands,
  ...sessionCommands,
];

/**
 * Every command of the prompt. The words that it understands, the completion by Tab and both helps derive from this
 * table and the rows of command-rows.mjs. Each row's `run` names the bridge commands that it executes.
 */
export const promptCommands: readonly PromptCommand[] = [...userCommands, ...serverCommands];

/** What a user can name, harmless for the terminal. */
export interface Names {
  readonly nicknames: readonly string[];
  /** With `#`. */
  readonly rooms: readonly string[];
}

/** Returns the lines that the Tab key can make of this one. */
export function completions(line: string, names: Names, hosting: boolean): string[] {
  const commands = hosting ? promptCommands : userCommands;
  const [word = '', ...typed] = line.split(' ');
  if (typed.length === 0) {
    const words = commands.map((command) => (command.usage === '' ? command.word : `${command.word} `));
    return [...new Set(words)].filter((choice) => choice.startsWith(line));
  }
  const head = line.slice(0, line.lastIndexOf(' ') + 1);
  const choices = commands
    .filter((command) => command.word === word && isAboutSame(command, typed))
    .flatMap(({ usage }) => {
      const words = argumentsOf(usage);
      const isLast = typed.length === words.length;
      return argumentChoices(words[typed.length - 1] ?? '', names).map(
        (choice) => `${head}${choice}${isLast ? '' : ' '}`,
      );
    });
  return [...new Set(choices)].filter((choice) => choice.startsWith(line));
}

/** `ban #room` and `ban <nick>` go on differently. The first argument tells which one it is, once it is typed. */
function isAboutSame({ usage }: PromptCommand, typed: readonly string[]): boolean {
  const [first = ''] = typed;
  if (typed.length === 1 || usage.startsWith('<nick|#room>')) return true;
  return usage.startsWith('#') === first.startsWith('#');
}

function argumentChoices(argument: string, { nicknames, rooms }: Names): readonly string[] {
  switch (argument) {
    case '<nick>':
    case '<nick|key>':
    case '<nick|key|address>':
    case '[nick|address]':
      return nicknames;
    case '#room':
      return rooms;
    case '<nick|#room>':
      return [...nicknames, ...rooms];
    default:
      return choicesOf(argument) ?? [];
  }
}

/** Without on or off, the command only prints the setting. */
function settingCommand(setting: SettingName): ChatCommand {
  const { word, help, on, off } = settingRows[setting];
  return {
    word,
    usage: '[on|off]',
    help,
    about: 'chat',
    run: (context, typed) => {
      const value = typed.choice === null ? context.model.settings?.[setting] : typed.choice === 'on';
      if (value === undefined) return [errors['not-joined'].sentence];
      const sentences = [value ? on : off];
      if (typed.choice === null) return sentences;
      return executed(context, { type: 'set-setting', setting, value }, sentences);
    },
  };
}
