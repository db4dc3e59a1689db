import { cureCommand } from '../../../shared/check/check-words.ts';
import type {
  CheckAttempt,
  CheckCause,
  CheckCauseCode,
  CheckChannel,
  CheckFinding,
  CheckState,
  FirewallName,
  OtherSide,
} from '../../../shared/check/connection-check.ts';
import type { CheckTexts } from './check.ts';
import { countedIn } from './plural.ts';

const counted = countedIn('de');

const states: Readonly<Record<CheckState, string>> = {
  waiting: 'Wartet',
  answered: 'Hat geantwortet',
  'answers-only': 'Antwort nur, nachdem wir zuerst gesendet haben',
  connected: 'Still, aber von dort besteht eine Verbindung zu dir',
  nothing: 'Nichts kam zurück',
  refused: 'Abgelehnt: Kein Programm hat diesen Port',
  prohibited: 'Sofort abgelehnt, wie von einer Firewall',
  'no-host': 'Kein Computer hat diese Adresse',
  'no-route': 'Kein Weg in dieses Netz',
  'not-sent': 'Nicht gesendet: Dieser Computer hat es verweigert',
  'other-key': 'Ein anderer Server hat geantwortet',
  'other-version': 'Eine andere Version hat geantwortet',
};

const channels: Readonly<Record<CheckChannel, string>> = {
  typed: 'die Adresse, die du eingegeben hast',
  server: 'die Adresse des Servers',
  introduced: 'wo der Server diese Person sieht',
  claimed: 'vom Programm dieser Person genannt',
  search: 'nur dieser Computer wurde nach seinen Chats gefragt',
  multicast: 'alle Computer wurden gefragt (Multicast)',
  broadcast: 'alle Computer wurden gefragt (Broadcast)',
};

const findings: Readonly<Record<CheckFinding, string>> = {
  answers: 'Von dort kommt jetzt eine Antwort.',
  'answers-only-after-us':
    'Von dort kommt Antwort auf das, was dieser Computer sendet. Was von dort zuerst gesendet wird, kommt hier nicht an.',
  'reaches-us-only':
    'Von dort kommt etwas bei diesem Computer an. Was er selbst zuerst sendet, bekommt keine Antwort.',
  'neither-way': 'In keiner Richtung kommt etwas an: Keine Seite hört, was die andere zuerst sendet.',
  'arrives-there': 'Was dieser Computer sendet, kommt dort an, aber keine Antwort kommt zurück.',
  'own-address': 'Das ist eine Adresse dieses Computers.',
  silent: 'Nichts kam zurück.',
  refused: 'Der Computer ist da, aber kein Programm hat diesen Port.',
  prohibited: 'Eine Firewall auf dem Weg lehnt ab.',
  'no-host': 'Kein Computer hat jetzt diese Adresse.',
  'no-route': 'Dieser Computer hat keinen Weg in dieses Netz.',
  'not-sent': 'Dieser Computer weigert sich, dorthin zu senden.',
  'other-key': 'Dort antwortet ein anderer Server als der gemeinte.',
  'other-version': 'Dort antwortet ein Programm mit einer anderen Version des Protokolls.',
  'other-port': 'Der Chat antwortet an einem anderen Port.',
  moved: 'Der Chat antwortet unter einer anderen Adresse.',
  'other-network': 'Die Adresse ist in einem anderen Netz als dieser Computer.',
  'no-network': 'Dieser Computer ist in keinem Netz.',
  'search-only': 'Er antwortet, wenn er allein gefragt wird, aber nicht, wenn alle gefragt werden.',
};

const causes: Readonly<Record<CheckCauseCode, string>> = {
  'own-address': 'Es ist die Adresse deines eigenen Computers',
  'no-network': 'Dieser Computer ist in keinem Netz',
  'not-running': 'Chatagram läuft dort nicht',
  'other-port': 'Der Chat hat einen anderen Port',
  moved: 'Der Chat hat jetzt eine andere Adresse',
  'other-server': 'Es ist ein anderer Server',
  'other-version': 'Die Versionen passen nicht zusammen',
  'own-firewall': 'Die Firewall dieses Computers',
  'their-firewall': 'Die Firewall des anderen Computers',
  'other-network': 'Ihr seid in verschiedenen Netzen',
  vpn: 'Ein VPN auf diesem Computer',
  'machine-off': 'Der andere Computer ist aus, schläft oder ist weg',
  isolation: 'Das WLAN trennt seine Gäste voneinander',
  'no-group-traffic': 'Das Netz leitet Fragen an alle Computer nicht weiter',
  'wrong-address': 'Die Adresse ist falsch',
};

const firewallCures: Readonly<Record<FirewallName, string>> = {
  ufw: 'Hier läuft ufw. Lass UDP aus diesem Netz herein:',
  firewalld: 'Hier läuft firewalld. Lass es diesem Netz vertrauen:',
  nftables: 'Hier läuft nftables. Setz eine Regel wie diese vor die Regel, die verwirft:',
};

const theirFirewallCures: Readonly<Record<FirewallName, string>> = {
  ufw: 'Auf dem anderen Computer läuft ufw. Lass es mit dieser Zeile dort UDP aus diesem Netz herein:',
  firewalld: 'Auf dem anderen Computer läuft firewalld. Lass es mit dieser Zeile dort diesem Netz vertrauen:',
  nftables:
    'Auf dem anderen Computer läuft nftables. Setz dort eine Regel wie diese vor die Regel, die verwirft:',
};

