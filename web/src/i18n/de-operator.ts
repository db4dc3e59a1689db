import type { OperatorTexts } from './operator-texts.ts';
import { countedIn } from './plural.ts';

const counted = countedIn('de');
const numbers = new Intl.NumberFormat('de');

/** The texts of the operator's page in German. */
export const deOperator: OperatorTexts = {
  page: {
    people: 'Personen',
    find: 'Spitzname, Adresse, Schlüssel',
    noneFound: (part) => `Kein Spitzname, keine Adresse und kein Schlüssel hier enthält „${part}“.`,
    table: 'Tabelle der Personen',
    peopleCount: (count, online) =>
      `${counted(count, '1 Person', (n) => `${n} Personen`)}, ${numbers.format(online)} online`,
    morePeople: (count) =>
      `Und ${numbers.format(count)} weitere. Gib einen Teil eines Spitznamens, einer Adresse oder eines Schlüssels ein, um sie zu finden.`,
    neverSeen: 'Abwesend, unbekannt seit wann',
    columns: {
      nickname: 'Spitzname',
      key: 'Schlüssel',
      address: 'Adresse',
      seen: 'Zuletzt da',
      mailbox: 'Wartende Post',
      traffic: 'Pakete ein, aus',
      actions: 'Aktionen',
    },
    mailbox: (messages, size) => `${numbers.format(messages)} · ${size}`,
    packets: (received, sent) => `${received}, ${sent}`,
    rooms: 'Räume',
    roomsHint:
      'Die größten Räume stehen oben. In einem Raum, den du beendest, kann niemand mehr schreiben, und die Mitglieder behalten, was sie haben.',
    findRoom: 'Raum finden',
    noRooms: 'Kein Raum gefunden.',
    moreRooms: (count) =>
      `Und ${numbers.format(count)} weitere. Gib einen Teil eines Namens ein, um sie zu finden.`,
    members: (count) => counted(count, '1 Mitglied', (n) => `${n} Mitglieder`),
    entries: (count) => counted(count, '1 Eintrag', (n) => `${n} Einträge`),
    access: { open: 'Offen', closed: 'Mit Einladung', everyone: 'Für alle' },
    ended: { archived: 'Archiviert', closed: 'Beendet' },
    close: 'Beenden',
    closeLabel: (name) => `#${name} beenden`,
    closeMeans: (name) =>
      `#${name} nimmt keine Nachrichten mehr an und lässt sich nicht wieder öffnen. Die Mitglieder behalten, was sie haben.`,
    closeNow: (name) => `#${name} jetzt beenden`,
    roomClosed: (name) => `#${name} ist beendet.`,
    owner: 'Neue Leitung',
    ownerLabel: (name) => `Leitung von #${name} bestimmen`,
    newOwner: (name) => `Spitzname des Mitglieds, das allein #${name} leiten soll`,
    nameOwner: 'Leitung geben',
    ownerNamed: (nickname, name) => `${nickname} leitet jetzt allein #${name}.`,
    mailboxes: 'Postfächer',
    mailboxesHint:
      'Was wartet, ist versiegelt: Dieser Computer sieht, an wen es geht, wie groß es ist und von wann, aber nie den Inhalt.',
    mailSum: (messages, mailboxes, size) =>
      messages === 0 && mailboxes === 0
        ? 'Es wartet keine Post.'
        : `${counted(messages, '1 Nachricht', (n) => `${n} Nachrichten`)} in ${counted(mailboxes, '1 Postfach', (n) => `${n} Postfächern`)}, ${size} mit Bestätigungen`,
    largest: 'Die größten Postfächer',
    traffic: 'Verkehr der letzten 5 Minuten',
    trafficHint: (connections) =>
      counted(connections, '1 Verbindung besteht.', (n) => `${n} Verbindungen bestehen.`),
    datagrams: 'Datagramme je Sekunde',
    bytes: 'Bytes je Sekunde',
    refusals: 'Ablehnungen je Sekunde',
    received: 'empfangen',
    sent: 'gesendet',
    rates: (received, sent) => `${received} empfangen, ${sent} gesendet`,
    refusalSum: (refused, dropped) =>
      `${numbers.format(refused)} abgelehnt, ${numbers.format(dropped)} verworfen in 5 Minuten`,
    refusedAndDropped: 'abgelehnt und verworfen',
    otherRefusals: 'andere und verworfene',
    droppedDatagrams: 'Aus diesem Grund verworfene Datagramme',
    times: (count) => `${numbers.format(count)} ×`,
    plotLabel: (label, figures) => `${label}: ${figures}`,
    invitation: 'Wie andere beitreten',
    log: 'Protokoll',
    logHint:
      'Die neuesten Zeilen dieses Gateways, die neueste zuerst. Sie enthalten keine Spitznamen und keine Nachrichten.',
  },

  manage: {
    noNames: 'Noch ist kein Spitzname registriert.',
    waiting: (count) => counted(count, '1 Nachricht wartet', (n) => `${n} Nachrichten warten`),
    namesHint:
      'Ein Spitzname bleibt bei der Person, der er gehört, auch während sie weg ist. Gib einen frei, den sie nicht mehr braucht: Dann kann ihn jede Person nehmen. Sperre eine Person, die nicht mehr in diesen Chat soll.',
    release: 'Freigeben',
    releaseLabel: (nickname) => `${nickname} freigeben`,
    releaseMeans: (nickname) =>
      `${nickname} geht offline, und der Spitzname steht allen offen. Wer ihn nimmt, erscheint allen als andere Person und bekommt die Nachrichten nicht, die jetzt auf ${nickname} warten.`,
    releaseNow: (nickname) => `${nickname} jetzt freigeben`,
    released: (nickname) => `Der Spitzname ${nickname} ist jetzt frei.`,
    cancel: 'Abbrechen',
    ban: 'Sperren',
    banLabel: (nickname) => `${nickname} sperren`,
    banMeans: (nickname) =>
      `${nickname} geht offline und kann mit demselben Schlüssel nicht zurückkommen. Der Spitzname bleibt vergeben.`,
    newKey: (needsJoinCode) =>
      needsJoinCode
        ? 'Mit einem neuen Schlüssel braucht diese Person den Beitrittscode, und kennt ihn vielleicht noch. Für einen anderen Code schalte den Beitrittscode aus und wieder ein.'
        : 'Mit einem neuen Schlüssel kann diese Person wieder hereinkommen. Um das zu verhindern, sperre auch die Adresse, oder verlange einen Beitrittscode.',
    banNow: (nickname) => `${nickname} jetzt sperren`,
    banned: (name) => `${name} ist gesperrt.`,
    addressNotBanned: (text) =>
      `Eine Person hat diesen Spitznamen. Um die Adresse zu sperren, gib address:${text} ein.`,
    bannedAddress: (address) => `Die Adresse ${address} ist gesperrt.`,
    address: 'Adresse',
    bans: 'Sperren',
    bansHint:
      'Gesperrte Personen können diesem Chat nicht beitreten. Eine gesperrte IPv6-Adresse steht für ihr ganzes Netz und kann dort auch andere treffen.',
    banSubject: 'Spitzname, Schlüssel oder Adresse',
    banLasts: 'Wie lange',
    banFor: (days) =>
      days === null ? 'Bis du die Sperre aufhebst' : counted(days, 'Für 1 Tag', (n) => `Für ${n} Tage`),
    bannedUntil: (date) => `Bis ${date}`,
    lift: 'Aufheben',
    liftLabel: (name) => `Sperre von ${name} aufheben`,
    lifted: (name) => `${name} kann wieder beitreten.`,
    joinCode: 'Beitrittscode',
    joinCodeRequired: 'Neue Personen nur mit Beitrittscode hereinlassen',
    joinCodeHint:
      'Die Adresse zum Kopieren enthält dann den Code. Personen, die schon beigetreten sind, brauchen keinen. Schalte ihn aus und wieder ein, um einen anderen Code zu bekommen.',
    quotas: 'Grenzen für wartende Nachrichten und Räume',
    quotasHint:
      'Nachrichten an Personen, die weg sind, warten auf diesem Computer. Eine Nachricht über einer Grenze bleibt dort, wo sie geschrieben wurde, mit dem Grund. Ein Raum über seiner Grenze verliert seine ältesten Nachrichten.',
    quota: {
      mailboxMessagesMax: 'Nachrichten an eine Person',
      mailboxBytesMax: 'Speicher für eine Person',
      senderMessagesMax: 'Nachrichten von einer Person',
      senderBytesMax: 'Speicher für Gesendetes einer Person',
      ageMsMax: 'Längste Wartezeit',
      roomsMax: 'Räume',
      roomBytesMax: 'Speicher für einen Raum',
      roomMembersMax: 'Mitglieder eines Raums',
      roomsBytesMax: 'Speicher für alle Räume',
    },
    unit: {
      mailboxMessagesMax: 'Nachrichten',
      mailboxBytesMax: 'MiB',
      senderMessagesMax: 'Nachrichten',
      senderBytesMax: 'MiB',
      ageMsMax: 'Tage',
      roomsMax: 'Räume',
      roomBytesMax: 'MiB',
      roomMembersMax: 'Mitglieder',
      roomsBytesMax: 'MiB',
    },
    wrong: (most) => `Gib eine ganze Zahl von 1 bis ${most} ein.`,
    save: 'Speichern',
    saved: 'Gespeichert.',
  },
};
