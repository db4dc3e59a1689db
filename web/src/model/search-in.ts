import type { RoomView } from '../../../shared/bridge/rooms.ts';
import type { Contact } from '../../../shared/bridge/schema.ts';

/** Returns how a search of this conversation begins. Of a name that no filter can hold, it is a search of all. */
export function searchIn(
  room: Pick<RoomView, 'name'> | undefined,
  contact: Pick<Contact, 'nickname'> | undefined,
): string {
  const name = room === undefined ? (contact?.nickname ?? '') : `#${room.name}`;
  if (name === '' || name.startsWith('"')) return '';
  if (!/\s/u.test(name)) return `in:${name} `;
  return name.includes('"') ? '' : `in:"${name}" `;
}
