import type { ErrorCode } from '../../../shared/errors.ts';
import { parseJoinAddress, splitJoinAddress, type KnownServer } from '../../../shared/join-address.ts';
import { parseJoinCode } from '../../../shared/join-code.ts';
import { parseNickname } from '../../../shared/nickname.ts';
import type { Answer } from '../../../shared/bridge/commands.ts';

/** An error on the first screen, and the field that explains it. */
export interface FormProblem {
  readonly field: 'nickname' | 'server' | 'joinCode' | 'form';
  readonly code: ErrorCode;
  /** With `nickname-taken` and `nickname-look-alike`: a free nickname. */
  readonly suggestion: string | null;
  /** With `server-key-changed`: the server that answers now. */
  readonly foundServer: KnownServer | null;
}

/** Checks the nickname without asking the gateway. */
export function checkNickname(nickname: string): FormProblem | null {
  const parsed = parseNickname(nickname);
  return 'error' in parsed ? at('nickname', parsed.error) : null;
}

export function checkServer(server: string): FormProblem | null {
  const parsed = parseJoinAddress(server);
  return 'error' in parsed ? at('server', parsed.error) : null;
}

/** Checks a join code that the user typed in its own field. Most chats need none. */
export function checkJoinCode(joinCode: string): FormProblem | null {
  const isWrong = joinCode.trim() !== '' && parseJoinCode(joinCode) === undefined;
  return isWrong ? at('joinCode', 'join-code-invalid') : null;
}

/** Returns the join code that the user typed in its own field, or else the one in the join address. */
export function joinCodeOf(server: string, typed: string): string | undefined {
  return typed.trim() === '' ? splitJoinAddress(server).joinCode : typed.trim();
}

/** Puts a refusal of `join` or `host` at the field that can fix it. */
export function problemOf(answer: Answer): FormProblem | null {
  if (answer.status === 'done') return null;
  const { code, suggestion = null, foundServer = null } = answer;
  return { field: fieldOf(code), code, suggestion, foundServer };
}

function fieldOf(code: ErrorCode): FormProblem['field'] {
  if (code.startsWith('nickname-')) return 'nickname';
  if (code.startsWith('join-code-') || code === 'too-many-tries') return 'joinCode';
  if (
    code === 'address-invalid' ||
    code === 'port-invalid' ||
    code === 'server-silent' ||
    code.startsWith('server-key-')
  )
    return 'server';
  return 'form';
}

function at(field: FormProblem['field'], code: ErrorCode): FormProblem {
  return { field, code, suggestion: null, foundServer: null };
}
