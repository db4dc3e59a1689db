import ipaddr from 'ipaddr.js';
import { formatAddress, isLoopback, isOnSubnet, isPrivate, parseAddress } from '../../shared/address.ts';
import {
  checkCauses,
  type CheckAttempt,
  type CheckCause,
  type CheckCauseCode,
  type CheckFinding,
  type CheckState,
  type FirewallName,
  type MachineFacts,
  type OtherSide,
  type OwnNetwork,
} from '../../shared/check/connection-check.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { FoundChat } from './discovery-questions.ts';
import { isExpected, type Expected } from './probe.ts';

/** What a check knows when it looks for causes. */
export interface Evidence {
  readonly expected: Expected;
  readonly attempts: readonly CheckAttempt[];
  readonly machine: MachineFacts;
  readonly otherSide: OtherSide;
  /** The chats that answered a question of discovery. */
  readonly chats: readonly FoundChat[];
}

export interface Diagnosis {
  readonly findings: readonly CheckFinding[];
  readonly causes: readonly CheckCause[];
}

/** Returns what was found, and what may be the cause, the most likely cause first. */
export function diagnose(evidence: Evidence): Diagnosis {
  const seen = sightOf(evidence);
  const findings = Object.entries(findingTests)
    .filter(([, isFound]) => isFound(seen))
    .map(([finding]) => finding as CheckFinding);
  if (seen.isWaiting) return { findings, causes: [] };
  const found = checkCauses.map((code) => ({ code, likelihood: likelihoods[code](seen) }));
  const causes = found
    .filter(({ likelihood }) => likelihood > 0)
    .toSorted((one, other) => other.likelihood - one.likelihood)
    .map(({ code }) => causeOf(code, seen));
  return { findings, causes };
}

/** The evidence as questions of the two tables. */
interface Sight {
  readonly machine: MachineFacts;
  /** Attempts at addresses of the other side. */
  readonly states: ReadonlySet<CheckState>;
  readonly isWaiting: boolean;
  /** The other side answers a handshake that begins here. */
  readonly answers: boolean;
  /** Nothing at all came back. */
  readonly isSilent: boolean;
  /** The other side tried, and nothing of it came here. */
  readonly theyGotNothing: boolean;
  /** The other side has told what it sees, so it runs. */
  readonly speaks: boolean;
  /** The other side got a datagram of this check. */
  readonly weArrive: boolean;
  /** The firewall of the other side, as it says. */
  readonly theirFirewall: FirewallName | null;
  /** The other side came through, or has a connection. */
  readonly theyReachUs: boolean;
  /** The host answers a question of its own, but no question to all came back. */
  readonly onlySearchWorks: boolean;
  readonly place: Place;
  readonly otherPort: FoundChat | undefined;
  readonly moved: FoundChat | undefined;
  readonly isTyped: boolean;
  readonly subnet: string | undefined;
}

/** Where the addresses of the other side are. */
type Place = 'own' | 'same-network' | 'other-network' | 'outside';

function sightOf({ expected, attempts, machine, otherSide, chats }: Evidence): Sight {
  const probes = attempts.filter(({ channel }) => !isQuestion(channel));
  const states = new Set(probes.map(({ state }) => state));
  const hosts = probes.flatMap(({ address }) => hostOf(address) ?? []);
  const answers = states.has('answered');
  const heardThere = otherSide.attempts.some(({ state }) => state === 'answered');
  const otherPort = chats.find(
    ({ address, key }) =>
      hosts.includes(address.host) &&
      isExpected(expected, key) &&
      !probes.some((probe) => probe.address === formatAddress(address)),
  );
  return {
    machine,
    states,
    isWaiting: states.has('waiting'),
    answers,
    isSilent: !answers && (states.has('nothing') || states.has('connected')),
    theyGotNothing: isShutOut(otherSide.attempts),
    speaks: otherSide.state === 'answered',
    weArrive: otherSide.arrived === true,
    theirFirewall: otherSide.firewall,
    theyReachUs: heardThere || states.has('connected'),
    onlySearchWorks: worksAlone(attempts),
    place: placeOf(hosts, machine.networks),
    otherPort: answers ? undefined : otherPort,
    moved: answers
      ? undefined
      : chats.find(({ address, key }) => isNamed(expected, key) && !hosts.includes(address.host)),
    isTyped: probes.some(({ channel }) => channel === 'typed'),
    subnet: subnetOf(hosts, machine.networks),
  };
}

