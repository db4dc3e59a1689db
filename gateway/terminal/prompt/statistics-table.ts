import type { ConnectionStatistics, RoleStatistics, Statistics } from '../../../shared/bridge/statistics.ts';
import type { PeerKey } from '../../../shared/ids.ts';

/** What `stats` prints: a line for each connection, then what this gateway's socket counted. */
export function statisticsLines(
  { client, server, connections }: Statistics,
  nicknameOf: (peer: PeerKey) => string,
): string[] {
  const rows = connections.map((connection) => [
    connection.isServer ? 'the server' : nicknameOf(connection.peer),
    connection.address,
    ...countsOf(connection),
    connection.classic ? 'stop-and-wait' : '',
  ]);
  const left = (client?.connections ?? 0) - connections.length;
  return [
    ...(rows.length > 0 ? table([heads, ...rows]) : ['No connections.']),
    ...(left > 0 ? [`and ${left} more`] : []),
    ...(client === null ? [] : roleLines('This gateway', client)),
    ...(server === null ? [] : roleLines('The server here', server)),
  ];
}

const heads = ['who', 'address', 'round trip', 'sent', 'received', 'lost', 'again', 'largest', ''];
/** The first two columns and the last are words, the others numbers. */
const isNumber = (column: number): boolean => column > 1 && column < heads.length - 1;

function countsOf(connection: ConnectionStatistics): string[] {
  const { roundTripMs, packetsSent, packetsReceived, packetsLost, sentAgain, datagramBytes } = connection;
  const roundTrip = roundTripMs === null ? '-' : `${roundTripMs.toFixed(1)} ms`;
  return [roundTrip, ...[packetsSent, packetsReceived, packetsLost, sentAgain, datagramBytes].map(String)];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const room = ' '.repeat((widths[column] ?? 0) - [...cell].length);
        return isNumber(column) ? room + cell : cell + room;
      })
      .join('  ')
      .trimEnd(),
  );
}

function roleLines(who: string, counted: RoleStatistics): string[] {
  const { datagramsSent, bytesSent, datagramsSentAgain, datagramsReceived, bytesReceived } = counted;
  const { sendErrors, receiveErrors, unsent, dropped } = counted;
  const troubles = Object.entries({
    ...dropped,
    'send-error': sendErrors,
    'receive-error': receiveErrors,
    unsent,
  })
    .filter(([, count]) => count > 0)
    .map(([cause, count]) => `${cause} ${count}`);
  return [
    `${who}: ${datagramsSent} datagrams sent (${bytesSent} bytes; ${datagramsSentAgain} of them again), ` +
      `${datagramsReceived} received (${bytesReceived} bytes)`,
    `${who} threw away: ${troubles.length === 0 ? 'nothing' : troubles.join(', ')}`,
  ];
}
