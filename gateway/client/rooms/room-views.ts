import { roomConversation } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { standingOf, type RoomState } from '../../../shared/rooms/room-state.ts';
import type { StoredRoom } from '../../store/room-repository.ts';
import type { RoomMembers, RoomStanding, RoomView } from '../client-event.ts';

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
  const about = state.about ?? listed;
  const standing = roomStandingOf(stored, state, me);
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
function roomStandingOf(
  { departure, listed }: StoredRoom,
  state: RoomState,
  me: PeerKey,
): RoomStanding | undefined {
  if (state.about === null) {
    if (listed === null || listed.standing === 'guest') return undefined;
    return listed.standing === 'former' ? 'left' : listed.standing;
  }
  const standing = standingOf(state, me);
  if (standing === 'server') return undefined;
  if (standing !== 'guest') return standing;
  return state.invited.has(me) || listed?.standing === 'invited' ? 'invited' : (departure ?? 'left');
}
