import type { NetworkKind } from '../network-kind.ts';

/** What a connection check tries and finds. The words for it are in check-words.ts. */

/**
 * How an address came to be tried. `typed`: the user gave it. `server`: the chat has its server there. `introduced`: the server sees the
 * person there. `claimed`: only the person's own program names it. `search`: the host is asked alone for its chats. `multicast` and
 * `broadcast`: all hosts of a network are asked.
 */
export type CheckChannel =
  'typed' | 'server' | 'introduced' | 'claimed' | 'search' | 'multicast' | 'broadcast';

/**
 * The answer. `refused`: the machine says that no program has the port (ICMP port unreachable). `prohibited`: a firewall on the way
 * says no at once. `no-host`: no machine has the address. `no-route`: this machine has no way to it. `not-sent`: this machine refuses to
 * send. `connected`: nothing came back, but the other side has opened a connection that lives.
 */
export type CheckState =
  | 'waiting'
  | 'answered'
  | 'connected'
  | 'nothing'
  | 'refused'
  | 'prohibited'
  | 'no-host'
  | 'no-route'
  | 'not-sent'
  | 'other-key'
  | 'other-version';

export interface CheckAttempt {
  /** `192.168.1.7:50000` */
  readonly address: string;
  readonly channel: CheckChannel;
  /** The own address from which all hosts of a network are asked; null for other channels. */
  readonly via: string | null;
  /** Datagrams that left. */
  readonly sent: number;
  readonly state: CheckState;
  /** With `answered`: how long the answer took. */
  readonly afterMs: number | null;
}

/** Firewalls that a check knows by name. Those of Windows and macOS cannot be asked without an administrator. */
export type FirewallName = 'ufw' | 'firewalld' | 'nftables';

/** A network that this machine is on, by its own address there. */
export interface OwnNetwork {
  readonly host: string;
  readonly prefixBits: number;
  readonly network: NetworkKind;
}

/** What this machine knows about itself. */
export interface MachineFacts {
  readonly networks: readonly OwnNetwork[];
  /** The firewall that runs here; null: none, or it cannot be told. */
  readonly firewall: FirewallName | null;
  /** A VPN is on. It may take what goes to other networks, or all. */
  readonly hasVpn: boolean;
}

/** What the other side tried towards this machine. */
export interface OtherSide {
  /** `not-asked`: the server cannot ask it. `asked`: its answer is awaited. */
  readonly state: 'not-asked' | 'asked' | 'answered' | 'silent';
  readonly attempts: readonly OtherSideAttempt[];
}

export interface OtherSideAttempt {
  readonly address: string;
  readonly state: CheckState;
}

/** What a check found, in the order in which it is told. */
export type CheckFinding =
  | 'answers'
  | 'answers-only-after-us'
  | 'reaches-us-only'
  | 'own-address'
  | 'silent'
  | 'refused'
  | 'prohibited'
  | 'no-host'
  | 'no-route'
  | 'not-sent'
  | 'other-key'
  | 'other-version'
  | 'other-port'
  | 'moved'
  | 'other-network'
  | 'no-network'
  | 'search-only';

/** Why someone may be out of reach. */
export const checkCauses = [
  'own-address',
  'no-network',
  'not-running',
  'other-port',
  'moved',
  'other-server',
  'other-version',
  'own-firewall',
  'their-firewall',
  'other-network',
  'vpn',
  'machine-off',
  'isolation',
  'no-group-traffic',
  'wrong-address',
] as const;
export type CheckCauseCode = (typeof checkCauses)[number];

export interface CheckCause {
  readonly code: CheckCauseCode;
  /** With `own-firewall`: its name, where it is known. */
  readonly firewall?: FirewallName;
  /** With `own-firewall`: the network that it should let in, `192.168.1.0/24`. */
  readonly subnet?: string;
  /** With `other-port` and `moved`: the address that answers. */
  readonly address?: string;
}

export interface CheckReport {
  readonly phase: 'running' | 'over';
  readonly attempts: readonly CheckAttempt[];
  readonly machine: MachineFacts;
  readonly otherSide: OtherSide;
  readonly findings: readonly CheckFinding[];
  /** The most likely one first. Empty while nothing is known, and where the other side answers. */
  readonly causes: readonly CheckCause[];
}
