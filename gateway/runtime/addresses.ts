import { formatAddress, isLoopback } from '../../shared/address.ts';
import { interfaceAddresses } from '../net/interfaces.ts';

/** Returns the addresses at which others on its networks reach this machine, IPv4 first, because users type those. */
export function reachableAddresses(port: number): string[] {
  return interfaceAddresses()
    .filter(({ host }) => !isLoopback(host))
    .toSorted((a, b) => Number(a.host.includes(':')) - Number(b.host.includes(':')))
    .map(({ host }) => formatAddress({ host, port }));
}
