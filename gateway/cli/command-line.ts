import { formatAddress, isPort, isUnicast, parseHost, type Address } from '../../shared/address.ts';
import { errors } from '../../shared/errors.ts';
import { parseNickname } from '../../shared/nickname.ts';
import { defaultQuotas, parseQuotas } from '../../shared/quotas.ts';
import { parseLabSpec, type LabSpec } from '../net/lab-spec.ts';
import type { Profile } from '../transport/flow/settings.ts';
import { safeLine } from '../terminal/text/safe-text.ts';

/** What a command line asks for. The only door through which argv comes in. */
export type Invocation =
  | { readonly type: 'help' }
  | { readonly type: 'version' }
  | { readonly type: 'usage-error'; readonly sentence: string }
  | Run
  | BackupCommand;

export interface Run {
  readonly type: 'run';
  readonly role: RoleChoice;
  readonly http: HttpChoice;
  /** Undefined: the default of DESIGN section 7, one folder per nickname and server, or per port. */
  readonly dataRoot: string | undefined;
  /** Whether the browser is to be opened, if there is one. */
  readonly open: boolean;
  readonly terminal: boolean;
  readonly json: boolean;
  readonly logLevel: LogLevel;
  readonly lab: LabSpec | null;
  /** `classic`: the original's rule, one datagram in flight to each peer. */
  readonly profile: Profile;
}

/** Everything under the root into a file, or back; no gateway is started. */
export interface BackupCommand {
  readonly type: 'backup' | 'restore';
  readonly file: string;
  readonly dataRoot: string | undefined;
}

export type RoleChoice =
  /** `quotas` is well-formed; what it does not name stays as the server has it. */
  | { readonly type: 'server'; readonly port: number; readonly quotas?: string }
  /** `clientPort` 0 means any. */
  | {
      readonly type: 'client';
      readonly nickname: string;
      readonly server: Address;
      readonly clientPort: number;
    }
  /** The app with its first screen. */
  | { readonly type: 'app' };

/** Port 0 means any; `portMayMove`: the next free one is as good. */
export interface HttpChoice {
  readonly host: string;
  readonly port: number;
  readonly portMayMove: boolean;
}

export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];

const defaultHttp: HttpChoice = { host: '127.0.0.1', port: 5050, portMayMove: true };
const defaultLogLevel: LogLevel = 'warn';

/** `words` is argv without the runtime and the script. */
export function parseCommandLine(words: readonly string[]): Invocation {
  if (words.includes('--help') || words.includes('-h')) return { type: 'help' };
  if (words.includes('--version') || words.includes('-v')) return { type: 'version' };
  try {
    const [first, ...rest] = words;
    if (first === 'backup' || first === 'restore') return backupFrom(first, rest);
    return runFrom(readOptions(words));
  } catch (error) {
    if (error instanceof UsageError) return { type: 'usage-error', sentence: error.message };
    throw error;
  }
}

/** Carries a sentence out of the readers below; never leaves this file. */
class UsageError extends Error {}

interface Options {
  server: { port: number } | undefined;
  quotas: string | undefined;
  client: { nickname: string; server: Address; clientPort: number } | undefined;
  http: HttpChoice | undefined;
  dataRoot: string | undefined;
  open: boolean;
  terminal: boolean;
  json: boolean;
  logLevel: LogLevel;
  lab: LabSpec | null;
  profile: Profile;
}

function runFrom(options: Options): Run {
  const { server, client, terminal, json } = options;
  if (server !== undefined && client !== undefined) {
    throw new UsageError('Give either -s or -c, not both; who hosts and chats starts one program for each.');
  }
  if (server !== undefined && (terminal || json)) {
    throw new UsageError(
      `${terminal ? '--terminal' : '--json'} belongs to a client; a server takes no commands.`,
    );
  }
  if (server === undefined && options.quotas !== undefined) {
    throw new UsageError('--quota belongs to a server: -s <port> --quota <spec>.');
  }
  if (terminal && !json && client === undefined) {
    throw new UsageError(
      '--terminal needs a chat to join: -c <nick> <server-ip> <server-port> <client-port>.',
    );
  }
  const role: RoleChoice =
    server !== undefined
      ? {
          type: 'server',
          port: server.port,
          ...(options.quotas === undefined ? {} : { quotas: options.quotas }),
        }
      : client !== undefined
        ? { type: 'client', ...client }
        : { type: 'app' };
  return {
    type: 'run',
    role,
    http: options.http ?? defaultHttp,
    dataRoot: options.dataRoot,
    open: options.open && role.type !== 'server' && !terminal && !json,
    terminal,
    json,
    logLevel: options.logLevel,
    lab: options.lab,
    profile: options.profile,
  };
}

function backupFrom(type: 'backup' | 'restore', words: readonly string[]): BackupCommand {
  const reader = new WordReader(words);
  let file: string | undefined;
  let dataRoot: string | undefined;
  for (let word = reader.next(); word !== undefined; word = reader.next()) {
    if (word === '--data') dataRoot = folder(reader.value('--data', 'dir'));
    else if (file === undefined && !word.startsWith('-')) file = word;
    else
      throw new UsageError(
        `${quoted(word)} is one word too many: write ${type} <file>, and --data <dir> if you like.`,
      );
  }
  if (file === undefined || file === '')
    throw new UsageError(`${type} lacks its <file>: write ${type} <file>.`);
  return { type, file, dataRoot };
}

