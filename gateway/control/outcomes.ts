import type { Outcome } from '../../shared/bridge/commands.ts';
import { errors, type ErrorCode } from '../../shared/errors.ts';

export const done: Outcome = { status: 'done' };

export function refusal(
  code: ErrorCode,
  sentence: string = errors[code].sentence,
): Outcome & { status: 'refused' } {
  return { status: 'refused', code, sentence, retry: errors[code].retry };
}
