import { errors } from '../../../shared/errors.ts';
import { settingNames, type SettingName } from '../../../shared/settings.ts';
import { settingRows } from '../command-rows.mjs';
import { serverCommands } from '../server-console/server-commands.ts';
import { sessionCommands, talkCommands } from './chat-commands.ts';
import { browserCommands } from './browser-commands.ts';
import { contactCommands } from './contact-commands.ts';
import { executed, type ChatCommand, type PromptCommand } from './prompt-command.ts';

/** Commands that every user has, in the order of the help. */
const userCommands: readonly PromptCommand[] = [
  ...talkCommands,
  ...contactCommands,
  ...settingNames.map(settingCommand),
  ...browserCommands,
  ...sessionCommands,
];

/**
 * Every command of the prompt. The words that it understands, the completion by Tab and both helps derive from this
 * table and the rows of command-rows.mjs. Each row's `run` names the bridge commands that it executes.
 */
export const promptCommands: readonly PromptCommand[] = [...userCommands, ...serverCommands];

/** Returns the lines that the Tab key can make of this one. */
export function completions(line: string, nicknames: readonly string[], hosting: boolean): string[] {
  const commands = hosting ? promptCommands : userCommands;
  const [word = '', ...typed] = line.split(' ');
  if (typed.length === 0) {
    return commands
      .map((command) => (command.usage === '' ? command.word : `${command.word} `))
      .filter((choice) => choice.startsWith(line));
  }
  const usages = commands.find((command) => command.word === word)?.usage.split(' ') ?? [];
  const head = line.slice(0, line.lastIndexOf(' ') + 1);
  const isLast = typed.length === usages.length;
  return argumentChoices(usages[typed.length - 1] ?? '', nicknames)
    .map((choice) => `${head}${choice}${isLast ? '' : ' '}`)
    .filter((choice) => choice.startsWith(line));
}

function argumentChoices(usage: string, nicknames: readonly string[]): readonly string[] {
  if (usage === '<nick>' || usage === '<nick|key>' || usage === '<nick|key|address>') return nicknames;
  return usage === 'on|off' || usage === '[on|off]' ? ['on', 'off'] : [];
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
      const value = typed.on ?? context.model.settings?.[setting];
      if (value === undefined) return [errors['not-joined'].sentence];
      const sentences = [value ? on : off];
      if (typed.on === null) return sentences;
      return executed(context, { type: 'set-setting', setting, value }, sentences);
    },
  };
}
