import type { Answer } from '../../../shared/bridge/commands.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { KnownServer } from '../../../shared/join-address.ts';

/** An error on the first screen, and the field that explains it. */
export interface FormProblem {
  readonly field: 'nickname' | 'server' | 'joinCode' | 'form';
  readonly code: ErrorCode;
  /** With `nickname-taken` and `nickname-look-alike`: a free nickname. */
  readonly suggestion: string | null;
  /** With `server-key-changed`: the server that answers now. */
  readonly foundServer: KnownServer | null;
  /** With `server-silent`: the addresses of the host's name that the user typed. */
  readonly triedAddresses: readonly string[];
}

/** Puts a refusal of `join` or `host` at the field that can fix it. */
export function problemOf(answer: Answer): FormProblem | null {
  if (answer.status === 'done') return null;
  const { code, suggestion = null, foundServer = null, triedAddresses = [] } = answer;
  return { field: fieldOf(code), code, suggestion, foundServer, triedAddresses };
}

function fieldOf(code: ErrorCode): FormProblem['field'] {
  if (code.startsWith('nickname-')) return 'nickname';
  if (code.startsWith('join-code-') || code === 'too-many-tries') return 'joinCode';
  return serverCodes.test(code) ? 'server' : 'form';
}

const serverCodes = /^(address-|host-name-|server-key-|port-invalid$|own-address$|server-silent$)/u;
