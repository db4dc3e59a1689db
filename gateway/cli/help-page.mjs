// Plain JavaScript without packages, for Node 18 and newer: `npm start -- --help` runs it before anything is installed.
import { helpLines, promptHelp, serverRows, windowRows } from '../terminal/command-rows.mjs';
import { commandName } from './command-name.mjs';
import { informationOptions, optionTable, usageOf } from './option-table.mjs';

/** @typedef {import('./option-table.mjs').OptionRow} OptionRow */

/** At most this many columns, so that no terminal breaks a line. */
const columns = 80;
const usageColumn = 38;
const optionColumn = 23;

/** @returns {string} the text that `--help` prints, with the `command` that the user types to start the program */
export function helpPage(command = commandName()) {
  return `Chatagram: chat on a local network, without the internet.

Usage
${usageLines(command).join('\n')}

Options
${optionLines().join('\n')}

At the >>> prompt
${indented(promptHelp({ interactive: true, hosting: false }))}

In the window of a server, and at the prompt of a user who hosts the chat
${indented(helpLines(serverRows))}

In the window of a server, beside those about guests
${indented(helpLines(windowRows))}

Commands from a pipe
${paragraphs(pipeSentences)}

Exit codes
${exitCodes.map(([code, help]) => entry(code, [help], exitCodeColumn)).join('\n')}

Examples
  ${command} -s 50000
  ${command} -c alice 192.168.1.7 50000#k7q2-m4xd-9f3a-t6nz 0
  echo 'send bob hello' | ${command} -c alice 192.168.1.7 50000 0 --terminal
`;
}

const exitCodeColumn = 6;

/** A test compares the numbers with the program. */
const pipeSentences = [
  'The program ends when each message was delivered, or taken by the server. It gives up after 10 s in which none was, and after 10 minutes at the latest. What still waits is kept, and the next start sends it.',
  'A room takes 64 messages of one person at once, then 5 a second.',
];

const exitCodes = /** @type {const} */ ([
  ['0', 'success; after a pipe: no message waits'],
  [
    '1',
    'a port, a folder, a nickname or a message was refused; after a pipe also: the server did not answer, a message still waits, or no line was a command. Standard error says which.',
  ],
  ['2', 'wrong command line'],
  ['70', 'a bug in the program'],
]);

const { client, server, ...furtherOptions } = optionTable;
/** @type {readonly OptionRow[]} */
const furtherRows = Object.values(furtherOptions);

/** @param {string} command */
function usageLines(command) {
  const backupOptions = furtherRows.filter(({ forBackup }) => forBackup === true);
  return [
    entry(`${command} [options]`, ['open the app, to start a chat or join one'], usageColumn),
    entry(`${command} ${usageOf(client)} [options]`, client.help, usageColumn),
    entry(`${command} ${usageOf(server)} [options]`, server.help, usageColumn),
    entry(
      `${command} backup <file>`,
      ['save all chats and their files to a new file; --without-files leaves the files out'],
      usageColumn,
    ),
    entry(
      `${command} restore <file>`,
      [`bring them back; both take ${backupOptions.map(usageOf).join(', ')} and work while a chat runs`],
      usageColumn,
    ),
  ];
}

function optionLines() {
  return [
    ...furtherRows.map((row) => entry(usageOf(row), row.help, optionColumn)),
    ...informationOptions.map(({ names, help }) => entry(names.join(', '), [help], optionColumn)),
  ];
}

/** @param {readonly string[]} lines */
function indented(lines) {
  return lines.map((line) => `  ${line}`).join('\n');
}

/** @param {readonly string[]} texts */
function paragraphs(texts) {
  return indented(texts.flatMap((text) => wrapped(text, columns - 2)));
}

/**
 * The term in the first column, the explanation in the second one. A long term has a line of its own.
 * @param {string} term
 * @param {readonly string[]} explanations
 * @param {number} column
 */
function entry(term, explanations, column) {
  const lines = explanations.flatMap((text) => wrapped(text, columns - column));
  const head = `  ${term}`;
  const first = head.length + 2 > column ? [head] : [head.padEnd(column) + (lines.shift() ?? '')];
  return [...first, ...lines.map((line) => ' '.repeat(column) + line)].join('\n');
}

/**
 * @param {string} text
 * @param {number} width
 */
function wrapped(text, width) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= width) lines.splice(-1, 1, `${last} ${word}`);
    else lines.push(word);
  }
  return lines;
}
