import { parsePeerKey, parseRoomId, type PeerKey, type RoomId } from '../../../shared/ids.ts';

/** The route in the URL. Users type a nickname; a key stands in for a missing nickname. A room's id always works for its name. */
export type Route =
  | { readonly screen: 'contacts' | 'settings' | 'operator' | 'guests' }
  | { readonly screen: 'conversation'; readonly nickname: string }
  | { readonly screen: 'conversation'; readonly key: PeerKey }
  | { readonly screen: 'room'; readonly name: string }
  | { readonly screen: 'room'; readonly room: RoomId };

export const contactsPath = '/';
export const settingsPath = '/settings';
export const operatorPath = '/operator';
/** The page on which a host takes guests. */
export const guestsPath = '/guests';

/** Every path gives a route. A path without meaning gives the list of contacts. */
export function parseRoute(path: string): Route {
  if (path === settingsPath) return { screen: 'settings' };
  if (path === operatorPath) return { screen: 'operator' };
  if (path === guestsPath) return { screen: 'guests' };
  const parts = /^\/([ckr])\/([^/]+)$/.exec(path);
  const value = decode(parts?.[2] ?? '');
  if (parts?.[1] === 'r' && value !== '') return roomRoute(value);
  if (parts?.[1] === 'c' && value !== '') return { screen: 'conversation', nickname: value };
  const key = parts?.[1] === 'k' ? parsePeerKey(value) : undefined;
  return key === undefined ? { screen: 'contacts' } : { screen: 'conversation', key };
}

function roomRoute(value: string): Route {
  const room = parseRoomId(value);
  return room === undefined ? { screen: 'room', name: value } : { screen: 'room', room };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text).normalize('NFC');
  } catch {
    // For example `%zz` in the URL: a path without meaning.
    return '';
  }
}
