import type { ErrorCode } from '../../shared/errors.ts';

/** What a command of a person came to. */
export type Verdict = { readonly type: 'done' } | { readonly type: 'refused'; readonly code: ErrorCode };

export const done: Verdict = { type: 'done' };

export function refused(code: ErrorCode): Verdict {
  return { type: 'refused', code };
}
