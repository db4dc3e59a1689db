import { roomConversation } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { standingOf, type RoomState } from '../../../shared/rooms/room-state.ts';
import type { StoredRoom } from '../../store/room-repository.ts';
import type { RoomMembers, RoomStanding, RoomView } from '../client-event.ts';
import { isListedOutside } from './open-room.ts';

export interface RoomViewInput {
  readonly stored: StoredRoom;
  readonly state: RoomState;
  readonly me: PeerKey;
  readonly isOfServer: boolean;
  /** People in the client table: the members of `#everyone`. */
  readonly people: number;
}

/** Returns how frontends see a room; undefined where the user has no part in it. */
export function roomViewOf({ stored, state, me, isOfServer, people }: RoomViewInput): RoomView | undefined {
  const { id, listed, findings, cutAt } = stored;
  const standing = roomStandingOf(stored, state, me);
  // The log of a former member is older than an invitation.
  const about = standing === 'invited' ? (listed ?? state.about) : (state.about ?? listed);
  if (about === null || standing === undefined) return undefined;
  const listedMembers = listed?.members ?? 0;
  return {
    room: id,
    conversation: roomConversation(id),
    name: about.name,
    topic: about.topic,
    access: about.access,
    mode: state.about?.mode ?? { name: 'normal' },
    history: state.about?.history ?? 'all',
    retention: state.about?.retention ?? {},
    ended: about.ended,
    standing,
    silenced: state.silenced.has(me),
    members: about.access === 'everyone' ? people : state.about === null ? listedMembers : state.members.size,
    pins: [...state.pins],
    findings: [...findings],
    otherServer: !isOfServer,
    cut: cutAt > 0,
  };
}

export function roomMembersOf(state: RoomState): RoomMembers {
  const silenced = [...state.silenced].filter((key) => !state.members.has(key));
  const isEveryone = state.about?.access === 'everyone';
  return {
    members: [
      ...[...state.members].map(([key, role]) => ({ key, role, silenced: state.silenced.has(key) })),
      ...(isEveryone ? silenced.map((key) => ({ key, role: 'member' as const, silenced: true })) : []),
    ],
    invited: [...state.invited],
    banned: [...state.banned],
  };
}

/** Undefined: the user has no part in the room. */
function roomStandingOf(stored: StoredRoom, state: RoomState, me: PeerKey): RoomStanding | undefined {
  const { departure, listed } = stored;
  if (state.about === null) {
    if (listed === null || listed.standing === 'guest') return undefined;
    return listed.standing === 'former' ? 'left' : listed.standing;
  }
  const standing = standingOf(state, me);
  if (standing === 'server') return undefined;
  const isOutside = standing === 'guest' || standing === 'banned' || isListedOutside(stored);
  if (!isOutside) return standing;
  // The server invites no banned user: the ban, with which the log ends, is lifted.
  if (listed?.standing === 'invited') return 'invited';
  return standing === 'banned' ? standing : (departure ?? 'left');
}
