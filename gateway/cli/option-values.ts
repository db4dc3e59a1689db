import { formatAddress, isPort, isUnicast, parseHost } from '../../shared/address.ts';
import { errors } from '../../shared/errors.ts';
import {
  parseNamedKey,
  splitJoinAddress,
  type JoinAddress,
  type NamedKey,
} from '../../shared/join-address.ts';
import { looksLikeJoinCode, withoutJoinCodes } from '../../shared/join-code.ts';
import { parseNickname } from '../../shared/nickname.ts';
import { defaultQuotas, parseQuotas } from '../../shared/quotas.ts';
import { parseLabSpec, type LabSpec } from '../net/lab-spec.ts';
import { safeLine } from '../terminal/text/safe-text.ts';

/** The command line cannot be obeyed. The message is the sentence for the user; it never leaves `parseCommandLine`. */
export class UsageError extends Error {}

/** Where the gateway listens for browsers. Port 0 means any port. */
export interface HttpChoice {
  readonly host: string;
  readonly port: number;
  /** True if the next free port may be taken when this one is in use. */
  readonly portMayMove: boolean;
}

export const defaultHttp: HttpChoice = { host: '127.0.0.1', port: 5050, portMayMove: true };

export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface ClientChoice {
  readonly nickname: string;
  readonly server: JoinAddress;
  /** Port 0 means any port. */
  readonly clientPort: number;
}

export function readClient(values: readonly string[]): ClientChoice {
  const [nickname = '', host = '', portAndKey = '', clientPort = ''] = values;
  // A user may paste a whole join address in place of the host.
  const hasJoinCode = [host, portAndKey].some((text) => splitJoinAddress(text).joinCode !== undefined);
  if (hasJoinCode) throw new UsageError(joinCodeInArguments);
  const { address: port, key } = splitJoinAddress(portAndKey).server;
  return {
    nickname: readNickname(nickname),
    server: {
      address: { host: readServerHost(host), port: readServerPort(port) },
      key: key === undefined ? undefined : readServerKey(key),
    },
    clientPort: readPortOrAny('The client port', clientPort),
  };
}

/** Other programs of this computer can list the arguments of a process. */
export const joinCodeInArguments =
  'A join code does not belong on the command line, where others can read it. Leave it out: Chatagram asks for it, or reads it from a file with --join-code-file <path>.';

export function readJoinCodeFile(text: string): string {
  if (text === '') throw new UsageError('--join-code-file needs the path of a file.');
  // A user may confuse the file with the code.
  if (looksLikeJoinCode(text)) throw new UsageError(joinCodeInArguments);
  return text;
}

export function readServerPort(text: string): number {
  const port = wholeNumber(text);
  if (port === undefined || !isPort(port)) {
    throw new UsageError(`The server port must be a whole number from 1 to 65535, not ${quoted(text)}.`);
  }
  return port;
}

function readServerKey(text: string): NamedKey {
  const key = parseNamedKey(text);
  if (key !== undefined) return key;
  throw new UsageError(
    `${quoted(text)} is not the key of a server. Copy the 16 characters after # from the screen of the person who started the chat.`,
  );
}

export function readHttp(text: string): HttpChoice {
  const parts = /^\[([^\]]+)\]:(\d+)$/u.exec(text) ?? /^([^:]+):(\d+)$/u.exec(text);
  const host = parts === null ? undefined : parseHost(parts[1] ?? '');
  if (parts === null || host === undefined) {
    throw new UsageError(
      `${quoted(text)} is not an address for --http. Write it like ${formatAddress(defaultHttp)}.`,
    );
  }
  return { host, port: readPortOrAny('The port of --http', parts[2] ?? ''), portMayMove: false };
}

export function readFolder(text: string): string {
  if (text === '') throw new UsageError('--data needs the path of a folder.');
  return text;
}

export function readLogLevel(text: string): LogLevel {
  const level = logLevels.find((each) => each === text);
  if (level === undefined) {
    throw new UsageError(`${quoted(text)} is not a log level. Choose one of ${logLevels.join(', ')}.`);
  }
  return level;
}

export function readTraceFile(text: string): string {
  if (text === '') throw new UsageError('--trace needs the name of a new file.');
  return text;
}

export function readLab(text: string): LabSpec {
  const parsed = parseLabSpec(text);
  if ('error' in parsed) throw new UsageError(`--lab ${quoted(text)}: ${withoutJoinCodes(parsed.error)}.`);
  return parsed.spec;
}

/** Checks the text and returns it. The server keeps the quotas that the text does not name. */
export function readQuotas(text: string): string {
  const parsed = parseQuotas(text, defaultQuotas);
  if ('error' in parsed) throw new UsageError(`--quota ${quoted(text)}: ${withoutJoinCodes(parsed.error)}.`);
  return text;
}

/** The user's own text: harmless on a terminal, never longer than a line, and without a join code, which a log could keep. */
export function quoted(text: string): string {
  const shown = withoutJoinCodes(text);
  return `"${safeLine(shown.length > 60 ? `${shown.slice(0, 60)}…` : shown)}"`;
}

function readNickname(text: string): string {
  const parsed = parseNickname(text);
  if ('error' in parsed) throw new UsageError(errors[parsed.error].sentence);
  return parsed.nickname;
}

function readServerHost(text: string): string {
  const host = parseHost(text);
  if (host === undefined || !isUnicast(host)) {
    throw new UsageError(`${quoted(text)} is not the IP address of a server. Write it like 192.168.1.7.`);
  }
  return host;
}

function readPortOrAny(port: string, text: string): number {
  const number = wholeNumber(text);
  if (number === undefined || (number !== 0 && !isPort(number))) {
    throw new UsageError(`${port} must be a whole number from 0 (any) to 65535, not ${quoted(text)}.`);
  }
  return number;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/u.test(text) ? Number(text) : undefined;
}