function readOptions(words: readonly string[]): Options {
  const options: Options = {
    server: undefined,
    quotas: undefined,
    client: undefined,
    http: undefined,
    dataRoot: undefined,
    open: true,
    terminal: false,
    json: false,
    logLevel: defaultLogLevel,
    lab: null,
    profile: 'normal',
  };
  const reader = new WordReader(words);
  for (let word = reader.next(); word !== undefined; word = reader.next()) {
    switch (word) {
      case '-s':
        options.server = { port: serverPort(reader.values('-s', ['port'])[0] ?? '') };
        break;
      case '-c':
        options.client = client(reader.values('-c', ['nick', 'server-ip', 'server-port', 'client-port']));
        break;
      case '--quota':
        options.quotas = quotas(reader.value('--quota', 'spec'));
        break;
      case '--http':
        options.http = http(reader.value('--http', 'host:port'));
        break;
      case '--data':
        options.dataRoot = folder(reader.value('--data', 'dir'));
        break;
      case '--no-open':
        options.open = false;
        break;
      case '--terminal':
        options.terminal = true;
        break;
      case '--classic':
        options.profile = 'classic';
        break;
      case '--json':
        options.json = true;
        break;
      case '--log':
        options.logLevel = logLevel(reader.value('--log', 'level'));
        break;
      case '--lab':
        options.lab = lab(reader.value('--lab', 'spec'));
        break;
      default:
        throw new UsageError(
          word.startsWith('-')
            ? `There is no option ${quoted(word)}; --help lists them.`
            : `${quoted(word)} is one word too many; --help shows how to write it.`,
        );
    }
  }
  return options;
}

const optionNames = [
  '-s',
  '-c',
  '--quota',
  '--http',
  '--data',
  '--no-open',
  '--terminal',
  '--json',
  '--log',
  '--lab',
];

/** Hands out the words one by one, `--name=value` as two, and no option twice. */
class WordReader {
  readonly #words: string[];
  readonly #seen = new Set<string>();

  constructor(words: readonly string[]) {
    this.#words = words.flatMap((word) => {
      const [, name = '', value = ''] = /^(--[a-z]+)=(.*)$/su.exec(word) ?? [];
      return optionNames.includes(name) ? [name, value] : [word];
    });
  }

  next(): string | undefined {
    const word = this.#words.shift();
    if (word === undefined) return undefined;
    if (this.#seen.has(word)) throw new UsageError(`${word} stands there twice; give it once.`);
    if (optionNames.includes(word)) this.#seen.add(word);
    return word;
  }

  value(option: string, name: string): string {
    return this.values(option, [name])[0] ?? '';
  }

  values(option: string, names: readonly string[]): string[] {
    const taken: string[] = [];
    for (const name of names) {
      const word = this.#words[0];
      // A known option ends the values; any other word counts, so that a nickname may begin with a hyphen.
      if (word === undefined || optionNames.includes(word)) {
        const shape = names.map((each) => `<${each}>`).join(' ');
        throw new UsageError(`${option} lacks its <${name}>: write ${option} ${shape}.`);
      }
      taken.push(word);
      this.#words.shift();
    }
    return taken;
  }
}

function serverPort(text: string): number {
  const port = wholeNumber(text);
  if (port === undefined || !isPort(port)) {
    throw new UsageError(`The server's port is a whole number from 1 to 65535, not ${quoted(text)}.`);
  }
  return port;
}

function client(values: readonly string[]): { nickname: string; server: Address; clientPort: number } {
  const [nickname = '', host = '', port = '', clientPort = ''] = values;
  return {
    nickname: checkedNickname(nickname),
    server: { host: serverHost(host), port: serverPort(port) },
    clientPort: anyPort("The client's port", clientPort),
  };
}

function checkedNickname(text: string): string {
  const parsed = parseNickname(text);
  if ('error' in parsed) throw new UsageError(errors[parsed.error].sentence);
  return parsed.nickname;
}

function serverHost(text: string): string {
  const host = parseHost(text);
  if (host === undefined || !isUnicast(host)) {
    throw new UsageError(`${quoted(text)} is no IP address of a server; write it as 192.168.1.7.`);
  }
  return host;
}

function http(text: string): HttpChoice {
  const parts = /^\[([^\]]+)\]:(\d+)$/u.exec(text) ?? /^([^:]+):(\d+)$/u.exec(text);
  const host = parts === null ? undefined : parseHost(parts[1] ?? '');
  if (parts === null || host === undefined) {
    throw new UsageError(
      `${quoted(text)} is no address for --http; write it as ${formatAddress(defaultHttp)}.`,
    );
  }
  return { host, port: anyPort('The port of --http', parts[2] ?? ''), portMayMove: false };
}

function anyPort(whose: string, text: string): number {
  const port = wholeNumber(text);
  if (port === undefined || (port !== 0 && !isPort(port))) {
    throw new UsageError(`${whose} is a whole number from 0 (any) to 65535, not ${quoted(text)}.`);
  }
  return port;
}

function folder(text: string): string {
  if (text === '') throw new UsageError('--data needs the path of a folder.');
  return text;
}

function logLevel(text: string): LogLevel {
  const level = logLevels.find((each) => each === text);
  if (level === undefined) {
    throw new UsageError(`${quoted(text)} is no level of the log; choose one of ${logLevels.join(', ')}.`);
  }
  return level;
}

function lab(text: string): LabSpec {
  const parsed = parseLabSpec(text);
  if ('error' in parsed) throw new UsageError(`--lab ${quoted(text)}: ${parsed.error}.`);
  return parsed.spec;
}

function quotas(text: string): string {
  const parsed = parseQuotas(text, defaultQuotas);
  if ('error' in parsed) throw new UsageError(`--quota ${quoted(text)}: ${parsed.error}.`);
  return text;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/u.test(text) ? Number(text) : undefined;
}

/** What the person wrote, harmless on a terminal and never longer than a line. */
function quoted(text: string): string {
  return `"${safeLine(text.length > 60 ? `${text.slice(0, 60)}…` : text)}"`;
}
