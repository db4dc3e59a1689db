import { helpLines } from '../terminal/prompt/prompt-command.ts';
import { promptHelp } from '../terminal/prompt/command-table.ts';
import { serverCommands } from '../terminal/server-console/server-commands.ts';
import { informationOptions, options, usageOf, type Option } from './options.ts';

/** At most this many columns, so that no terminal breaks a line. */
const columns = 80;
const usageColumn = 38;
const optionColumn = 23;

/** The text that `--help` prints. */
export function helpPage(): string {
  return `Chatagram: chat on a local network, without the internet.

Usage
${usageLines().join('\n')}

Options
${optionLines().join('\n')}

At the >>> prompt
${indented(promptHelp({ interactive: true, hosting: false }))}

In the window of a server, and at the prompt of a user who hosts the chat
${indented(helpLines(serverCommands))}

Exit codes
  0  success                 1  a port, a folder or a message was refused
  2  wrong command line      70  a bug in the program

Examples
  chatagram -s 50000
  chatagram -c alice 192.168.1.7 50000#k7q2-m4xd-9f3a-t6nz 0
  echo 'send bob hello' | chatagram -c alice 192.168.1.7 50000 0 --terminal
`;
}

const { client, server, ...furtherOptions } = options;

function usageLines(): string[] {
  const backupOptions = Object.values<Option<unknown>>(options).filter(({ forBackup }) => forBackup === true);
  return [
    entry('chatagram [options]', ['open the app, to start a chat or join one'], usageColumn),
    entry(`chatagram ${usageOf(client)} [options]`, client.help, usageColumn),
    entry(`chatagram ${usageOf(server)} [options]`, server.help, usageColumn),
    entry('chatagram backup <file>', ['save all chats of this computer to a new file'], usageColumn),
    entry(
      'chatagram restore <file>',
      [`bring them back; both take ${backupOptions.map(usageOf).join(', ')} and work while a chat runs`],
      usageColumn,
    ),
  ];
}

function optionLines(): string[] {
  return [
    ...Object.values<Option<unknown>>(furtherOptions).map((row) =>
      entry(usageOf(row), row.help, optionColumn),
    ),
    ...informationOptions.map(({ names, help }) => entry(names.join(', '), [help], optionColumn)),
  ];
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}

/** The term in the first column, the explanation in the second one. A long term has a line of its own. */
function entry(term: string, explanations: readonly string[], column: number): string {
  const lines = explanations.flatMap((text) => wrapped(text, columns - column));
  const head = `  ${term}`;
  const first = head.length + 2 > column ? [head] : [head.padEnd(column) + (lines.shift() ?? '')];
  return [...first, ...lines.map((line) => ' '.repeat(column) + line)].join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= width) lines.splice(-1, 1, `${last} ${word}`);
    else lines.push(word);
  }
  return lines;
}
