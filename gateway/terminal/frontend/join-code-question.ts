import type { Session } from '../../../shared/bridge/schema.ts';

export const joinCodeQuestion = 'Join code (not shown; Enter alone gives up): ';

/** Whether the user can go on with a join code, or with another one. */
export function needsJoinCode(session: Session): boolean {
  if (session.phase !== 'refused') return false;
  return session.code === 'join-code-required' || session.code === 'join-code-wrong';
}
