import type { AccessTexts } from './access-texts.ts';

/** The texts for a browser without access, in German. */
export const deAccess: AccessTexts = {
  causes: {
    'no-link': {
      heading: 'Dieser Browser kann Chatagram noch nicht öffnen',
      explain:
        'Damit niemand sonst in deinen Chat kommt, lässt Chatagram einen Browser nur mit einem Link oder einem Code aus dem Terminal herein.',
      how: 'Gib den Code ein, den das Terminal zeigt, oder öffne den Link von dort. Wenn du keinen siehst, drück im Terminal die Eingabetaste.',
    },
    'refused-link': {
      heading: 'Dieser Link funktioniert nicht',
      explain:
        'Jeder Link öffnet Chatagram einmal, in einem Browser, innerhalb von 10 Minuten. Dieser wurde schon benutzt, ist zu alt, oder ein Teil davon fehlt.',
      how: 'Drück die Eingabetaste in dem Terminal, in dem Chatagram läuft. Gib dann hier den neuen Code ein, oder öffne den neuen Link.',
    },
    'signed-out': {
      heading: 'Dieser Browser ist abgemeldet',
      explain:
        'Er darf dieses Chatagram nicht mehr öffnen. Er wurde abgemeldet, oder seine Cookies wurden gelöscht.',
      how: 'Drück die Eingabetaste in dem Terminal, in dem Chatagram läuft. Gib dann hier den neuen Code ein, oder öffne den neuen Link.',
    },
    'cookies-blocked': {
      heading: 'Dieser Browser blockiert Cookies',
      explain:
        'Chatagram legt ein Cookie ab, damit dieser Browser nicht jedes Mal einen neuen Link braucht. Es geht nur an diesen Computer.',
      how: 'Erlaube Cookies für diese Adresse in den Einstellungen deines Browsers, und lade diese Seite neu. Wenn dein Link schon benutzt ist, drück im Terminal die Eingabetaste für einen neuen.',
    },
    'storage-blocked': {
      heading: 'Dieser Browser speichert nichts für Chatagram',
      explain:
        'Chatagram legt einen Schlüssel in deinem Browser ab, damit kein anderes Programm sich als Chatagram ausgeben kann. Ein privates Fenster oder eine Einstellung, die Cookies blockiert, verhindert das.',
      how: 'Nimm ein normales Fenster, oder erlaube Cookies und Daten für diese Adresse. Öffne dann den Link noch einmal: Er ist nicht verbraucht.',
    },
    'other-program': {
      heading: 'Hier antwortet ein anderes Programm',
      explain:
        'Es ist nicht das Chatagram, das diese Seite kennt, und es hat nichts erfahren. Chatagram ist vielleicht beendet oder hat eine neue Adresse.',
      how: 'Sieh im Terminal nach, und öffne die Adresse, die es zeigt. Lade diese Seite nicht neu. Wenn Chatagram zurück ist, geht es hier von selbst weiter.',
    },
  },
  code: 'Code aus dem Terminal',
  codeHint: '8 Buchstaben und Ziffern. Jeder Code gilt einmal, 10 Minuten lang.',
  codePlaceholder: 'k7q2-m4xd',
  open: 'Chatagram öffnen',
  codeProblem: {
    wrong:
      'Dieser Code ist falsch, schon benutzt oder zu alt. Vergleich ihn mit dem Terminal, oder drück dort die Eingabetaste für einen neuen.',
    unreachable: 'Chatagram antwortet nicht. Läuft es noch?',
  },
  again: 'Noch einmal versuchen',
};
