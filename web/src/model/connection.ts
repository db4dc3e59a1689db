import type { ConnectionStatistics, RoleStatistics, Statistics } from '../../../shared/bridge/statistics.ts';
import type { Person, Session } from '../../../shared/bridge/schema.ts';

/** How one person is talked to right now, for whoever wants to see it. */
export interface ConnectionView {
  /** `idle`: nothing stands, the next message opens it. `server`: what is sent waits there. `none`: not even that. */
  readonly way: 'direct' | 'idle' | 'server' | 'none';
  /** With `direct`. */
  readonly connection: ConnectionStatistics | null;
  /** Whether I want stop-and-wait with them. */
  readonly wanted: boolean;
  /** It is kept to although I do not ask for it: they do. */
  readonly wantedByThem: boolean;
  /** My wish is not the connection's rule yet: it is being opened anew, or was when the numbers were taken. */
  readonly changing: boolean;
  readonly drops: readonly Drop[];
  readonly dropCount: number;
  /** All datagrams of this gateway's socket, with everybody. */
  readonly sent: number;
  readonly received: number;
}

export interface Drop {
  readonly cause: string;
  readonly count: number;
}

/** `wanted` is what the person has just chosen, before the gateway has answered. */
export function connectionView(
  { connections, classicWanted, client }: Statistics,
  contact: Person,
  session: Session,
  wanted: boolean | undefined,
): ConnectionView {
  const connection = connections.find(({ peer }) => peer === contact.key) ?? null;
  const wish = wanted ?? classicWanted ?? false;
  const drops = client === null ? [] : dropsOf(client);
  return {
    way: connection === null ? wayWithout(contact, session) : 'direct',
    connection,
    wanted: wish,
    wantedByThem: connection?.classic === true && !wish && wanted === undefined,
    changing: connection !== null && wish && !connection.classic,
    drops,
    dropCount: drops.reduce((sum, { count }) => sum + count, 0),
    sent: client?.datagramsSent ?? 0,
    received: client?.datagramsReceived ?? 0,
  };
}

function wayWithout(contact: Person, session: Session): 'idle' | 'server' | 'none' {
  if (session.phase === 'online') return contact.online ? 'idle' : 'server';
  // Without the server nobody knows who is here: their last addresses are tried.
  return session.phase === 'unreachable' ? 'idle' : 'none';
}

/** What happened at all, the most frequent first. */
function dropsOf({ dropped, receiveErrors, sendErrors, unsent }: RoleStatistics): Drop[] {
  return Object.entries({ ...dropped, 'receive-error': receiveErrors, 'send-error': sendErrors, unsent })
    .map(([cause, count]) => ({ cause, count }))
    .filter(({ count }) => count > 0)
    .sort((one, other) => other.count - one.count || one.cause.localeCompare(other.cause));
}
