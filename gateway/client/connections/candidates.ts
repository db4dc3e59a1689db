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
