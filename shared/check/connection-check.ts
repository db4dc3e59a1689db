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
 * send. `connected`: nothing came back, but the other side has opened a connection that lives. `answers-only`: an answer came, but what the
 * one that answers sends first does not arrive.
 */
export type CheckState = ToldState | 'waiting' | 'connected' | 'answers-only';

/** The states that one side tells the other (PROTOCOL 6.110). */
export const toldStates = [
  'answered',
  'nothing',
  'refused',
  'prohibited',
  'no-host',
  'no-route',
  'not-sent',
  'other-key',
  'other-version',
] as const;
export type ToldState = (typeof toldStates)[number];

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
export const firewallNames = ['ufw', 'firewalld', 'nftables'] as const;
export type FirewallName = (typeof firewallNames)[number];

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

/** What the other side sees of the connection. */
export interface OtherSide {
  /**
   * `not-asked`: only people are asked. `no-path`: neither a connection nor the server leads to the person. `asked`: the answer is
   * awaited. `silent`: none came in time. `does-not-say`: the program there, or the server between, does not know the question.
   */
  readonly state: 'not-asked' | 'no-path' | 'asked' | 'answered' | 'silent' | 'does-not-say';
  /** What it tried towards this machine. */
  readonly attempts: readonly OtherSideAttempt[];
  /** Whether it got a datagram of this check that this machine sent first; null: it did not say. */
  readonly arrived: boolean | null;
  /** Its firewall; null: none, or it cannot be told, or the person there does not know the user. */
  readonly firewall: FirewallName | null;
}

export interface OtherSideAttempt {
  readonly address: string;
  readonly state: Exclude<CheckState, 'waiting'>;
}

/** An other side that has told nothing. */
export function untoldSide(state: Exclude<OtherSide['state'], 'answered'>): OtherSide {
  return { state, attempts: [], arrived: null, firewall: null };
}

/** What a check found, in the order in which it is told. */
export type CheckFinding =
  | 'answers'
  | 'answers-only-after-us'
  | 'reaches-us-only'
  | 'neither-way'
  | 'arrives-there'
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
  /** With `own-firewall` and `their-firewall`: its name, where it is known. */
  readonly firewall?: FirewallName;
  /** With `own-firewall` and a named `their-firewall`: the network that it should let in, `192.168.1.0/24`. */
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
