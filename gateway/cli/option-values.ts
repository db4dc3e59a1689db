import { formatAddress, type Address } from '../../shared/address.ts';
import { errors } from '../../shared/errors.ts';
import { formatNamedKey, parseNamedKey, type NamedKey } from '../../shared/join-address.ts';
import {
  literalOf,
  readAddress,
  readPort,
  readServer,
  splitTyped,
  type TypedServer,
} from '../../shared/typed-address.ts';
import { looksLikeJoinCode, withoutJoinCodes } from '../../shared/join-code.ts';
import { isRefusedByBrowsers } from '../../shared/web-ports.ts';
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
  readonly server: TypedServer;
  /** Port 0 means any port. */
  readonly clientPort: number;
}

export function readClient(values: readonly string[]): ClientChoice {
  const [nickname = '', host = '', portAndKey = '', clientPort = ''] = values;
  return {
    nickname: readNickname(nickname),
    server: readTypedServer(host, portAndKey),
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
  const port = readPort(text);
  if (port === undefined) {
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
  return { ...readOwnAddress('--http', text, { example: defaultHttp, toListen: true }), portMayMove: false };
}

/** It is in links, so it is one address and one port. */
export function readGuestsAt(text: string): Address {
  const example = { host: '192.168.1.7', port: 5080 };
  return readOwnAddress('--guests-at', text, { example, toListen: false });
}

/** `toListen`: all addresses of this computer, or any port, are one too. */
function readOwnAddress(
  option: string,
  text: string,
  { example, toListen }: { readonly example: Address; readonly toListen: boolean },
): Address {
  const typed = readAddress(text, { defaultPort: null, toListen });
  const address = 'error' in typed ? undefined : literalOf(typed);
  if (address === undefined) {
    const reason =
      'error' in typed && typed.error !== 'address-invalid'
        ? errors[typed.error].sentence
        : `Write it like ${formatAddress(example)}.`;
    throw new UsageError(`${quoted(text)} is not an address for ${option}. ${reason}`);
  }
  if (isRefusedByBrowsers(address.port))
    throw new UsageError(`${option} ${quoted(text)}: ${errors['port-refused-by-browsers'].sentence}`);
  return address;
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

/** Whether a host is more likely a join code at the wrong place. Names such as DESKTOP-1A2B3C4 are not. */
function isLikelyJoinCode(host: string): boolean {
  const groups = host.split('-');
  const hasCodeForm = groups.length === 1 || groups.every(({ length }) => Math.abs(length - 4) <= 1);
  return !/[.:]/u.test(host) && hasCodeForm && looksLikeJoinCode(host);
}

/** Reads host and port of -c. A user may paste a whole join address in place of the host. */
function readTypedServer(host: string, portAndKey: string): TypedServer {
  const hasJoinCode = [host, portAndKey].some((text) => splitTyped(text).joinCode !== undefined);
  if (hasJoinCode || isLikelyJoinCode(host)) throw new UsageError(joinCodeInArguments);
  const { address: portText, key: keyText } = splitTyped(portAndKey).server;
  const port = readServerPort(portText);
  const server = readServer(host, { defaultPort: port });
  if ('error' in server)
    throw new UsageError(`${quoted(host)} is not an address. ${errors[server.error].sentence}`);
  if (server.port !== port)
    throw new UsageError(`${quoted(host)} already names port ${server.port}. Give the same port after it.`);
  const key = keyText === undefined ? server.key : readServerKey(keyText);
  if (key !== undefined && server.key !== undefined && formatNamedKey(key) !== formatNamedKey(server.key))
    throw new UsageError(
      'Two different keys were given after #. Copy the address again, and give its key once.',
    );
  return { host: server.host, port, key };
}

function readPortOrAny(port: string, text: string): number {
  const number = readPort(text, true);
  if (number === undefined) {
    throw new UsageError(`${port} must be a whole number from 0 (any) to 65535, not ${quoted(text)}.`);
  }
  return number;
}
