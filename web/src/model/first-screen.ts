import type { ErrorCode } from '../../../shared/errors.ts';
import { formatTypedAddress, readServer, splitTyped } from '../../../shared/typed-address.ts';
import { parseJoinCode } from '../../../shared/join-code.ts';
import type { FormProblem } from './form-problem.ts';

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

function at(field: FormProblem['field'], code: ErrorCode): FormProblem {
  return { field, code, suggestion: null, foundServer: null, triedAddresses: [] };
}
