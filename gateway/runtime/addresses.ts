import { formatAddress, isLoopback } from '../../shared/address.ts';
import { candidatesMax } from '../../shared/limits.ts';
import { interfaceAddresses } from '../net/interfaces.ts';

/** Returns the addresses at which others on its networks reach this machine, IPv4 first, because users type those. */
export function reachableAddresses(port: number): string[] {
  return interfaceAddresses()
    .filter(({ host }) => !isLoopback(host))
    .toSorted((a, b) => Number(a.host.includes(':')) - Number(b.host.includes(':')))
    .map(({ host }) => formatAddress({ host, port }));
}

/** Returns the addresses that a client registers. The server puts the address that it sees before them. */
export function candidateAddresses(port: number): string[] {
  return reachableAddresses(port).slice(0, candidatesMax - 1);
}