/** Without a known key, any chat of the network could be meant. */
function isNamed(expected: Expected, key: PeerKey): boolean {
  return expected.role === 'server' && expected.named !== null && expected.named(key);
}

/** Whether all hosts, or one, were asked for their chats. */
export function isQuestion(channel: CheckAttempt['channel']): boolean {
  return channel === 'search' || channel === 'multicast' || channel === 'broadcast';
}

/** Nothing that this side sent first was answered, as where a firewall drops or rejects it. */
export function isShutOut(attempts: readonly { readonly state: CheckState }[]): boolean {
  return (
    attempts.length > 0 &&
    attempts.every(({ state }) => state === 'nothing' || state === 'connected' || state === 'prohibited')
  );
}

function worksAlone(attempts: readonly CheckAttempt[]): boolean {
  const toAll = attempts.filter(({ channel }) => channel === 'multicast' || channel === 'broadcast');
  const isHeardAlone = attempts.some(({ channel, state }) => channel === 'search' && state === 'answered');
  return isHeardAlone && toAll.length > 0 && toAll.every(({ state }) => state === 'nothing');
}

const findingTests: Readonly<Record<CheckFinding, (seen: Sight) => boolean>> = {
  answers: ({ answers }) => answers,
  'answers-only-after-us': ({ answers, theyGotNothing }) => answers && theyGotNothing,
  'reaches-us-only': ({ answers, isSilent, theyReachUs }) => !answers && isSilent && theyReachUs,
  'neither-way': ({ isSilent, theyGotNothing, theyReachUs, weArrive }) =>
    isSilent && theyGotNothing && !theyReachUs && !weArrive,
  'arrives-there': ({ isSilent, weArrive }) => isSilent && weArrive,
  'own-address': ({ place, answers }) => place === 'own' && !answers,
  // The report of the other side says more.
  silent: ({ isSilent, theyReachUs, theyGotNothing, weArrive }) =>
    isSilent && !theyReachUs && !theyGotNothing && !weArrive,
  refused: ({ states }) => states.has('refused'),
  prohibited: ({ states }) => states.has('prohibited'),
  'no-host': ({ states }) => states.has('no-host'),
  'no-route': ({ states }) => states.has('no-route'),
  'not-sent': ({ states }) => states.has('not-sent'),
  'other-key': ({ states }) => states.has('other-key'),
  'other-version': ({ states }) => states.has('other-version'),
  'other-port': ({ otherPort }) => otherPort !== undefined,
  moved: ({ moved }) => moved !== undefined,
  'other-network': ({ place, answers }) => place === 'other-network' && !answers,
  'no-network': ({ machine }) => machine.networks.length === 0,
  'search-only': ({ onlySearchWorks }) => onlySearchWorks,
};

/** 0: not the cause. 3: certain. Causes with the same number stand in the order of `checkCauses`. */
const likelihoods: Readonly<Record<CheckCauseCode, (seen: Sight) => 0 | 1 | 2 | 3>> = {
  'own-address': ({ place, answers }) => (place === 'own' && !answers ? 3 : 0),
  'no-network': ({ machine, answers, place }) =>
    machine.networks.length === 0 && !answers && place !== 'own' ? 3 : 0,
  'not-running': ({ states, answers, place, otherPort, moved, speaks }) => {
    if (answers || speaks) return 0;
    if (otherPort !== undefined || moved !== undefined) return 1;
    if (states.has('refused')) return 3;
    return place === 'same-network' && states.has('nothing') ? 1 : 0;
  },
  'other-port': ({ otherPort }) => (otherPort === undefined ? 0 : 3),
  moved: ({ moved }) => (moved === undefined ? 0 : 3),
  'other-server': ({ states, answers }) => (states.has('other-key') && !answers ? 3 : 0),
  'other-version': ({ states, answers }) => (states.has('other-version') && !answers ? 3 : 0),
  'own-firewall': ownFirewall,
  'their-firewall': theirFirewall,
  'other-network': ({ place, answers, states }) => {
    if (answers || place !== 'other-network') return 0;
    return states.has('refused') ? 1 : 3;
  },
  vpn: ({ machine, answers, isSilent, states }) => {
    if (!machine.hasVpn || answers) return 0;
    return isSilent || states.has('no-route') ? 2 : 0;
  },
  'machine-off': ({ states, answers, speaks }) => (states.has('no-host') && !answers && !speaks ? 3 : 0),
  isolation: ({ states, answers, place, onlySearchWorks, weArrive, theyReachUs, theyGotNothing }) => {
    if (answers || place !== 'same-network' || onlySearchWorks) return 0;
    if (states.has('no-host')) return 2;
    // A Wi-Fi that keeps its guests apart holds back both ways.
    if (weArrive || theyReachUs) return 0;
    if (theyGotNothing && states.has('nothing')) return 2;
    return states.has('nothing') ? 1 : 0;
  },
  'no-group-traffic': ({ onlySearchWorks }) => (onlySearchWorks ? 1 : 0),
  'wrong-address': ({ isTyped, answers, states }) =>
    isTyped && !answers && (states.has('nothing') || states.has('no-host') || states.has('no-route')) ? 1 : 0,
};

