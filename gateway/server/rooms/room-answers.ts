import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { MessageId, RoomId } from '../../../shared/ids.ts';
import type { RoomDoorRefusalCode, RoomRefusalCode } from '../../../shared/rooms/refusals.ts';

/** The server sends nothing of this room, or does not say the readers of the message with this id. */
export function refusalOf(
  room: RoomId,
  code: RoomRefusalCode | RoomDoorRefusalCode,
  retryAfterMs?: number,
  id?: MessageId,
): ProtocolMessageOf<'room-refused'> {
  return {
    kind: 'room-refused',
    room,
    code,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(id === undefined ? {} : { id }),
  };
}
