// The words of the prompt and of a server's window, with their help. Plain JavaScript without packages, for Node 18 and
// newer: `npm start -- --help` reads it before anything is installed.

/**
 * Arguments as the user writes them. Parsing, completion, help and error sentences all read this text.
 * @typedef {''
 *   | '<nick>'
 *   | '<nick|key>'
 *   | '<nick> <message>'
 *   | '<nick> on|off'
 *   | '[on|off]'
 *   | '[part]'
 *   | '[spec]'
 *   | '<browser>'
 *   | '<nick|key|address>'
 *   | '<nick|key|address> [days]'} Usage
 */

/**
 * The help text of a word: its arguments, and a line of at most 54 characters.
 * @typedef {{ readonly usage: Usage, readonly help: string }} CommandRow
 */

/**
 * Rows by the first word of the line, in the order of the help.
 * @typedef {Readonly<Record<string, CommandRow>>} CommandRows
 */

/** @satisfies {CommandRows} */
export const talkRows = /** @type {const} */ ({
  clients: { usage: '', help: 'list the contacts in the chat' },
  send: { usage: '<nick> <message>', help: 'send a message; the server keeps it if <nick> is away' },
});

/** Commands about one contact: its keys, failed messages to it, and the connection with it. */
/** @satisfies {CommandRows} */
export const contactRows = /** @type {const} */ ({
  safety: { usage: '<nick>', help: 'show the safety number that you and <nick> compare' },
  verify: { usage: '<nick>', help: 'confirm that you compared the number, and it matches' },
  unverify: { usage: '<nick>', help: 'remove that confirmation' },
  block: { usage: '<nick|key>', help: 'send nothing to <nick>, and take nothing of theirs' },
  unblock: { usage: '<nick|key>', help: 'undo that; messages from that time stay gone' },
  allow: { usage: '<nick|key>', help: 'take all messages of <nick> before you answer' },
  accept: { usage: '<nick>', help: 'accept the new key of <nick>' },
  refuse: { usage: '<nick>', help: 'keep the old key; your messages wait until it is back' },
  retry: { usage: '<nick>', help: 'send failed messages to <nick> again' },
  discard: { usage: '<nick>', help: 'drop failed messages to <nick>; they may have arrived' },
  classic: { usage: '<nick> on|off', help: 'stop-and-wait with <nick>, like the original program' },
});

/**
 * The settings of a user, by their names in shared/settings.ts. `receipts on` and `receipts off` choose, and `receipts`
 * alone asks. `on` and `off` are the answers.
 */
export const settingRows = {
  readReceipts: {
    word: 'receipts',
    help: 'tell others when you have read their messages',
    on: 'Others are told when you have read their messages.',
    off: 'Others are not told when you have read their messages.',
  },
  lastSeen: {
    word: 'last-seen',
    help: 'show others when you were last online',
    on: 'Others see when you were last online.',
    off: 'Others do not see when you were last online.',
  },
};

/** The browsers that may open the app. */
/** @satisfies {CommandRows} */
export const browserRows = /** @type {const} */ ({
  link: { usage: '', help: 'print a new link and code for one more browser' },
  browsers: { usage: '', help: 'list the browsers that may open the app' },
  'sign-out': { usage: '<browser>', help: 'end the access of a browser in that list, or of all' },
});

/** @satisfies {CommandRows} */
export const sessionRows = /** @type {const} */ ({
  blocked: { usage: '', help: 'list the people that you have blocked' },
  'accept-server': { usage: '', help: 'accept the new key of the server' },
  stats: { usage: '', help: 'round trips, losses and drops of each connection' },
  dereg: { usage: '', help: 'go offline; the prompt stays' },
  reg: { usage: '', help: 'come back online' },
  quit: { usage: '', help: 'leave' },
  help: { usage: '', help: 'print this list' },
});

/** Commands of an operator: in the window of a server, and at the prompt of a user who hosts the chat. */
/** @satisfies {CommandRows} */
export const serverRows = /** @type {const} */ ({
  names: { usage: '[part]', help: 'list nicknames and their waiting messages' },
  release: { usage: '<nick>', help: 'free a nickname, so that anyone can take it' },
  ban: { usage: '<nick|key|address> [days]', help: 'keep a person or an address out of the chat' },
  unban: { usage: '<nick|key|address>', help: 'let them in again' },
  bans: { usage: '', help: 'list the bans, and when they end' },
  'join-code': { usage: '[on|off]', help: 'show the join code, or require one of new users' },
  quota: { usage: '[spec]', help: 'show or set how much may wait: mailbox=10000,days=30' },
});

/** With the two spaces of `--help` before it and 54 characters after it, a line fits into 80 columns. */
const helpColumn = 24;

/**
 * Returns the help of the prompt. `interactive` is true for a user at a keyboard.
 * @param {{ readonly interactive: boolean, readonly hosting: boolean }} options
 * @returns {string[]}
 */
export function promptHelp({ interactive, hosting }) {
  return [
    ...helpLines(talkRows),
    ...helpLines(contactRows),
    ...Object.values(settingRows).flatMap(({ word, help }) =>
      helpLines({ [word]: { usage: '[on|off]', help } }),
    ),
    ...helpLines(browserRows),
    ...helpLines(sessionRows),
    ...(interactive ? [`${'Enter alone'.padEnd(helpColumn)}the same as link`] : []),
    ...(hosting ? ['As the host of this chat:', ...helpLines(serverRows)] : []),
  ];
}

/**
 * Returns the help for each command: how to write it, and what it does. What is written long has a line of its own.
 * @param {CommandRows} rows
 * @returns {string[]}
 */
export function helpLines(rows) {
  return Object.entries(rows).flatMap(([word, { usage, help }]) => {
    const written = writtenAs(word, usage);
    if (written.length < helpColumn) return written.padEnd(helpColumn) + help;
    return [written, ' '.repeat(helpColumn) + help];
  });
}

/**
 * `send <nick> <message>`: how the user writes the command.
 * @param {string} word
 * @param {string} usage
 */
export function writtenAs(word, usage) {
  return usage === '' ? word : `${word} ${usage}`;
}