function ownFirewall({
  machine,
  answers,
  theyGotNothing,
  theyReachUs,
  onlySearchWorks,
  states,
  isSilent,
  weArrive,
}: Sight): 0 | 1 | 2 | 3 {
  if (states.has('not-sent')) return 3;
  // The other side hears this machine, and its answer is kept out here.
  if (isSilent && weArrive) return 3;
  // An answer passes a firewall after a datagram to the same place has left. What begins outside does not.
  if (answers && theyGotNothing) return 3;
  if (machine.firewall === null) return theyGotNothing ? 2 : 0;
  if (theyGotNothing || onlySearchWorks) return 2;
  return answers || theyReachUs ? 0 : 1;
}

function theirFirewall(seen: Sight): 0 | 1 | 2 | 3 {
  const { states, answers, isSilent, theyReachUs, place, weArrive } = seen;
  if (answers || (isSilent && weArrive)) return 0;
  if (states.has('prohibited') || (isSilent && (theyReachUs || seen.theirFirewall !== null))) return 3;
  return isSilent && (place === 'same-network' || place === 'outside') ? 2 : 0;
}

function causeOf(code: CheckCauseCode, seen: Sight): CheckCause {
  const { machine, subnet, otherPort, moved } = seen;
  switch (code) {
    case 'own-firewall':
      return {
        code,
        ...(machine.firewall === null ? {} : { firewall: machine.firewall }),
        ...(subnet === undefined ? {} : { subnet }),
      };
    case 'their-firewall':
      if (seen.theirFirewall === null) return { code };
      return { code, firewall: seen.theirFirewall, ...(subnet === undefined ? {} : { subnet }) };
    case 'other-port':
      return { code, ...(otherPort === undefined ? {} : { address: formatAddress(otherPort.address) }) };
    case 'moved':
      return { code, ...(moved === undefined ? {} : { address: formatAddress(moved.address) }) };
    default:
      return { code };
  }
}

function placeOf(hosts: readonly string[], networks: readonly OwnNetwork[]): Place {
  const isOwn = (host: string): boolean => isLoopback(host) || networks.some((own) => own.host === host);
  if (hosts.length > 0 && hosts.every(isOwn)) return 'own';
  const isHere = (host: string): boolean =>
    isLinkLocal(host) || networks.some((own) => isOnSubnet(host, own));
  if (hosts.some((host) => !isOwn(host) && isHere(host))) return 'same-network';
  return hosts.some((host) => isPrivate(host)) ? 'other-network' : 'outside';
}

function isLinkLocal(host: string): boolean {
  return host.includes('%');
}

/** The network in which the other side is, or else the first one: `192.168.1.0/24`. */
function subnetOf(hosts: readonly string[], networks: readonly OwnNetwork[]): string | undefined {
  const shared = networks.find((own) => hosts.some((host) => isOnSubnet(host, own)));
  const own = shared ?? networks.find(({ network, host }) => network === 'lan' && !host.includes(':'));
  if (own === undefined) return undefined;
  const cidr = `${own.host}/${own.prefixBits}`;
  const first = own.host.includes(':')
    ? ipaddr.IPv6.networkAddressFromCIDR(cidr)
    : ipaddr.IPv4.networkAddressFromCIDR(cidr);
  return `${first.toString()}/${own.prefixBits}`;
}

function hostOf(text: string): string | undefined {
  const zoned = /^\[([^\]]+%[^\]]+)\]:\d+$/u.exec(text)?.[1];
  return zoned ?? parseAddress(text)?.host;
}
