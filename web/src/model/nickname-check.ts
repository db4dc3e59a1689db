import { parseNickname } from '../../../shared/nickname.ts';
import type { FormProblem } from './form-problem.ts';

/** Checks the nickname without asking the gateway. */
export function checkNickname(nickname: string): FormProblem | null {
  const parsed = parseNickname(nickname);
  if (!('error' in parsed)) return null;
  return { field: 'nickname', code: parsed.error, suggestion: null, foundServer: null, triedAddresses: [] };
}
