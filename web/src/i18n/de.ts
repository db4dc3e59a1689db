import type { ToastWords } from '../model/toasts.ts';
import { countedIn } from './plural.ts';
import type { Texts } from './texts.ts';

const counted = countedIn('de');
const numbers = new Intl.NumberFormat('de');

/** What the notices of a room call the user: as the subject of a sentence, and inside of it. */
const you = 'Du';
const youInside = 'du';
const has = (by: string) => (by === you ? 'Du hast' : `${by} hat`);
const accusative = (member: string) => (member === youInside ? 'dich' : member);
const dative = (member: string) => (member === youInside ? 'dir' : member);

const toastWords: ToastWords = {
  refused: ({ code, room }) => (room === null ? de.errors[code] : `${room}: ${de.errors[code]}`),
  'change-failed': ({ code, name }) =>
    `Du hast eine Nachricht geändert, und ${name ?? 'die andere Person'} hat die Änderung nicht bekommen. ${de.errors[code]}`,
  'files-refused': () => 'Chatagram kann noch keine Dateien senden. Es wurde nichts gesendet.',
  'waiting-messages': ({ count }) =>
    counted(
      count,
      'Du hast Nachrichten: Der Server hat 1 für dich aufbewahrt, während du weg warst.',
      (n) => `Du hast Nachrichten: Der Server hat ${n} für dich aufbewahrt, während du weg warst.`,
    ),
  'guest-waits': ({ name, others }) =>
    `${name}${others === 0 ? ' möchte' : ` und ${others} weitere möchten`} mit dem Browser in den Chat.`,
  'other-version': ({ from, others }) =>
    `Bei ${from}${others === 0 ? '' : counted(others, ' und 1 weiteren Adresse', (n) => ` und ${n} weiteren Adressen`)} läuft eine andere Version von Chatagram. Ihr erreicht euch erst, wenn beide Computer dieselbe Version haben.`,
};

