import type { CommandOf } from '../../../shared/bridge/commands.ts';
import type { Snapshot } from '../../../shared/bridge/events.ts';
import type { Session } from '../../../shared/bridge/schema.ts';

/**
 * Returns the command by which an open tab goes on with its chat after its gateway has started again without one. It is the same
 * as the user's button for that chat. Null if this tab was in no chat or offline, or the chat is open already or unknown.
 */
export function commandToResume(
  previous: Session,
  { session, profiles }: Pick<Snapshot, 'session' | 'profiles'>,
): CommandOf<'host' | 'join'> | null {
  if (session.phase !== 'none') return null;
  if (previous.phase !== 'online' && previous.phase !== 'unreachable') return null;
  const profile = profiles.find(
    ({ nickname, server }) => nickname === previous.nickname && server.address === previous.server.address,
  );
  if (profile === undefined) return null;
  const { nickname, server, hosted } = profile;
  return hosted ? { type: 'host', nickname } : { type: 'join', nickname, server, keepTrying: true };
}
