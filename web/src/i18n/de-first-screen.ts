import type { FirstScreenTexts } from './first-screen-texts.ts';
import { countedIn } from './plural.ts';

const counted = countedIn('de');

/** What only the first screen says, in German. */
export const deFirstScreen: FirstScreenTexts = {
  nearby: {
    heading: 'Chats in der Nähe',
    none: {
      off: 'Die Suche nach Chats ist ausgeschaltet. Starte hier einen Chat, oder tritt einem über seine Adresse bei.',
      asking: 'Suche nach Chats in deinem Netz …',
      searching: 'Noch keine Antwort. Die Computer in deinem Netz werden einzeln gefragt …',
      searched:
        'Kein Chat gefunden. Starte hier einen, oder frag die Person, die den Chat gestartet hat, nach der Adresse. Eine Firewall, ein VPN oder ein Gäste-WLAN kann einen Chat verbergen.',
    },
    found: (count) =>
      counted(
        count,
        '1 Chat gefunden. Klick ihn an, um beizutreten.',
        (n) => `${n} Chats gefunden. Klick einen an, um beizutreten.`,
      ),
    key: (fingerprint) => `Schlüssel ${fingerprint}`,
    needsCode: 'Braucht einen Beitrittscode',
    otherVersion: 'Hat eine andere Version von Chatagram. Aktualisiert beide Computer.',
  },

  earlierTexts: {
    explain:
      'Dieser Browser hat noch Texte, die in früheren Chats unter dieser Adresse nicht gesendet wurden.',
    remove: 'Texte entfernen',
  },

  packet: {
    caption: 'So reisen deine Worte',
    magic: 'Version',
    connection: 'Verbindung',
    number: 'Nummer',
    seal: 'Siegel',
    words: 'deine Worte',
    example: 'Um sechs am Pier?',
  },
};
