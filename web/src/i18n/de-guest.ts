import type { GuestTexts } from './guest-texts.ts';

/** What only the page of a guest says, in German. */
export const deGuest: GuestTexts = {
  name: {
    heading: 'Als Gast in den Chat kommen',
    intro:
      'Du brauchst keine App, kein Konto und kein Internet. Der Chat läuft auf dem Computer deines Gastgebers.',
    forgotten:
      'Der Computer deines Gastgebers kennt dich nicht mehr. Wähl einen Spitznamen, um noch einmal zu fragen.',
    nickname: 'Spitzname',
    nicknameHint: 'Andere sehen diesen Namen. Bis zu 32 Zeichen, keine Leerzeichen.',
    come: 'Hereinkommen',
    use: (nickname) => `${nickname} nehmen`,
    silent:
      'Der Chat deines Gastgebers antwortet nicht. Warte kurz, und versuch es noch einmal, oder sag es deinem Gastgeber.',
  },
  protection: {
    heading: 'Was diese Seite schützt',
    points: [
      {
        id: 'sealed',
        lead: 'Andere in diesem WLAN können nicht lesen, was du schreibst.',
        rest: 'Es ist von dieser Seite bis zum Computer deines Gastgebers verschlüsselt.',
      },
      {
        id: 'host',
        lead: 'Der Computer deines Gastgebers kann es.',
        rest: 'Er kann lesen, was du liest und schreibst, und könnte in deinem Namen schreiben. Die Personen, denen du schreibst, sehen, dass du zu Gast bist.',
      },
      {
        id: 'page',
        lead: 'Sie schützt nicht vor einer Person, die diese Seite ändert.',
        rest: 'Die Seite kommt über einfaches HTTP. Ein Angreifer in diesem Netz könnte sie auf dem Weg zu dir ändern.',
      },
    ],
    kept: 'Dieser Browser behält nur deinen Gastschlüssel, aber keine Nachricht und keinen Namen. Was du nicht gesendet hast, ist weg, wenn du diese Seite schließt.',
    close: 'Schließen',
  },
  nothingKept: {
    heading: 'Dieser Browser behält nichts',
    means: 'Dieser Browser behält nichts: Nach dem Neuladen bist du ein neuer Gast. Lass diese Seite offen.',
  },
  coming: 'Verbinde mit deinem Gastgeber …',
  comingDown:
    'Der Computer deines Gastgebers antwortet nicht. Bist du noch im selben WLAN? Diese Seite versucht es von selbst wieder.',
  joining: 'Der Chat wird geöffnet …',
  tryNow: 'Jetzt versuchen',
  waiting: {
    heading: 'Bitte deinen Gastgeber, dich hereinzulassen',
    explain:
      'Dein Gastgeber sieht deinen Spitznamen und diese vier Wörter. Vergleicht sie, bevor du hereingelassen wirst.',
    words: 'Deine vier Wörter',
    as: 'Du fragst als',
    differ:
      'Wenn die Wörter verschieden sind, mach nicht weiter: Dann ist ein anderes Gerät zwischen dir und deinem Gastgeber.',
    state: 'Warte auf deinen Gastgeber …',
    again: 'Mit neuen Wörtern fragen',
  },
  ends: {
    'link-damaged': {
      heading: 'Ein Teil dieses Links fehlt',
      explain: 'Der Teil nach # wurde geändert oder abgeschnitten.',
      how: 'Scann den Code noch einmal, oder kopier den ganzen Link. Du kannst deinen Gastgeber auch ohne Link bitten, dich hereinzulassen.',
    },
    'link-newer': {
      heading: 'Dieser Link ist für ein neueres Chatagram',
      explain: 'Diese Seite ist älter als der Link.',
      how: 'Lade die Seite neu. Wenn das nicht hilft, bitte deinen Gastgeber um einen neuen Link.',
    },
    'version-unknown': {
      heading: 'Diese Seite ist veraltet',
      explain: 'Chatagram wurde auf dem Computer deines Gastgebers aktualisiert.',
      how: 'Lade die Seite neu.',
    },
    'want-unknown': {
      heading: 'Diese Seite ist veraltet',
      explain: 'Chatagram auf dem Computer deines Gastgebers versteht diese Seite nicht.',
      how: 'Lade die Seite neu.',
    },
    'secret-wrong': {
      heading: 'Dieser Link gilt nicht mehr',
      explain: 'Dein Gastgeber hat einen neuen Link gemacht, oder er nimmt gerade keine Gäste auf.',
      how: 'Scann den Code auf dem Bildschirm deines Gastgebers noch einmal. Du kannst deinen Gastgeber auch ohne Link bitten, dich hereinzulassen.',
    },
    'link-required': {
      heading: 'Du brauchst einen Link',
      explain: 'Dein Gastgeber nimmt nur Gäste auf, die den Code scannen.',
      how: 'Scann den Code auf dem Bildschirm deines Gastgebers.',
    },
    'gateway-key-wrong': {
      heading: 'Hier antwortet ein anderer Computer',
      explain:
        'Er hat nicht den Schlüssel des Gastgebers, den du kennst. Vielleicht ist es ein anderer Gastgeber unter dieser Adresse, vielleicht ein Angreifer. Diese Seite hat ihm nichts über dich gesagt.',
      how: 'Scann den Code auf dem Bildschirm deines Gastgebers noch einmal. Mach ohne ihn nur weiter, wenn du die vier Wörter mit deinem Gastgeber vergleichen kannst.',
    },
    'handshake-failed': {
      heading: 'Die Verbindung ließ sich nicht sichern',
      explain: 'Etwas hat sie unterwegs geändert, deshalb hat diese Seite sie geschlossen.',
      how: 'Verbinde noch einmal. Wenn das oft passiert, sag es deinem Gastgeber: Vielleicht ist ein Angreifer in diesem Netz.',
    },
    'not-genuine': {
      heading: 'Die Verbindung wurde unterwegs geändert',
      explain:
        'Eine Nachricht wurde geändert, wiederholt oder fehlte, deshalb wurde die Verbindung geschlossen. Nichts davon wurde verwendet.',
      how: 'Verbinde noch einmal. Wenn das oft passiert, sag es deinem Gastgeber: Vielleicht ist ein Angreifer in diesem Netz.',
    },
    'too-long': {
      heading: 'Die Verbindung ist beendet',
      explain: 'Eine Nachricht war länger, als die Regeln erlauben.',
      how: 'Verbinde noch einmal. Wenn das oft passiert, lade die Seite neu.',
    },
    malformed: {
      heading: 'Die Verbindung ist beendet',
      explain: 'Diese Seite und der Computer deines Gastgebers haben sich nicht verstanden.',
      how: 'Verbinde noch einmal. Wenn das oft passiert, lade die Seite neu.',
    },
    'not-admitted': {
      heading: 'Die Verbindung ist beendet',
      explain: 'Diese Seite hat etwas gesendet, bevor dein Gastgeber dich hereingelassen hat.',
      how: 'Verbinde noch einmal. Wenn das oft passiert, lade die Seite neu.',
    },
    'switched-off': {
      heading: 'Dein Gastgeber nimmt gerade keine Gäste auf',
      explain:
        'Dein Gastgeber hat das ausgeschaltet oder einen neuen Link gemacht. Du bleibst zu Gast, und deine Nachrichten warten.',
      how: 'Diese Seite versucht es von selbst wieder.',
    },
    'chat-closed': {
      heading: 'Dein Gastgeber hat den Chat geschlossen',
      explain: 'Du bleibst zu Gast, und deine Nachrichten warten, bis dein Gastgeber den Chat wieder öffnet.',
      how: 'Diese Seite versucht es von selbst wieder.',
    },
    full: {
      heading: 'Es ist kein Platz frei',
      explain: 'Der Computer deines Gastgebers hat so viele Gäste, wie er aufnimmt.',
      how: 'Bitte deinen Gastgeber um einen Platz. Diese Seite versucht es von selbst wieder.',
    },
    busy: {
      heading: 'Zu viele fragen gerade',
      explain: 'Viele Besucher warten auf deinen Gastgeber, oder du hast viele Tabs dieses Chats offen.',
      how: 'Schließ andere Tabs dieses Chats. Versuch es dann noch einmal.',
    },
    'not-let-in': {
      heading: 'Dein Gastgeber hat dich nicht eingelassen',
      explain: 'Du warst noch nicht zu Gast, deshalb wurde nichts von dir aufbewahrt.',
      how: 'Sprich mit deinem Gastgeber. Du darfst noch einmal fragen.',
    },
    removed: {
      heading: 'Dein Gastgeber hat dich weggeschickt',
      explain: 'Dein Spitzname ist frei, und was sein Computer für dich aufbewahrt hat, ist gelöscht.',
      how: 'Sprich mit deinem Gastgeber. Du darfst noch einmal fragen.',
    },
    barred: {
      heading: 'Hier kommst du nicht herein',
      explain:
        'Dein Gastgeber hat dich endgültig weggeschickt. Dein Spitzname ist frei, und was sein Computer für dich aufbewahrt hat, ist gelöscht.',
      how: 'Wenn das ein Irrtum ist, sprich mit deinem Gastgeber.',
    },
    left: {
      heading: 'Du hast den Chat verlassen',
      explain:
        'Dein Spitzname ist frei, und was der Computer deines Gastgebers für dich aufbewahrt hat, ist gelöscht. Nachrichten, die andere bekommen haben, bleiben bei ihnen.',
      how: 'Du kannst diese Seite schließen. Um wiederzukommen, scann den Code noch einmal.',
    },
  },
  again: 'Noch einmal versuchen',
  connect: 'Noch einmal verbinden',
  ask: 'Noch einmal fragen',
  withoutLink: 'Ohne Link fragen',
  reload: 'Neu laden',
  trying: 'Wird versucht …',
  leaving: {
    heading: 'Du verlässt den Chat …',
    explain: 'Der Computer deines Gastgebers erfährt es. Lass diese Seite so lange offen.',
  },
  leave: {
    heading: 'Diesen Chat verlassen?',
    means:
      'Dein Spitzname wird frei, und der Computer deines Gastgebers löscht deine Nachrichten und deinen Schlüssel. Das lässt sich nicht rückgängig machen.',
    stays:
      'Nachrichten, die andere bekommen haben, bleiben bei ihnen. Wenn du nur eine Weile weg bist, schließ einfach diese Seite: Dein Platz bleibt 7 Tage frei.',
    confirm: 'Verlassen und löschen',
    cancel: 'Bleiben',
  },
  banner: {
    gateway: (since) => `Der Computer deines Gastgebers ist seit ${since} nicht erreichbar.`,
    gatewayHint:
      'Bist du noch im selben WLAN? Du kannst weiterschreiben: Diese Seite sendet deine Nachrichten, wenn er zurück ist. Lass sie so lange offen.',
  },
  inTab: 'Nur in dieser Seite: Lass sie offen, bis dein Gastgeber zurück ist',
  settings: {
    nickname:
      'Dein Spitzname gehört dir, bis du den Chat verlässt oder 7 Tage weg bist. Um einen anderen zu nehmen, verlass diesen Chat, und komm wieder herein.',
    notifications:
      'Browser zeigen von einer Seite wie dieser keine Benachrichtigungen. Lass sie offen: Ihr Titel zählt, was du nicht gelesen hast.',
  },
  wifi: {
    heading: 'In diesem WLAN bleiben',
    hint: 'Dieses WLAN hat vielleicht kein Internet. Telefone verlassen es dann, und der Chat bleibt stehen.',
    show: 'So bleibst du',
    close: 'Schließen',
    system: 'Dein Gerät',
    systems: { ios: 'iPhone oder iPad', android: 'Android', other: 'Anderes Gerät' },
    steps: {
      ios: [
        'Wenn eine Meldung sagt, dass dieses WLAN kein Internet hat, wähl, dass du das WLAN weiter benutzt.',
        'Einstellungen, WLAN: Tipp auf das ⓘ neben diesem Netz, und schalte „Autom. verbinden“ ein.',
        'Einstellungen, Mobilfunk: Schalte „WLAN-Unterstützung“ aus. Sie steht am Ende der Liste.',
        'Wenn es das WLAN trotzdem verlässt, schalte mobile Daten aus, solange du chattest.',
      ],
      android: [
        'Wenn eine Meldung sagt, dass dieses WLAN kein Internet hat, tipp darauf, und wähl, dass du verbunden bleibst. Setz den Haken bei „Nicht mehr fragen“, wenn es ihn gibt.',
        'Einstellungen, WLAN: Schalte „Automatisch zu mobilen Daten wechseln“ aus. Auf manchen Telefonen heißt es Intelligentes WLAN oder Adaptive Konnektivität.',
        'Wenn es das WLAN trotzdem verlässt, schalte mobile Daten aus, solange du chattest.',
      ],
      other: [
        'Computer bleiben meistens. Wenn deiner das Netz wechselt, wähl dieses noch einmal.',
        'Schalte „Automatisch verbinden“ bei den anderen Netzen aus, die er hier kennt.',
      ],
    },
    locked: 'Ein gesperrtes Telefon hält diese Seite an. Neue Nachrichten sind da, wenn du zurückkommst.',
  },
};
