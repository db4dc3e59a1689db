import type {
  CheckAttempt,
  CheckCause,
  CheckChannel,
  CheckCauseCode,
  CheckFinding,
  CheckState,
  FirewallName,
  OtherSide,
} from './connection-check.ts';

/** The English words for what a connection check finds. The prompt and the app share them. */

export const channelWords: Readonly<Record<CheckChannel, string>> = {
  typed: 'the address that you typed',
  server: 'the address of the server',
  introduced: 'where the server sees this person',
  claimed: 'named by their own program',
  search: 'this computer alone was asked for its chats',
  multicast: 'all computers were asked (multicast)',
  broadcast: 'all computers were asked (broadcast)',
};

const stateWords: Readonly<Record<CheckState, string>> = {
  waiting: 'Waiting',
  answered: 'Answered',
  'answers-only': 'Answered only after we sent first',
  connected: 'Silent, but they have connected to you',
  nothing: 'Nothing came back',
  refused: 'Refused: no program has this port',
  prohibited: 'Refused at once, as a firewall does',
  'no-host': 'No computer has this address',
  'no-route': 'No way to this network',
  'not-sent': 'Not sent: this computer refused',
  'other-key': 'Another server answered',
  'other-version': 'Another version answered',
};

/** The same for what the other side tried. */
export function otherStateWords(state: CheckState): string {
  return state === 'answers-only' ? 'Answered only after they sent first' : stateWords[state];
}

/** What the other side says besides its attempts, as sentences. */
export function otherSideWords({ state, arrived, firewall }: OtherSide): string[] {
  if (state === 'answered') {
    const told = [];
    if (arrived === true) told.push('What this computer sent has arrived there.');
    if (arrived === false) told.push('Nothing that this computer sent first has arrived there.');
    if (firewall !== null) told.push(`The firewall there is ${firewall}.`);
    return told;
  }
  return state === 'not-asked' ? [] : [untoldWords[state]];
}

const untoldWords: Readonly<Record<Exclude<OtherSide['state'], 'answered' | 'not-asked'>, string>> = {
  asked: 'The other side is asked what it sees.',
  'no-path': 'The other side could not be asked: neither a connection nor the server leads there now.',
  silent: 'The other side did not say in time what it sees.',
  'does-not-say': 'The other side does not say what it sees: it, or the server, runs an earlier version.',
};

export function attemptWords({ state, afterMs }: Pick<CheckAttempt, 'state' | 'afterMs'>): string {
  if (state === 'answered' && afterMs !== null) return `${stateWords.answered} after ${afterMs} ms`;
  return stateWords[state];
}

export const findingWords: Readonly<Record<CheckFinding, string>> = {
  answers: 'It answers now.',
  'answers-only-after-us':
    'It answers what this computer sends, but what it sends first does not arrive here.',
  'reaches-us-only': 'It reaches this computer, but what this computer sends first gets no answer.',
  'neither-way': 'Nothing arrives either way: neither side hears what the other one sends first.',
  'arrives-there': 'What this computer sends arrives there, but no answer comes back.',
  'own-address': 'This is an address of this computer.',
  silent: 'Nothing came back.',
  refused: 'The computer is there, but no program has this port.',
  prohibited: 'A firewall on the way says no.',
  'no-host': 'No computer has this address now.',
  'no-route': 'This computer has no way to this network.',
  'not-sent': 'This computer refuses to send there.',
  'other-key': 'Another server answers there than the one that is meant.',
  'other-version': 'A program with another version of the protocol answers there.',
  'other-port': 'The chat answers at another port.',
  moved: 'The chat answers at another address.',
  'other-network': 'The address is in another network than this computer.',
  'no-network': 'This computer is on no network.',
  'search-only': 'It answers when it is asked alone, but not when all computers are asked.',
};

