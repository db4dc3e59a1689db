import { formatAddress } from '../../shared/address.ts';
import type { ConnectionStatistics, RoleStatistics } from '../../shared/bridge/statistics.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { UdpSocketCounters } from '../net/udp-socket.ts';
import type { EndpointCounters } from '../transport/output-queue.ts';
import type { PeerStatistics } from '../transport/endpoint.ts';

/** Maps the counters of a role's socket and endpoint to the bridge's names. */
export function roleStatistics(
  connections: number,
  endpoint: Readonly<EndpointCounters>,
  socket: Readonly<UdpSocketCounters>,
): RoleStatistics {
  return {
    connections,
    datagramsSent: endpoint.sent,
    datagramsReceived: endpoint.received,
    bytesSent: endpoint.bytesSent,
    bytesReceived: endpoint.bytesReceived,
    datagramsSentAgain: endpoint.retransmitted,
    dropped: { ...endpoint.dropped },
    sendErrors: socket.sendErrors,
    receiveErrors: socket.receiveErrors,
    unsent: socket.unsent,
  };
}

export function connectionStatistics(
  statistics: PeerStatistics,
  server: PeerKey | undefined,
): ConnectionStatistics {
  return {
    peer: statistics.peer,
    isServer: statistics.peer === server,
    address: formatAddress(statistics.address),
    classic: statistics.profile === 'classic',
    roundTripMs: statistics.roundTripMs,
    packetsSent: statistics.packetsSent,
    packetsReceived: statistics.packetsReceived,
    packetsLost: statistics.packetsLost,
    sentAgain: statistics.retransmissions,
    keyChanges: statistics.keyChanges,
    datagramBytes: statistics.datagramBytes,
  };
}
