import {
  isLoopback,
  isOnSubnet,
  isUnicast,
  parseAddress,
  type Address,
  type InterfaceAddress,
} from '../../../shared/address.ts';
import { candidatesMax } from '../../../shared/limits.ts';

/**
 * PROTOCOL 6.18: returns the addresses of this client that the server may know: those in the subnets from which the client
 * reaches it. Others do not concern the server, and often are of no use to a peer (a VPN, a virtual machine). A server on
 * this machine serves all its subnets.
 */
export function toldCandidates(
  own: readonly string[],
  server: Pick<Address, 'host'>,
  interfaces: readonly InterfaceAddress[],
): string[] {
  const isHere = isLoopback(server.host) || interfaces.some(({ host }) => host === server.host);
  const shared = interfaces.filter((attached) => isHere || isOnSubnet(server.host, attached));
  const isTold = (text: string): boolean => {
    const address = parseAddress(text);
    if (address === undefined || !shared.some((attached) => isOnSubnet(address.host, attached))) return false;
    return isLoopback(server.host) || !isLoopback(address.host);
  };
  // The server puts the address that it sees before them.
  return own.filter(isTold).slice(0, candidatesMax - 1);
}

/**
 * Returns the addresses of a peer that may be tried. The first of `candidates` is where the server saw the peer. The others
 * are the peer's own claims: those are only tried on a subnet that this machine is attached to, so that no peer can make
 * others flood a victim. Loopback counts only where the server sees both on loopback: then all three share a machine.
 */
export function usableCandidates(
  candidates: readonly string[],
  self: { readonly observedOnLoopback: boolean; readonly interfaces: readonly InterfaceAddress[] },
): Address[] {
  const usable: Address[] = [];
  candidates.slice(0, candidatesMax).forEach((text, index) => {
    const address = parseAddress(text);
    if (address === undefined || !isUnicast(address.host)) return;
    const allowed = isLoopback(address.host)
      ? self.observedOnLoopback && index === 0
      : index === 0 || self.interfaces.some((attached) => isOnSubnet(address.host, attached));
    if (allowed) usable.push(address);
  });
  return usable;
}
