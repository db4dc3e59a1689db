import type { RoomView } from '../../../shared/bridge/rooms.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Role } from '../../../shared/rooms/content.ts';
import type { RoomAction } from './app-view.ts';
import { may, mayTo, type MemberRow } from './rooms.ts';

/** What a user does to a member of a room. */
export type MemberAction =
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'hand-over' | 'silence' | 'unsilence' | 'remove' | 'ban' };

const roles: readonly Role[] = ['owner', 'moderator', 'member', 'reader'];
const rolesOfGuests: readonly Role[] = ['member', 'reader'];

/** Returns what the user may do to a member, as the room is now. */
export function memberActions(view: RoomView, row: MemberRow): readonly MemberAction[] {
  if (row.isMe) return [];
  const possible = row.isGuest ? rolesOfGuests : roles;
  const given = mayTo(view, 'role', row)
    ? possible.filter((role) => role !== row.role && mayTo(view, 'role', { role }))
    : [];
  const silencing = row.silenced ? 'unsilence' : 'silence';
  const others = [silencing, 'remove', 'ban'] as const;
  return [
    ...given.map((role) => ({ kind: 'role' as const, role })),
    ...(may(view, 'hand-over') && !row.isGuest ? [{ kind: 'hand-over' as const }] : []),
    ...others.filter((kind) => mayTo(view, kind, row)).map((kind) => ({ kind })),
  ];
}

/** Returns the entry that does it. */
export function entryFor(action: MemberAction, { room }: RoomView, member: PeerKey): RoomAction {
  return action.kind === 'role'
    ? { type: 'room-role', room, member, role: action.role }
    : { type: `room-${action.kind}`, room, member };
}
