import type { LabSpec } from '../net/lab-spec.ts';
import type { Profile } from '../transport/flow/settings.ts';
import {
  defaultHttp,
  readClient,
  readFolder,
  readHttp,
  readJoinCodeFile,
  readLab,
  readLogLevel,
  readQuotas,
  readServerPort,
  readTraceFile,
  type ClientChoice,
  type HttpChoice,
  type LogLevel,
} from './option-values.ts';

/** The roles that the program can start in: a server (`-s`), a client (`-c`), or the app with its first screen. */
export type RoleType = 'server' | 'client' | 'app';

/** One option of the command line. Parsing, validation, conflicts and the help page all read it. */
export interface Option<Value> {
  readonly name: string;
  /** The names of the words that follow the option; empty for a switch. */
  readonly values: readonly string[];
  /** The value when the option is not given. */
  readonly otherwise: Value;
  /** Throws UsageError. */
  readonly read: (values: readonly string[]) => Value;
  /** The roles that the option has a meaning in. Without this line: every role. */
  readonly roles?: readonly RoleType[];
  /** The advice for a user who gives the option in another role. */
  readonly inOtherRoles?: string;
  /** With this option given too, the option changes nothing and is allowed in the roles of that one. */
  readonly replacedBy?: string;
  /** True if `backup` and `restore` take the option too. */
  readonly forBackup?: boolean;
  /** Sentences for the help page, which breaks them at spaces. An item begins a new line. */
  readonly help: readonly string[];
}

const clientValues = ['nick', 'server-ip', 'server-port', 'client-port'] as const;
const clientUsage = `-c ${clientValues.map((name) => `<${name}>`).join(' ')}`;

/** Every option, in the order of the help page. To add one, add a row; `Run` then has its value under this key. */
export const options = {
  client: option<ClientChoice | undefined>({
    name: '-c',
    values: clientValues,
    otherwise: undefined,
    read: readClient,
    help: [
      'join a chat as <nick>; <client-port> 0 means any port. Add #<key> to <server-port> as the address of the chat shows it.',
    ],
  }),
  server: option<{ readonly port: number } | undefined>({
    name: '-s',
    values: ['port'],
    otherwise: undefined,
    read: ([port = '']) => ({ port: readServerPort(port) }),
    help: ['run the server of a chat on this UDP port'],
  }),
  http: option<HttpChoice>({
    name: '--http',
    values: ['host:port'],
    otherwise: defaultHttp,
    read: ([address = '']) => readHttp(address),
    help: ['where browsers find the app, and GET /healthz (default: 127.0.0.1:5050, or the next free port)'],
  }),
  dataRoot: option<string | undefined>({
    name: '--data',
    values: ['dir'],
    otherwise: undefined,
    read: ([folder = '']) => readFolder(folder),
    forBackup: true,
    help: [
      'keep names and messages in this folder (default: the folder that your system has for application data)',
    ],
  }),
  quotas: option<string | undefined>({
    name: '--quota',
    values: ['spec'],
    otherwise: undefined,
    read: ([spec = '']) => readQuotas(spec),
    roles: ['server'],
    inOtherRoles: 'write -s <port> --quota <spec>.',
    help: [
      'with -s: how many messages may wait on the server, and how long. The next start keeps the quotas.',
      'mailbox=10000,mailbox-mib=64 for one recipient;',
      'sender=2000,sender-mib=12 from one sender;',
      'days=30, counted while the server runs',
    ],
  }),
  joinCode: option<boolean>({
    name: '--join-code',
    values: [],
    otherwise: false,
    read: () => true,
    roles: ['server'],
    inOtherRoles: 'write -s <port> --join-code.',
    help: [
      'with -s: let new users in only with a join code, which the server makes and shows. The next start keeps it; type join-code off to end it.',
    ],
  }),
  joinCodeFile: option<string | undefined>({
    name: '--join-code-file',
    values: ['path'],
    otherwise: undefined,
    read: ([path = '']) => readJoinCodeFile(path),
    roles: ['client'],
    inOtherRoles: `write ${clientUsage} --join-code-file <path>.`,
    help: ['with -c: the join code of the chat is in this file, which only you can read (chmod 600)'],
  }),
  open: option<boolean>({
    name: '--no-open',
    values: [],
    otherwise: true,
    read: () => false,
    help: ['do not open the browser'],
  }),
  terminal: option<boolean>({
    name: '--terminal',
    values: [],
    otherwise: false,
    read: () => true,
    roles: ['client'],
    inOtherRoles: `write ${clientUsage} --terminal.`,
    replacedBy: '--json',
    help: ['with -c: the >>> prompt in this window; commands can also come from a pipe'],
  }),
  json: option<boolean>({
    name: '--json',
    values: [],
    otherwise: false,
    read: () => true,
    roles: ['client', 'app'],
    inOtherRoles: `write ${clientUsage} --json.`,
    help: ['events and commands as JSON lines, for scripts'],
  }),
  logLevel: option<LogLevel>({
    name: '--log',
    values: ['level'],
    otherwise: 'warn',
    read: ([level = '']) => readLogLevel(level),
    help: [
      'silent, fatal, error, warn, info, debug or trace (default: warn). The log goes to standard error.',
    ],
  }),
  trace: option<string | undefined>({
    name: '--trace',
    values: ['file'],
    otherwise: undefined,
    read: ([file = '']) => readTraceFile(file),
    help: [
      'record all network activity in this new file, as JSON lines. It holds ids, sizes and times, never the text of a message.',
    ],
  }),
  lab: option<LabSpec | null>({
    name: '--lab',
    values: ['spec'],
    otherwise: null,
    read: ([spec = '']) => readLab(spec),
    help: [
      'make the network bad on purpose, in percent and milliseconds:',
      'loss=20,dup=10,reorder=5,corrupt=1,delay=5±3,seed=7',
    ],
  }),
  profile: option<Profile>({
    name: '--classic',
    values: [],
    otherwise: 'normal',
    read: () => 'classic',
    help: ["the original program's rule: one datagram at a time to each peer, every 0.5 s, 5 attempts"],
  }),
} as const;

/** Given anywhere on the command line, each of these alone decides what the program does. */
export const informationOptions = [
  { names: ['-h', '--help'], type: 'help', help: 'print this page' },
  { names: ['-v', '--version'], type: 'version', help: 'print the version' },
] as const;

/** The values of all options, given or not. */
export type OptionValues = {
  readonly [Key in keyof typeof options]: (typeof options)[Key]['otherwise'];
};

function option<Value>(row: Option<Value>): Option<Value> {
  return row;
}

/** `-c <nick> <server-ip> <server-port> <client-port>`: how the user writes the option. */
export function usageOf({ name, values }: Option<unknown>): string {
  return [name, ...values.map((value) => `<${value}>`)].join(' ');
}
