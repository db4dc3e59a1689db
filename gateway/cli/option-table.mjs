// Plain JavaScript without packages, for Node 18 and newer: `npm start -- --help` reads it before anything is installed.
import { commandName } from './command-name.mjs';

/**
 * The roles that the program can start in: a server (`-s`), a client (`-c`), or the app with its first screen.
 * @typedef {'server' | 'client' | 'app'} RoleType
 */

/**
 * An option of the command line, as the help page describes it. options.ts adds how its values are read.
 * @typedef {object} OptionRow
 * @property {string} name
 * @property {readonly string[]} values the names of the words that follow the option; empty for a switch
 * @property {readonly RoleType[]} [roles] the roles that the option has a meaning in; without this line, every role
 * @property {string} [inOtherRoles] the advice for a user who gives the option in another role
 * @property {string} [replacedBy] with this option given too, the option changes nothing and is allowed in the roles of
 *   that one
 * @property {boolean} [forBackup] true if `backup` and `restore` take the option too
 * @property {readonly string[]} help sentences for the help page, which breaks them at spaces; an item begins a new line
 */

const clientValues = ['nick', 'server-ip', 'server-port', 'client-port'];
const clientUsage = `-c ${clientValues.map((name) => `<${name}>`).join(' ')}`;

/** Every option, in the order of the help page. To add one, add a row here and in options.ts. */
/** @satisfies {Readonly<Record<string, OptionRow>>} */
export const optionTable = {
  client: {
    name: '-c',
    values: clientValues,
    help: [
      'join a chat as <nick>; <client-port> 0 means any port. Add #<key> to <server-port> as the address of the chat shows it.',
    ],
  },
  server: {
    name: '-s',
    values: ['port'],
    help: ['run the server of a chat on this UDP port'],
  },
  http: {
    name: '--http',
    values: ['host:port'],
    help: ['where browsers find the app, and GET /healthz (default: 127.0.0.1:5050, or the next free port)'],
  },
  dataRoot: {
    name: '--data',
    values: ['dir'],
    forBackup: true,
    help: [
      'keep names and messages in this folder (default: the folder that your system has for application data)',
    ],
  },
  quotas: {
    name: '--quota',
    values: ['spec'],
    roles: ['server'],
    inOtherRoles: 'write -s <port> --quota <spec>.',
    help: [
      'with -s: how many messages may wait on the server, how long, and how large its rooms may be. The next start keeps the quotas.',
      'mailbox=10000,mailbox-mib=64 for one recipient;',
      'sender=2000,sender-mib=12 from one sender;',
      'days=30, counted while the server runs',
    ],
  },
  joinCode: {
    name: '--join-code',
    values: [],
    roles: ['server'],
    inOtherRoles: 'write -s <port> --join-code.',
    help: [
      'with -s: let new users in only with a join code, which the server makes and shows. The next start keeps it; type join-code off to end it.',
    ],
  },
  joinCodeFile: {
    name: '--join-code-file',
    values: ['path'],
    roles: ['client'],
    inOtherRoles: `write ${clientUsage} --join-code-file <path>.`,
    help: ['with -c: the join code of the chat is in this file, which only you can read (chmod 600)'],
  },
  open: {
    name: '--no-open',
    values: [],
    help: ['do not open the browser'],
  },
  terminal: {
    name: '--terminal',
    values: [],
    roles: ['client'],
    inOtherRoles: `write ${clientUsage} --terminal.`,
    replacedBy: '--json',
    help: ['with -c: the >>> prompt in this window; commands can also come from a pipe'],
  },
  json: {
    name: '--json',
    values: [],
    roles: ['client', 'app'],
    inOtherRoles: `write ${clientUsage} --json.`,
    help: ['events and commands as JSON lines, for scripts'],
  },
  guests: {
    name: '--guests',
    values: [],
    help: [
      'let others on the local network join by browser, and show them a link and a QR code. The next start of the chat keeps it; type guests off to end it.',
    ],
  },
  guestsAt: {
    name: '--guests-at',
    values: ['host:port'],
    help: [
      'where guests find this computer, with --guests or once they may come (default: its addresses on local networks, at port 5080 or the next free one)',
    ],
  },
  discovery: {
    name: '--no-discovery',
    values: [],
    help: ['neither look for chats on the local network nor let others find this one'],
  },
  logLevel: {
    name: '--log',
    values: ['level'],
    help: [
      'silent, fatal, error, warn, info, debug or trace (default: warn). The log goes to standard error.',
    ],
  },
  trace: {
    name: '--trace',
    values: ['file'],
    help: [
      'record all network activity in this new file, as JSON lines. It holds ids, sizes and times, never the text of a message.',
    ],
  },
  lab: {
    name: '--lab',
    values: ['spec'],
    help: [
      'make the network bad on purpose, in percent and milliseconds:',
      'loss=20,dup=10,reorder=5,corrupt=1,delay=5±3,seed=7',
    ],
  },
  profile: {
    name: '--classic',
    values: [],
    help: ["the original program's rule: one datagram at a time to each peer, every 0.5 s, 5 attempts"],
  },
};

/**
 * Given anywhere on the command line, each of these alone decides what the program does.
 * @satisfies {readonly { names: readonly string[], type: string, help: string }[]}
 */
export const informationOptions = /** @type {const} */ ([
  { names: ['-h', '--help'], type: 'help', help: 'print this page' },
  { names: ['-v', '--version'], type: 'version', help: 'print the version' },
]);

/**
 * Returns what `--help` or `--version` ask for, or undefined.
 * @param {readonly string[]} words argv without the runtime and the script
 */
export function informationAskedFor(words) {
  return informationOptions.find(({ names }) => names.some((name) => words.includes(name)))?.type;
}

/**
 * `-c <nick> <server-ip> <server-port> <client-port>`: how the user writes the option.
 * @param {Pick<OptionRow, 'name' | 'values'>} row
 */
export function usageOf({ name, values }) {
  return [name, ...values.map((value) => `<${value}>`)].join(' ');
}

/**
 * Returns the first word that looks like an option but is not in the table, or undefined. The start script refuses it before anything is
 * installed. All else about the words is checked by command-line.ts.
 * @param {readonly string[]} words argv without the runtime and the script
 */
export function unknownOption(words) {
  if (words[0] === 'backup' || words[0] === 'restore') return undefined;
  /** @type {readonly OptionRow[]} */
  const rows = Object.values(optionTable);
  let values = 0;
  for (const word of words) {
    const [name = '', value] = word.split('=', 2);
    const row = rows.find((each) => each.name === name);
    if (row !== undefined) values = row.values.length - (value === undefined ? 0 : 1);
    else if (values > 0) values -= 1;
    else if (/^--?[a-z][a-z-]*$/u.test(name)) return name;
  }
  return undefined;
}

/** @param {string} quotedName */
export function unknownOptionSentence(quotedName) {
  return `There is no option ${quotedName}. Run ${commandName()} --help for the list.`;
}
