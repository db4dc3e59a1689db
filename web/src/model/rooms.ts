import type { RoomMember, RoomMembers, RoomView } from '../../../shared/bridge/rooms.ts';
import { nameContains } from '../../../shared/case-folding.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { ownKey, type ChatState } from '../../../shared/model/chat.ts';
import { isMember, sortedRooms } from '../../../shared/model/rooms.ts';
import type { RoomKind } from '../../../shared/rooms/content.ts';
import { presenceOf, type Presence } from './contacts.ts';
import type { GatewayStatus } from './gateway-status.ts';
import { isEnough, ranksAbove, rightsOf, type Standing } from '../../../shared/rooms/rights.ts';

/** The rooms in the list at the left: those that the user is in or invited to, and those that only hold what arrived. */
export interface RoomSections {
  readonly current: readonly RoomView[];
  readonly past: readonly RoomView[];
}

export function roomSections(chat: ChatState, filter: string): RoomSections {
  const rooms = sortedRooms(chat).filter(({ name }) => nameContains(`#${name}`, filter));
  return { current: rooms.filter((view) => !isPast(view)), past: rooms.filter(isPast) };
}

function isPast(view: RoomView): boolean {
  return view.otherServer || view.ended !== null || !(isMember(view) || view.standing === 'invited');
}

/** Why the user cannot write in a room now, or that the user can. Each has one sentence. */
export type WritingState =
  | { readonly kind: 'open' }
  | { readonly kind: 'slow'; readonly seconds: number }
  | {
      readonly kind:
        | 'other-server'
        | 'closed'
        | 'banned'
        | 'removed'
        | 'left'
        | 'invited'
        | 'archived'
        | 'silenced'
        | 'reader'
        | 'moderated';
    };

/** The reason that holds longest comes first: a room that is closed does not become open by a new role. */
export function writingState(view: RoomView): WritingState {
  if (view.otherServer) return { kind: 'other-server' };
  if (view.ended === 'closed') return { kind: 'closed' };
  switch (view.standing) {
    case 'banned':
    case 'removed':
    case 'left':
    case 'invited':
      return { kind: view.standing };
    default:
  }
  if (view.ended === 'archived') return { kind: 'archived' };
  if (view.silenced) return { kind: 'silenced' };
  if (view.standing === 'reader') return { kind: 'reader' };
  if (!may(view, 'text')) return { kind: 'moderated' };
  const { mode } = view;
  // Owners and moderators have no pace.
  return mode.name === 'slow' && view.standing === 'member'
    ? { kind: 'slow', seconds: mode.seconds }
    : { kind: 'open' };
}

export function canWrite(state: WritingState): boolean {
  return state.kind === 'open' || state.kind === 'slow';
}

/** Whether the user may write an entry of this kind, as the room is now (PROTOCOL 10.16). */
export function may(view: RoomView, kind: RoomKind): boolean {
  const row = rightsOf(kind);
  if (view.otherServer || view.ended === 'closed') return false;
  if (view.ended === 'archived' && !row.archived) return false;
  if (view.access === 'everyone' && !row.everyone) return false;
  if (view.silenced && !row.silenced) return false;
  const isModerated = view.mode.name === 'moderated' && row.leastWhenModerated !== undefined;
  const isClosed = view.access === 'closed' && row.leastWhenClosed !== undefined;
  const least = isModerated ? row.leastWhenModerated : isClosed ? row.leastWhenClosed : row.least;
  return isEnough(standingOf(view), least);
}

/** Whether the user may do this to a member with another role. */
export function mayTo(view: RoomView, kind: RoomKind, member: Pick<RoomMember, 'role'>): boolean {
  return may(view, kind) && ranksAbove(standingOf(view), member.role);
}

function standingOf({ standing }: RoomView): Standing {
  return standing === 'invited' || standing === 'left' || standing === 'removed' ? 'guest' : standing;
}

/** A row of the list of members. */
export interface MemberRow {
  readonly key: PeerKey;
  readonly nickname: string | null;
  readonly presence: Presence;
  readonly role: RoomMember['role'];
  readonly silenced: boolean;
  readonly isMe: boolean;
  /** Guests get no role above member (PROTOCOL 10.54). */
  readonly isGuest: boolean;
}

const roleRanks: Record<RoomMember['role'], number> = { owner: 0, moderator: 1, member: 2, reader: 3 };

/** Returns the members by role, then those that are online, then by name. Everyone in the chat is a member of `#everyone`. */
export function memberRows(
  chat: ChatState,
  gateway: GatewayStatus,
  { access }: Pick<RoomView, 'access'>,
  { members }: Pick<RoomMembers, 'members'>,
  filter = '',
): readonly MemberRow[] {
  const known = new Map(members.map((member) => [member.key, member]));
  const keys = new Set(known.keys());
  if (access === 'everyone') for (const key of chat.contacts.keys()) keys.add(key);
  const me = ownKey(chat.session);
  return [...keys]
    .map((key) => {
      const { role = 'member', silenced = false } = known.get(key) ?? {};
      const { nickname = null, online = false, guestOf } = chat.contacts.get(key) ?? {};
      const isMe = key === me;
      const presence = presenceOf(gateway, { online: isMe ? chat.session.phase === 'online' : online });
      return { key, nickname, presence, role, silenced, isMe, isGuest: guestOf !== undefined };
    })
    .filter(({ nickname }) => nameContains(nickname ?? '', filter))
    .toSorted(
      (one, other) =>
        roleRanks[one.role] - roleRanks[other.role] ||
        Number(other.presence === 'online') - Number(one.presence === 'online') ||
        byName.compare(one.nickname ?? '', other.nickname ?? ''),
    );
}

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

/** Returns the members that have not said that they have read an announcement. Its author is not asked. */
export function notAcknowledged(
  rows: readonly MemberRow[],
  author: PeerKey,
  acknowledgedBy: readonly PeerKey[],
): readonly MemberRow[] {
  const has = new Set(acknowledgedBy);
  return rows.filter(({ key }) => key !== author && !has.has(key));
}
