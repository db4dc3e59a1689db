import type { ChatState } from '../../../shared/model/chat.ts';

/** Whether this gateway runs a server and no client, as `-s` does: the operator's page is the only screen then. */
export function isServerOnly({ session, hosting }: Pick<ChatState, 'session' | 'hosting'>): boolean {
  return session.phase === 'none' && hosting !== null;
}
