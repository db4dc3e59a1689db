/**
 * The kind of network that an address of this machine is on. `lan`: a real one, with other computers. `vpn`: a tunnel. `docker`:
 * containers of this machine. `virtual`: virtual machines of this machine, and bridges between them.
 */
export const networkKinds = ['lan', 'vpn', 'docker', 'virtual'] as const;
export type NetworkKind = (typeof networkKinds)[number];

/** A join address of a server (shared/join-address.ts), and the network on which others reach it. */
export interface OfferedAddress {
  readonly address: string;
  readonly network: NetworkKind;
}
