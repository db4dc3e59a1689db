import { randomBytes } from 'node:crypto';
import { roomIdFromBytes, type RoomId } from '../../../shared/ids.ts';
import { idSource } from '../../../shared/new-id.ts';

/** Makes the ids of commands and messages. */
export const newId = idSource(() => Date.now());

export function newRoomId(): RoomId {
  return roomIdFromBytes(randomBytes(16));
}
