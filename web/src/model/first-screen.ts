import { parseAddress } from '../../../shared/address.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { parseNickname } from '../../../shared/nickname.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Outcome } from '../../../shared/bridge/commands.ts';

/** What is wrong on the first screen, and where it is explained. */
export interface FormProblem {
  readonly field: 'nickname' | 'server' | 'form';
  readonly code: ErrorCode;
  /** With `nickname-taken`: a nickname that is free. */
  readonly suggestion: string | null;
  /** With `server-key-changed`: the key that answers there now. */
  readonly serverKey: PeerKey | null;
}

/** What can be said before anybody is asked. */
export function checkNickname(nickname: string): FormProblem | null {
  const parsed = parseNickname(nickname);
  return 'error' in parsed ? at('nickname', parsed.error) : null;
}

export function checkServer(server: string): FormProblem | null {
  return parseAddress(server) === undefined ? at('server', 'address-invalid') : null;
}

/** A refusal of `join` or `host`, at the field that can mend it. */
export function problemOf(outcome: Outcome): FormProblem | null {
  if (outcome.status === 'done') return null;
  const { code, suggestion = null, serverKey = null } = outcome;
  return { field: fieldOf(code), code, suggestion, serverKey };
}

function fieldOf(code: ErrorCode): FormProblem['field'] {
  if (code.startsWith('nickname-')) return 'nickname';
  if (
    code === 'address-invalid' ||
    code === 'port-invalid' ||
    code === 'server-silent' ||
    code === 'server-key-changed'
  )
    return 'server';
  return 'form';
}

function at(field: FormProblem['field'], code: ErrorCode): FormProblem {
  return { field, code, suggestion: null, serverKey: null };
}
