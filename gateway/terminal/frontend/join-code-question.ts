import type { Session } from '../../../shared/bridge/schema.ts';
import { needsJoinCode } from '../../../shared/join-code.ts';

export const joinCodeQuestion = 'Join code (not shown; Enter alone gives up): ';

/** Whether the user can go on with a join code, or with another one. */
export function canEnterJoinCode(session: Session): boolean {
  return session.phase === 'refused' && needsJoinCode(session.code);
}
