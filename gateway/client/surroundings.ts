import type { InterfaceAddress } from '../../shared/address.ts';
import { usableCandidates } from './candidates.ts';
import type { PeerConnectionsOptions } from './peer-connections.ts';
import type { People } from './people.ts';
import type { Session } from './session.ts';

/** What the links to people ask of the session, the people and this machine, each time anew. */
export function surroundingsOf(
  session: Session,
  people: People,
  interfaces: () => readonly InterfaceAddress[],
): PeerConnectionsOptions {
  return {
    isKnown: (peer) => people.find(peer) !== undefined,
    isOnline: (peer) => people.find(peer)?.online ?? false,
    whereabouts: (peer) => {
      const { isFresh, candidates } = people.whereabouts(peer);
      const self = { observedOnLoopback: session.observedOnLoopback, interfaces: interfaces() };
      return { isFresh, candidates: usableCandidates(candidates, self) };
    },
    server: () => {
      if (session.isAway) return { state: 'away' };
      if (session.isOnline && session.serverKey !== undefined)
        return { state: 'online', key: session.serverKey };
      return { state: 'unreachable', nextTryAtMs: session.nextTryAtMs };
    },
  };
}
