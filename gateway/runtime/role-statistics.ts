import { formatAddress } from '../../shared/address.ts';
import type { ConnectionStatistics, RoleStatistics } from '../../shared/bridge/statistics.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { UdpSocketCounters } from '../net/udp-socket.ts';
import type { EndpointCounters } from '../transport/output-queue.ts';
import type { PeerStatistics } from '../transport/endpoint.ts';

/** All that a role's socket and endpoint have counted, in the bridge's words. */
export function roleStatistics(
  connections: number,
  endpoint: Readonly<EndpointCounters>,
  { sendErrors, receiveErrors, unsent }: Readonly<UdpSocketCounters>,
): RoleStatistics {
  return {
    connections,
    datagramsSent: endpoint.sent,
    datagramsReceived: endpoint.received,
    bytesSent: endpoint.bytesSent,
    bytesReceived: endpoint.bytesReceived,
    datagramsSentAgain: endpoint.retransmitted,
    dropped: { ...endpoint.dropped },
    ...{ sendErrors, receiveErrors, unsent },
  };
}

export function connectionStatistics(
  statistics: PeerStatistics,
  server: PeerKey | undefined,
): ConnectionStatistics {
  const { peer, address, profile, roundTripMs, retransmissions, keyChanges, datagramBytes } = statistics;
  const { packetsSent, packetsReceived, packetsLost } = statistics;
  return {
    peer,
    isServer: peer === server,
    address: formatAddress(address),
    classic: profile === 'classic',
    roundTripMs,
    ...{ packetsSent, packetsReceived, packetsLost },
    sentAgain: retransmissions,
    ...{ keyChanges, datagramBytes },
  };
}
