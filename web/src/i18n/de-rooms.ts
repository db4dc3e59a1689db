import type { LaterRoomTexts } from './room-texts.ts';

const numbers = new Intl.NumberFormat('de');

/** The texts of the dialogs about rooms in German. */
export const deRooms: LaterRoomTexts = {
  cancel: 'Abbrechen',
  save: 'Speichern',
  saved: 'Gespeichert.',
  thatsYou: '(du)',
  joinLabel: (name) => `${name} beitreten`,
  open: 'Öffnen',
  openLabel: (name) => `${name} öffnen`,
  whoReads: 'Die Mitglieder können ihn lesen, und auch der Computer, auf dem der Server läuft.',

  name: 'Name',
  nameHint: 'Bis zu 32 Zeichen, keine Leerzeichen.',
  whoComesIn: 'Zugang',
  accessName: { open: 'Offen.', closed: 'Mit Einladung.' },
  accessHint: {
    open: 'Jede Person in diesem Chat findet ihn und kann beitreten.',
    closed: 'Nur eingeladene Personen finden ihn und können beitreten.',
  },
  access: {
    everyone: 'Alle in diesem Chat sind in diesem Raum.',
    open: 'Jede Person in diesem Chat kann diesem Raum beitreten.',
    closed: 'Nur eingeladene Personen können diesem Raum beitreten.',
  },
  accessEnded: {
    archived: 'Dieser Raum ist archiviert: Hier wird nichts Neues geschrieben.',
    closed: 'Dieser Raum ist beendet: Hier wird nichts Neues geschrieben.',
  },
  create: 'Raum anlegen',
  creating: 'Wird angelegt …',
  createLater:
    'Gerade gibt es keine Verbindung zum Server. Der Raum wird angelegt, sobald sie zurück ist, und steht dann in deiner Liste. Du kannst dieses Fenster schließen.',

  find: 'Raum finden',
  looking: 'Suche nach Räumen …',
  noRooms: 'Hier gibt es keine Räume, denen du beitreten kannst.',
  makeOne: 'Du kannst einen anlegen.',
  oldList: 'Gerade gibt es keine Verbindung zum Server. Deshalb ist diese Liste vielleicht alt.',
  bannedHere: 'Du bist gesperrt',
  moreRooms: 'Weitere Räume zeigen',
  ended: { archived: 'archiviert', closed: 'beendet' },

  makeRole: {
    owner: 'Leitung geben',
    moderator: 'Moderation geben',
    member: 'Zum Mitglied machen',
    reader: 'Nur lesen lassen',
  },
  madeRole: (nickname, role) => `Die Rolle von ${nickname} ist jetzt: ${role}.`,
  memberActions: {
    'hand-over': 'Raum übergeben',
    silence: 'Nicht mehr schreiben lassen',
    unsilence: 'Wieder schreiben lassen',
    remove: 'Entfernen',
    ban: 'Sperren',
  },
  memberActionDone: {
    'hand-over': (nickname) => `Der Raum gehört jetzt ${nickname}.`,
    silence: (nickname) => `${nickname} kann hier jetzt nicht schreiben.`,
    unsilence: (nickname) => `${nickname} kann wieder schreiben.`,
    remove: (nickname) => `${nickname} ist entfernt.`,
    ban: (nickname) => `${nickname} ist in diesem Raum gesperrt.`,
  },
  asked: {
    'hand-over': {
      means: (nickname) =>
        `${nickname} bekommt die Leitung und du die Moderation. Nur ${nickname} kann das rückgängig machen.`,
      confirm: (nickname) => `Jetzt an ${nickname} übergeben`,
    },
    remove: {
      means: (nickname, access) =>
        access === 'closed'
          ? `${nickname} bekommt nichts mehr aus diesem Raum und braucht eine Einladung, um zurückzukommen.`
          : `${nickname} bekommt nichts mehr aus diesem Raum und kann wieder beitreten. Um das zu verhindern, sperre ${nickname}.`,
      confirm: (nickname) => `${nickname} jetzt entfernen`,
    },
    ban: {
      means: (nickname) =>
        `${nickname} bekommt nichts mehr aus diesem Raum und kann erst zurückkommen, wenn die Moderation die Sperre aufhebt.`,
      confirm: (nickname) => `${nickname} jetzt sperren`,
    },
  },
  memberLine: (role, presence, silenced) =>
    `${role} · ${presence}${silenced ? ' · Darf nicht schreiben' : ''}`,
  unban: 'Sperre aufheben',
  unbanned: (nickname) => `${nickname} darf zurückkommen.`,
  actionsFor: (nickname) => `Aktionen für ${nickname}`,
  membersHeading: 'Mitglieder',
  findMembers: 'Mitglieder finden',
  noMember: 'Kein Mitglied heißt so.',
  moreMembers: (count) =>
    `Und ${numbers.format(count)} weitere. Gib einen Teil eines Spitznamens ein, um sie zu finden.`,
  invite: 'Person einladen',
  inviteWhom: 'Spitzname',
  inviteTo: (name) => `Personen in ${name} einladen`,
  inviteHint: 'Der Raum ist da, und du bist allein darin. Nur wen du hier einlädst, findet ihn.',
  inviteNow: 'Einladen',
  invitedNow: (nickname) => `${nickname} ist eingeladen.`,
  invitedHeading: 'Eingeladen',
  takeBack: 'Zurücknehmen',
  uninvited: (nickname) => `Die Einladung von ${nickname} ist zurückgenommen.`,
  bannedHeading: 'Gesperrt',

  topic: 'Thema',
  mode: 'Schreiben dürfen',
  modes: {
    normal: 'Alle Mitglieder',
    moderated: 'Nur die Moderation',
    slow: 'Alle Mitglieder, aber langsam',
  },
  slowSeconds: 'Sekunden zwischen zwei Nachrichten',
  slowMode: (seconds) => `Alle Mitglieder, je eine Nachricht in ${seconds} Sekunden`,
  history: 'Was neue Mitglieder sehen',
  histories: { all: 'Alle Nachrichten', none: 'Nur Nachrichten ab dem Beitritt' },
  retention: 'Wie lange Nachrichten bleiben',
  retentionHint:
    'Ältere Nachrichten verschwinden vom Server und von den Computern aller Mitglieder. Ein leeres Feld ist keine Grenze.',
  retentionWrong: 'Gib ganze Zahlen ab 1 ein, oder lass ein Feld leer.',
  bounds: { days: 'Tage', count: 'Nachrichten', mebibytes: 'MiB' },
  noBound: 'keine Grenze',
  archive: 'Diesen Raum archivieren',
  archiveMeans:
    'Danach kann hier niemand mehr schreiben, und das lässt sich nicht rückgängig machen. Alle können weiter lesen.',
  archiveNow: 'Jetzt archivieren',
  archivedNow: 'Der Raum ist archiviert.',
  leave: 'Diesen Raum verlassen',
  leaveMeans: {
    open: 'Du behältst, was du hast. Du kannst jederzeit wieder beitreten.',
    closed: 'Du behältst, was du hast. Um zurückzukommen, brauchst du eine Einladung.',
  },
  leaveNow: 'Jetzt verlassen',
};
