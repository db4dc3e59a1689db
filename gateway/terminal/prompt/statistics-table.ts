import type { ConnectionStatistics, RoleStatistics, Statistics } from '../../../shared/bridge/statistics.ts';
import type { PeerKey } from '../../../shared/ids.ts';

/** Returns the output of `stats`: a line for each connection, then the counts of this gateway's socket. */
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

const heads = ['peer', 'address', 'round trip', 'sent', 'received', 'lost', 'resent', 'largest', ''];
/** The first two columns and the last one are text, the others are numbers. */
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

function roleLines(role: string, counted: RoleStatistics): string[] {
  const { datagramsSent, bytesSent, datagramsSentAgain, datagramsReceived, bytesReceived } = counted;
  const { sendErrors, receiveErrors, unsent, dropped } = counted;
  const drops = Object.entries({
    ...dropped,
    'send-error': sendErrors,
    'receive-error': receiveErrors,
    unsent,
  })
    .filter(([, count]) => count > 0)
    .map(([cause, count]) => `${cause} ${count}`);
  return [
    `${role}: ${datagramsSent} datagrams sent (${bytesSent} bytes; ${datagramsSentAgain} of them resent), ` +
      `${datagramsReceived} received (${bytesReceived} bytes)`,
    `${role} dropped: ${drops.length === 0 ? 'nothing' : drops.join(', ')}`,
  ];
}
