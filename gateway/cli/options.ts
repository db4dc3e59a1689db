import type { Address } from '../../shared/address.ts';
import type { LabSpec } from '../net/lab-spec.ts';
import type { Profile } from '../transport/flow/settings.ts';
import { optionTable, type OptionRow } from './option-table.mjs';
import {
  defaultHttp,
  readClient,
  readFolder,
  readGuestsAt,
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

/** One option of the command line, as parsing, validation and conflicts read it. */
export interface Option<Value> extends OptionRow {
  /** The value when the option is not given. */
  readonly otherwise: Value;
  /** Throws UsageError. */
  readonly read: (values: readonly string[]) => Value;
}

/** Every option with its value. `Run` has the value under this key. */
export const options = {
  client: option<ClientChoice | undefined>('client', {
    otherwise: undefined,
    read: readClient,
  }),
  server: option<{ readonly port: number } | undefined>('server', {
    otherwise: undefined,
    read: ([port = '']) => ({ port: readServerPort(port) }),
  }),
  http: option<HttpChoice>('http', {
    otherwise: defaultHttp,
    read: ([address = '']) => readHttp(address),
  }),
  dataRoot: option<string | undefined>('dataRoot', {
    otherwise: undefined,
    read: ([folder = '']) => readFolder(folder),
  }),
  quotas: option<string | undefined>('quotas', {
    otherwise: undefined,
    read: ([spec = '']) => readQuotas(spec),
  }),
  joinCode: option<boolean>('joinCode', {
    otherwise: false,
    read: () => true,
  }),
  joinCodeFile: option<string | undefined>('joinCodeFile', {
    otherwise: undefined,
    read: ([path = '']) => readJoinCodeFile(path),
  }),
  open: option<boolean>('open', {
    otherwise: true,
    read: () => false,
  }),
  terminal: option<boolean>('terminal', {
    otherwise: false,
    read: () => true,
  }),
  json: option<boolean>('json', {
    otherwise: false,
    read: () => true,
  }),
  guests: option<boolean>('guests', {
    otherwise: false,
    read: () => true,
  }),
  guestsAt: option<Address | null>('guestsAt', {
    otherwise: null,
    read: ([address = '']) => readGuestsAt(address),
  }),
  discovery: option<boolean>('discovery', {
    otherwise: true,
    read: () => false,
  }),
  logLevel: option<LogLevel>('logLevel', {
    otherwise: 'warn',
    read: ([level = '']) => readLogLevel(level),
  }),
  trace: option<string | undefined>('trace', {
    otherwise: undefined,
    read: ([file = '']) => readTraceFile(file),
  }),
  lab: option<LabSpec | null>('lab', {
    otherwise: null,
    read: ([spec = '']) => readLab(spec),
  }),
  profile: option<Profile>('profile', {
    otherwise: 'normal',
    read: () => 'classic',
  }),
} as const satisfies { readonly [Key in keyof typeof optionTable]: Option<unknown> };

/** The values of all options, given or not. */
export type OptionValues = {
  readonly [Key in keyof typeof options]: (typeof options)[Key]['otherwise'];
};

function option<Value>(
  key: keyof typeof optionTable,
  reading: Pick<Option<Value>, 'otherwise' | 'read'>,
): Option<Value> {
  return { ...optionTable[key], ...reading };
}
