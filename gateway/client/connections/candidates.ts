import {
  isLinkLocalV6,
  isLoopback,
  isOnSubnet,
  isPrivate,
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

/** Addresses at which a peer may be tried. `seen`: where the server saw it. `claims`: what only the peer says. */
export interface UsableCandidates {
  readonly seen: readonly Address[];
  readonly claims: readonly Address[];
}

/** The services of a machine listen below. A client takes a port above by default. */
const claimedPortMin = 1_024;

/**
 * Returns the addresses of a peer that may be tried. The first of `candidates` is where the server saw the peer. The others
 * are the peer's own claims: those are only tried on a private subnet that this machine is attached to, and not at ports of
 * services, so that no peer can make others send to a victim. Loopback counts only where the server sees both on loopback:
 * then all three share a machine.
 */
export function usableCandidates(
  candidates: readonly string[],
  self: {
    readonly observedOnLoopback: boolean;
    readonly serverZone: string | undefined;
    readonly interfaces: readonly InterfaceAddress[];
  },
): UsableCandidates {
  const [first, ...others] = candidates.slice(0, candidatesMax).map((text) => parseAddress(text));
  const isUsable = ({ host }: Address): boolean =>
    isUnicast(host) && (!isLoopback(host) || self.observedOnLoopback);
  const isUsableClaim = ({ host, port }: Address): boolean =>
    isPrivate(host) &&
    port >= claimedPortMin &&
    self.interfaces.some((attached) => isOnSubnet(host, attached));
  return {
    seen: first !== undefined && isUsable(first) ? [withZone(first, self.serverZone)] : [],
    claims: others.filter((address) => address !== undefined).filter(isUsableClaim),
  };
}

/**
 * Leaves the addresses of a peer at which an answer tells of no network of this machine that the server and the peer do not know of
 * already (PROTOCOL 6.112). A server could make up where it sees a peer. `told`: the candidates that this client tells. `isServerHere`:
 * whether the server runs on this machine, where it reaches the loopback itself.
 */
export function withoutUntoldNetworks(
  { seen, claims }: UsableCandidates,
  told: readonly string[],
  interfaces: readonly InterfaceAddress[],
  isServerHere: boolean,
): UsableCandidates {
  const hosts = told.map((text) => parseAddress(text)?.host);
  const isOn = (host: string, isTold: boolean): boolean =>
    interfaces.some((own) => hosts.includes(own.host) === isTold && isOnSubnet(host, own));
  return {
    seen: seen.filter(({ host }) =>
      isLoopback(host) ? isServerHere : isOn(host, true) || !isOn(host, false),
    ),
    claims: claims.filter(({ host }) => isOn(host, true)),
  };
}

/** A server that is reached at a link-local address sees its other clients on the same interface (RFC 4007 section 6). */
function withZone({ host, port }: Address, zone: string | undefined): Address {
  return zone !== undefined && isLinkLocalV6(host) ? { host: `${host}%${zone}`, port } : { host, port };
}