/** All texts of the app in German. */
export const de: Texts = {
  appName: 'Chatagram',
  tagline: 'Chatten im eigenen Netz. Ohne Internet, ohne Konto.',

  firstScreen: {
    nickname: 'Spitzname',
    nicknameHint: 'Andere sehen diesen Namen. Bis zu 32 Zeichen, keine Leerzeichen.',
    start: 'Hier einen Chat starten',
    startHint: 'Dieser Computer wird zum Treffpunkt, und andere treten bei.',
    byAddress: 'Über die Adresse beitreten',
    server: 'Adresse des Servers',
    serverPlaceholder: '192.168.1.7:50000#k7q2-…',
    serverHint:
      'Frag die Person, die den Chat gestartet hat: Ihr Bildschirm zeigt sie an. Der Teil nach # sorgt dafür, dass kein anderer Computer sich als dieser ausgibt.',
    joinCode: 'Beitrittscode',
    joinCodePlaceholder: '9f3a-t6nz-k7q2-m4xd',
    joinCodeHint: 'Nur manche Chats brauchen einen. Die Person, die den Chat gestartet hat, sieht ihn.',
    join: 'Beitreten',
    starting: 'Wird gestartet …',
    joining: (server) => `Verbinde mit ${server} …`,
    cancel: 'Abbrechen',
    comeBack: 'Willkommen zurück',
    hostedHere: 'auf diesem Computer',
    profileLabel: (nickname, place) => `Weiter als ${nickname}, ${place}`,
    useSuggestion: (nickname) => `${nickname} nehmen`,
    serverChangedHeading: (server) =>
      `Der Server unter ${server} hat einen anderen Schlüssel als vorher. Das kann heißen:`,
    serverChangedReasons: [
      'Chatagram wurde auf jenem Computer neu installiert.',
      'Du bist in einem anderen Netz, in dem ein anderer Server dieselbe Adresse hat.',
      'Jemand gibt sich als dein Server aus. Frag die Person, die ihn betreibt.',
    ],
    joinAnyway: 'Trotzdem beitreten',
    tried: (addresses) => `Diese Adressen des Computers werden versucht: ${addresses}`,
    silentHeading: (server) => `${server} antwortet nicht. Bitte prüfe:`,
    silentChecks: [
      'Ist es die Adresse vom anderen Bildschirm, und läuft Chatagram dort noch?',
      'Sind beide Computer im selben Netz? Ein Gäste-WLAN trennt sie oft.',
      'Blockiert eine Firewall auf dem anderen Computer UDP an diesem Port?',
    ],
  },

  connecting: {
    heading: 'Verbinde mit Chatagram auf diesem Computer …',
    down: 'Chatagram läuft nicht auf diesem Computer, oder es hat eine neue Adresse. Starte es wieder mit npm start. Diese Seite verbindet sich von selbst neu.',
  },
  otherApp: {
    heading: 'Diese Seite ist veraltet',
    explain:
      'Chatagram wurde aktualisiert, während dieser Tab offen war. Lade die Seite neu. Wenn das nicht hilft, schließ alle Tabs von Chatagram, und öffne den Link noch einmal.',
    reload: 'Neu laden',
  },

  contacts: {
    conversations: 'Unterhaltungen',
    online: 'Online',
    away: 'Abwesend',
    unknown: 'Personen',
    alone: 'Sonst ist noch niemand hier.',
    unnamed: 'Neue Person',
    unread: (count) => `${count} ungelesen`,
    hiddenUnread: (count) =>
      counted(
        count,
        '1 ungelesene Nachricht anderswo. Alle zeigen',
        (n) => `${n} ungelesene Nachrichten anderswo. Alle zeigen`,
      ),
    you: 'Du: ',
    draft: 'Entwurf: ',
    list: 'Räume und Personen in diesem Chat',
  },
  presence: {
    online: 'Online',
    away: 'Abwesend',
    unknown: 'Anwesenheit unbekannt',
    lastSeen: (when) => `Abwesend, zuletzt da ${when}`,
    justNow: 'gerade eben',
    minutesAgo: (minutes) => counted(minutes, 'vor 1 Minute', (n) => `vor ${n} Minuten`),
    todayAt: (clock) => `heute um ${clock}`,
    yesterdayAt: (clock) => `gestern um ${clock}`,
    on: (date) => `am ${date}`,
  },

  userMenu: {
    label: (nickname) => `Menü für ${nickname}`,
    online: 'Online',
    connecting: 'Suche den Server',
    offline: 'Offline',
    refused: 'Nicht in diesem Chat',
    noGateway: 'Nicht verbunden',
    goOffline: 'Offline gehen',
    goOnline: 'Online gehen',
    settings: 'Einstellungen',
    leave: 'Diesen Chat verlassen',
  },

  details: {
    heading: 'Details',
    close: 'Details schließen',
    about: (name) => `Über ${name}`,
    key: 'Schlüssel',
  },

  switcher: {
    heading: 'Zu einer Unterhaltung gehen',
    placeholder: 'Name von Person oder Raum',
    close: 'Schließen',
    found: (count) => counted(count, '1 Unterhaltung', (n) => `${n} Unterhaltungen`),
    none: (typed) => `Keine Person und kein Raum hat „${typed}“ im Namen.`,
    more: (count) =>
      counted(count, '1 weitere. Gib mehr vom Namen ein.', (n) => `${n} weitere. Gib mehr vom Namen ein.`),
  },

  operator: {
    heading: 'Seite für den Betrieb des Servers',
    back: 'Zurück zu den Unterhaltungen',
  },

  invite: {
    heading: 'Andere treten bei unter',
    byBrowser: 'Andere mit dem Browser einladen',
    headingHere: 'Auf diesem Computer treten andere bei unter',
    alone: 'Du bist als Erstes hier',
    aloneJoined: 'Sonst ist noch niemand hier',
    copy: 'Kopieren',
    copied: 'Kopiert',
    notCopied: 'Markieren und kopieren',
    copyLabel: (address) => `${address} kopieren`,
    steps: [
      'Sie verbinden sich mit demselben Netz wie dieser Computer.',
      'Sie starten auf ihrem eigenen Computer npm start.',
      'Sie geben diese Adresse ein und wählen Beitreten.',
    ],
    stepsHere: [
      'Öffne auf diesem Computer ein weiteres Terminal, und starte dort npm start.',
      'Gib diese Adresse ein, und wähl Beitreten.',
    ],
    moved: (port) =>
      `Ein anderes Programm benutzt Port ${port}. Deshalb hat dieser Chat jetzt eine andere Adresse. Schick sie den anderen: Sie suchen dich unter der alten.`,
    keepOpen: 'Der Chat läuft auf diesem Computer. Lass das Fenster des Terminals offen.',
    several: 'Wenn die erste Adresse nicht antwortet, versuch die nächste.',
    networks: {
      vpn: 'VPN: nur für Personen im selben VPN',
      docker: 'Docker: nur für Container auf diesem Computer',
      virtual: 'Virtuelles Netz: nur für virtuelle Maschinen auf diesem Computer',
    },
  },

  search: {
    open: 'Nachrichten suchen (Strg+Umschalt+F)',
  },

  conversation: {
    back: 'Zurück zu den Personen',
    choose: 'Wähl einen Raum oder eine Person',
    chooseHint:
      'Was du in einem Raum schreibst, geht an alle Mitglieder. Was du einer Person schreibst, geht direkt an ihren Computer und wartet auf dem Server, während sie weg ist.',
    empty: (nickname) => `Sag Hallo zu ${nickname}`,
    emptyHint: 'Was du schreibst, geht direkt an den Computer dieser Person.',
    emptyHintAway: 'Diese Person ist weg. Deine Nachricht wartet auf dem Server, bis sie zurück ist.',
    unknown: (nickname) => `Niemand hier heißt „${nickname}“`,
    unknownHint: 'Vielleicht ist diese Person diesem Chat noch nicht beigetreten.',
    blank: 'Leere Nachricht',
    copyText: 'Text kopieren',
    unfold: 'Alles zeigen',
    unfoldLines: (lines) => `Alle ${lines} Zeilen zeigen`,
    newerKind: 'Von einem neueren Chatagram gesendet. Aktualisiere deines, um alles zu sehen.',
    log: (nickname) => `Nachrichten mit ${nickname}`,
    loadOlder: 'Ältere Nachrichten laden',
    jump: 'Zur neuesten springen',
    jumpCount: (count) => counted(count, '1 neue Nachricht', (n) => `${n} neue Nachrichten`),
    from: (nickname) => `${nickname}:`,
    fromYou: 'Du:',
    newLine: 'Neu',
    jumpUnread: (count) => counted(count, '1 ungelesene Nachricht', (n) => `${n} ungelesene Nachrichten`),
    goToDate: 'Zu einem Datum gehen',
    today: 'Heute',
    yesterday: 'Gestern',
  },

  message: {
    menu: 'Aktionen der Nachricht',
    react: 'Reagieren',
    reactWith: (emoji) => `Mit ${emoji} reagieren`,
    moreReactions: 'Weitere Reaktionen',
    reply: 'Antworten',
    edit: 'Bearbeiten',
    delete: 'Löschen',
    pin: 'Anheften',
    unpin: 'Lösen',
    hide: 'Für alle verbergen',
    unhide: 'Wieder zeigen',
    readers: 'Zustellung',
    acknowledged: 'Gelesen von',
    closePoll: 'Umfrage schließen',
    pinned: 'Angeheftet',
    edited: 'Bearbeitet',
    deleted: 'Diese Nachricht wurde gelöscht.',
    erased: 'Der Text dieser Nachricht wird nicht mehr aufbewahrt.',
    hidden: 'Die Moderation hat diese Nachricht verborgen.',
    hiddenMark: 'Für alle anderen verborgen',
    look: 'Ansehen',
    inReplyTo: 'Antwort auf',
    jumpToQuoted: 'Zu dieser Nachricht gehen',
    quoteMissing: 'Eine frühere Nachricht',
    reactions: 'Reaktionen',
    reaction: (emoji, count, names) => `${emoji} ${count}: ${names}`,
    notCopied: 'Dein Browser erlaubt das nicht. Markier den Text, und kopier ihn.',
  },

  announcement: {
    label: 'Ankündigung',
    writing: 'Ankündigung',
    writingHint: 'Alle werden gebeten, zu bestätigen, dass sie sie gelesen haben.',
    acknowledge: 'Ich habe das gelesen',
    acknowledged: 'Du hast das gelesen',
    figures: (has, of) =>
      of === 0
        ? 'Noch liest hier niemand mit'
        : `${has} von ${of} ${has === 1 ? 'hat' : 'haben'} das gelesen`,
  },

  notify: {
    heading: 'Was als neu zählt',
    label: (name, level) => `Was in ${name} als neu zählt: ${level}`,
    levels: {
      all: 'Alle Nachrichten',
      mentions: 'Nur wenn ich erwähnt werde',
      none: 'Nichts (stummgeschaltet)',
    },
    mutedMark: 'stumm',
  },

  save: {
    heading: 'Diese Unterhaltung speichern',
    forms: {
      page: 'Als Seite zum Drucken',
      markdown: 'Als Markdown',
      json: 'Als JSON',
    },
  },

  rooms: {
    heading: 'Räume',
    past: 'Frühere Räume',
    newRoom: 'Neuer Raum',
    browse: 'Räume durchsuchen',
    close: 'Schließen',
    sentLater: 'Gerade gibt es keine Verbindung zum Server. Das wird gesendet, sobald sie zurück ist.',
    you,
    youInside,
    by: (nickname) => `${nickname}: `,
    names: (names) => new Intl.ListFormat('de', { type: 'conjunction' }).format(names),
    members: (count) => counted(count, '1 Mitglied', (n) => `${n} Mitglieder`),
    membersOf: (name) => `Mitglieder von ${name}`,
    mentions: (count) => counted(count, '1 Erwähnung von dir', (n) => `${n} Erwähnungen von dir`),
    settings: 'Über diesen Raum',
    settingsOf: (name) => `Über ${name}`,
    pins: 'Angeheftete Nachrichten',
    pinsLabel: (count) => counted(count, '1 angeheftete Nachricht', (n) => `${n} angeheftete Nachrichten`),
    pinFurtherUp: 'Eine frühere Nachricht',
    empty: (name) => `Das ist ${name}`,
    emptyHint: 'Hier hat noch niemand geschrieben. Was du schreibst, geht an alle Mitglieder.',
    emptyInvited: 'Tritt bei, um zu sehen, was die Mitglieder schreiben.',
    emptyPast: 'Aus diesem Raum hat dich keine Nachricht erreicht.',
    noServer: 'Der Server ist nicht erreichbar. Deine Nachricht wartet, bis er zurück ist.',
    slow: (seconds) => `Dieser Raum ist langsam: eine Nachricht in ${seconds} Sekunden.`,
    writing: {
      'other-server':
        'Dieser Raum ist auf einem Server, der einen anderen Schlüssel hatte. Deshalb lässt sich hier nichts senden.',
      closed: 'Dieser Raum ist beendet: Er lässt sich lesen, und nichts Neues wird geschrieben.',
      banned: 'Du bist in diesem Raum gesperrt.',
      removed: 'Du wurdest aus diesem Raum entfernt.',
      left: 'Du hast diesen Raum verlassen.',
      invited: 'Um hier zu schreiben, nimm oben die Einladung an.',
      archived: 'Dieser Raum ist archiviert: Er lässt sich lesen, und nichts Neues wird geschrieben.',
      silenced: 'Die Moderation lässt dich hier nicht schreiben: Du kannst lesen.',
      reader: 'In diesem Raum kannst du lesen, aber nicht schreiben.',
      moderated: 'In diesem Raum schreibt jetzt nur die Moderation. Du kannst lesen und reagieren.',
    },
    marks: {
      open: null,
      slow: null,
      moderated: null,
      reader: null,
      silenced: null,
      invited: 'Du bist eingeladen',
      archived: 'Archiviert',
      closed: 'Beendet',
      left: 'Du hast ihn verlassen',
      removed: 'Du wurdest entfernt',
      banned: 'Du bist gesperrt',
      'other-server': 'Von einem früheren Server',
    },
    out: {
      left: (name) => `Du hast ${name} verlassen.`,
      removed: (name) => `Du wurdest aus ${name} entfernt.`,
      banned: (name) => `Du bist in ${name} gesperrt.`,
      closed: (name) => `${name} ist beendet.`,
      'other-server': (name) => `Der Server von ${name} hatte einen anderen Schlüssel.`,
    },
    keptHere: 'Was du bekommen hast, bleibt hier, und nichts Neues kommt an.',
    invited: (name) => `Du bist in ${name} eingeladen.`,
    join: 'Beitreten',
    joinAgain: 'Wieder beitreten',
    cut: 'Frühere Nachrichten werden hier nicht aufbewahrt.',
    unknown: (name) => `Du bist in keinem Raum namens „${name}“`,
    unknownHint:
      'Vielleicht heißt er jetzt anders, oder du bist kein Mitglied. Die Liste zeigt die Räume, denen du beitreten kannst.',
    roles: {
      owner: 'Leitung',
      moderator: 'Moderation',
      member: 'Mitglied',
      reader: 'Nur lesen',
    },
    keptAll: 'Alle Nachrichten bleiben',
    keptDays: (count) => counted(count, '1 Tag', (n) => `${n} Tage`),
    keptCount: (count) => counted(count, '1 Nachricht', (n) => `${n} Nachrichten`),
    keptMebibytes: (count) => `${numbers.format(count)} MiB`,

    findingsHeading: 'Mit diesem Raum stimmt etwas nicht.',
    findings: {
      'wrong-head': 'Der Server hat nicht unterschrieben, was er gesendet hat.',
      fork: 'Der Server hat verschiedene Fassungen dieses Raums gezeigt.',
      restored:
        'Der Server wurde aus einer Sicherung wiederhergestellt und hatte einen Teil dieses Raums verloren. Die Mitglieder geben ihn zurück.',
      'log-gap': 'Der Server hat einen Teil dieses Raums ausgelassen.',
      'broken-chain': 'Der Server hat Einträge oder ihre Reihenfolge geändert.',
      'wrong-checkpoint': 'Der Server hat eine Zusammenfassung dieses Raums gesendet, die nicht passt.',
      forged: 'Ein Eintrag ist nicht von der Person, die er nennt.',
      altered: 'Der Text einer Nachricht wurde auf dem Server geändert.',
      repeated: 'Ein Eintrag wurde ein zweites Mal gesendet.',
      'sequence-gap': 'Nachrichten einer Person fehlen.',
      'against-the-rules': 'Der Server hat etwas zugelassen, das die Regeln des Raums nicht erlauben.',
    },
    findingsAdvice:
      'Verlass dich nicht auf das, was du hier liest. Frag die Personen in diesem Raum persönlich, und auch die Person, die den Server betreibt.',
    putAway: 'Ausblenden',
    findingAbout: (names) => ` Es geht um ${names}.`,
  },

  roomNotices: {
    unknown: 'Jemand',
    joined: (names) => `Beigetreten: ${names}`,
    left: (names) => `Gegangen: ${names}`,
    cameAndWent: (names) => `Beigetreten und wieder gegangen: ${names}`,
    created: (by) => `${has(by)} diesen Raum angelegt`,
    createdByServer: 'Alle in diesem Chat sind in diesem Raum',
    toMember: {
      invite: (by, member) => `${has(by)} ${accusative(member)} eingeladen`,
      remove: (by, member) => `${has(by)} ${accusative(member)} entfernt`,
      ban: (by, member) => `${has(by)} ${accusative(member)} gesperrt`,
      unban: (by, member) => `${has(by)} die Sperre von ${dative(member)} aufgehoben`,
      silence: (by, member) => `${has(by)} ${dative(member)} das Schreiben verboten`,
      unsilence: (by, member) => `${has(by)} ${dative(member)} das Schreiben wieder erlaubt`,
      'hand-over': (by, member) => `${has(by)} diesen Raum an ${accusative(member)} übergeben`,
    },
    role: (by, member, role) => `${has(by)} ${dative(member)} die Rolle „${role}“ gegeben`,
    did: {
      hide: (by) => `${has(by)} eine Nachricht verborgen`,
      unhide: (by) => `${has(by)} eine verborgene Nachricht wieder gezeigt`,
      pin: (by) => `${has(by)} eine Nachricht angeheftet`,
      unpin: (by) => `${has(by)} eine angeheftete Nachricht gelöst`,
      archive: (by) => `${has(by)} diesen Raum archiviert`,
    },
    topic: (by, topic) => `${has(by)} das Thema geändert: „${topic}“`,
    noTopic: (by) => `${has(by)} das Thema entfernt`,
    named: (by, name) => `${has(by)} diesen Raum #${name} genannt`,
    modes: { normal: 'Alle Mitglieder schreiben', moderated: 'Nur die Moderation schreibt' },
    slow: (seconds) => `Jedes Mitglied schreibt eine Nachricht in ${seconds} Sekunden`,
    mode: (by, mode) => `${has(by)} festgelegt: ${mode}`,
    history: {
      all: (by) => `${has(by)} festgelegt: Neue Mitglieder sehen alle Nachrichten`,
      none: (by) => `${has(by)} festgelegt: Neue Mitglieder sehen keine früheren Nachrichten`,
    },
    retention: (by, kept) => `${has(by)} geändert, wie lange Nachrichten bleiben: ${kept}`,
    namedOwner: (member) => `Die Person, die den Server betreibt, hat ${dative(member)} die Leitung gegeben`,
    namedOwnerByYou: (member) => `Du hast ${dative(member)} die Leitung gegeben`,
    ownerAsOperator: 'Du hast die Leitung, weil du den Server betreibst',
    closed: 'Die Person, die den Server betreibt, hat diesen Raum beendet',
    closedByYou: 'Du hast diesen Raum beendet',
  },

  check: {
    open: 'Verbindung prüfen',
    why: 'Warum?',
  },
  connection: {
    heading: 'Verbindung',
    open: (nickname) => `Verbindung mit ${nickname}`,
    close: 'Schließen',
  },

  composer: {
    label: (nickname) => `Nachricht an ${nickname}`,
    placeholder: (nickname) => `Nachricht an ${nickname}`,
    shortPlaceholder: 'Nachricht',
    send: 'Senden',
    away: (nickname) => `${nickname} ist weg. Deine Nachricht wartet auf dem Server.`,
    awayNoServer: (nickname) =>
      `${nickname} ist weg, und der Server ist nicht erreichbar. Deine Nachricht wartet, bis er zurück ist.`,
    blocked: (nickname) => `Um ${nickname} wieder zu schreiben, gib diese Person oben frei.`,
    keyUndecided: 'Um wieder zu senden, entscheide oben, ob du diesem Schlüssel vertraust.',
    keyRefused: 'Du hast diesen Schlüssel nicht angenommen. Deshalb wird ihm nichts gesendet.',
    more: 'Umfrage oder Ankündigung',
    cancel: 'Abbrechen',
    editing: 'Du bearbeitest deine Nachricht',
    editedElsewhere: 'Sie wurde anderswo bearbeitet. Speichern ersetzt das.',
    saveEdit: 'Änderung speichern',
    replyingTo: (nickname) => `Antwort an ${nickname}`,
    replyingToYourself: 'Antwort an dich selbst',
    suggestions: 'Personen zum Erwähnen',
    emojiSuggestions: 'Emojis',
    insertEmoji: 'Emoji einfügen',
    wholeRoom: 'alle in diesem Raum',
    bytesLeft: (bytes) => `noch ${bytes} Bytes`,
    tooLong: (bytes) =>
      `${bytes} Bytes zu lang. Eine Nachricht kann bis zu 16 KiB haben. Sende sie in Teilen.`,
  },

  typing: {
    line: (names) => {
      if (names.length > 2) return 'Mehrere Personen schreiben';
      return names.length === 2 ? `${names.join(' und ')} schreiben` : `${names.join()} schreibt`;
    },
    mark: 'schreibt',
  },

  delivery: {
    inTab: 'In diesem Tab gespeichert, bis Chatagram zurück ist',
    handingOver: 'Wird gesendet',
    saved: 'Wird gesendet',
    waitingForServer: 'Wartet auf den Server',
    sending: (attempt) => (attempt === 1 ? 'Wird gesendet' : `Wird gesendet (Versuch ${attempt})`),
    sendingToServer: (attempt) =>
      attempt === 1 ? 'Wird an den Server gesendet' : `Wird an den Server gesendet (Versuch ${attempt})`,
    waitingSeconds: (reason, seconds) => `${reason} (nächster Versuch in ${seconds}\u00A0s)`,
    waitingFor: {
      'no-connection': 'Wartet auf eine Verbindung',
      'mailbox-full': 'Das Postfach dieser Person ist voll',
      'sender-quota-full': 'Du hast zu viele nicht zugestellte Nachrichten auf dem Server',
      'server-disk-full': 'Die Festplatte des Servers ist voll',
      'unknown-recipient': 'Der Server kennt diese Person gerade nicht',
      'key-changed': 'Wartet, bis du über den neuen Schlüssel entscheidest',
      blocked: 'Wartet, bis du diese Person freigibst',
      'wrong-key': 'Sie ließ sich dort nicht öffnen',
      'refused-for-now': 'Sie kann gerade nicht angenommen werden',
    },
    waitsForAnswer: (nickname) => `Wartet, bis ${nickname} antwortet`,
    stored: (nickname) => `Auf dem Server, bis ${nickname} zurück ist`,
    delivered: 'Zugestellt',
    inRoom: (delivered, read, of) =>
      delivered === 0
        ? 'Im Raum'
        : `Zugestellt an ${delivered} von ${of}${read === 0 ? '' : `, gelesen von ${read}`}`,
    deliveredByServer: 'Vom Server zugestellt',
    deliveredLater: 'Später zugestellt',
    read: 'Gelesen',
    failed: (reason) => `Fehlgeschlagen: ${reason}`,
    retry: 'Erneut senden',
    discard: 'Verwerfen',
    discardWarning: 'Sie ist vielleicht trotzdem angekommen.',
  },

  banner: {
    gateway: (since) => `Chatagram auf diesem Computer ist seit ${since} nicht erreichbar.`,
    gatewayHint:
      'Du kannst weiterschreiben. Dieser Tab speichert deine Nachrichten und sendet sie, wenn Chatagram zurück ist.',
    server: (server, since) => `Der Server unter ${server} ist seit ${since} nicht erreichbar.`,
    serverHint:
      'Du kannst weiterschreiben. Nachrichten an Personen, die noch erreichbar sind, gehen direkt an sie. Alle anderen warten hier.',
    nextTry: (seconds) => `Nächster Versuch in ${seconds}\u00A0s.`,
    trying: 'Wird jetzt versucht …',
    tryNow: 'Jetzt versuchen',
    offline: 'Du bist offline. Tschüss.',
    offlineHint: 'Andere sehen dich als abwesend. Nachrichten an dich warten auf dem Server.',
    goOnline: 'Online gehen',
    refusedTaken: (nickname) =>
      `Der Spitzname ist schon vergeben: ${nickname} gehört jetzt einer anderen Person.`,
    refusedLookAlike: (nickname) =>
      `Eine andere Person hat jetzt einen Spitznamen, der wie ${nickname} aussieht.`,
    refusedDisplaced: (nickname) => `${nickname} ist jetzt in einem anderen Chatagram online.`,
    refused: (reason) => `Der Server lässt dich nicht herein. ${reason}`,
    suggestion: (nickname) => `Der Spitzname ${nickname} ist frei. Verlass den Chat, und tritt damit bei.`,
    leave: 'Diesen Chat verlassen',
    again: 'Noch einmal versuchen',
    serverChanged: (server) => `Der Server unter ${server} hat einen anderen Schlüssel als vorher.`,
    serverChangedHint:
      'Vielleicht wurde er neu installiert, du bist in einem anderen Netz, oder jemand gibt sich als er aus. Frag die Person, die ihn betreibt, bevor du weitermachst.',
    acceptServer: 'Neuen Schlüssel annehmen',
    serverMismatch: (server) =>
      `Der Server unter ${server} hat nicht den Schlüssel, den deine Adresse zum Beitreten nennt.`,
    serverMismatchHint:
      'Vergleich die Adresse mit dem Bildschirm der Person, die den Chat gestartet hat. Verlass dann den Chat, und tritt mit der richtigen bei. Wenn es dieselbe ist, gibt sich vielleicht jemand als diese Person aus.',
  },

  keys: {
    changed: (nickname) => `${nickname} hat einen neuen Schlüssel`,
    changedHint: (nickname) =>
      `Vielleicht wurde Chatagram bei ${nickname} neu installiert, oder jemand gibt sich als ${nickname} aus. Es wird nichts gesendet, bis du entscheidest. Vergleich zuerst die Nummer mit ${nickname}, am Telefon oder persönlich.`,
    refused: (nickname) => `Du bleibst bei dem Schlüssel, den du von ${nickname} kennst`,
    refusedHint:
      'Der Server nennt einen anderen Schlüssel. Deine Nachrichten warten, bis der bekannte zurück ist.',
    notPinned: (nickname) => `Das ist vielleicht nicht ${nickname}`,
    notPinnedHint: (nickname) =>
      `Ein anderer Schlüssel benutzt den Namen ${nickname}. Seine Nachrichten stehen hier, getrennt von denen der Person ${nickname}, die du kennst. Es wird nichts gesendet, bis du entscheidest.`,
    notPinnedRefused: (nickname) => `Du hast gesagt, dass das nicht ${nickname} ist`,
    notPinnedRefusedHint: 'Nachrichten von diesem Schlüssel bleiben hier, in einer eigenen Unterhaltung.',
    accept: (nickname) => `Das ist ${nickname}`,
    refuse: 'Beim bekannten Schlüssel bleiben',
    compare: 'Nummer zum Vergleichen',
    compareHint: (nickname) =>
      `${nickname} sieht diese Nummer unter Verbindung. Wenn dort eine andere steht, fängt vielleicht jemand eure Nachrichten ab.`,
    safety: 'Sicherheitsnummer',
    safetyHint: (nickname) =>
      `Vergleich sie mit ${nickname}, am Telefon oder persönlich. Wenn dort eine andere steht, fängt vielleicht jemand eure Nachrichten ab.`,
    verified: 'Verglichen: Die Nummern stimmen überein',
    verifiedHint: 'Markiert diesen Schlüssel als echt. Ein anderer Schlüssel hätte die Markierung nicht.',
    verifiedMark: (nickname) => `Du hast die Sicherheitsnummer mit ${nickname} verglichen`,
    hadBlocked: 'Du hast den bekannten Schlüssel blockiert. Dieser ist nicht blockiert.',
    hadCompared:
      'Du hast die Sicherheitsnummer des bekannten Schlüssels verglichen. Das hier ist ein anderer.',
    mark: 'Anderer Schlüssel',
    markChanged: 'Schlüssel geändert',
  },

  guestOf: (host) => (host === null ? 'dein Gast' : `Gast von ${host}`),

  lookAlike: {
    mark: (other) => `Sieht aus wie ${other}`,
    markWithKey: (other, key) => `Sieht aus wie ${other}, Schlüssel ${key}`,
    heading: (nickname, other) => `Der Name ${nickname} sieht aus wie ${other}`,
    means: (key) =>
      `Es sind verschiedene Personen, also verlass dich nicht auf den Namen. Der Schlüssel dieser Person beginnt mit ${key}. Vergleich die Sicherheitsnummer, bevor du etwas Privates schreibst.`,
    author: (nickname, other) => `${nickname} (sieht aus wie ${other})`,
  },

  moreWaiting: {
    heading: (nickname) => `${nickname} hat weitere Nachrichten für dich`,
    means: (nickname) =>
      `Du hast ${nickname} noch nie geschrieben. Deshalb sind nur die ersten Nachrichten hier. Die anderen warten, bis du antwortest oder sie zulässt.`,
    allow: (nickname) => `${nickname} zulassen`,
  },

  block: {
    block: (nickname) => `${nickname} blockieren`,
    hint: (nickname) =>
      `${nickname} bekommt nichts von dir, und was von dort kommt, wird nicht gezeigt. Für diese Person sieht es aus, als wärst du nicht zurückgekommen. Sie sieht aber weiter, wann du online bist.`,
    blocked: (nickname) => `Du hast ${nickname} blockiert`,
    means: (nickname) =>
      `Diese Person bekommt nichts von dir, und ihre Nachrichten werden nicht gezeigt. ${nickname} sieht weiter, wann du online bist.`,
    gone: 'Auch wenn du sie freigibst, bleibt weg, was sie in der Zwischenzeit gesendet hat.',
    unblock: (nickname) => `${nickname} freigeben`,
    mark: 'Blockiert',
  },

  toasts: {
    heading: 'Meldungen der App',
    words: toastWords,
    dismiss: 'Ausblenden',
    look: 'Ansehen',
  },

  fault: {
    notShown: 'Das konnte nicht gezeigt werden. Alles andere funktioniert weiter.',
    again: 'Noch einmal versuchen',
  },

  lab: (spec) => `Labor: ${spec}`,
  labExplain:
    'Dieser Computer stört absichtlich seinen eigenen Netzverkehr, um zu zeigen, wie der Chat damit umgeht.',

  errors: {
    'nickname-empty': 'Gib zuerst einen Spitznamen ein.',
    'unknown-chat': 'Dieser Computer kennt diesen Chat nicht mehr.',
    'still-hosting': 'Der offene Chat läuft auf diesem Computer und würde für alle enden.',
    'nickname-too-long': 'Das ist zu lang. Nimm höchstens 32 Zeichen.',
    'nickname-not-allowed':
      'Nimm Buchstaben, Ziffern, Satzzeichen oder Emojis. Leerzeichen, ein # am Anfang und unsichtbare Zeichen sind nicht erlaubt.',
    'nickname-taken': 'Der Spitzname ist schon vergeben.',
    'nickname-look-alike':
      'Das sieht aus wie ein Spitzname, der schon vergeben ist. Nimm einen, den andere davon unterscheiden können.',
    displaced: 'Du bist mit demselben Schlüssel in einem anderen Chatagram online.',
    'name-released': 'Die Person, die den Server betreibt, hat deinen Spitznamen freigegeben.',
    banned:
      'Die Person, die den Server betreibt, hat dich gesperrt. Deine Nachrichten bleiben hier. Bitte sie, dich wieder hereinzulassen.',
    'join-code-required': 'Dieser Chat braucht einen Beitrittscode. Frag die Person, die ihn gestartet hat.',
    'join-code-wrong':
      'Der Beitrittscode ist falsch. Vergleich ihn mit dem Bildschirm der Person, die den Chat gestartet hat.',
    'too-many-tries':
      'Von diesem Computer oder Netz kamen zu viele falsche Beitrittscodes. Warte eine Minute, und versuch es dann noch einmal.',
    'join-code-invalid': 'Ein Beitrittscode hat 16 Buchstaben und Ziffern, wie 9f3a-t6nz-k7q2-m4xd.',
    'not-for-guests': 'Ein Gast kann das nicht.',
    'guests-off': 'Jetzt kann kein Gast kommen.',
    'unknown-guest': 'Dieser Gast ist schon weg.',
    'guest-places-taken': 'Kein Platz für Gäste ist frei. Erhöhe die Zahl, oder entferne einen.',
    'guest-port-taken':
      'Ein anderes Programm benutzt den Port für Gäste. Beende es, oder starte Chatagram mit einem anderen: --guests-at.',
    'guest-address-missing':
      'Dieser Computer hat die Adresse für Gäste nicht. Verbinde ihn zuerst mit ihrem Netzwerk.',
    'not-hosting': 'Der Chat läuft nicht mehr auf diesem Computer.',
    'unknown-name': 'Niemand hier hat diesen Spitznamen.',
    'ban-address-invalid': 'Gib eine IP-Adresse wie 192.168.1.7 oder fd00::7 ein.',
    'ban-not-allowed': 'Du kannst weder dich selbst noch diesen Computer sperren.',
    'not-banned': 'Diese Sperre ist schon beendet.',
    'too-many-bans': 'Es gibt schon 1.000 Sperren. Heb zuerst eine auf.',
    'unknown-browser': 'Dieser Browser ist schon abgemeldet.',
    'address-invalid': 'Gib die Adresse wie 192.168.1.7 oder 192.168.1.7:50000 ein.',
    'address-ipv4-form':
      'Eine IPv4-Adresse hat vier Zahlen von 0 bis 255, wie 192.168.1.7. Keine davon beginnt mit einer zusätzlichen 0.',
    'address-unspecified':
      'Diese Adresse steht für alle Adressen eines Computers. Gib die vom anderen Bildschirm ein.',
    'address-broadcast':
      'Diese Adresse steht für alle Computer eines Netzes. Gib die vom anderen Bildschirm ein.',
    'address-multicast':
      'Diese Adresse steht für eine Gruppe von Computern. Gib die vom anderen Bildschirm ein.',
    'address-reserved': 'Kein Computer kann diese Adresse haben. Gib die vom anderen Bildschirm ein.',
    'address-zone-missing':
      'Eine Adresse, die mit fe80 beginnt, braucht den Namen deiner Netzwerkschnittstelle, wie fe80::1%eth0. Ergänz ihn, oder gib eine andere Adresse vom anderen Bildschirm ein.',
    'address-zone-unknown':
      'Dieser Computer hat keine Netzwerkschnittstelle mit dem Namen nach %. Korrigier ihn, oder gib eine andere Adresse vom anderen Bildschirm ein.',
    'host-name-unknown':
      'Kein Computer mit diesem Namen wurde gefunden. Prüf die Schreibweise, oder gib die Adresse vom anderen Bildschirm ein.',
    'host-name-slow':
      'Das Netz hat diesen Namen in 2 Sekunden nicht gefunden. Versuch es noch einmal, oder gib die Adresse vom anderen Bildschirm ein.',
    'own-address':
      'Das ist deine eigene Adresse, und dort läuft kein Chat. Gib die vom anderen Bildschirm ein, oder starte hier einen Chat.',
    'address-echo':
      'Diese Adresse schickt zurück, was sie bekommt. Dort läuft also kein Chat. Gib die vom anderen Bildschirm ein.',
    'server-key-invalid':
      'Der Teil nach # ist unvollständig, oder ein Zeichen ist falsch. Kopier die ganze Adresse vom Bildschirm der Person, die den Chat gestartet hat.',
    'port-invalid': 'Gib einen Port von 1 bis 65535 ein.',
    'port-missing': 'Ergänz den Port nach einem Doppelpunkt, wie 127.0.0.1:5050.',
    'port-refused-by-browsers': 'Browser öffnen an diesem Port keine Seite. Nimm einen anderen.',
    'port-unavailable': 'Kein Port ist frei. Schließ andere Programme, die Ports ab 50000 benutzen.',
    'server-silent': 'Der Server antwortet nicht.',
    'version-mismatch':
      'Der Server hat eine andere Version von Chatagram. Installiert auf beiden Computern dieselbe.',
    'signing-key-invalid':
      'Die Schlüssel auf den beiden Computern passen nicht zusammen. Installiert auf beiden dieselbe Version von Chatagram.',
    'guest-statement-invalid': 'Der Server nimmt dich nicht als Gast dieses Computers an.',
    'guest-host-unknown':
      'Die Person, bei der du zu Gast bist, ist nicht im Chat. Versuch es noch einmal, wenn sie online ist.',
    'guests-full': 'Die Person, bei der du zu Gast bist, hat schon 100 Gäste. Warte, bis einer geht.',
    'server-full':
      'Der Server hat keinen Platz für einen weiteren Spitznamen. Bitte die Person, die ihn betreibt, einen freizugeben.',
    'data-folder-in-use':
      'Dieser Spitzname läuft schon in einem anderen Chatagram auf diesem Computer. Nimm jenes, oder wähl einen anderen Spitznamen.',
    'wipe-nickname-wrong': 'Das ist nicht dein Spitzname. Es wurde nichts gelöscht.',
    'wipe-blocked':
      'Ein anderes Chatagram benutzt denselben Datenordner. Es wurde nichts gelöscht. Beende es mit Strg-C in seinem Fenster, und versuch es dann noch einmal.',
    'wipe-unfinished':
      'Nicht alles ließ sich entfernen. Chatagram ist beendet. Starte es wieder: Es löscht dann weiter.',
    'already-joined': 'Du bist schon einem Chat beigetreten. Verlass ihn zuerst.',
    'not-joined': 'Tritt zuerst einem Chat bei.',
    'unknown-recipient': 'Dieser Chat kennt diese Person nicht.',
    'key-changed':
      'Der Server nennt einen anderen Schlüssel für diese Person. Entscheide oben, ob du ihm vertraust.',
    blocked: 'Du hast diese Person blockiert. Gib sie frei, um wieder zu schreiben.',
    'cannot-block': 'Du kannst weder dich selbst noch den Server blockieren.',
    'key-not-offered': 'Für diese Person gibt es keine offene Schlüsseländerung.',
    'server-key-changed': 'Der Server unter dieser Adresse hat einen anderen Schlüssel als vorher.',
    'server-key-mismatch':
      'Der Computer unter dieser Adresse hat nicht den Schlüssel nach #. Vergleich die Adresse mit dem Bildschirm der Person, die den Chat gestartet hat. Wenn es dieselbe ist, gibt sich vielleicht jemand als diese Person aus.',
    'message-empty': 'Schreib zuerst eine Nachricht.',
    'message-too-long': 'Die Nachricht ist länger als 16 KiB. Sende sie in Teilen.',
    'message-id-used': 'Eine andere Nachricht hat schon diese Kennung. Sende sie noch einmal.',
    'unknown-message': 'Diese Nachricht gibt es nicht mehr.',
    'message-deleted': 'Diese Nachricht wurde gelöscht.',
    'not-the-author': 'Du kannst nur deine eigenen Nachrichten bearbeiten und löschen.',
    'cannot-change': 'Diese Nachricht lässt sich so nicht ändern.',
    'too-many-mentions': 'Eine Nachricht kann 32 Personen erwähnen. Nenn weniger.',
    'file-name-empty': 'Die Datei hat keinen Namen. Gib ihr einen und sende sie noch einmal.',
    'file-name-too-long': 'Der Name der Datei ist zu lang. Kürze ihn und sende die Datei noch einmal.',
    'file-name-not-allowed':
      'Der Name der Datei enthält einen Schrägstrich oder ein Steuerzeichen. Benenne die Datei um und sende sie noch einmal.',
    'poll-invalid': 'Eine Umfrage braucht 2 bis 20 Antworten mit je 1 bis 128 Zeichen.',
    'poll-closed': 'Die Umfrage ist geschlossen.',
    'not-an-emoji': 'Eine Reaktion ist ein Emoji.',
    'too-many-reactions': 'Du kannst auf eine Nachricht mit 8 Emojis reagieren. Nimm zuerst eins zurück.',
    'mailbox-full': 'Das Postfach dieser Person auf dem Server ist voll.',
    'sender-quota-full': 'Du hast zu viele nicht zugestellte Nachrichten auf dem Server.',
    'server-disk-full': 'Die Festplatte des Servers ist voll.',
    'wrong-key': 'Sie ließ sich mit dem Schlüssel der anderen Person nicht öffnen.',
    'message-expired': 'Sie hat zu lange auf dem Server gewartet.',
    'storage-damaged':
      'Die gespeicherten Daten dieses Chats sind beschädigt. Das Terminal sagt, was zu tun ist.',
    'storage-failed':
      'Chatagram kann nicht auf die Festplatte dieses Computers schreiben. Prüf, ob sie freien Platz hat und der Datenordner noch da ist, und versuch es dann noch einmal. Wenn das nicht hilft, starte Chatagram neu.',
    'host-storage-failed':
      'Der Computer deines Gastgebers kann nicht auf seine Festplatte schreiben. Vielleicht ist sie voll. Sag es deinem Gastgeber, und versuch es dann noch einmal.',
    'no-such-room': 'Diesen Raum gibt es nicht. Prüf den Namen, oder bitte ein Mitglied um eine Einladung.',
    'room-name-not-allowed':
      'Dieser Name ist nicht erlaubt. Nimm 1 bis 32 sichtbare Buchstaben, Ziffern, Symbole oder Emojis, ohne Leerzeichen und ohne # am Anfang.',
    'room-name-taken': 'Ein anderer Raum hat diesen Namen. Nimm einen anderen.',
    'room-name-look-alike':
      'Dieser Name sieht aus wie der eines anderen Raums. Nimm einen, den andere davon unterscheiden können.',
    'room-quota-full':
      'Der Server hat keinen Platz mehr für diesen Raum. Bitte die Leitung, weniger Nachrichten aufzubewahren, oder die Person, die den Server betreibt, um mehr Platz.',
    'too-many-rooms':
      'Der Server hat keinen Platz für einen weiteren Raum. Bitte die Person, die ihn betreibt, einen zu beenden.',
    'too-many-rooms-of-key':
      'Du hast so viele Räume angelegt, wie eine Person darf. Warte eine Stunde, wenn du neu hier bist, oder nimm einen von deinen.',
    'too-often': 'Das war zu viel in kurzer Zeit. Warte einen Moment, und versuch es dann noch einmal.',
    'other-server':
      'Dieser Raum ist auf einem Server, der einen anderen Schlüssel hatte. Du kannst ihn lesen, aber nichts senden.',
    'wrong-room': 'Der Server hat an dieser Stelle einen anderen Raum. Es wurde nichts geändert.',
    'wrong-position':
      'Der Server hat das an einer falschen Stelle im Raum eingefügt. Es wurde nichts geändert.',
    'wrong-sequence':
      'Der Server hat eine andere Nummer erwartet. Dasselbe wird mit der richtigen noch einmal gesendet.',
    'wrong-author': 'Der Server hat das nicht von dir angenommen. Es wurde nichts geändert.',
    'wrong-signature': 'Der Server konnte die Unterschrift davon nicht prüfen. Es wurde nichts geändert.',
    'wrong-content-hash':
      'Was der Server bekommen hat, ist nicht das, was unterschrieben wurde. Es wurde nichts geändert.',
    'wrong-parent':
      'Der Server hat ein anderes Protokoll dieses Raums. Dasselbe wird noch einmal gesendet, wenn die beiden übereinstimmen.',
    'wrong-chain':
      'Der Server hat ältere Einträge dieses Raums nicht zurückgenommen. Du behältst, was du hast.',
    'content-missing': 'Der Server hat nicht alles davon bekommen. Es wurde nichts geändert.',
    'not-created': 'Diesen Raum gibt es noch nicht. Leg ihn zuerst an.',
    'already-created': 'Diesen Raum gibt es schon.',
    'room-closed':
      'Die Person, die den Server betreibt, hat diesen Raum beendet. Du kannst weiter lesen, was du hast.',
    archived: 'Dieser Raum ist archiviert. Du kannst ihn lesen, aber nichts darin schreiben.',
    'not-in-everyone': 'In #everyone geht das nicht, weil dort immer alle aus dem Chat sind.',
    'banned-from-room': 'In diesem Raum gibt es eine Sperre. Die Moderation kann sie aufheben.',
    'not-a-member': 'Du bist kein Mitglied dieses Raums. Tritt ihm zuerst bei.',
    'already-a-member': 'Diese Person ist schon Mitglied des Raums.',
    'not-invited': 'In diesen Raum kommt man mit Einladung. Bitte die Moderation um eine.',
    'not-allowed': 'Deine Rolle in diesem Raum erlaubt das nicht. Frag die Leitung oder die Moderation.',
    silenced: 'Du darfst in diesem Raum nicht schreiben, aber lesen. Frag die Moderation.',
    moderated: 'Im Moment schreibt in diesem Raum nur die Moderation.',
    slow: 'Dieser Raum ist langsam: Du hast vor Kurzem geschrieben. Warte, und versuch es dann noch einmal.',
    'not-yourself': 'Mit dir selbst geht das nicht.',
    'no-such-member': 'Diese Person ist kein Mitglied des Raums.',
    'guest-role': 'Ein Gast kann keinen Raum leiten oder moderieren.',
    outranked: 'Das geht nur bei Mitgliedern mit einer Rolle unter deiner. Frag die Leitung des Raums.',
    'last-owner':
      'Du bist die letzte Person in der Leitung dieses Raums. Übergib ihn zuerst an ein anderes Mitglied.',
    'room-full': 'Dieser Raum hat 1.000 Mitglieder und keinen Platz für ein weiteres.',
    'too-many-invitations': 'Dieser Raum hat 1.000 offene Einladungen. Nimm zuerst eine zurück.',
    'too-many-silenced':
      'In diesem Raum dürfen 1.000 Personen nicht schreiben. Lass zuerst eine davon wieder schreiben.',
    'too-many-pins': 'In diesem Raum sind 50 Nachrichten angeheftet. Löse zuerst eine.',
    'unknown-kind': 'Das Chatagram der anderen Person kennt diese Art von Nachricht nicht.',
    malformed: 'Das Chatagram der anderen Person konnte sie nicht lesen.',
    'not-registered': 'Der Server kennt dich noch nicht. Versuch es noch einmal.',
    refused: 'Die andere Seite hat es abgelehnt.',
    internal: 'In Chatagram ist etwas schiefgegangen. Das Terminal sagt mehr.',
  },
};
