import type { ErrorCode } from '../../../shared/errors.ts';
import type { KnownServer } from '../../../shared/join-address.ts';
import { formatTypedAddress, readServer, splitTyped } from '../../../shared/typed-address.ts';
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
  /** With `server-silent`: the addresses of the host's name that the user typed. */
  readonly triedAddresses: readonly string[];
}

/** Checks the nickname without asking the gateway. */
export function checkNickname(nickname: string): FormProblem | null {
  const parsed = parseNickname(nickname);
  return 'error' in parsed ? at('nickname', parsed.error) : null;
}

export function checkServer(server: string): FormProblem | null {
  const parsed = readServer(server);
  return 'error' in parsed ? at('server', parsed.error) : null;
}

/** Checks a join code that the user typed in its own field. Most chats need none. */
export function checkJoinCode(joinCode: string): FormProblem | null {
  const isWrong = joinCode.trim() !== '' && parseJoinCode(joinCode) === undefined;
  return isWrong ? at('joinCode', 'join-code-invalid') : null;
}

/** Returns the join code that the user typed in its own field, or else the one in the join address. */
export function joinCodeOf(server: string, typed: string): string | undefined {
  return typed.trim() === '' ? splitTyped(server).joinCode : typed.trim();
}

/** The address that the user typed, for sentences: in the usual form, and without the key. */
export function placeOf(server: string): string {
  const parsed = readServer(splitTyped(server).server.address);
  return 'error' in parsed ? splitTyped(server).server.address : formatTypedAddress(parsed);
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

function at(field: FormProblem['field'], code: ErrorCode): FormProblem {
  return { field, code, suggestion: null, foundServer: null, triedAddresses: [] };
}