const untold: Readonly<Record<Exclude<OtherSide['state'], 'answered' | 'not-asked'>, string>> = {
  asked: 'Die andere Seite wird gefragt, was sie sieht.',
  'no-path':
    'Die andere Seite ließ sich nicht fragen: Weder eine Verbindung noch der Server führt jetzt dorthin.',
  silent: 'Die andere Seite hat nicht rechtzeitig gesagt, was sie sieht.',
  'does-not-say':
    'Die andere Seite sagt nicht, was sie sieht: Dort oder auf dem Server läuft eine frühere Version.',
};

function otherSideTold({ state, arrived, firewall }: OtherSide): string {
  if (state !== 'answered') return state === 'not-asked' ? '' : untold[state];
  const told = [];
  if (arrived === true) told.push('Was dieser Computer gesendet hat, ist dort angekommen.');
  if (arrived === false) told.push('Nichts, was dieser Computer zuerst gesendet hat, ist dort angekommen.');
  if (firewall !== null) told.push(`Die Firewall dort ist ${firewall}.`);
  return told.join(' ');
}

/** All words of the connection check in German. */
export const checkInGerman: CheckTexts = {
  heading: (name) => `Verbindung prüfen: ${name}`,
  close: 'Schließen',
  running: 'Jede Adresse wird versucht. Das dauert ein paar Sekunden.',
  over: 'Die Prüfung ist fertig.',
  again: 'Noch einmal prüfen',
  tried: 'Was versucht wurde',
  address: 'Adresse',
  result: 'Was zurückkam',
  via: (own) => `von ${own}`,
  nothingTried: 'Keine Adresse ist bekannt, die sich versuchen lässt.',
  otherSide: 'Was die andere Seite sieht',
  otherSideTold,
  ownAddress: 'eine Adresse dieses Computers',
  otherSideTried: 'Was die andere Seite zu dir versucht hat',
  otherState: (state) =>
    state === 'answers-only' ? 'Antwort nur, nachdem die andere Seite zuerst gesendet hat' : states[state],
  helps: 'Was meistens hilft',
  machine: 'Dieser Computer',
  networks: (addresses) =>
    counted(
      addresses.length,
      `Er hat die Adresse ${addresses.join()}.`,
      () => `Er hat die Adressen ${addresses.join(', ')}.`,
    ),
  noNetwork: 'Er ist in keinem Netz.',
  firewall: (name) => `Seine Firewall ist ${name}.`,
  noFirewall: 'Auf ihm wurde keine Firewall gefunden. Die von Windows und macOS sieht die Prüfung nicht.',
  vpn: 'Ein VPN ist an.',
  attempt: ({ state, afterMs }: Pick<CheckAttempt, 'state' | 'afterMs'>) =>
    state === 'answered' && afterMs !== null ? `${states.answered} nach ${afterMs} ms` : states[state],
  channel: channels,
  finding: findings,
  cause: causes,
  cure: cureWords,
  command: cureCommand,
};

function cureWords({ code, address = '', firewall }: CheckCause): string {
  switch (code) {
    case 'own-address':
      return 'Starte den Chat zuerst hier, oder frag die Person, die ihn gestartet hat, nach der Adresse ihres Computers.';
    case 'no-network':
      return 'Verbinde dich mit dem WLAN oder dem Kabel der anderen.';
    case 'not-running':
      return 'Bitte die Person, Chatagram zu starten, und vergleich den Port in der Adresse.';
    case 'other-port':
    case 'moved':
      return `Tritt stattdessen ${address} bei.`;
    case 'other-server':
      return 'Frag die Person, die den Chat gestartet hat, nach der Adresse von heute, und vergleicht den Schlüssel.';
    case 'other-version':
      return 'Installiert auf beiden Computern dieselbe Version von Chatagram.';
    case 'own-firewall':
      return firewall === undefined
        ? 'Lass die Firewall dieses Computers UDP aus diesem Netz für Chatagram (Node.js) annehmen.'
        : firewallCures[firewall];
    case 'their-firewall':
      return firewall === undefined
        ? 'Lass die Firewall des anderen Computers UDP aus diesem Netz annehmen. Eine Prüfung auf jenem Computer nennt seine Firewall.'
        : theirFirewallCures[firewall];
    case 'other-network':
      return 'Bringt beide Computer in dasselbe Netz: dasselbe WLAN, nicht sein Gästenetz, und kein zweiter Router dazwischen.';
    case 'vpn':
      return 'Beende das VPN für einen Moment, oder erlaube „Zugriff auf das lokale Netz“ in seinen Einstellungen.';
    case 'machine-off':
      return 'Weck den anderen Computer, und frag noch einmal nach seiner Adresse: Er hat vielleicht eine neue.';
    case 'isolation':
      return 'Schalte „AP-Isolation“, „Client-Isolation“ oder „Gastmodus“ in den Einstellungen des WLANs aus, oder nimm ein Kabel oder ein anderes WLAN.';
    case 'no-group-traffic':
      return 'Tritt über die Adresse bei. Um Chats auch in der Liste zu sehen, lass das Netz Multicast und Broadcast weiterleiten (IGMP-Einstellungen).';
    case 'wrong-address':
      return 'Vergleich jede Ziffer mit der Adresse auf dem Bildschirm der Person, die den Chat gestartet hat.';
    default:
      return code satisfies never;
  }
}
