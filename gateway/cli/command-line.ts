import type { JoinCode } from '../../shared/ids.ts';
import { looksLikeJoinCode } from '../../shared/join-code.ts';
import type { TypedServer } from '../../shared/typed-address.ts';
import { joinCodeInArguments, quoted, UsageError } from './option-values.ts';
import { commandName } from './command-name.mjs';
import { informationAskedFor, unknownOptionSentence, usageOf, type RoleType } from './option-table.mjs';
import { options, type Option, type OptionValues } from './options.ts';

/** The request that a command line makes. argv enters the program only here. */
export type Invocation =
  | { readonly type: 'help' }
  | { readonly type: 'version' }
  | { readonly type: 'usage-error'; readonly sentence: string }
  | Run
  | BackupCommand;

/** Starts a gateway, with the value of each option. */
export interface Run extends Omit<OptionValues, 'server' | 'client' | 'quotas' | 'joinCode'> {
  readonly type: 'run';
  readonly role: RoleChoice;
}

/** Saves everything under the data root to a file, or loads it again. No gateway starts. */
export interface BackupCommand {
  readonly type: 'backup' | 'restore';
  readonly file: string;
  readonly dataRoot: string | undefined;
  /** Whether a backup holds the files that were sent and received. */
  readonly withFiles: boolean;
}

export type RoleChoice =
  /** `quotas` is well-formed. The server keeps the quotas that it does not name. */
  | {
      readonly type: 'server';
      readonly port: number;
      readonly quotas?: string;
      /** True: new users need a join code from now on. */
      readonly joinCode?: boolean;
    }
  /** `clientPort` 0 means any port. */
  | {
      readonly type: 'client';
      readonly nickname: string;
      readonly server: TypedServer;
      readonly clientPort: number;
      /** From the file that the command line names. */
      readonly joinCode?: JoinCode;
    }
  /** The app with its first screen. */
  | { readonly type: 'app' };

/** `words` is argv without the runtime and the script. */
export function parseCommandLine(words: readonly string[]): Invocation {
  const information = informationAskedFor(words);
  if (information !== undefined) return { type: information };
  try {
    const [first, ...rest] = words;
    if (first === 'backup' || first === 'restore') return parseBackup(first, rest);
    return parseRun(words);
  } catch (error) {
    if (error instanceof UsageError) return { type: 'usage-error', sentence: error.message };
    throw error;
  }
}

function parseRun(words: readonly string[]): Run {
  const { values, given, rest } = readWords(words, allRows);
  const unexpected = rest[0];
  if (unexpected !== undefined) {
    // A code can also stand in groups with spaces between them.
    if (looksLikeJoinCode(unexpected) || looksLikeJoinCode(rest.join('-')))
      throw new UsageError(joinCodeInArguments);
    throw new UsageError(
      unexpected.startsWith('-')
        ? unknownOptionSentence(quoted(unexpected))
        : `The argument ${quoted(unexpected)} is not expected here. Run ${commandName()} --help for the usage.`,
    );
  }
  const { server, client, quotas, joinCode, ...run } = values;
  if (server !== undefined && client !== undefined) {
    throw new UsageError(
      'Give either -s or -c, not both. To host a chat and take part in it, start the program once for each.',
    );
  }
  let role: RoleChoice = { type: 'app' };
  if (client !== undefined) role = { type: 'client', ...client };
  if (server !== undefined) {
    role = {
      type: 'server',
      port: server.port,
      ...(quotas === undefined ? {} : { quotas }),
      ...(joinCode ? { joinCode } : {}),
    };
  }
  checkRole(role.type, given);
  const open = run.open && role.type !== 'server' && !run.terminal && !run.json;
  return { type: 'run', role, ...run, open };
}

/** Refuses each given option that has no meaning in this role. */
function checkRole(role: RoleType, given: readonly Option<unknown>[]): void {
  for (const row of given) {
    const { roles, replacedBy, inOtherRoles = '' } = row;
    if (roles === undefined || roles.includes(role)) continue;
    if (given.some(({ name }) => name === replacedBy)) continue;
    const reason = roles.includes('server') ? 'needs a server' : 'needs a client';
    throw new UsageError(`${row.name} ${reason}: ${inOtherRoles}`);
  }
}

function parseBackup(type: 'backup' | 'restore', words: readonly string[]): BackupCommand {
  const withFiles = type === 'restore' || !words.includes(withoutFiles);
  const { values, rest } = readWords(
    type === 'restore' ? words : words.filter((word) => word !== withoutFiles),
    allRows.filter(([, { forBackup }]) => forBackup === true),
  );
  const usage = `write ${type} <file>, then --data <dir> if the chats are in another folder`;
  const [file = '', ...unexpected] = rest;
  const wrong = file.startsWith('-') ? file : unexpected[0];
  if (wrong !== undefined)
    throw new UsageError(`The argument ${quoted(wrong)} is not expected here: ${usage}.`);
  if (file === '') throw new UsageError(`${type} needs a <file>: ${usage}.`);
  return { type, file, dataRoot: values.dataRoot, withFiles };
}

const withoutFiles = '--without-files';

type Row = readonly [key: string, option: Option<unknown>];

const allRows: readonly Row[] = Object.entries(options);
const rowsByName = new Map(allRows.map(([, row]) => [row.name, row]));

/** Reads the options of these rows. `rest` has all other words, in order. */
function readWords(
  words: readonly string[],
  rows: readonly Row[],
): { values: OptionValues; given: Option<unknown>[]; rest: string[] } {
  const values: Record<string, unknown> = {};
  for (const [key, { otherwise }] of allRows) values[key] = otherwise;
  const given: Option<unknown>[] = [];
  const rest: string[] = [];
  const remaining = words.flatMap(splitAtEquals);
  for (let word = remaining.shift(); word !== undefined; word = remaining.shift()) {
    const found = rows.find(([, { name }]) => name === word);
    if (found === undefined) {
      rest.push(word);
      continue;
    }
    const [key, row] = found;
    if (given.includes(row)) throw new UsageError(`${row.name} was given twice.`);
    given.push(row);
    values[key] = row.read(takeValues(row, remaining));
  }
  // Each key of the table now has a value that its row gave.
  return { values: values as OptionValues, given, rest };
}

/** `--name=value` becomes two words. */
function splitAtEquals(word: string): string[] {
  const [, name = '', value = ''] = /^(--[a-z-]+)=(.*)$/su.exec(word) ?? [];
  return rowsByName.has(name) ? [name, value] : [word];
}

function takeValues(row: Option<unknown>, remaining: string[]): string[] {
  return row.values.map((value) => {
    const word = remaining[0];
    // An option ends the values. Any other word counts as a value, so that a nickname may begin with a hyphen.
    if (word === undefined || rowsByName.has(word)) {
      const usage = row.values.length === 1 ? '' : `: write ${usageOf(row)}`;
      throw new UsageError(`${row.name} needs <${value}>${usage}.`);
    }
    remaining.shift();
    return word;
  });
}
