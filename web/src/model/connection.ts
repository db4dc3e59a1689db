import type { ConnectionStatistics, RoleStatistics, Statistics } from '../../../shared/bridge/statistics.ts';
import type { Contact, Session } from '../../../shared/bridge/schema.ts';

/** How messages reach one contact right now, for the connection panel. */
export interface ConnectionView {
  /** `idle`: the next message opens a connection. `server`: messages wait on the server. `none`: the user is offline. */
  readonly way: 'direct' | 'idle' | 'server' | 'none';
  /** With `direct`. */
  readonly connection: ConnectionStatistics | null;
  /** Whether the local user wants stop-and-wait with this contact. */
  readonly wanted: boolean;
  /** Stop-and-wait applies because the peer wants it. */
  readonly wantedByThem: boolean;
  /** The choice does not apply yet, because the connection is being opened again. */
  readonly changing: boolean;
  readonly drops: readonly Drop[];
  readonly dropCount: number;
  /** All datagrams of this gateway's socket, with all peers. */
  readonly sent: number;
  readonly received: number;
}

export interface Drop {
  readonly cause: string;
  readonly count: number;
}

/** `wanted` is the user's choice while the gateway has not answered. */
export function connectionView(
  { connections, classicWanted, client }: Statistics,
  contact: Contact,
  session: Session,
  wanted: boolean | undefined,
): ConnectionView {
  const connection = connections.find(({ peer }) => peer === contact.key) ?? null;
  const isWanted = wanted ?? classicWanted ?? false;
  const drops = client === null ? [] : dropsOf(client);
  return {
    way: connection === null ? wayWithout(contact, session) : 'direct',
    connection,
    wanted: isWanted,
    wantedByThem: connection?.classic === true && !isWanted && wanted === undefined,
    changing: connection !== null && isWanted && !connection.classic,
    drops,
    dropCount: drops.reduce((sum, { count }) => sum + count, 0),
    sent: client?.datagramsSent ?? 0,
    received: client?.datagramsReceived ?? 0,
  };
}

function wayWithout(contact: Contact, session: Session): 'idle' | 'server' | 'none' {
  if (session.phase === 'online') return contact.online ? 'idle' : 'server';
  // Without the server, presence is unknown and the client tries the last known addresses.
  return session.phase === 'unreachable' ? 'idle' : 'none';
}

/** Returns the causes that occurred, the most frequent first. */
function dropsOf({ dropped, receiveErrors, sendErrors, unsent }: RoleStatistics): Drop[] {
  return Object.entries({ ...dropped, 'receive-error': receiveErrors, 'send-error': sendErrors, unsent })
    .map(([cause, count]) => ({ cause, count }))
    .filter(({ count }) => count > 0)
    .sort((one, other) => other.count - one.count || one.cause.localeCompare(other.cause));
}
