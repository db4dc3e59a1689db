import { parsePeerKey, type PeerKey } from '../../../shared/ids.ts';
import type { Person } from '../../../shared/bridge/schema.ts';

/** The route in the URL. Users type a nickname; a key stands in while there is none. */
export type Route =
  | { readonly screen: 'people' }
  | { readonly screen: 'conversation'; readonly nickname: string }
  | { readonly screen: 'conversation'; readonly key: PeerKey };

export const contactsPath = '/';

export function pathTo({ nickname, key, keyConflict }: Person): string {
  // The nickname means the key that had it first.
  const isUnnamed = nickname === null || keyConflict?.type === 'not-pinned';
  return isUnnamed || pathHostile.test(nickname) ? `/k/${key}` : `/c/${encodeURIComponent(nickname)}`;
}

/**
 * A browser reads `/c/..` as `/`, escaped or not (URL Standard, "double-dot URL path segment"). File servers refuse a
 * backslash.
 */
const pathHostile = /^\.\.?$|\\/;

/** Every path gives a route. A path without meaning gives the list of contacts. */
export function parseRoute(path: string): Route {
  const parts = /^\/([ck])\/([^/]+)$/.exec(path);
  const value = decode(parts?.[2] ?? '');
  if (parts?.[1] === 'c' && value !== '') return { screen: 'conversation', nickname: value };
  const key = parts?.[1] === 'k' ? parsePeerKey(value) : undefined;
  return key === undefined ? { screen: 'people' } : { screen: 'conversation', key };
}

/** Finds the contact of a route by the exact nickname, else without regard to case. */
export function personOf(route: Route, people: ReadonlyMap<PeerKey, Person>): Person | undefined {
  if (route.screen === 'people') return undefined;
  if ('key' in route) return people.get(route.key);
  const all = [...people.values()].toSorted((one, other) => conflictRank(one) - conflictRank(other));
  const folded = route.nickname.toLowerCase();
  return (
    all.find((contact) => contact.nickname === route.nickname) ??
    all.find((contact) => contact.nickname?.toLowerCase() === folded)
  );
}

/** A contact that uses another key's nickname comes after the known one. */
function conflictRank({ keyConflict }: Person): number {
  return keyConflict?.type === 'not-pinned' ? 1 : 0;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text).normalize('NFC');
  } catch {
    // For example `%zz` in the URL: a path without meaning.
    return '';
  }
}
