import type { DropCause } from '../../../shared/trace.ts';
import type { ConnectionTexts } from './connection-texts.ts';

const oneDecimal = new Intl.NumberFormat('de', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const numbers = new Intl.NumberFormat('de');

const dropCauses = {
  'too-short': 'Zu kurz',
  'too-long': 'Zu lang',
  'not-ours': 'Von einem anderen Programm',
  'other-version': 'Von einer anderen Version',
  checksum: 'Unterwegs beschädigt',
  malformed: 'Fehlerhaft aufgebaut',
  'unknown-type': 'Unbekannter Typ',
  'unknown-pattern': 'Unbekannte Art von erstem Paket',
  'unknown-connection': 'Für eine beendete Verbindung',
  'not-for-me': 'Für einen anderen Computer',
  duplicate: 'Wiederholte erste Pakete',
  'no-token': 'Erste Pakete ohne Token',
  forged: 'Gefälscht oder beschädigt',
  replayed: 'Wiederholte Pakete',
  limit: 'Über einer Grenze',
  'receive-error': 'Systemfehler beim Empfangen',
  'send-error': 'Systemfehler beim Senden',
  unsent: 'Nicht gesendet: Die Warteschlange des Systems war voll',
} satisfies Record<DropCause | 'receive-error' | 'send-error' | 'unsent', string>;

/** What only the connection with a person says, in German. */
export const deConnection: ConnectionTexts = {
  loading: 'Wird geladen …',
  way: {
    direct: (nickname) => `Direkt zum Computer von ${nickname}`,
    idle: (nickname) => `Bereit für eine Verbindung mit ${nickname}`,
    server: (nickname) => `${nickname} ist weg`,
    none: (nickname) => `Keine Verbindung mit ${nickname}`,
  },
  wayHint: {
    direct: 'Nichts ist dazwischen. Nicht einmal der Server sieht diese Nachrichten.',
    idle: 'Deine nächste Nachricht öffnet eine Verbindung zu diesem Computer. Eine ungenutzte wird nach einer Weile geschlossen.',
    server: 'Deine Nachrichten warten auf dem Server, der sie nicht lesen kann.',
    none: 'Du bist offline.',
  },
  address: 'Adresse',
  roundTrip: 'Hin und zurück',
  notMeasured: 'noch nicht gemessen',
  milliseconds: (ms) => `${ms < 10 ? oneDecimal.format(ms) : numbers.format(Math.round(ms))} ms`,
  datagramBytes: 'Datagramme',
  datagramBytesMost: (bytes) => `bis zu ${bytes} Bytes`,
  encryption: 'Verschlüsselung',
  encrypted: (keyChanges) =>
    keyChanges === 0 ? 'Ende zu Ende' : `Ende zu Ende, Schlüssel ${numbers.format(keyChanges)}-mal erneuert`,
  packets: 'Pakete dieser Verbindung',
  count: { sent: 'gesendet', received: 'empfangen', lost: 'verloren', resent: 'wiederholt' },
  classic: 'Stop-and-wait (wie im Original)',
  classicHint: 'Sendet ein Paket nach dem anderen und wartet jedes Mal auf die Antwort.',
  classicByThem: (nickname) => `Ein, weil ${nickname} es eingeschaltet hat.`,
  changing: 'Verbinde neu, um das zu übernehmen …',
  unknownCount: '…',
  gateway: (count) => `Von diesem Computer verworfen: ${count}`,
  droppedHint:
    'Datagramme, die beschädigt, doppelt, verspätet oder von einem anderen Programm waren. Dabei geht keine Nachricht verloren.',
  noDrops: 'Es wurden keine Pakete verworfen.',
  total: (sent, received) =>
    `Insgesamt, seit du beigetreten bist: ${sent} Datagramme gesendet, ${received} empfangen.`,
  cause: (cause) => (Object.hasOwn(dropCauses, cause) ? dropCauses[cause as keyof typeof dropCauses] : cause),
};
