import { errors, type ErrorCode } from './errors.ts';
import type { KnownServer } from './join-address.ts';

/** The answer to a command of the user: done, with a result where the command asks for one, or refused with the reason. */
export type CommandResult<Result = undefined> = Done<Result> | Refused;

export type Done<Result = undefined> = { readonly status: 'done' } & ([Result] extends [undefined]
  ? unknown
  : { readonly result: Result });

export interface Refused {
  readonly status: 'refused';
  readonly code: ErrorCode;
  /** A sentence for the user, in English. The app has its own texts by code. */
  readonly sentence: string;
  /** Whether the same command can succeed later. */
  readonly retry: boolean;
  /** With `nickname-taken` and `nickname-look-alike`: a nickname that is free. */
  readonly suggestion?: string;
  /** With `server-key-changed`: the server that answers now. */
  readonly foundServer?: KnownServer;
  /** With `server-silent` after the name of a host: the addresses that were tried. */
  readonly triedAddresses?: readonly string[];
  /** With `wipe-blocked`: the folders that other processes use. */
  readonly foldersInUse?: readonly string[];
}

export const done: Done = { status: 'done' };

export function doneWith<Result extends object>(
  result: Result,
): { readonly status: 'done'; readonly result: Result } {
  return { status: 'done', result };
}

/** The sentence is the one of the code, unless the caller knows more. */
export function refused(code: ErrorCode, sentence: string = errors[code].sentence): Refused {
  return { status: 'refused', code, sentence, retry: errors[code].retry };
}

/** Returns what a command was asked for, and undefined when it was refused. */
export function resultOf<Result>(
  answer: { readonly status: 'done'; readonly result: Result } | Refused,
): Result | undefined {
  return answer.status === 'done' ? answer.result : undefined;
}
