import { formatAddress, isLoopback } from '../../shared/address.ts';
import { candidatesMax } from '../../shared/limits.ts';
import { interfaceAddresses } from '../net/interfaces.ts';

/** This machine's addresses with a port, as others on its networks can reach it: IPv4 first, people type that. */
export function reachableAddresses(port: number): string[] {
  return interfaceAddresses()
    .filter(({ host }) => !isLoopback(host))
    .toSorted((a, b) => Number(a.host.includes(':')) - Number(b.host.includes(':')))
    .map(({ host }) => formatAddress({ host, port }));
}

/** What a client says of itself at registration; the server puts the address that it saw before these. */
export function candidateAddresses(port: number): string[] {
  return reachableAddresses(port).slice(0, candidatesMax - 1);
}
