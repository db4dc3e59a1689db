import { parseRoomId, type RoomId } from '../../../shared/ids.ts';

/** What the client sends about one room and has to send again if it did not leave. */
export const sendings = ['follow', 'append', 'offer', 'ack'] as const;
export type Sending = (typeof sendings)[number];

/** The token of such a message in the events of the endpoint. */
export function tokenOf(what: Sending, room: RoomId): string {
  return `room ${what} ${room}`;
}

/** Undefined for the token of another message. */
export function sendingOf(token: string): { readonly what: Sending; readonly room: RoomId } | undefined {
  const [prefix, word, id = ''] = token.split(' ');
  const what = sendings.find((sending) => sending === word);
  const room = parseRoomId(id);
  return prefix === 'room' && what !== undefined && room !== undefined ? { what, room } : undefined;
}
