import { countedIn } from './plural.ts';
import type { SettingsTexts } from './settings-texts.ts';

const counted = countedIn('de');
const numbers = new Intl.NumberFormat('de');
const oneDecimal = new Intl.NumberFormat('de', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** The texts of the settings page in German. */
export const deSettings: SettingsTexts = {
  browsers: {
    heading: 'Browser',
    hint: 'Diese Browser dürfen dein Chatagram öffnen. Melde die ab, die du nicht kennst oder nicht brauchst.',
    thisOne: 'Dieser Browser',
    tabs: (count) => counted(count, '1 Tab offen', (n) => `${n} Tabs offen`),
    lastSeen: (when) => (when === '' ? 'Nicht offen' : `Zuletzt offen ${when}`),
    added: (when) => (when === '' ? '' : `hinzugefügt ${when}`),
    signOut: 'Abmelden',
    signOutLabel: (name) => `${name} abmelden`,
    signOutThis:
      'Diese Seite schließt und braucht einen neuen Link aus dem Terminal oder einem anderen Browser.',
    signOutOther: 'Seine Seiten schließen und brauchen einen neuen Link.',
    signOutNow: 'Jetzt abmelden',
    cancel: 'Abbrechen',
    signedOut: (name) => `${name} ist abgemeldet.`,
    add: 'Browser hinzufügen',
    addHint: (address) => `Öffne ${address} in jenem Browser auf diesem Computer, und gib diesen Code ein:`,
    addExpires: 'Er gilt einmal, 10 Minuten lang.',
  },

  theme: {
    heading: 'Aussehen',
    hint: 'In diesem Browser. „System“ folgt der Einstellung deines Computers.',
    choices: { system: 'System', light: 'Hell', dark: 'Dunkel' },
  },

  language: {
    heading: 'Sprache',
    hint: 'In diesem Browser. „System“ folgt der Sprache deines Browsers. Die Seite lädt dann neu.',
    system: 'System',
  },

  settings: {
    readReceipts: 'Andere sehen lassen, wann ich ihre Nachrichten gelesen habe',
    typing: 'Andere sehen lassen, wann ich schreibe, und sehen, wann sie schreiben',
    lastSeen: 'Andere sehen lassen, wann ich zuletzt online war (wer den Server betreibt, sieht es immer)',
    notifications: 'Mich über neue Nachrichten benachrichtigen',
    notificationText: 'Den Text von Nachrichten in Benachrichtigungen zeigen',
    notificationSound: 'Bei Benachrichtigungen einen Ton abspielen',
    loadPictures: 'Bilder bis 1 MiB von Leuten laden, denen ich geantwortet habe',
    loadVerified: 'Dateien bis 100 MiB von Leuten laden, deren Schlüssel ich verglichen habe',
  },

  notification: {
    fromPerson: (count, mentionsMe) =>
      mentionsMe ? 'Erwähnt dich' : counted(count, 'Neue Nachricht', (n) => `${n} neue Nachrichten`),
    inRoom: (author, count, mentionsMe) => {
      if (mentionsMe) return `${author} erwähnt dich`;
      return counted(
        count,
        `Neue Nachricht von ${author}`,
        (n) => `${n} neue Nachrichten, die letzte von ${author}`,
      );
    },
    said: (text, count) => counted(count, text, (n) => `${text} (${n} neue)`),
    ask: 'Benachrichtigungen in diesem Browser erlauben …',
    access: {
      default: 'Der Browser fragt dich. Unter Linux benachrichtigt dich der Desktop auch ohne das.',
      granted: 'Dieser Browser benachrichtigt dich, solange Chatagram in einem Tab offen ist.',
      denied:
        'Du hast Benachrichtigungen in diesem Browser nicht erlaubt. Erlaube sie in seinen Einstellungen für diese Seite, hinter dem Symbol neben der Adresse.',
      insecure:
        'Browser zeigen Benachrichtigungen nur für Seiten auf dem eigenen Computer. Öffne Chatagram dort, unter der Adresse, die sein Terminal zeigt.',
      none: 'Dieser Browser zeigt keine Benachrichtigungen von Seiten.',
    },
  },

  settingsPage: {
    back: 'Zurück zu den Unterhaltungen',
    nickname: 'Spitzname',
    nicknameHint:
      'Dein Spitzname gehört auf diesem Server zu deinem Schlüssel. Für einen anderen verlass diesen Chat, und tritt ihm mit dem anderen Spitznamen bei: Du bist dann dort eine andere Person, und dieser Chat bleibt mit allen Nachrichten unter diesem Spitznamen.',
    groups: { privacy: 'Was andere sehen', notifications: 'Benachrichtigungen', files: 'Dateien' },
    blocked: 'Blockierte Personen',
    noneBlocked: 'Du hast niemanden blockiert.',
    unblock: 'Freigeben',
    unblocked: (nickname) => `${nickname} ist nicht mehr blockiert.`,
    keys: 'Schlüssel',
    keysHint:
      'Dein Schlüssel bist du: Nur damit lassen sich Nachrichten an dich öffnen. Mit jeder Person vergleichst du eine Sicherheitsnummer, in den Details der Unterhaltung.',
    ownKey: 'Dein öffentlicher Schlüssel',
    serverKeys: 'Schlüssel der Server, die dieser Computer kennt',
    thisServer: (address) => `${address} · dieser Chat`,
    data: {
      heading: 'Daten auf diesem Computer',
      hint: 'In diesem Ordner sind alle Chats dieses Computers. Nur dein Benutzerkonto kann ihn lesen. Er ist nicht verschlüsselt.',
      kinds: {
        database: 'Nachrichten und Schlüssel',
        'write-log': 'Schreibprotokolle',
        earlier: 'Von vor einer Wiederherstellung',
        other: 'Andere Dateien',
      },
      size: (bytes) =>
        bytes < 1e6 ? `${numbers.format(Math.ceil(bytes / 1e3))} kB` : `${oneDecimal.format(bytes / 1e6)} MB`,
      more: 'Es gibt noch mehr Dateien, die nicht gezählt wurden.',
      backup: 'Sicherung',
      backupHint:
        'Gib das in einem Terminal ein. Die Datei enthält deine Schlüssel und Nachrichten: Heb sie dort auf, wo nur du sie lesen kannst.',
    },
  },

  wipe: {
    heading: 'Alle Chats löschen',
    hint: 'Entfernt jeden Chat dieses Computers: wenn du ihn weggibst, oder wenn Nachrichten nicht bleiben dürfen.',
    open: 'Alle Chats löschen …',
    close: 'Schließen',
    removes:
      'Das entfernt alle Spitznamen, Nachrichten und Schlüssel aus dem Datenordner dieses Computers, und was die offenen Browser speichern. Danach beendet sich Chatagram.',
    hosting:
      'Der Chat, der auf diesem Computer läuft, endet für alle, mit seinen Räumen und den wartenden Nachrichten.',
    keepsHeading: 'Nicht erreicht werden',
    keeps: [
      'Sicherungen, gespeicherte Unterhaltungen und Bildschirmfotos',
      'die Kopien anderer Personen und dein Platz in Räumen',
      'der Verlauf deiner Browser, und Browser, die gerade geschlossen sind',
      'Teile der Festplatte, die frei, aber nicht überschrieben sind',
    ],
    nameFreed: (nickname) =>
      `Der Server gibt den Spitznamen ${nickname} frei. Deine anderen Spitznamen bleiben vergeben.`,
    nameTaken: (nickname) =>
      `Der Server ist nicht erreichbar. Deshalb bleibt der Spitzname ${nickname} vergeben, bis die Person, die den Server betreibt, ihn freigibt.`,
    confirm: (nickname) => `Gib zur Bestätigung ${nickname} ein`,
    confirmHint: 'Das lässt sich nicht rückgängig machen.',
    wipe: 'Alles löschen',
    wiping: 'Wird gelöscht …',
  },
};