export const causeWords: Readonly<Record<CheckCauseCode, string>> = {
  'own-address': 'It is the address of your own computer',
  'no-network': 'This computer is on no network',
  'not-running': 'Chatagram does not run there',
  'other-port': 'The chat has another port',
  moved: 'The chat has moved to another address',
  'other-server': 'It is another server',
  'other-version': 'The versions do not fit',
  'own-firewall': 'The firewall of this computer',
  'their-firewall': 'The firewall of the other computer',
  'other-network': 'You are on different networks',
  vpn: 'A VPN on this computer',
  'machine-off': 'The other computer is off, asleep or gone',
  isolation: 'The Wi-Fi keeps its guests apart',
  'no-group-traffic': 'The network does not pass on questions to all computers',
  'wrong-address': 'The address is wrong',
};

/** Says what usually cures a cause. */
export function cureWords({ code, address = '', firewall }: CheckCause): string {
  switch (code) {
    case 'own-address':
      return 'Start the chat here first, or ask the host for the address of their computer.';
    case 'no-network':
      return 'Connect to the Wi-Fi or the cable of the others.';
    case 'not-running':
      return 'Ask the person to start Chatagram, and compare the port in the address.';
    case 'other-port':
    case 'moved':
      return `Join ${address} instead.`;
    case 'other-server':
      return 'Ask the host for the join address of today, and compare the key with them.';
    case 'other-version':
      return 'Install the same version of Chatagram on both computers.';
    case 'own-firewall':
      return firewall === undefined
        ? 'Let the firewall of this computer take UDP from this network for Chatagram (Node.js).'
        : firewallCures[firewall];
    case 'their-firewall':
      return firewall === undefined
        ? 'Let the firewall of the other computer take UDP from this network. A check on that computer names its firewall.'
        : theirFirewallCures[firewall];
    case 'other-network':
      return 'Bring both computers into the same network: the same Wi-Fi, not its guest network, and no second router between them.';
    case 'vpn':
      return 'End the VPN for a moment, or permit "local network access" in its settings.';
    case 'machine-off':
      return 'Wake the other computer, and ask for its address again: it may have a new one.';
    case 'isolation':
      return 'Turn off "AP isolation", "client isolation" or "guest mode" in the settings of the Wi-Fi, or use a cable or another Wi-Fi.';
    case 'no-group-traffic':
      return 'Join by the address. To see chats in the list too, let the network pass on multicast and broadcast (IGMP settings).';
    case 'wrong-address':
      return 'Compare each digit with the address that the host sees.';
    default:
      return code satisfies never;
  }
}

/** Returns what the user can type to cure a cause, null where there is no such line. */
export function cureCommand({ code, firewall, subnet = exampleSubnet }: CheckCause): string | null {
  const isFirewall = code === 'own-firewall' || code === 'their-firewall';
  return isFirewall && firewall !== undefined ? firewallCommands[firewall](subnet) : null;
}

/** The network that the commands let in, where the check knows no better one. */
const exampleSubnet = '192.168.0.0/16';

const firewallCures: Readonly<Record<FirewallName, string>> = {
  ufw: 'ufw runs here. Let it take UDP from this network:',
  firewalld: 'firewalld runs here. Let it trust this network:',
  nftables: 'nftables runs here. Put a rule like this one before the rule that drops:',
};

const theirFirewallCures: Readonly<Record<FirewallName, string>> = {
  ufw: 'ufw runs on the other computer. Let it take UDP from this network, with this line there:',
  firewalld: 'firewalld runs on the other computer. Let it trust this network, with this line there:',
  nftables:
    'nftables runs on the other computer. Put a rule like this one there, before the rule that drops:',
};

const firewallCommands: Readonly<Record<FirewallName, (subnet: string) => string>> = {
  ufw: (subnet) => `sudo ufw allow proto udp from ${subnet}`,
  firewalld: (subnet) => `sudo firewall-cmd --zone=trusted --add-source=${subnet}`,
  nftables: (subnet) => `${subnet.includes(':') ? 'ip6' : 'ip'} saddr ${subnet} meta l4proto udp accept`,
};
