import { formatAddress, isLoopback } from '../../shared/address.ts';
import { interfaceAddresses } from '../net/interfaces.ts';
import type { OfferedAddress } from '../../shared/network-kind.ts';

/** Returns the addresses at which others on its networks reach this machine, the most likely one first. */
export function reachableAddresses(port: number): OfferedAddress[] {
  return interfaceAddresses()
    .filter(({ host }) => !isLoopback(host))
    .map(({ host, network }) => ({ address: formatAddress({ host, port }), network }));
}
